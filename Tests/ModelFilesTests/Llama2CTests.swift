// llama2.c checkpoints of all three versions: order, names, groups, sizes. Not here: hostile headers (HostileCorpus), running the model.
import Testing

@testable import ModelFiles

/// A llama2.c checkpoint in parts, each of which a test can make wrong. Element i of the whole file's weights is i / 8.
struct Llama2CImage {
  var version = 0
  /// dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len.
  var numbers: [Int32] = [8, 12, 2, 2, 1, 5, 3]
  var tied: UInt8 = 1
  var group: Int32 = 4
  /// Bytes after the header; nil: as many as the true numbers need.
  var dataBytes: Int?
  /// What the header says instead of `version`.
  var shownVersion: Int32?

  /// Weights in front of and behind the tables of angles, with an untied unembedding.
  static let legacyElements = 5 * 8 + 2 * (8 + 64 + 32 + 32 + 64 + 8 + 3 * 96) + 8 + 2 * 3 * 2
  static let unembeddingElements = 5 * 8

  var bytes: [UInt8] {
    var header: [UInt8] = version == 0 ? [] : Array("24ka".utf8) + littleEndian(shownVersion ?? Int32(version))
    for number in numbers { header += littleEndian(number) }
    if version > 0 {
      header += [tied] + (version == 2 ? littleEndian(group) : [])
      header += [UInt8](repeating: 0, count: 256 - header.count)
    }
    var data = version == 2 ? quantizedData : (0..<floatCount).flatMap { littleEndian((Float($0) / 8).bitPattern) }
    if let dataBytes { data = Array(data.prefix(dataBytes)) + [UInt8](repeating: 0, count: max(0, dataBytes - data.count)) }
    return header + data
  }

  private var floatCount: Int {
    let isTied = version == 0 ? numbers[5] > 0 : tied == 1
    return Self.legacyElements - (version == 0 ? 0 : 12) + (isTied ? 0 : Self.unembeddingElements)
  }

  /// Norms of i / 8, then every matrix: element j has quant j % 7 - 3, group k of matrix m the scale m + k / 4.
  private var quantizedData: [UInt8] {
    var bytes = (0..<5 * 8).flatMap { littleEndian((Float($0) / 8).bitPattern) }
    let sizes = [40] + [64, 64, 32, 32, 32, 32, 64, 64, 96, 96, 96, 96, 96, 96] + (tied == 1 ? [] : [40])
    for (matrix, size) in sizes.enumerated() {
      bytes += (0..<size).map { UInt8(bitPattern: Int8($0 % 7 - 3)) }
      bytes += (0..<size / 4).flatMap { littleEndian((Float(matrix) + Float($0) / 4).bitPattern) }
    }
    return bytes
  }
}

@Suite struct Llama2CTests {
  private func open(_ image: Llama2CImage) throws -> (folder: TemporaryFolder, file: Llama2CFile) {
    let folder = try TemporaryFolder()
    return (folder, try Llama2CFile(path: folder.write(image.bytes, "model.bin")))
  }

  @Test func legacyOrder() throws {
    let (folder, file) = try open(Llama2CImage(numbers: [8, 12, 2, 2, 1, -5, 3]))
    defer { withExtendedLifetime(folder) {} }
    let header = file.header
    #expect(header.version == .legacy && !header.tiesEmbeddings && header.groupSize == nil)
    #expect(header.hiddenSize == 8 && header.intermediateSize == 12 && header.layerCount == 2 && header.headCount == 2)
    #expect(header.keyValueHeadCount == 1 && header.vocabularySize == 5 && header.contextLength == 3)
    #expect(header.headSize == 4 && header.keyValueWidth == 4 && file.interleavedRotary)
    let firsts: [(String, [Int], Int)] = [
      ("model.embed_tokens.weight", [5, 8], 0), ("model.layers.0.input_layernorm.weight", [8], 40),
      ("model.layers.1.input_layernorm.weight", [8], 48), ("model.layers.0.self_attn.q_proj.weight", [8, 8], 56),
      ("model.layers.1.self_attn.k_proj.weight", [4, 8], 56 + 128 + 32), ("model.layers.0.self_attn.v_proj.weight", [4, 8], 56 + 128 + 64),
      ("model.layers.0.self_attn.o_proj.weight", [8, 8], 312), ("model.layers.0.post_attention_layernorm.weight", [8], 440),
      ("model.layers.0.mlp.gate_proj.weight", [12, 8], 456), ("model.layers.0.mlp.down_proj.weight", [8, 12], 456 + 192),
      ("model.layers.1.mlp.up_proj.weight", [12, 8], 456 + 480), ("model.norm.weight", [8], 456 + 576),
      // Behind the two tables of angles.
      ("lm_head.weight", [5, 8], 456 + 576 + 8 + 12),
    ]
    for (name, shape, first) in firsts {
      let floats = try file.floats(file.required(name, shape: shape))
      #expect(floats == (0..<floats.count).map { Float(first + $0) / 8 }, "\(name)")
    }
    #expect(file.tensors.count == 3 + 2 * 9)
  }

  @Test func fullOrder() throws {
    let (folder, file) = try open(Llama2CImage(version: 1))
    defer { withExtendedLifetime(folder) {} }
    #expect(file.header.version == .full && file.header.tiesEmbeddings && file.tensor(named: "lm_head.weight") == nil)
    for (name, first) in [
      ("model.layers.1.input_layernorm.weight", 8), ("model.layers.0.post_attention_layernorm.weight", 16), ("model.norm.weight", 32),
      ("model.embed_tokens.weight", 40), ("model.layers.0.self_attn.q_proj.weight", 80), ("model.layers.1.mlp.up_proj.weight", 80 + 864),
    ] {
      #expect(try file.floats(file.required(name)).first == Float(first) / 8, "\(name)")
    }
  }

  @Test(arguments: [UInt8(0), 1]) func groupsAreDecoded(tied: UInt8) throws {
    let (folder, file) = try open(Llama2CImage(version: 2, tied: tied))
    defer { withExtendedLifetime(folder) {} }
    #expect(file.header.groupSize == 4 && file.tensors.allSatisfy { $0.type == .f32 })
    #expect(try file.floats(file.required("model.norm.weight")) == (32..<40).map { Float($0) / 8 })
    func expected(_ matrix: Int, _ range: Range<Int>) -> [Float] { range.map { (Float(matrix) + Float($0 / 4) / 4) * Float($0 % 7 - 3) } }
    #expect(try file.floats(file.required("model.embed_tokens.weight")) == expected(0, 0..<40))
    #expect(try file.floats(file.required("model.layers.1.mlp.down_proj.weight", shape: [8, 12])) == expected(12, 0..<96))
    if tied == 0 { #expect(try file.floats(file.required("lm_head.weight")) == expected(15, 0..<40)) }
    // A stretch that begins and ends within groups.
    let tensor = try file.required("model.layers.0.self_attn.q_proj.weight")
    var part = [Float](repeating: 0, count: 9)
    try part.withUnsafeMutableBytes { try file.readBytes(of: tensor, at: 7 * 4, into: $0) }
    #expect(part == expected(1, 7..<16))
    #expect(try file.mappedBytes(of: tensor) == nil)
  }

  /// Checkpoints that llama2.c's own export.py wrote, against the parameters that it was given (Tests/Reference/make_checkpoints.py).
  @Test(arguments: 0...2) func referenceCheckpoints(version: Int) throws {
    let file = try Llama2CFile(path: golden("llama2c-v\(version).bin"))
    let reference = try SafetensorsFile(path: golden("llama2c.safetensors"))
    #expect(file.header.version.rawValue == version && file.header.tiesEmbeddings == (version > 0))
    #expect(file.header.groupSize == (version == 2 ? 8 : nil))
    #expect(file.tensors.count == 20 + (version == 0 ? 1 : 0))
    for tensor in file.tensors {
      let isQuantized = version == 2 && tensor.shape.count == 2
      let expected = try reference.required(isQuantized ? tensor.name + ".quantized" : tensor.name, shape: tensor.shape)
      let equal = try file.floats(tensor) == reference.floats(expected)
      #expect(equal, "\(tensor.name)")
    }
  }

  @Test(.enabled(if: exists(fixture("llama2c/stories260K.bin")))) func trainedCheckpointOpens() throws {
    let file = try Llama2CFile(path: fixture("llama2c/stories260K.bin"))
    #expect(file.header.hiddenSize == 64 && file.header.layerCount == 5 && file.header.vocabularySize == 512 && file.header.tiesEmbeddings)
    for tensor in file.tensors {
      let floats = try file.floats(tensor)
      let mean = floats.reduce(0, +) / Float(floats.count)
      // Trained norms are positive and matrices centred: another order of the tensors would mix the two.
      if tensor.shape.count == 1 {
        #expect(floats.allSatisfy { $0 > 0.3 && $0 < 5 }, "\(tensor.name)")
      } else {
        #expect(abs(mean) < 0.03 && floats.contains { $0 < -0.1 }, "\(tensor.name)")
      }
    }
  }
}
