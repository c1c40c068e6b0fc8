// `tokenizer.model`: pieces with scores and kinds, and the tokens that tokenizer_config.json adds. Not here: encoding against SentencePiece (FamilyTests).
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct SentencePieceFileTests {
  /// A message with its pieces; of the type BPE.
  private static func model(_ pieces: [(text: String, score: Float, kind: UInt8)]) -> [UInt8] {
    func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
    let list = pieces.flatMap { piece -> [UInt8] in
      let score = withUnsafeBytes(of: piece.score.bitPattern.littleEndian) { Array($0) }
      return field(1, field(1, Array(piece.text.utf8)) + [2 << 3 | 5] + score + [3 << 3, piece.kind])
    }
    return list + field(2, [3 << 3, 2])
  }

  private static let pieces: [(text: String, score: Float, kind: UInt8)] = [
    ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -1, 1), ("a", -2, 1), ("▁a", -3, 1), ("[PAD7]", -4, 1),
  ]

  private func tokenizer(_ pieces: [(text: String, score: Float, kind: UInt8)] = pieces, _ config: JSON = .null) throws -> Tokenizer {
    try Tokenizer(sentencePiece: Self.model(pieces), tokenizerConfig: config, file: "dir/tokenizer.model")
  }

  @Test func controlSpellingsAreControlTokens() throws {
    let tokenizer = try tokenizer(Self.pieces + [("<|im_end|>", 0, 4), ("<think>", 0, 4)])
    #expect(tokenizer.vocabulary.kinds[7] == .control && tokenizer.vocabulary.kinds[8] == .userDefined)
    #expect(!tokenizer.encode("a<|im_end|>").contains(7) && tokenizer.encode("a<think>").contains(8))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 2e30, -3e38]) func scoresBeyondReasonAreRefused(_ score: Float) throws {
    let error = #expect(throws: FileError.self) { try self.tokenizer(Self.pieces + [("b", score, 1)]) }
    #expect(error?.place == "pieces[7]")
    #expect(try tokenizer(Self.pieces + [("b", -1e30, 1)]).vocabulary.count == 8)
  }

  @Test func theConfigurationAddsAndRenamesTokens() throws {
    let tokenizer = try tokenizer(
      Self.pieces,
      [
        "eos_token": "<|end|>",
        "added_tokens_decoder": [
          "0": ["content": "<unk>", "special": true], "2": ["content": "</s>", "special": true],
          "6": ["content": "<mask>", "special": true, "lstrip": true], "9": ["content": "<|end|>", "special": true],
          "10": ["content": "<tool>", "special": false, "normalized": false],
        ],
      ])
    let vocabulary = tokenizer.vocabulary
    #expect(vocabulary.count == 11 && tokenizer.roles.eos == 9 && tokenizer.roles.unknown == 0)
    #expect(vocabulary.kinds[0] == .unknown && vocabulary.kinds[6] == .control && vocabulary.kinds[7] == .unused)
    #expect(vocabulary.spellings[6] == "<mask>" && tokenizer.added.flags[6]?.stripsLeft == true)
    #expect(vocabulary.kinds[9] == .control && vocabulary.kinds[10] == .userDefined)
    #expect(tokenizer.encode("a<tool>a") == [5, 10, 5] && !tokenizer.encode("<|end|>").contains(9))
    #expect(tokenizer.encode([PromptSpan("<|end|>", .template)]).ids == [9])
  }

  @Test func whatTheConfigurationGetsWrongIsNamed() throws {
    for (key, token): (String, JSON) in [
      ("x", ["content": "b"]), ("-1", ["content": "b"]), ("99999", ["content": "b"]), ("7", ["content": "a"]), ("7", ["content": 1]),
      ("7", [:]),
    ] {
      var tokens: JSONObject = [:]
      tokens[key] = token
      let config: JSON = ["added_tokens_decoder": .object(tokens)]
      let error = #expect(throws: FileError.self, "\(key)") { try self.tokenizer(Self.pieces, config) }
      #expect(error?.file == "dir/tokenizer_config.json")
    }
  }
}
