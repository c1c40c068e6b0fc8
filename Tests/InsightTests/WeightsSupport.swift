// Files of the tests about weights: the product's own writers, in the system's temporary folder. Not here: tests.
import Foundation
import ModelFiles
import Models

@testable import Insight

/// A folder that goes with its owner.
final class WeightsFolder {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-weights-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func gguf(
    _ tensors: [TensorToWrite], as name: String = "a.gguf", metadata: [(key: String, value: GGUFValue)] = [], architecture: String = "llama"
  )
    throws -> WeightsCatalog
  {
    let file = path + "/" + name
    try GGUFWriter.write(metadata: [("general.architecture", .string(architecture))] + metadata, tensors: tensors, to: file)
    return try WeightsCatalog(path: file)
  }

  func safetensors(_ tensors: [TensorToWrite], as name: String = "a.safetensors") throws -> WeightsCatalog {
    let file = path + "/" + name
    try SafetensorsWriter.write(tensors, to: file)
    return try WeightsCatalog(path: file)
  }

  /// The same random model as GGUF and as a Hugging Face folder.
  func model(_ type: ElementType, asFolder: Bool, tied: Bool = true) throws -> WeightsCatalog {
    let model = Samples.model(hidden: 32, heads: 4, keyValueHeads: 2, headSize: 8, intermediate: 64, tied: tied).transformer
    let file = path + "/\(asFolder ? "hf" : "gguf")-\(type.rawValue)"
    if asFolder {
      try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
      let config = try model.huggingFaceConfig(bos: nil, eos: nil, type: type).serialized()
      try Data(config.utf8).write(to: URL(fileURLWithPath: file + "/config.json"))
      try SafetensorsWriter.write(model.tensorsToWrite(type), metadata: [], to: file + "/model.safetensors")
    } else {
      try model.writeGGUF(to: file, name: "random", type: type, tokenizer: [])
    }
    return try WeightsCatalog(path: file)
  }
}

extension TensorSurvey {
  /// All stretches.
  static func summary(_ tensor: StoredTensor) throws -> TensorSummary {
    var survey = try TensorSurvey(tensor)
    while true { if let summary = try survey.advance() { return summary } }
  }
}

extension WeightsDifference {
  /// All stretches.
  static func all(_ left: WeightsCatalog, _ right: WeightsCatalog) throws -> WeightsDifference {
    var difference = WeightsDifference(left, right)
    while !difference.isDone { try difference.advance() }
    return difference
  }
}

/// Random models of the families whose files differ from what the model computes with.
enum FamilyWeights: String, CaseIterable {
  case llama, gpt2, gemma2, gemma3, glm, glm4, phi3, qwen3

  var model: Transformer {
    Samples.model(
      hidden: 32, heads: 4, keyValueHeads: self == .gpt2 ? 4 : 2, headSize: 8, intermediate: self == .gpt2 ? 32 : 48,
      tied: [.gpt2, .gemma2, .gemma3].contains(self), seed: 31,
      change: {
        $0.family = TransformerFamily(rawValue: rawValue) ?? .llama
        switch self {
        case .llama, .phi3: break
        case .gpt2:
          ($0.norm, $0.positions, $0.isGated, $0.activation, $0.rotary) = (.layer, .learned, false, .geluTanh, nil)
          ($0.biases.queryKeyValue, $0.biases.attentionOutput, $0.biases.feedForward) = (true, true, true)
        case .gemma2, .gemma3:
          ($0.activation, $0.normalizesOutputs, $0.embeddingScale) = (.geluTanh, true, Float(32).squareRoot())
          $0.normalizesQueriesAndKeys = self == .gemma3
          $0.window = AttentionWindow(size: 8, period: self == .gemma2 ? 2 : 6)
        case .glm, .glm4:
          ($0.biases.queryKeyValue, $0.normalizesOutputs) = (true, self == .glm4)
          // Half of each head turns: the rest of its rows stays where it is.
          $0.rotary = RotaryConfiguration(base: 10_000, dimensions: 4)
        case .qwen3: $0.normalizesQueriesAndKeys = true
        }
      }
    ).transformer
  }

  func gguf(_ folder: WeightsFolder, _ type: ElementType = .f32) throws -> WeightsCatalog {
    let file = "\(folder.path)/\(rawValue)-\(type.rawValue).gguf"
    try model.writeGGUF(to: file, name: "random", type: type, tokenizer: [])
    return try WeightsCatalog(path: file)
  }

  /// - Parameter configured: false leaves config.json out; then the weights file alone is opened.
  func huggingFace(_ folder: WeightsFolder, configured: Bool = true) throws -> WeightsCatalog {
    let path = "\(folder.path)/\(rawValue)-\(configured)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let model = model
    if configured {
      let config = try model.huggingFaceConfig(bos: nil, eos: nil, type: .f32).serialized()
      try Data(config.utf8).write(to: URL(fileURLWithPath: path + "/config.json"))
    }
    try SafetensorsWriter.write(model.tensorsToWrite(.f32), metadata: [], to: path + "/model.safetensors")
    return try WeightsCatalog(path: configured ? path : path + "/model.safetensors")
  }
}
