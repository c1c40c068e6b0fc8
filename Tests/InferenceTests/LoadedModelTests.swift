// Models as files: a folder and a GGUF file open as the same model; what does not belong together is refused; a real checkpoint tells a story.
import ModelFiles
import Models
import Testing
import Tokenization

@testable import Inference

@Suite struct LoadedModelTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes the small model as a Hugging Face folder, with a vocabulary of `size`.
  private func write(size: Int = 290, without: String? = nil) throws -> String {
    var configuration = Small.configuration
    configuration.vocabularySize = size
    let model = size == 290 ? Small.model().transformer : Transformer(configuration, seed: 1)
    try SafetensorsWriter.write(model.tensorsToWrite(.f32), to: "\(folder.path)/model.safetensors")
    let texts = [
      ("config.json", try model.huggingFaceConfig(bos: 0, eos: 1, type: .f32)), ("tokenizer.json", Small.tokenizer.huggingFaceJSON()),
      ("tokenizer_config.json", Small.tokenizer.huggingFaceConfig()),
    ]
    for (name, json) in texts where name != without {
      try AtomicFile.write(Array(json.serialized(pretty: true).utf8), to: "\(folder.path)/\(name)")
    }
    return folder.path
  }

  @Test func folderAndGGUFOpenAsTheSameModel() throws {
    let original = Small.model()
    let path = "\(folder.path)/tiny.gguf"
    try original.transformer.writeGGUF(to: path, name: "tiny", type: .f32, tokenizer: Small.tokenizer.ggufMetadata())
    let prompt = original.tokenizer.encode(
      try ChatTemplate.sprout.render(messages: [ChatMessage(.user, "the cat")], addGenerationPrompt: true)
    )
    .ids
    let expected = try Generator(original).generate(prompt, GenerationOptions(maxTokens: 12))
    for path in [try write(), try write() + "/", path] {
      let model = try LoadedModel(path: path)
      #expect(model.chatTemplate == .sprout)
      #expect(model.path == path)
      #expect(model.name == (path.hasSuffix(".gguf") ? "tiny" : folder.path.split(separator: "/").last.map(String.init)))
      #expect(model.encode(raw: "the cat") == [0] + original.tokenizer.encode("the cat"))
      #expect(try Generator(model).generate(prompt, GenerationOptions(maxTokens: 12)).ids == expected.ids)
    }
  }

  @Test func aTemplateInItsOwnFileIsFound() throws {
    let path = try write(without: "tokenizer_config.json")
    #expect(try LoadedModel(path: path).chatTemplate == nil)
    try AtomicFile.write(Array(ChatTemplate.sprout.jinja.utf8), to: "\(path)/chat_template.jinja")
    #expect(try LoadedModel(path: path).chatTemplate == .sprout)
    try AtomicFile.write(Array("{{ 1 + }}".utf8), to: "\(path)/chat_template.jinja")
    let model = try LoadedModel(path: path)
    #expect(model.chatTemplate == nil && model.chatTemplateError?.column == 8)
    #expect(try model.encode(chat: [ChatMessage(.user, "hi")]) == nil)
  }

  @Test func whatDoesNotBelongTogetherIsRefused() throws {
    let path = try write(size: 280)
    #expect { try LoadedModel(path: path) } throws: { ($0 as? FileError)?.place == "vocab_size" }
  }

  @Test func aFolderWithoutTokenizerIsRefused() throws {
    let path = try write(without: "tokenizer.json")
    #expect { try LoadedModel(path: path) } throws: { ($0 as? FileError)?.file.hasSuffix("/tokenizer.json") == true }
  }

  @Test(arguments: ["", "/", "/nowhere/at/all", "/dev/null"])
  func pathsWithoutModelAreErrors(_ path: String) { #expect(throws: FileError.self) { try LoadedModel(path: path) } }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent))
  func aRealCheckpointTellsAStory() throws {
    let model = try LoadedModel(path: Fixture.stories)
    let prompt = model.encode(raw: "Once upon a time")
    var ended = 0
    for seed in 0..<4 as Range<UInt64> {
      var options = GenerationOptions()
      if seed > 0 {
        options.sampling = .lively
        options.sampling.seed = seed
      }
      let result = try Generator(model).generate(prompt, options)
      print("seed \(seed), \(result.ids.count) tokens, \(result.finishReason.rawValue):", result.text.prefix(120))
      #expect(result.text.split(separator: " ").count > 30, "\(result.text)")
      #expect(!result.text.contains("\u{FFFD}"))
      #expect(!result.text.contains("</s>"))
      if result.finishReason == .stop { ended += 1 }
      let replay = try Generator(model, prefillChunk: 3).generate(prompt, options)
      #expect(replay.ids == result.ids)
    }
    #expect(ended > 0, "no story ended by itself")
  }
}
