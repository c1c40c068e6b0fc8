// Tokenizers from one format into the other and back: the ids stay.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct ConversionTests {
  private static let texts = FamilyStrings.chosen(for: "conversion").prefix(150).map { FamilyStrings.all[$0] }

  /// The tokenizer after a way through a GGUF file.
  private func throughGGUF(_ tokenizer: Tokenizer) throws -> Tokenizer { try GGUFTokenizerTests.open(tokenizer.ggufMetadata()) }

  private func throughJSON(_ tokenizer: Tokenizer) throws -> Tokenizer {
    try Tokenizer(huggingFace: tokenizer.huggingFaceJSON(), tokenizerConfig: tokenizer.huggingFaceConfig(), file: "t")
  }

  /// - Parameter hasTies: cuts that cost the same to the last bit may differ between single and double precision.
  private func expectSame(_ a: Tokenizer, _ b: Tokenizer, _ comment: Comment, hasTies: Bool = false) {
    for text in Self.texts {
      // The `tokenizers` library reads character maps in its own way where a cluster has several scalars.
      if case .precompiled = a.pipeline.normalizer.steps.first, text.contains(where: { $0.unicodeScalars.count > 1 }) { continue }
      let ids = a.encode(text, addingBOS: true, addingEOS: true)
      let others = b.encode(text, addingBOS: true, addingEOS: true)
      #expect(hasTies || ids == others, comment)
      #expect(a.decode(ids, skippingSpecial: true) == b.decode(ids, skippingSpecial: true), comment)
    }
    #expect(a.bos == b.bos && a.roles.unknown == b.roles.unknown && a.eos.isSubset(of: b.eos), comment)
  }

  @Test(arguments: ["gpt-2", "llama-bpe", "qwen2", "tekken", "deepseek-coder", "smollm", "gpt-4o", "falcon", "default"])
  func namedSplitsGoBothWays(_ name: String) throws {
    let base = try Tokenizer(huggingFace: JSON.parse(contentsOf: "\(FamilyStrings.folder)/base-bytes.json"), file: "base")
    let named = try #require(PreTokenizer.named(name))
    let tokenizer = Tokenizer(
      vocabulary: base.vocabulary, merges: base.merges, pipeline: .byteLevel(named.preTokenizer, ignoresMerges: named.ignoresMerges),
      roles: base.roles, chatTemplate: nil)
    expectSame(tokenizer, try throughJSON(tokenizer), "\(name) JSON")
    expectSame(tokenizer, try throughGGUF(tokenizer), "\(name) GGUF")
    expectSame(tokenizer, try throughJSON(throughGGUF(tokenizer)), "\(name) both")
  }

  @Test func sentencePieceFilesGoBothWays() throws {
    for name in ["unigram-unk", "pairs"] {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(FamilyStrings.folder)/base-\(name).model")))
      let tokenizer = try Tokenizer(sentencePiece: bytes, file: name)
      expectSame(tokenizer, try throughJSON(tokenizer), "\(name) JSON", hasTies: name != "pairs")
      guard name != "pairs" else {
        // llama.cpp applies no character map to this kind.
        #expect(throws: GGUFTokenizerError.self) { try tokenizer.ggufMetadata() }
        continue
      }
      expectSame(tokenizer, try throughGGUF(tokenizer), "\(name) GGUF", hasTies: true)
    }
  }

  @Test func wordPieceGoesBothWays() throws {
    var document = try JSON.parse(contentsOf: "\(FamilyStrings.folder)/base-wordpiece.json")
    let all = try Tokenizer(huggingFace: document, file: "t")
    // "▁" marks words in GGUF and can be no part of them.
    #expect(throws: GGUFTokenizerError.self) { try all.ggufMetadata() }
    for token in try document.cursor(file: "t").member("model").member("vocab").object().keys where token.contains("▁") {
      document = HuggingFaceFileTests.Hostile("model.vocab.\(token)", nil, names: "").applied(to: document)
    }
    let processor: JSON = ["type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]]
    document = HuggingFaceFileTests.Hostile("post_processor", processor, names: "").applied(to: document)
    let tokenizer = try Tokenizer(huggingFace: document, file: "t")
    expectSame(tokenizer, try throughJSON(tokenizer), "JSON")
    expectSame(tokenizer, try throughGGUF(tokenizer), "GGUF")
    expectSame(tokenizer, try throughJSON(throughGGUF(tokenizer)), "both")
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func realVocabulariesGoBothWays() throws {
    for name in ["llama-spm", "bert-bge", "deepseek-coder", "gpt-2"] {
      let tokenizer = try Tokenizer(gguf: GGUFFile(path: "\(Fixture.folder)/gguf-vocab/ggml-vocab-\(name).gguf"))
      expectSame(tokenizer, try throughGGUF(tokenizer), "\(name) GGUF")
      expectSame(tokenizer, try throughJSON(tokenizer), "\(name) JSON")
    }
    let llama = try Tokenizer(sentencePiece: Fixture.bytes("llama2c/tokenizer.model"), file: "tokenizer.model")
    let json = try throughJSON(llama)
    expectSame(llama, json, "merges")
    expectSame(llama, try throughGGUF(json), "merges as scores again")
  }
}
