// Mixes of types, and one GGUF file written again as another: types, values, metadata, and what cannot be done.
import Languages
import Testing

@testable import ModelFiles

@Suite struct QuantizationMixTests {
  private func types(_ mix: QuantizationMix, _ name: String, columns: Int = 512, layers: Int = 16, ties: Bool = false) -> [ElementType] {
    (0..<layers).map { mix.type(of: "blk.\($0).\(name).weight", shape: [8, columns], layers: layers, tiesEmbeddings: ties) }
  }

  @Test func mediumMixesGiveMoreToValuesAndDownProjections() {
    for (mix, base) in [(QuantizationMix.q4_k_m, ElementType.q4_k), (.q5_k_m, .q5_k)] {
      let more = [0, 1, 4, 7, 10, 13, 14, 15]
      for name in ["attn_v", "ffn_down"] { #expect(types(mix, name) == (0..<16).map { more.contains($0) ? .q6_k : base }) }
      for name in ["attn_q", "attn_k", "attn_output", "ffn_up", "ffn_gate"] { #expect(Set(types(mix, name)) == [base]) }
    }
  }

  @Test func theUnembeddingDecidesAboutEveryLogit() {
    let shape = [100, 512]
    #expect(QuantizationMix.q4_k_m.type(of: "output.weight", shape: shape, layers: 2, tiesEmbeddings: false) == .q6_k)
    #expect(QuantizationMix.q4_k_m.type(of: "token_embd.weight", shape: shape, layers: 2, tiesEmbeddings: false) == .q4_k)
    #expect(QuantizationMix.q4_k_m.type(of: "token_embd.weight", shape: shape, layers: 2, tiesEmbeddings: true) == .q6_k)
    #expect(QuantizationMix.q8_0.type(of: "output.weight", shape: shape, layers: 2, tiesEmbeddings: false) == .q8_0)
  }

  @Test func vectorsAndUnevenRowsGetWhatFitsThem() {
    #expect(QuantizationMix.q4_k_m.type(of: "blk.0.attn_norm.weight", shape: [512], layers: 2, tiesEmbeddings: false) == .f32)
    #expect(QuantizationMix.q4_0.type(of: "position_embd.weight", shape: [64, 512], layers: 2, tiesEmbeddings: false) == .f32)
    let wanted: [(QuantizationMix, ElementType)] = [
      (.q4_k_m, .q5_0), (.q5_k_m, .q5_1), (.q6_k, .q8_0), (.q3_k_m, .iq4_nl), (.q2_k, .iq4_nl), (.q8_0, .q8_0),
    ]
    for (mix, type) in wanted { #expect(Set(types(mix, "attn_q", columns: 96)) == [type], "\(mix)") }
    for mix in QuantizationMix.allCases where mix.base.isQuantized { #expect(Set(types(mix, "ffn_up", columns: 50)) == [.f16], "\(mix)") }
  }

  @Test func everyTypeFitsItsRows() {
    for mix in QuantizationMix.allCases {
      for columns in [1, 32, 50, 96, 256, 896, 4864] {
        for name in ["blk.3.attn_v", "blk.0.ffn_down", "output", "token_embd"] {
          let type = mix.type(of: "\(name).weight", shape: [3, columns], layers: 8, tiesEmbeddings: true)
          #expect(columns % type.blockSize == 0, "\(mix) \(name) \(columns)")
        }
      }
    }
  }
}

@Suite struct RequantizationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func source(type: ElementType = .f32) throws -> GGUFFile {
    func values(_ count: Int, _ seed: Int) -> [Float] { (0..<count).map { Float(($0 * 37 + seed * 11) % 101 - 50) / 25 } }
    let tensors = [
      TensorToWrite(name: "token_embd.weight", shape: [40, 256], type: type, floats: values(40 * 256, 1)),
      TensorToWrite(name: "blk.0.attn_norm.weight", shape: [256], type: .f32, floats: values(256, 2)),
      TensorToWrite(name: "blk.0.attn_q.weight", shape: [32, 256], type: type, floats: values(32 * 256, 3)),
      TensorToWrite(name: "blk.0.strange", shape: [2, 3, 32], type: .f32, floats: values(192, 4)),
    ]
    let metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string("unknown-to-us")), ("general.file_type", .uint32(0)), ("some.array", .int32s([1, 2, 3])),
    ]
    try GGUFWriter.write(metadata: metadata, tensors: tensors, to: folder.file("in.gguf"))
    return try GGUFFile(path: folder.file("in.gguf"))
  }

  @Test(arguments: QuantizationMix.allCases) func everyMixKeepsAllButTheTypes(_ mix: QuantizationMix) throws {
    let before = try source()
    let work = try Requantization(before, as: mix)
    try work.write(to: folder.file("out.gguf"))
    let after = try GGUFFile(path: folder.file("out.gguf"))
    #expect(after.tensors.map(\.name) == before.tensors.map(\.name) && after.tensors.map(\.shape) == before.tensors.map(\.shape))
    #expect(after.tensors.reduce(0) { $0 + $1.byteCount } == work.byteCount)
    #expect(after.metadata["general.architecture"] == .string("unknown-to-us") && after.metadata["some.array"] == .int32s([1, 2, 3]))
    #expect(after.metadata["general.file_type"] == .uint32(mix.fileType))
    #expect((after.metadata["general.quantization_version"] == .uint32(2)) == mix.base.isQuantized)
    for (old, new) in zip(before.tensors, after.tensors) {
      #expect(new.type == work.type(of: old))
      let expected = QuantizedBlocks.decode(QuantizedBlocks.encode(try before.floats(old), as: new.type), as: new.type)
      #expect(try after.floats(new) == expected, "\(new.name)")
    }
    #expect(after.tensor(named: "blk.0.strange")?.type == .f32 && after.tensor(named: "blk.0.attn_norm.weight")?.type == .f32)
  }

  @Test func whatHasItsTypeAlreadyIsCopied() throws {
    let before = try source(type: .q4_0)
    try Requantization(before, as: .q4_0).write(to: folder.file("same.gguf"))
    let after = try GGUFFile(path: folder.file("same.gguf"))
    let name = "blk.0.attn_q.weight"
    #expect(try after.readBytes(after.required(name)) == before.readBytes(before.required(name)))
  }
}
