// What the tokenizer tests share: golden files, fixtures, seeded randomness. Not here: tests.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

enum Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens").path

  static func json(_ name: String) throws -> JSON { try JSON.parse(contentsOf: "\(folder)/\(name)") }

  static func strings(_ name: String) throws -> [String] { try json(name).cursor(file: name).elements().map { try $0.string() } }

  static func tokenizer() throws -> Tokenizer {
    try Tokenizer(huggingFace: json("tokenizer.json"), tokenizerConfig: json("tokenizer_config.json"), file: "tokenizer.json")
  }
}

/// Reference files beside the checkout; tests that need them are skipped, visibly, where they are absent.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/fixtures").standardizedFileURL.path
  static let isPresent = FileManager.default.fileExists(atPath: folder)
  static let absent: Comment = "needs ../shared/fixtures"

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))) }

  static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    let path = "\(folder)/\(name)"
    return try Tokenizer(
      huggingFace: JSON.parse(contentsOf: "\(path)/tokenizer.json"),
      tokenizerConfig: JSON.parse(contentsOf: "\(path)/tokenizer_config.json"), file: "\(path)/tokenizer.json")
  }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) } }

  /// Text with a bit of everything that tokenizers treat differently.
  mutating func text(_ count: Int) -> String {
    let parts = ["the ", "ab", "小猫", "，", " ", "  ", "\n", "7", "½", "'s", "é", "👋🏽", "<|", "|>", "\u{0}", "\u{301}", "x", "▁"]
    return (0..<count).map { _ in parts.randomElement(using: &self) ?? "" }.joined()
  }
}

extension Duration {
  static func measuring(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }
}

/// The Llama-like tokenizer.json of these tests: small enough to read, with byte fallback.
func sentencePieceDocument() -> JSON {
  let bytes = (UInt8.min...UInt8.max).map(SentencePieceSpelling.spelling)
  let words = ["▁", "a", "b", "c", "猫", "\n", "ab", "▁a", "▁ab", "abc"]
  var vocab: JSONObject = [:]
  for (id, token) in (["<unk>", "<s>", "</s>"] + bytes + words).enumerated() { vocab[token] = .integer(id) }
  let special: [JSON] = ["<unk>", "<s>", "</s>"].enumerated().map {
    ["id": .integer($0), "content": .string($1), "special": true, "normalized": false]
  }
  return [
    "version": "1.0", "added_tokens": .array(special),
    "normalizer": [
      "type": "Sequence",
      "normalizers": [
        ["type": "Prepend", "prepend": "▁"], ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
      ],
    ],
    "pre_tokenizer": .null,
    "post_processor": [
      "type": "TemplateProcessing",
      "single": [["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]]],
    ],
    "decoder": [
      "type": "Sequence",
      "decoders": [
        ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"],
        ["type": "Strip", "content": " ", "start": 1, "stop": 0],
      ],
    ],
    "model": [
      "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": .object(vocab),
      "merges": ["a b", ["▁", "ab"], ["ab", "c"], "▁ a"],
    ],
  ]
}

/// Set to renew the golden tokenizer after an intended change; `Tests/Reference/make_tokenizer_goldens.py` renews what depends on it.
let mayWriteGoldens = ProcessInfo.processInfo.environment["LLMLAB_WRITE_GOLDENS"] != nil
