// The golden encoders as folders. Not here: tests.
import ModelFiles
import Testing

@testable import Models

/// One of the encoders of `Tests/Reference/make_encoder_goldens.py`.
struct GoldenEncoder: Sendable, CustomTestStringConvertible {
  let name: String
  let config: JSON
  let tensors: [(name: String, shape: [Int])]
  let tokens: [Int32]

  static let names = ["bert", "roberta", "xlm-roberta", "distilbert"]
  var testDescription: String { name }

  init(_ name: String) throws {
    let file = "\(Golden.folder)/encoders.json"
    let entry = try JSON.parse(contentsOf: file).cursor(file: file).member(name)
    self.name = name
    config = try entry.member("config").value
    tensors = try entry.member("tensors").elements().map { pair in
      let parts = try pair.elements()
      return (try parts[0].string(), try parts[1].elements().map { try $0.integer(in: 1...100) })
    }
    tokens = try entry.member("tokens").elements().map { Int32(try $0.integer(in: 0...60)) }
  }

  /// What `transformers` computed.
  func expected(_ what: String) throws -> [Float] {
    let file = try SafetensorsFile(path: "\(Golden.folder)/encoders-expected.safetensors")
    return try file.floats(file.required("\(name).\(what)"))
  }

  var expectedGradients: [String] {
    get throws {
      let start = "\(name).gradient."
      return try SafetensorsFile(path: "\(Golden.folder)/encoders-expected.safetensors").tensors.map(\.name).filter { $0.hasPrefix(start) }
        .map {
          String($0.dropFirst(start.count))
        }
    }
  }

  /// Writes the encoder as a folder.
  /// - Parameters:
  ///   - changes: members of config.json to put in; null takes one out.
  ///   - spelling: the name of a tensor in the file; nil leaves it out.
  func write(
    to folder: TemporaryFolder, changes: [String: JSON] = [:], type: ElementType = .f32, extra: [TensorToWrite] = [],
    spelling: (String) -> String? = { $0 }
  ) throws {
    var members = try config.cursor(file: "config.json").object()
    for (key, value) in changes { members[key] = value }
    try AtomicFile.write(Array(JSON.object(members).serialized().utf8), to: "\(folder.path)/config.json")
    let weights = tensors.compactMap { tensor in
      spelling(tensor.name).map { SeededWeights.tensor(tensor.name, tensor.shape, type: type, as: $0) }
    }
    try SafetensorsWriter.write(weights + extra, to: "\(folder.path)/model.safetensors")
  }

  func open(_ folder: TemporaryFolder) throws -> Encoder { try Encoder(huggingFace: HuggingFaceFolder(path: folder.path)) }
}
