// Hugging Face folders, shards, files that change, and real files of others where they are at hand. Not here: single formats.
import Foundation
import Testing

@testable import ModelFiles

@Suite struct FolderTests {
  private func shard(_ folder: TemporaryFolder, _ name: String, _ tensors: [String]) throws {
    try SafetensorsWriter.write(
      tensors.map { TensorToWrite(name: $0, shape: [1], type: .f32, floats: [Float($0.utf8.count)]) }, to: folder.file(name))
  }

  private func folder(index: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Array(#"{"model_type": "llama"}"#.utf8), "config.json")
    try shard(folder, "model-1.safetensors", ["a", "bb"])
    try shard(folder, "model-2.safetensors", ["ccc"])
    try folder.write(Array(index.utf8), "model.safetensors.index.json")
    return folder
  }

  @Test func shardsAreOneFile() throws {
    let folder = try folder(
      index: #"{"metadata": {}, "weight_map": {"a": "model-1.safetensors", "ccc": "model-2.safetensors", "bb": "model-1.safetensors"}}"#)
    let model = try HuggingFaceFolder(path: folder.path)
    #expect(model.config["model_type"] == "llama")
    #expect(model.tokenizerJSON == nil && model.generationConfig == nil && model.chatTemplate == nil)
    #expect(model.weights.tensors.map(\.name) == ["a", "bb", "ccc"])
    for name in ["a", "bb", "ccc"] { #expect(try model.weights.floats(model.weights.required(name)) == [Float(name.utf8.count)]) }
  }

  @Test(arguments: [
    #"{"weight_map": {"a": "../model-1.safetensors"}}"#, #"{"weight_map": {"a": "/etc/passwd"}}"#,
    #"{"weight_map": {"a": ".safetensors"}}"#,
    #"{"weight_map": {"a": "x\u0000.safetensors"}}"#, #"{"weight_map": {"a": "gone.safetensors"}}"#, #"{"weight_map": {"a": 3}}"#,
    #"{"weight_map": {}}"#, #"{"weight_map": []}"#, #"{}"#, #"[]"#, #"{"weight_map": {"a": "model-1.safetensors"}}"#,
    #"{"weight_map": {"a": "model-1.safetensors", "bb": "model-1.safetensors", "more": "model-1.safetensors"}}"#,
    #"{"weight_map": {"a": "model-1.safetensors", "bb": "model-2.safetensors", "ccc": "model-2.safetensors"}}"#,
  ])
  func wrongIndexesAreErrors(index: String) throws {
    let folder = try folder(index: index)
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.path) } != nil)
  }

  @Test func missingPartsAreNamed() throws {
    let folder = try TemporaryFolder()
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.path) }?.file == folder.file("config.json"))
    try folder.write(Array("{}".utf8), "config.json")
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.path) }?.place == "model.safetensors")
    #expect(fileError { _ = try GGUFFile(path: folder.path) }?.problem.en.contains("folder") == true)
    #expect(fileError { _ = try GGUFFile(path: "/dev/null") }?.problem.en.contains("regular") == true)
    #expect(fileError { _ = try GGUFFile(path: folder.file("gone")) }?.place == "open")
    #expect(fileError { _ = try GGUFFile(path: "") }?.place == "open")
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    #expect(fileError { _ = try SafetensorsFile(path: folder.file("pipe")) } != nil)
  }

  @Test func chatTemplatesOfAllThreePlaces() throws {
    let folder = try folder(index: #"{"weight_map":{"a":"model-1.safetensors","bb":"model-1.safetensors","ccc":"model-2.safetensors"}}"#)
    try folder.write(Array(#"{"chat_template": "key"}"#.utf8), "tokenizer_config.json")
    #expect(try HuggingFaceFolder(path: folder.path).chatTemplate == "key")
    try folder.write(
      Array(#"{"chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}]}"#.utf8), "tokenizer_config.json")
    #expect(try HuggingFaceFolder(path: folder.path).chatTemplate == "d")
    try folder.write(Array("file".utf8), "chat_template.jinja")
    #expect(try HuggingFaceFolder(path: folder.path).chatTemplate == "file")
    try folder.write([0xFF], "chat_template.jinja")
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.path) }?.file == folder.file("chat_template.jinja"))
  }

  @Test func everyTemplateKeepsItsName() throws {
    let folder = try folder(index: #"{"weight_map":{"a":"model-1.safetensors","bb":"model-1.safetensors","ccc":"model-2.safetensors"}}"#)
    func templates() throws -> [String] { try HuggingFaceFolder(path: folder.path).chatTemplates.map { "\($0.name)=\($0.source)" } }
    try folder.write(Array(#"{"chat_template": "old"}"#.utf8), "chat_template.json")
    #expect(try templates() == ["default=old"])
    try folder.write(
      Array(#"{"chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}]}"#.utf8), "tokenizer_config.json")
    #expect(try templates() == ["rag=r", "default=d"])
    try FileManager.default.createDirectory(atPath: folder.file("additional_chat_templates"), withIntermediateDirectories: true)
    try folder.write(Array("t".utf8), "additional_chat_templates/tool_use.jinja")
    try folder.write(Array("x".utf8), "additional_chat_templates/default.jinja")
    try folder.write(Array("-".utf8), "additional_chat_templates/notes.txt")
    #expect(try templates() == ["default=x", "tool_use=t"])
    try folder.write(Array("file".utf8), "chat_template.jinja")
    #expect(try templates() == ["default=file", "tool_use=t"])
    for number in 0..<70 { try folder.write([65], "additional_chat_templates/\(number).jinja") }
    #expect(fileError { _ = try templates() }?.problem.en.contains("more than 64") == true)
  }

  @Test(arguments: [
    #"{"chat_template": 3}"#, #"{"chat_template": [{"name": "default"}]}"#, #"{"chat_template": ["text"]}"#,
    #"{"chat_template": [{"name": 1, "template": "a"}]}"#,
  ])
  func wrongTemplatesAreErrors(config: String) throws {
    let folder = try folder(index: #"{"weight_map":{"a":"model-1.safetensors","bb":"model-1.safetensors","ccc":"model-2.safetensors"}}"#)
    try folder.write(Array(config.utf8), "tokenizer_config.json")
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.path) }?.file == folder.file("tokenizer_config.json"))
  }

  @Test func olderTokenizersAreOfferedAsTheyAre() throws {
    let folder = try folder(index: #"{"weight_map":{"a":"model-1.safetensors","bb":"model-1.safetensors","ccc":"model-2.safetensors"}}"#)
    #expect(try HuggingFaceFolder(path: folder.path).vocabularyFiles?.isEmpty == true)
    for (index, name) in ["tokenizer.model", "vocab.json", "merges.txt", "vocab.txt"].enumerated() {
      try folder.write([UInt8(index)], name)
    }
    try folder.write(Array(#"{"<extra>": 7}"#.utf8), "added_tokens.json")
    try folder.write(Array(#"{"eos_token": "<end>"}"#.utf8), "special_tokens_map.json")
    let model = try HuggingFaceFolder(path: folder.path)
    let files = try #require(model.vocabularyFiles)
    #expect(files.sentencePiece == [0] && files.vocabularyJSON == [1] && files.merges == [2] && files.vocabularyText == [3])
    #expect(model.addedTokens?["<extra>"] == 7 && model.specialTokensMap?["eos_token"] == "<end>")
    try folder.write(Array("{}".utf8), "tokenizer.json")
    #expect(try HuggingFaceFolder(path: folder.path).vocabularyFiles == nil)
  }

  @Test func typesOfSafetensorsAreListed() throws {
    let types: [(String, Int)] = [
      ("F64", 8), ("I64", 8), ("U64", 8), ("I32", 4), ("U32", 4), ("I16", 2), ("U8", 1), ("I8", 1), ("BOOL", 1), ("F8_E4M3", 1),
      ("F8_E5M2", 1),
      ("F8_E8M0", 1),
    ]
    var (members, end) = ([String](), 0)
    for (name, bytes) in types {
      members.append(#""\#(name)":{"dtype":"\#(name)","shape":[3],"data_offsets":[\#(end),\#(end + 3 * bytes)]}"#)
      end += 3 * bytes
    }
    // Eight elements of 4 and 6 bits.
    members.append(#""F4":{"dtype":"F4","shape":[2,4],"data_offsets":[\#(end),\#(end + 4)]}"#)
    members.append(#""F6_E2M3":{"dtype":"F6_E2M3","shape":[8],"data_offsets":[\#(end + 4),\#(end + 10)]}"#)
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(
      path: folder.write(safetensorsImage("{\(members.joined(separator: ","))}", data: end + 10), "m.safetensors"))
    #expect(file.tensors.isEmpty && file.unsupportedTensors.allSatisfy { $0.name == $0.typeName } && file.unsupportedTensors.count == 14)
    #expect(fileError { _ = try file.required("F8_E4M3") }?.problem.en.contains("F8_E4M3") == true)
  }

  @Test func aFileThatShrinksWhileOpenIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(validSafetensors, "model.safetensors")
    let file = try SafetensorsFile(path: path)
    let tensor = try file.required("a")
    #expect(try file.floats(tensor).count == 4)
    #expect(truncate(path, 20) == 0)
    #expect(fileError { _ = try file.floats(tensor) }?.problem.en.contains("changed") == true)
  }

  @Test(.enabled(if: exists(fixture("hf-tinystories-656k")))) func trainedCheckpointOpens() throws {
    let model = try HuggingFaceFolder(path: fixture("hf-tinystories-656k"))
    let hidden = try model.config.cursor(file: "config.json").member("hidden_size").integer(in: 1...4096)
    // Tied: stored once, as the unembedding, with the other name in the metadata.
    let embedding = try model.weights.required("model.embed_tokens.weight")
    #expect(embedding.name == "lm_head.weight" && embedding.shape.last == hidden)
    #expect(try model.weights.floats(embedding).allSatisfy { $0.isFinite })
    #expect(model.tokenizerJSON?["model"] != nil)
  }

  @Test(
    .enabled(if: exists(fixture("gguf-vocab"))),
    arguments: ["ggml-vocab-bert-bge.gguf", "ggml-vocab-deepseek-coder.gguf", "ggml-vocab-gpt-2.gguf", "ggml-vocab-llama-spm.gguf"])
  func vocabulariesOfLlamaCppOpen(name: String) throws {
    let file = try GGUFFile(path: fixture("gguf-vocab/\(name)"))
    let tokens = try file.strings("tokenizer.ggml.tokens")
    #expect(tokens.count > 30_000)
    #expect(try file.integers("tokenizer.ggml.token_type").count == tokens.count)
    let end = name.contains("bert") ? "tokenizer.ggml.seperator_token_id" : "tokenizer.ggml.eos_token_id"
    #expect(try file.integer(end, in: 0...tokens.count - 1) > 0)
  }
}
