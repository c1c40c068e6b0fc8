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
    #expect(bits(try family.opened(shards: 3).logits(family.tokens)) == bits(try family.model().logits(family.tokens)))
  }

  /// 16-bit weights are read as they are stored, fused and transposed ones too: against the same weights rounded beforehand.
  @Test(arguments: FamilyModel.all)
  func halfPrecisionIsReadAsStored(_ family: FamilyModel) throws {
    let (model, half) = (try family.model(), try family.opened(.f16))
    for (original, stored) in zip(model.parameters, half.parameters) {
      let offset: Float = model.configuration.family.rules.offset(of: original.place, .huggingFace)
      let rounded = original.tensor.values.map { Float(Float16($0 - offset)) + offset }
      // What is kept as a norm's distance from 1 was itself rounded before.
      #expect(largestDifference(stored.tensor.values, rounded) <= (offset == 0 ? 0 : 3e-4), "\(original.name)")
      let isTransposed = model.configuration.family == .gpt2 && original.place.part != nil
      #expect(!original.isMatrix || stored.weight.kind == (isTransposed ? .f32 : .f16), "\(original.name)")
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
    let difference = largestDifference(try family.opened(.bf16).logits(family.tokens).values, expected)
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

  /// Rows of fused and reordered matrices keep their blocks of 32: the file's types are what the products read.
  @Test(
    arguments: FamilyModel.all.filter { !["llama-yarn-factor", "gpt2-erf", "gemma2-open"].contains($0.name) },
    [ElementType.q8_0, .q4_0, .bf16])
  func smallerTypesComeBackClose(_ family: FamilyModel, _ type: ElementType) throws {
    guard case .object(var config) = family.config else { return }
    let sizes = [
      "hidden_size": 64, "n_embd": 64, "intermediate_size": 96, "ffn_hidden_size": 96, "n_inner": 96, "head_dim": 32, "kv_channels": 32,
      "num_attention_heads": 4, "n_head": 2, "num_key_value_heads": 2, "multi_query_group_num": 2, "query_pre_attn_scalar": 32,
    ]
    for (key, size) in sizes where config[key] != nil { config[key] = .integer(size) }
    if config["model_type"] == "phi3" || config["model_type"] == "qwen2" { config["head_dim"] = 32 }
    let model = Transformer(try TransformerConfiguration(huggingFace: .object(config), file: "config.json"), seed: 5)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.gguf"
    try model.writeGGUF(to: path, name: family.name, type: type, tokenizer: [])
    let copy = try Transformer(gguf: GGUFFile(path: path))
    let bound: Float = type == .q4_0 ? 0.13 : 0.006
    for (original, stored) in zip(model.parameters, copy.parameters) {
      let largest = original.tensor.values.map(abs).max() ?? 0
      #expect(largestDifference(stored.tensor.values, original.tensor.values) <= bound * largest, "\(original.name)")
      let isBlock = original.isMatrix && original.place.place != .positions
      #expect(!isBlock || stored.weight.kind == Weight.Kind(type), "\(original.name)")
    }
  }

  /// Folders of base models leave the first part of each name out; models that also see put one before it, and hold what sees.
  @Test func otherSpellingsOfTheNamesAreKnown() throws {
    func base(_ name: String) -> String { name.hasPrefix("lm_head") ? name : String(name.drop { $0 != "." }.dropFirst()) }
    let unused = ["gpt2": ["h.0.attn.bias", "h.1.attn.masked_bias", "lm_head.weight"], "chatglm": ["rotary_pos_emb.inv_freq"]]
    for name in ["llama", "gpt2", "chatglm", "gemma3", "glm4"] {
      let family = try FamilyModel.named(name)
      let model = try family.model(FamilyWeights(family, adding: unused[name] ?? [], renaming: base))
      #expect(bits(try model.logits(family.tokens)) == bits(try family.model().logits(family.tokens)), "\(name)")
    }
    let gemma = try FamilyModel.named("gemma3")
    let expected = bits(try gemma.model().logits(gemma.tokens))
    let eyes = ["vision_tower.vision_model.embeddings.weight", "model.multi_modal_projector.norm.weight", "language_model.lm_head.weight"]
    for renaming in [{ "language_model.\($0)" }, { "model.language_model.\($0.dropFirst(6))" }] as [(String) -> String] {
      let model = try gemma.model(FamilyWeights(gemma, adding: eyes, renaming: renaming))
      #expect(bits(try model.logits(gemma.tokens)) == expected)
    }
  }

  @Test(arguments: FamilyModel.all)
  func everyMissingTensorIsNamed(_ family: FamilyModel) throws {
    for missing in family.tensors.map(\.name) {
      let error = try #require(fileError { _ = try family.model(FamilyWeights(family, dropping: missing)) }, "\(missing)")
      #expect(error.place == missing)
    }
  }

  @Test(arguments: FamilyModel.all)
  func aTensorWithoutPartInTheArithmeticIsNamed(_ family: FamilyModel) throws {
    let strangers = ["model.layers.0.mlp.experts.0.w1.weight", "model.layers.99.mlp.up_proj.weight", "model.layers.0.self_attn.sinks"]
    for stranger in strangers {
      let error = try #require(fileError { _ = try family.model(FamilyWeights(family, adding: [stranger])) })
      #expect(error.place == stranger)
    }
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
