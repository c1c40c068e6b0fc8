// The goldens of all families: tiny random models whose weights follow from their tensors' names (Tests/Reference/families.py). Not here: tests.
import Tensors
import Testing

@testable import ModelFiles
@testable import Models

/// One case of families.json.
struct FamilyModel: Sendable, CustomTestStringConvertible {
  let name: String
  let config: JSON
  /// The tensors of the folder, in transformers' order.
  let tensors: [(name: String, shape: [Int], values: [Float])]
  let tokens: [Int32]
  /// What greedy decoding puts behind the tokens.
  let continuation: [Int32]
  var testDescription: String { name }

  static let vocabulary = 33
  static let all: [FamilyModel] = {
    do { return try read() } catch { fatalError("families.json: \(error)") }
  }()

  private static func read() throws -> [FamilyModel] {
    let file = "\(Golden.folder)/families.json"
    return try JSON.parse(contentsOf: file).cursor(file: file).members().map { name, golden in
      func ids(_ key: String) throws -> [Int32] { try golden.member(key).elements().map { Int32(try $0.integer(in: 0...vocabulary - 1)) } }
      let config = try golden.member("config").value
      return FamilyModel(
        name: name, config: config,
        tensors: try golden.member("tensors").members().map { name, sizes in
          let shape = try sizes.elements().map { try $0.integer(in: 1...1 << 20) }
          return (name, shape, values(name, shape, config))
        },
        tokens: try ids("tokens"), continuation: try ids("continuation"))
    }
  }

  static func named(_ name: String) throws -> FamilyModel { try #require(all.first { $0.name == name }) }

  /// [tokens, vocabulary]
  func logits() throws -> [Float] {
    let file = try SafetensorsFile(path: "\(Golden.folder)/families.safetensors")
    return try file.floats(file.required(name, shape: [tokens.count, Self.vocabulary]))
  }

  /// The model of a folder like those of transformers, without the folder.
  func model() throws -> Transformer { try model(FamilyWeights(self)) }

  func model(_ weights: FamilyWeights) throws -> Transformer {
    try Transformer(TransformerConfiguration(huggingFace: config, file: "config.json"), weights: weights, .huggingFace)
  }

  /// The model opened from files.
  func opened(_ type: ElementType = .f32, shards: Int = 1) throws -> Transformer {
    let folder = try TemporaryFolder()
    try write(to: folder.path, type, shards: shards)
    return try Transformer(huggingFace: HuggingFaceFolder(path: folder.path))
  }

  func write(to folder: String, _ type: ElementType = .f32, shards: Int = 1) throws {
    try AtomicFile.write(Array(config.serialized(pretty: true).utf8), to: "\(folder)/config.json")
    let written = tensors.map { TensorToWrite(name: $0.name, shape: $0.shape, type: type, floats: $0.values) }
    guard shards > 1 else { return try SafetensorsWriter.write(written, to: "\(folder)/model.safetensors") }
    var index = JSONObject()
    for shard in 0..<shards {
      let part = written.indices.filter { $0 % shards == shard }.map { written[$0] }
      try SafetensorsWriter.write(part, to: "\(folder)/model-\(shard).safetensors")
      for tensor in part { index[tensor.name] = .string("model-\(shard).safetensors") }
    }
    try AtomicFile.write(
      Array((["weight_map": .object(index)] as JSON).serialized(pretty: false).utf8), to: "\(folder)/model.safetensors.index.json")
  }

  /// `value` of families.py.
  private static func values(_ name: String, _ shape: [Int], _ config: JSON) -> [Float] {
    let isGemma = config["model_type"].map { "\($0)".contains("gemma") } ?? false
    let u = uniform(name, shape.reduce(1, *))
    if shape.count == 2 {
      let gain = shape[0] != vocabulary ? 1.5 : isGemma ? 1 : 3
      let spread = (3 / Double(shape[1])).squareRoot()
      return u.map { Float($0 * gain * spread) }
    }
    if name.hasSuffix(".bias") { return u.map { Float($0 * 0.3) } }
    return u.map { Float((isGemma ? 0 : 1) + $0 * 0.4) }
  }

  /// SplitMix64 from the FNV-1a hash of the name, in [-1, 1).
  static func uniform(_ name: String, _ count: Int) -> [Double] {
    var random = RandomSource(seed: name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    return (0..<count).map { _ in 2 * random.uniform() - 1 }
  }
}

/// The tensors of a family as a file has them, some under other names, one missing, others beside them.
struct FamilyWeights: WeightsFile {
  let path = "model.safetensors"
  let tensors: [TensorInfo]
  let unsupportedTensors: [UnsupportedTensor] = []
  private let values: [String: [Float]]

  init(_ family: FamilyModel, dropping missing: String? = nil, adding extra: [String] = [], renaming: (String) -> String = { $0 }) {
    var (tensors, values) = ([TensorInfo](), [String: [Float]]())
    let kept = family.tensors.filter { $0.name != missing }.map { (renaming($0.name), $0.shape, $0.values) }
    for (name, shape, floats) in kept + extra.map({ ($0, [1], [1]) }) {
      tensors.append(TensorInfo(name: name, shape: shape, type: .f32, byteCount: 4 * floats.count, offset: 0))
      values[name] = floats
    }
    (self.tensors, self.values) = (tensors, values)
  }

  func tensor(named name: String) -> TensorInfo? { tensors.first { $0.name == name } }

  func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    values[tensor.name]?.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + target.count])) }
  }

  func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? { nil }
}

/// The largest difference of two arrays of one length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    let difference = abs(pair.0 - pair.1)
    return difference > worst || difference.isNaN ? difference.isNaN ? .infinity : difference : worst
  }
}
