// Every family through files: folders in every type, sharded, written again, GGUF and back. Not here: the containers, and what configurations say.
import Foundation
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct FamilyFileTests {
  private func huggingFace(_ model: Transformer) throws -> Transformer {
    let folder = try TemporaryFolder()
    try Self.write(model, toFolder: folder.path)
    return try Transformer(huggingFace: HuggingFaceFolder(path: folder.path))
  }

  private static func write(_ model: Transformer, toFolder path: String) throws {
    let config = try model.huggingFaceConfig(bos: 1, eos: 2, type: .f32)
    try AtomicFile.write(Array(config.serialized(pretty: true).utf8), to: "\(path)/config.json")
    try SafetensorsWriter.write(model.tensorsToWrite(.f32), to: "\(path)/model.safetensors")
  }

  @Test(arguments: FamilyModel.all)
  func everyTensorOfTheFolderHasItsPlace(_ family: FamilyModel) throws {
    let stored = try family.model().configuration.storedTensors(.huggingFace)
    #expect(
      Dictionary(uniqueKeysWithValues: stored.map { ($0.name, $0.shape) })
        == Dictionary(uniqueKeysWithValues: family.tensors.map { ($0.name, $0.shape) }))
  }

  @Test(arguments: FamilyModel.all)
  func aFolderComesBackBitForBit(_ family: FamilyModel) throws {
    let model = try family.model()
    let copy = try huggingFace(model)
    #expect(copy.configuration == model.configuration)
    #expect(zip(copy.parameters, model.parameters).allSatisfy { $0.name == $1.name && bits($0.tensor) == bits($1.tensor) })
    #expect(bits(try copy.logits(family.tokens)) == bits(try model.logits(family.tokens)))
  }

  @Test(arguments: FamilyModel.all)
  func shardsAreOneModel(_ family: FamilyModel) throws {
    #expect(bits(try family.model(shards: 3).logits(family.tokens)) == bits(try family.model().logits(family.tokens)))
  }

  /// 16-bit weights are read as they are stored, fused and transposed ones too: against the same weights rounded beforehand.
  @Test(arguments: FamilyModel.all)
  func halfPrecisionIsReadAsStored(_ family: FamilyModel) throws {
    let (model, half) = (try family.model(), try family.model(.f16))
    for (original, stored) in zip(model.parameters, half.parameters) {
      let offset: Float = model.configuration.family.rules.offset(of: original.place, .huggingFace)
      let rounded = original.tensor.values.map { Float(Float16($0 - offset)) + offset }
      // What is kept as a norm's distance from 1 was itself rounded before.
      #expect(largestDifference(stored.tensor.values, rounded) <= (offset == 0 ? 0 : 3e-4), "\(original.name)")
      #expect(!original.isMatrix || stored.weight.kind == .f16, "\(original.name)")
    }
    let expected = try family.logits()
    let largest = expected.map(abs).max() ?? 0
    #expect(largestDifference(try half.logits(family.tokens).values, expected) < 0.03 * largest)
  }

  /// bf16 keeps 8 bits: the logits of a model of 24 channels move by several percent.
  @Test(arguments: ["llama", "gpt2", "glm4", "gemma2"])
  func brainFloatsComeClose(_ name: String) throws {
    let family = try FamilyModel.named(name)
    let expected = try family.logits()
    let difference = largestDifference(try family.model(.bf16).logits(family.tokens).values, expected)
    #expect(difference > 0 && difference < 0.15 * (expected.map(abs).max() ?? 0))
  }

  @Test(arguments: FamilyModel.all)
  func ggufComesBack(_ family: FamilyModel) throws {
    let model = try family.model()
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.gguf"
    let refused = ["llama-yarn-factor": "rope_scaling.truncate", "gemma2-open": "query_pre_attn_scalar", "gpt2-erf": "activation_function"]
    func write() throws { try model.writeGGUF(to: path, name: family.name, type: .f32, tokenizer: []) }
    if let setting = refused[family.name] {
      let error = try #require(fileError { try write() })
      #expect(error.place == setting)
      return
    }
    try write()
    let copy = try Transformer(gguf: GGUFFile(path: path))
    // Divisors and attention factors are quotients: their last bit may differ.
    let isBlurred = ["llama-llama3", "llama-yarn-mscale"].contains(family.name)
    let (theirs, ours) = (try copy.logits(family.tokens), try model.logits(family.tokens))
    if isBlurred { #expect(largestDifference(theirs.values, ours.values) < 1e-4) } else { #expect(bits(theirs) == bits(ours)) }
    for parameter in copy.parameters {
      #expect(model.weight(parameter.place).map { bits($0.tensor) } == bits(parameter.tensor), "\(parameter.name)")
    }
    var expected = model.configuration
    // GLM in its authors' format and in transformers' share their GGUF files; a table of divisors does not say where it came from.
    if expected.family == .chatglm { expected.family = .glm }
    if isBlurred { expected.rotary = copy.configuration.rotary }
    #expect(copy.configuration == expected)
  }

  @Test(arguments: FamilyModel.all)
  func everyMissingTensorIsNamed(_ family: FamilyModel) throws {
    let folder = try TemporaryFolder()
    try family.write(to: folder.path)
    let file = try SafetensorsFile(path: "\(folder.path)/model.safetensors")
    let path = "\(folder.path)/other.safetensors"
    for missing in family.tensors {
      try SafetensorsWriter.write(file.tensors.filter { $0.name != missing.name }.map { TensorToWrite(copying: $0, from: file) }, to: path)
      let configuration = try TransformerConfiguration(huggingFace: family.config, file: "config.json")
      let error = try #require(
        fileError { _ = try Transformer(configuration, weights: SafetensorsFile(path: path), .huggingFace) }, "\(missing.name)")
      #expect(error.place == missing.name)
    }
  }

  @Test(arguments: FamilyModel.all)
  func aTensorWithoutPartInTheArithmeticIsNamed(_ family: FamilyModel) throws {
    let folder = try TemporaryFolder()
    try family.write(to: folder.path)
    let file = try SafetensorsFile(path: "\(folder.path)/model.safetensors")
    let path = "\(folder.path)/other.safetensors"
    let stranger = TensorToWrite(name: "model.layers.0.mlp.experts.0.w1.weight", shape: [2], type: .f32, floats: [0, 0])
    try SafetensorsWriter.write(file.tensors.map { TensorToWrite(copying: $0, from: file) } + [stranger], to: path)
    let configuration = try TransformerConfiguration(huggingFace: family.config, file: "config.json")
    let error = try #require(fileError { _ = try Transformer(configuration, weights: SafetensorsFile(path: path), .huggingFace) })
    #expect(error.place == stranger.name)
  }

  /// For `Tests/Reference/check_llama_cpp.py`: every family as the lab writes it, a folder and a GGUF file each.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["LLMLAB_WRITE_FAMILIES"] != nil))
  func writeEveryFamily() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["LLMLAB_WRITE_FAMILIES"])
    for family in FamilyModel.all {
      let (model, path) = (try family.model(), "\(folder)/\(family.name)")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Self.write(model, toFolder: path)
      // A model without a vocabulary: the check feeds ids.
      let written = fileError {
        try model.writeGGUF(
          to: "\(path)/model.gguf", name: family.name, type: .f32, tokenizer: [("tokenizer.ggml.model", .string("no_vocab"))])
      }
      if let written { print("\(family.name): \(written.place) has no key in GGUF") }
    }
  }
}
