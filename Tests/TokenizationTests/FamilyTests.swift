// Every family of tokenizers against its reference implementation, on 2,000 strings.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct FamilyTests {
  /// A family of tokenizer.json: a small vocabulary, and what the family changes of it.
  struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    let document: JSON
    var testDescription: String { name }
  }

  static let families: [Family] = {
    do { return try read() } catch { fatalError("families.json: \(error)") }
  }()

  private static func read() throws -> [Family] {
    let file = "\(FamilyStrings.folder)/families.json"
    return try JSON.parse(contentsOf: file).cursor(file: file).elements().map { family in
      let base = try family.member("base").string()
      var document = try JSON.parse(contentsOf: "\(FamilyStrings.folder)/base-\(base).json")
      for (path, value) in try family.member("changes").members() {
        document = HuggingFaceFileTests.Hostile(path, value.value, names: "").applied(to: document)
      }
      return Family(name: try family.member("name").string(), document: document)
    }
  }

  /// Compares the ids of all strings with the reference's.
  /// - Parameter extra: what the hash covers besides the ids.
  private func expectGolden(_ name: String, _ tokenizer: Tokenizer, extra: (String) -> [Int] = { _ in [] }) throws {
    let hashes = try FamilyStrings.hashes(name)
    try #require(hashes.count == FamilyStrings.all.count)
    var asked = 0
    var different: [String] = []
    for index in FamilyStrings.chosen(for: name) where hashes[index] != 0 {
      let text = FamilyStrings.all[index]
      asked += 1
      let ids = tokenizer.encode(text)
      if FamilyStrings.hash(ids + extra(text)) != hashes[index] { different.append("\(index) \(ids)") }
    }
    #expect(different.isEmpty, "\(name): \(different.count) of \(asked) differ: \(different.prefix(3))")
    #expect(asked >= FamilyStrings.chosen(for: name).count / 4 * 3)
  }

  @Test(arguments: families) func equalsTheTokenizersLibrary(_ family: Family) throws {
    let tokenizer = try Tokenizer(huggingFace: family.document, file: "tokenizer.json")
    try expectGolden(family.name, tokenizer) { [0xFFFF_FFFF] + tokenizer.pieces(of: Array($0.utf8)).map(\.count) }
  }

  @Test(arguments: families) func whatIsWrittenGivesTheSameIds(_ family: Family) throws {
    let tokenizer = try Tokenizer(huggingFace: family.document, file: "tokenizer.json")
    let again = try Tokenizer(
      huggingFace: tokenizer.huggingFaceJSON(), tokenizerConfig: tokenizer.huggingFaceConfig(), file: "tokenizer.json")
    #expect(again.pipeline == tokenizer.pipeline)
    for text in FamilyStrings.all.prefix(60) { #expect(again.encode(text) == tokenizer.encode(text), "\(text.debugDescription)") }
  }

  static let named = [
    "gpt-2", "smollm", "llama-bpe", "smaug-bpe", "qwen2", "qwen35", "deepseek-llm", "deepseek-coder", "deepseek-v3", "spark2_5", "tekken",
    "gpt-4o", "youtu", "falcon", "default", "poro-chat", "viking", "chameleon", "bailingmoe", "seed-coder", "ufakzeka", "laguna",
    "exaone-moe",
    "minicpm5",
  ]

  @Test(arguments: named) func namedSplitsEqualLlamaCpp(_ name: String) throws {
    let base = try Tokenizer(huggingFace: JSON.parse(contentsOf: "\(FamilyStrings.folder)/base-bytes.json"), file: "base")
    let named = try #require(PreTokenizer.named(name))
    let tokenizer = Tokenizer(
      vocabulary: base.vocabulary, merges: base.merges, pipeline: .byteLevel(named.preTokenizer, ignoresMerges: named.ignoresMerges),
      roles: base.roles, chatTemplate: nil)
    try expectGolden("gguf-\(name)", tokenizer)
  }

  @Test(arguments: ["unigram", "unigram-unk", "pairs"]) func modelFilesEqualSentencePiece(_ name: String) throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(FamilyStrings.folder)/base-\(name).model")))
    try expectGolden("model-\(name)", Tokenizer(sentencePiece: bytes, file: name))
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent), arguments: ["llama-spm", "bert-bge", "deepseek-coder", "gpt-2"])
  func vocabulariesOfGGUFEqualLlamaCpp(_ name: String) throws {
    try expectGolden("fixture-\(name)", Tokenizer(gguf: GGUFFile(path: "\(Fixture.folder)/gguf-vocab/ggml-vocab-\(name).gguf")))
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent), arguments: ["hf-tinystories-656k", "tokenizers/minimind3"])
  func realFilesEqualTheTokenizersLibrary(_ name: String) throws {
    try expectGolden("fixture-\(name.split(separator: "/").last ?? "")", Fixture.tokenizer(name))
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func llamaEqualsSentencePieceInBothFiles() throws {
    let model = try Tokenizer(sentencePiece: Fixture.bytes("llama2c/tokenizer.model"), file: "tokenizer.model")
    try expectGolden("fixture-tokenizer.model", model)
    #expect(model.bos == 1 && model.eos == [2] && model.addsBOS && !model.addsEOS)
    let binary = try Tokenizer(llama2c: Fixture.bytes("llama2c/tokenizer.bin"), file: "tokenizer.bin")
    #expect(binary.roles == model.roles && binary.vocabulary.kinds == model.vocabulary.kinds)
    for text in FamilyStrings.chosen(for: "tokenizer.bin").map({ FamilyStrings.all[$0] }) {
      #expect(binary.encode(text) == model.encode(text), "\(text.debugDescription)")
    }
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func gpt2FolderEqualsItsGGUF() throws {
    let vocab = try JSON.parse(contentsOf: "\(Fixture.folder)/tokenizers/gpt2/gpt2_vocab.json")
    let tokenizer = try Tokenizer(
      vocab: vocab, merges: Fixture.text("tokenizers/gpt2/gpt2_merges.txt"), tokenizerConfig: ["eos_token": "<|endoftext|>"],
      file: "vocab.json")
    #expect(tokenizer.eos == [50256] && tokenizer.vocabulary.isSpecial(50256))
    try expectGolden("fixture-gpt-2", tokenizer)
  }
}
