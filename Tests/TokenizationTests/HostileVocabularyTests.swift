// Tokenizer files made to cost time or memory: text that grows at every step, tokens as long as texts. Not here: files that are merely wrong.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct HostileVocabularyTests {
  private static func replace(_ from: String, _ to: String) -> JSON {
    ["type": "Replace", "pattern": ["String": .string(from)], "content": .string(to)]
  }

  private func tokenizer(normalizer: [JSON], decoder: JSON = .null, added: JSON = []) throws -> Tokenizer {
    let document: JSON = [
      "added_tokens": added, "normalizer": ["type": "Sequence", "normalizers": .array(normalizer)], "decoder": decoder,
      "model": ["type": "WordLevel", "vocab": ["a": 0, "b": 1, "?": 2], "unk_token": "?"],
    ]
    return try Tokenizer(huggingFace: document, file: "t")
  }

  /// 32 doublings of one letter would be four thousand million.
  @Test func normalizersDoNotMakeTextsEndless() throws {
    let doubling = [JSON](repeating: Self.replace("a", "aa"), count: 32)
    let prepending = [JSON](repeating: ["type": "Prepend", "prepend": .string(String(repeating: "a", count: 1 << 20))], count: 32)
    for steps in [doubling, prepending, [Self.replace("a", String(repeating: "b", count: 1 << 20))]] {
      let tokenizer = try tokenizer(normalizer: steps, added: [["id": 3, "content": "aa", "normalized": true]])
      for count in [1, 1000] {
        let text = [UInt8](repeating: 0x61, count: count)
        let normalized = tokenizer.pipeline.normalizer.normalized(AlignedText(text, startsText: true))
        #expect(normalized.bytes.count <= 1024 + 64 * count && normalized.bytes.count >= count)
        #expect(normalized.origin(of: normalized.bytes.count - 1) < count)
      }
    }
  }

  /// What real files do stays as it was: a space becomes three bytes, everywhere.
  @Test func usualReplacementsReachTheEndOfTheText() throws {
    let tokenizer = try tokenizer(normalizer: [Self.replace(" ", "▁"), Self.replace("\n", "<0x0A>")])
    let text = AlignedText(Array(String(repeating: " \n", count: 5000).utf8), startsText: true)
    #expect(tokenizer.pipeline.normalizer.normalized(text).bytes == Array(String(repeating: "▁<0x0A>", count: 5000).utf8))
  }

  @Test func decodersDoNotMakeTokensEndless() throws {
    let decoder: JSON = ["type": "Sequence", "decoders": .array([JSON](repeating: Self.replace("a", "aa"), count: 32))]
    let tokenizer = try tokenizer(normalizer: [], decoder: decoder)
    #expect((2...272).contains(tokenizer.bytes(of: 0).count) && tokenizer.bytes(of: 1) == [0x62])
  }

  /// At each place of a text of one letter a search would go through the whole long token, and not find it.
  @Test(arguments: ["Unigram", "WordPiece"]) func longTokensDoNotSlowDownTheSearch(_ type: String) throws {
    let long = String(repeating: "a", count: 100_000) + "b"
    let inside = String(repeating: "a", count: TokenTrie.maximumLength / 2)
    let tokens = ["?", "a", "##a", inside, "##" + inside, long, "##" + long]
    var vocabulary: JSONObject = [:]
    for (id, token) in tokens.enumerated() { vocabulary[token] = .integer(id) }
    let model: JSON =
      type == "Unigram"
      ? ["type": "Unigram", "vocab": .array(tokens.map { [.string($0), -1] }), "unk_id": 0]
      : ["type": "WordPiece", "vocab": .object(vocabulary), "unk_token": "?", "max_input_chars_per_word": 1_000_000]
    let tokenizer = try Tokenizer(huggingFace: ["model": model], file: "t")
    var ids: [Int] = []
    let time = Duration.measuring { ids = tokenizer.encode(String(repeating: "a", count: 50_000)) }
    #expect(time < .seconds(20), "quadratic time would take minutes")
    #expect(ids.count < 500 && ids.contains { tokens[$0].contains(inside) })
    // Too long to be looked for; its letters are there.
    #expect(!tokenizer.encode(long).contains(5))
  }
}
