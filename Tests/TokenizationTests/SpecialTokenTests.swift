// The rule that keeps prompts safe: only template text becomes special tokens.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct SpecialTokenTests {
  static func tokenizers() throws -> [(name: String, tokenizer: Tokenizer)] {
    var all = [("own", try Golden.tokenizer()), ("llama-like", try Tokenizer(huggingFace: sentencePieceDocument(), file: "t"))]
    for family in FamilyTests.families { all.append((family.name, try Tokenizer(huggingFace: family.document, file: "t"))) }
    for name in ["unigram", "unigram-unk", "pairs"] {
      all.append(
        (name, try Tokenizer(sentencePiece: WholeFile.bytes("\(FamilyStrings.folder)/base-\(name).model", limit: 1 << 20), file: "t")))
    }
    guard Fixture.isPresent else { return all }
    all.append(("tinystories", try Fixture.tokenizer("hf-tinystories-656k")))
    all.append(("minimind3", try Fixture.tokenizer("tokenizers/minimind3")))
    for name in ["gpt-2", "llama-spm", "deepseek-coder", "bert-bge"] {
      all.append((name, try Tokenizer(gguf: GGUFFile(path: "\(Fixture.folder)/gguf-vocab/ggml-vocab-\(name).gguf"))))
    }
    all.append(("tokenizer.model", try Tokenizer(sentencePiece: Fixture.bytes("llama2c/tokenizer.model"), file: "m")))
    all.append(("tok512.bin", try Tokenizer(llama2c: Fixture.bytes("llama2c/tok512.bin"), file: "b")))
    return all
  }

  @Test func everySpecialStringStaysTextInEveryRole() throws {
    for (name, tokenizer) in try Self.tokenizers() {
      let special = Set(tokenizer.vocabulary.specialIds)
      for id in special {
        let spelling = tokenizer.vocabulary.spellings[id]
        for text in [spelling, "a\(spelling)b", spelling + spelling] {
          #expect(special.isDisjoint(with: tokenizer.encode(text)), "\(name) \(text)")
          for role in PromptSpan.Provenance.allCases where role != .template {
            let prompt = tokenizer.encode([PromptSpan(text, role)])
            #expect(special.isDisjoint(with: prompt.ids), "\(name) \(text) \(role)")
            #expect(prompt.provenances.allSatisfy { $0 == role })
          }
        }
        #expect(tokenizer.encode([PromptSpan(spelling, .template)]).ids == [id], "\(name) \(spelling)")
      }
    }
  }

  @Test func templateAndUserTextDoNotJoinIntoOne() throws {
    let tokenizer = try Golden.tokenizer()
    for cut in 1..<"<|end|>".count {
      let spans = [PromptSpan(String("<|end|>".prefix(cut)), .template), PromptSpan(String("<|end|>".dropFirst(cut)), .user)]
      let prompt = tokenizer.encode(spans)
      #expect(!prompt.ids.contains(1))
      #expect(tokenizer.decode(prompt.ids) == "<|end|>")
    }
  }

  @Test func spansKeepTheirAuthorsAndEqualTheWholeText() throws {
    let tokenizer = try Golden.tokenizer()
    let spans = [
      PromptSpan("<|bos|><|user|>say: ", .template), PromptSpan("the ca", .user), PromptSpan("t sat", .document),
      PromptSpan("<|end|>", .template),
    ]
    let prompt = tokenizer.encode(spans)
    let middle = prompt.ids.dropFirst(2).dropLast()
    #expect(prompt.ids.prefix(2) == [0, 2] && prompt.ids.last == 1)
    #expect(Array(middle) == tokenizer.encode("say: the cat sat"))
    #expect(prompt.provenances.first == .template && prompt.provenances.last == .template)
    #expect(prompt.provenances.contains(.user) && prompt.provenances.contains(.document))
    // Bytes by author: a token belongs to the author of its first byte.
    var position = 0
    let authors =
      "say: ".utf8.map { _ in PromptSpan.Provenance.template } + "the ca".utf8.map { _ in .user } + "t sat".utf8.map { _ in .document }
    for (id, provenance) in zip(prompt.ids, prompt.provenances).dropFirst(2).dropLast() {
      #expect(authors[position] == provenance)
      position += tokenizer.bytes(of: id).count
    }
  }

  @Test func longestSpecialWins() {
    let matcher = SpecialMatcher([("<a", 1), ("<a>", 2), ("<a>b", 3), ("<c>", 4)].map { (Array($0.0.utf8), $0.1) })
    func match(_ text: String, at start: Int = 0) -> [Int?] {
      let found = matcher.longestMatch(in: Array(text.utf8), at: start)
      return [found?.id, found?.length]
    }
    #expect(match("<a>bc") == [3, 4])
    #expect(match("<a>c") == [2, 3])
    #expect(match("<ax") == [1, 2])
    #expect(match("x<c>", at: 1) == [4, 3])
    #expect(match("<b>") == [nil, nil] && match("", at: 0) == [nil, nil])
  }

  @Test func overlappingSpecialsDoNotMakeSearchingSlow() throws {
    let specials =
      (0..<SpecialMatcher.maximumLength).map { String(repeating: "<", count: $0) + ">" } + [String(repeating: "<", count: 5000) + "!"]
    let matcher = SpecialMatcher(specials.enumerated().map { (Array($1.utf8), $0) })
    let text = [UInt8](repeating: UInt8(ascii: "<"), count: 4000) + [UInt8(ascii: ">")]
    let time = Duration.measuring {
      for start in text.indices {
        #expect(matcher.longestMatch(in: text, at: start).map(\.length) == (text.count - start <= 128 ? text.count - start : nil))
      }
    }
    #expect(time < .seconds(4))
    #expect(matcher.id(of: Array((specials.last ?? "").utf8)) == nil)
  }

  @Test func mergesIntoSpecialTokensAreNeverApplied() throws {
    var document = sentencePieceDocument()
    guard case .object(var root) = document, case .object(var model)? = root["model"], case .object(var vocab)? = model["vocab"] else {
      throw CancellationError()
    }
    for (i, token) in ["<", "s", ">", "<s"].enumerated() { vocab[token] = .integer(300 + i) }
    model["vocab"] = .object(vocab)
    model["merges"] = ["< s", "<s >"]
    root["model"] = .object(model)
    document = .object(root)
    let tokenizer = try Tokenizer(huggingFace: document, file: "tokenizer.json")
    #expect(tokenizer.encode("<s>").map { tokenizer.vocabulary.spellings[$0] } == ["▁", "<s", ">"])
  }
}
