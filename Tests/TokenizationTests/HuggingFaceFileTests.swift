// tokenizer.json: what we write reads back equal, and everything outside the subset is a named error.
import Languages
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct HuggingFaceFileTests {
  /// One change of a good document and what the error must name.
  struct Hostile: CustomTestStringConvertible, Sendable {
    let path: [String]
    let value: JSON?
    let names: String

    init(_ path: String, _ value: JSON?, names: String) {
      self.path = path.split(separator: ".").map(String.init)
      self.value = value
      self.names = names
    }

    var testDescription: String { "\(path.joined(separator: "."))=\(value?.serialized() ?? "absent")" }

    /// The document with the value at the path replaced or removed; numbers in the path index arrays.
    func applied(to json: JSON, depth: Int = 0) -> JSON {
      guard depth < path.count else { return value ?? .null }
      switch json {
      case .object(var object):
        let isLast = depth == path.count - 1
        object[path[depth]] = isLast && value == nil ? nil : applied(to: object[path[depth]] ?? .null, depth: depth + 1)
        return .object(object)
      case .array(var array):
        guard let index = Int(path[depth]), array.indices.contains(index) else { return json }
        array[index] = applied(to: array[index], depth: depth + 1)
        return .array(array)
      default: return json
      }
    }
  }

  static let byteLevelCases: [Hostile] = [
    Hostile("model", nil, names: "model"), Hostile("model", 7, names: "model"), Hostile("model.type", "WordPiece", names: "WordPiece"),
    Hostile("model.type", "Ngram", names: "Ngram"), Hostile("model.ignore_merges", 1, names: "ignore_merges"),
    Hostile("model.continuing_subword_prefix", 1, names: "continuing_subword_prefix"),
    Hostile("model.end_of_word_suffix", 1, names: "end_of_word_suffix"),
    Hostile("model.vocab", nil, names: "model.vocab"), Hostile("model.vocab", [], names: "model.vocab"),
    Hostile("model.vocab.!", -1, names: "model.vocab.!"), Hostile("model.vocab.!", 1_000_000, names: "model.vocab.!"),
    Hostile("model.vocab.!", 17, names: "17"), Hostile("model.vocab.!", "16", names: "model.vocab.!"),
    Hostile("model.vocab.!", 1.5, names: "model.vocab.!"),
    Hostile("model.unk_token", "absent", names: "absent"), Hostile("model.merges", nil, names: "model.merges"),
    Hostile("model.merges.0", "a", names: "merges[0]"), Hostile("model.merges.0", "a b c", names: "merges[0]"),
    Hostile("model.merges.0", "", names: "merges[0]"), Hostile("model.merges.0", ["a"], names: "merges[0]"),
    Hostile("model.merges.3", "qqq q", names: "qqq"), Hostile("model.merges.3", "~ ~", names: "~~"),
    Hostile("model.merges.3", 3, names: "merges[3]"), Hostile("added_tokens", 1, names: "added_tokens"),
    Hostile("added_tokens.0.id", 99_999, names: "added_tokens[0].id"), Hostile("added_tokens.0.id", 20, names: "20"),
    Hostile("added_tokens.0.content", "!", names: "0"), Hostile("added_tokens.0.lstrip", 1, names: "lstrip"),
    Hostile("added_tokens.0.special", "yes", names: "special"), Hostile("normalizer", ["type": "Nmt"], names: "Nmt"),
    Hostile("normalizer", ["type": "Precompiled", "precompiled_charsmap": "!"], names: "precompiled_charsmap"),
    Hostile("normalizer", ["type": "Precompiled", "precompiled_charsmap": "/////w=="], names: "precompiled_charsmap"),
    Hostile("normalizer", ["type": "Replace", "pattern": ["Regex": "(?<=a)b"], "content": ""], names: "(?<"),
    Hostile("pre_tokenizer", ["type": "UnicodeScripts"], names: "UnicodeScripts"), Hostile("pre_tokenizer", [:], names: "type"),
    Hostile("pre_tokenizer", ["type": "Metaspace", "prepend_scheme": "often"], names: "often"),
    Hostile("pre_tokenizer", ["type": "Metaspace", "replacement": "__"], names: "__"),
    Hostile("pre_tokenizer.pretokenizers.0.individual_digits", "no", names: "individual_digits"),
    Hostile("pre_tokenizer.pretokenizers.0", ["type": "Split"], names: "pattern"),
    Hostile("pre_tokenizer.pretokenizers.0", ["type": "Split", "pattern": ["String": "a"], "behavior": "Lost"], names: "Lost"),
    Hostile("pre_tokenizer.pretokenizers.0", ["type": "ByteLevel"], names: "ByteLevel"),
    Hostile("pre_tokenizer.pretokenizers.1.add_prefix_space", 1, names: "add_prefix_space"),
    Hostile("post_processor", ["type": "BertProcessing"], names: "cls"),
    Hostile("post_processor", ["type": "BertProcessing", "cls": ["a", 0], "sep": ["b", 600]], names: "sep[1]"),
    Hostile("post_processor.special_tokens.<|bos|>.ids.0", 600, names: "ids[0]"),
    Hostile("post_processor.single", [], names: "TemplateProcessing"),
    Hostile("post_processor.single.0.SpecialToken.id", "absent", names: "absent"),
    Hostile("decoder", ["type": "CTC"], names: "CTC"),
  ]

  static let sentencePieceCases: [Hostile] = [
    Hostile("normalizer.normalizers.0.prepend", 1, names: "prepend"),
    Hostile("normalizer.normalizers.1.content", .null, names: "content"),
    Hostile("normalizer.normalizers.1.pattern", ["Regex": "["], names: "["),
    Hostile("normalizer.normalizers", 1, names: "normalizers"), Hostile("normalizer", ["type": "Precompiled"], names: "charsmap"),
    Hostile("decoder.decoders.1.type", "CTC", names: "CTC"), Hostile("decoder.decoders.3.start", 2, names: "start"),
    Hostile("decoder.decoders.2.type", "Metaspaces", names: "Metaspaces"),
    Hostile("decoder.decoders.0.pattern", ["Regex": "a"], names: "Replace"),
    Hostile("decoder.decoders.3.content", "_", names: "Strip"), Hostile("model.byte_fallback", "yes", names: "byte_fallback"),
  ]

  private func expectError(_ hostile: Hostile, _ document: JSON) throws {
    let error = #expect(throws: FileError.self) { try Tokenizer(huggingFace: hostile.applied(to: document), file: "dir/tokenizer.json") }
    let shown = try #require(error)
    #expect(shown.file == "dir/tokenizer.json")
    #expect("\(shown.place) \(shown.problem.en)".contains(hostile.names), "\(shown)")
    #expect(!shown.mend.zh.isEmpty && !shown.mend.en.isEmpty)
  }

  @Test(arguments: byteLevelCases) func namesWhatIsWrong(_ hostile: Hostile) throws {
    try expectError(hostile, Golden.json("tokenizer.json"))
  }

  @Test(arguments: sentencePieceCases) func namesWhatIsWrongInLlamaLikeFiles(_ hostile: Hostile) throws {
    try expectError(hostile, sentencePieceDocument())
  }

  @Test func rolesComeFromTheConfigurations() throws {
    let document = try Golden.json("tokenizer.json")
    func roles(_ config: JSON, _ generation: JSON = .null) throws -> Tokenizer.Roles {
      try Tokenizer(huggingFace: document, tokenizerConfig: config, generationConfig: generation, file: "dir/tokenizer.json").roles
    }
    let full = try roles(["eos_token": ["content": "<|end|>"], "pad_token": "<|pad|>"], ["eos_token_id": [1, 5]])
    #expect(full.eos == 1 && full.furtherEnds == [1, 5] && full.padding == 7 && full.bos == 0 && full.addsBOS)
    #expect(try roles([:], ["eos_token_id": 4]).eos == 4)
    for (config, generation, file): (JSON, JSON, String) in [
      (["eos_token": "absent"], .null, "dir/tokenizer_config.json"), (["bos_token": 3], .null, "dir/tokenizer_config.json"),
      (.null, ["eos_token_id": 600], "dir/generation_config.json"), (.null, ["eos_token_id": ["x"]], "dir/generation_config.json"),
    ] {
      let error = #expect(throws: FileError.self) { try roles(config, generation) }
      #expect(error?.file == file)
    }
  }

  @Test func whatWeWriteReadsBackEqual() throws {
    for tokenizer in try [Golden.tokenizer(), Tokenizer(huggingFace: sentencePieceDocument(), file: "t")] {
      let document = tokenizer.huggingFaceJSON()
      let again = try Tokenizer(huggingFace: document, tokenizerConfig: tokenizer.huggingFaceConfig(), file: "t")
      #expect(again.huggingFaceJSON() == document)
      #expect(again.roles == tokenizer.roles && again.pipeline == tokenizer.pipeline && again.chatTemplate == tokenizer.chatTemplate)
      #expect(again.vocabulary.tokens == tokenizer.vocabulary.tokens && again.vocabulary.kinds == tokenizer.vocabulary.kinds)
    }
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func openRealFilesSurviveWriting() throws {
    for name in ["hf-tinystories-656k", "tokenizers/minimind3"] {
      let tokenizer = try Fixture.tokenizer(name)
      let again = try Tokenizer(huggingFace: tokenizer.huggingFaceJSON(), tokenizerConfig: tokenizer.huggingFaceConfig(), file: name)
      for string in try Golden.strings("strings.json") { #expect(again.encode(string) == tokenizer.encode(string)) }
    }
  }

  @Test(arguments: ["BPE", "WordLevel", "WordPiece", "Unigram"]) func aVocabularyWithoutTokensIsRefused(_ type: String) throws {
    let vocabulary: JSON = type == "Unigram" ? [] : [:]
    let document: JSON = ["model": ["type": .string(type), "vocab": vocabulary, "merges": []]]
    let error = #expect(throws: FileError.self) { try Tokenizer(huggingFace: document, file: "dir/tokenizer.json") }
    #expect(error?.place.hasPrefix("model") == true && error?.mend.en.isEmpty == false)
    if type != "Unigram" { #expect(error?.problem.en == "the vocabulary is empty") }
  }

  /// The result of a merge lacks the prefix that continues words.
  @Test func theMissingTokenIsNamedAsItIsJoined() throws {
    let document: JSON = [
      "model": [
        "type": "BPE", "continuing_subword_prefix": "##", "vocab": ["a": 0, "##b": 1, "##bc": 2, "##c": 3], "merges": ["##b ##c", "a ##b"],
      ]
    ]
    let error = try #require(#expect(throws: FileError.self) { try Tokenizer(huggingFace: document, file: "t") })
    #expect(error.place.contains("merges[1]") && error.problem.en.contains("“ab”"), "\(error)")
  }

  @Test func gapsInTheIdsAreUnusedTokens() throws {
    var document = sentencePieceDocument()
    document = Hostile("model.vocab.zz", 400, names: "").applied(to: document)
    let tokenizer = try Tokenizer(huggingFace: document, file: "t")
    #expect(tokenizer.vocabulary.count == 401 && tokenizer.vocabulary.kinds[399] == .unused && tokenizer.bytes(of: 399) == [])
  }
}
