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

  func gguf(_ tensors: [TensorToWrite], as name: String = "a.gguf", metadata: [(key: String, value: GGUFValue)] = []) throws
    -> WeightsCatalog
  {
    let file = path + "/" + name
    try GGUFWriter.write(metadata: [("general.architecture", .string("llama"))] + metadata, tensors: tensors, to: file)
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
