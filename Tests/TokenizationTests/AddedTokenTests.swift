// Added tokens, roles and ends: who may write which token, and what goes around a text.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct AddedTokenTests {
  private static func token(_ id: Int, _ content: String, _ flags: (String, JSON)...) -> JSON {
    var token: JSONObject = ["id": .integer(id), "content": .string(content)]
    for (key, value) in flags { token[key] = value }
    return .object(token)
  }

  private func tokenizer(_ added: [JSON], normalizer: JSON = .null, config: JSON = [:]) throws -> Tokenizer {
    var document = try Golden.json("tokenizer.json")
    let old = try document.cursor(file: "t").member("added_tokens").elements().map(\.value)
    document = HuggingFaceFileTests.Hostile("added_tokens", .array(old + added), names: "").applied(to: document)
    document = HuggingFaceFileTests.Hostile("normalizer", normalizer, names: "").applied(to: document)
    return try Tokenizer(huggingFace: document, tokenizerConfig: config, file: "t")
  }

  @Test func whatIsNotSpecialIsFoundInAnyText() throws {
    let tokenizer = try tokenizer([
      Self.token(600, "<think>"), Self.token(601, "<|python|>"), Self.token(602, "<tool>", ("special", true)),
    ])
    for role in PromptSpan.Provenance.allCases {
      let ids = tokenizer.encode([PromptSpan("a<think>b", role)]).ids
      #expect(ids.contains(600), "\(role)")
      // Marked special, or spelled as only control tokens are.
      for (id, text) in [(601, "<|python|>"), (602, "<tool>")] {
        #expect(tokenizer.encode([PromptSpan(text, role)]).ids.contains(id) == (role == .template), "\(role) \(text)")
      }
    }
    #expect(tokenizer.encode("<think>") == [600] && !tokenizer.vocabulary.isSpecial(600) && tokenizer.vocabulary.isSpecial(601))
    // Text of two authors makes one token when nothing special is in it.
    #expect(tokenizer.encode([PromptSpan("<thi", .template), PromptSpan("nk>", .user)]).ids == [600])
  }

  @Test func whiteSpaceAroundSpecialTokensBelongsToThem() throws {
    let tokenizer = try tokenizer([
      Self.token(600, "<L>", ("special", true), ("lstrip", true)), Self.token(601, "<R>", ("special", true), ("rstrip", true)),
      Self.token(602, "<W>", ("special", true), ("single_word", true)),
    ])
    let spans = [
      PromptSpan("say", .template), PromptSpan("  ", .user), PromptSpan("<L><R>\n", .template), PromptSpan(" \t", .document),
      PromptSpan(" x", .user), PromptSpan("a<W> <W>", .template),
    ]
    let prompt = tokenizer.encode(spans)
    #expect(prompt.ids == tokenizer.encode("say") + [600, 601] + tokenizer.encode("xa<W> ") + [602])
    #expect(prompt.provenances.count == prompt.ids.count && !prompt.provenances.contains(.document))
  }

  @Test func tokensKnowTheirAuthorsThroughNormalization() throws {
    let tokenizer = try tokenizer([], normalizer: ["type": "NFC"])
    let prompt = tokenizer.encode([PromptSpan("e\u{301}tude ", .user), PromptSpan("猫猫", .document), PromptSpan(" e\u{301}", .tool)])
    #expect(prompt.ids == tokenizer.encode("étude 猫猫 é"))
    var text: [PromptSpan.Provenance: [UInt8]] = [:]
    for (id, author) in zip(prompt.ids, prompt.provenances) { text[author, default: []] += tokenizer.bytes(of: id) }
    #expect(text[.user].map { String(decoding: $0, as: UTF8.self) } == "étude ")
    #expect(text[.tool].map { String(decoding: $0, as: UTF8.self) } == " é")
  }

  @Test func configurationsAddTokensAndRoles() throws {
    let config: JSON = [
      "added_tokens_decoder": ["600": ["content": "<extra>", "special": true], "1": ["content": "<|end|>", "special": true]],
      "eos_token": ["content": "<extra>"], "pad_token": .null, "clean_up_tokenization_spaces": true,
    ]
    let tokenizer = try tokenizer([], config: config)
    #expect(tokenizer.eos == [600] && tokenizer.vocabulary.id(of: "<extra>") == 600)
    let error = #expect(throws: FileError.self) {
      try self.tokenizer([], config: ["added_tokens_decoder": ["-1": ["content": "x"]]])
    }
    #expect(error?.file == "tokenizer_config.json")
  }

  @Test func whatGoesAroundAText() throws {
    var document = try JSON.parse(contentsOf: "\(FamilyStrings.folder)/base-wordpiece.json")
    func set(_ processor: JSON) throws -> Tokenizer {
      document = HuggingFaceFileTests.Hostile("post_processor", processor, names: "").applied(to: document)
      return try Tokenizer(huggingFace: document, file: "t")
    }
    func special(_ id: String) -> JSON { ["SpecialToken": ["id": .string(id), "type_id": 0]] }
    let text: JSON = ["Sequence": ["id": "A", "type_id": 0]]
    for processor: JSON in [
      ["type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]],
      ["type": "RobertaProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3], "trim_offsets": true, "add_prefix_space": false],
      ["type": "TemplateProcessing", "single": [special("[CLS]"), text, special("[SEP]")]],
    ] {
      let tokenizer = try set(processor)
      let plain = tokenizer.encode("the cat")
      #expect(tokenizer.encode("the cat", addingBOS: true, addingEOS: true) == [2] + plain + [3])
      #expect(tokenizer.encode("the cat", addingBOS: true) == [2] + plain)
      #expect(try Tokenizer(huggingFace: tokenizer.huggingFaceJSON(), file: "t").encode("a", addingBOS: true, addingEOS: true).last == 3)
    }
    let two = try set(["type": "TemplateProcessing", "single": [special("[CLS]"), special("[SEP]"), text]])
    #expect(two.encode("", addingBOS: true, addingEOS: true) == [2, 3] && two.roles.opening == [2, 3])
    #expect(throws: GGUFTokenizerError.self) { try two.ggufMetadata() }
  }

  @Test func endsAreKnownByTheirSpelling() {
    func ends(_ spellings: [String], _ kind: TokenKind = .control) -> Set<Int> {
      EndSpellings.ids(
        in: Vocabulary(
          tokens: ByteStrings(spellings.map(\.utf8)), kinds: spellings.map { _ in kind }, spellings: spellings))
    }
    #expect(ends(["<|im_start|>", "<|im_end|>", "<|endoftext|>", "</s>"]) == [1, 2, 3])
    #expect(ends(["<|end|>", "<|return|>", "<|call|>"]) == [1, 2])
    #expect(ends(["</s>", "<|tool_response>", "<eos>"]) == [1, 2])
    #expect(ends(["</s>"], .normal) == [])
  }
}
