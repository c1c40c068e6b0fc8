// The tokenizer of GGUF files: round trip, and metadata that does not hold together.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct GGUFTokenizerTests {
  static func open(_ metadata: [(key: String, value: GGUFValue)]) throws -> Tokenizer {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try GGUFWriter.write(metadata: metadata, tensors: [], to: path)
    return try Tokenizer(gguf: GGUFFile(path: path))
  }

  @Test func roundTrip() throws {
    let tokenizer = try Golden.tokenizer()
    let again = try Self.open(tokenizer.ggufMetadata())
    #expect(again.roles == tokenizer.roles && again.pipeline == tokenizer.pipeline && again.chatTemplate == tokenizer.chatTemplate)
    #expect(again.vocabulary.tokens == tokenizer.vocabulary.tokens && again.vocabulary.kinds == tokenizer.vocabulary.kinds)
    #expect(again.huggingFaceJSON() == tokenizer.huggingFaceJSON())
    for string in try Golden.strings("strings.json") { #expect(again.encode(string) == tokenizer.encode(string)) }
  }

  @Test func whatHasNoPlaceInGGUFIsNotWritten() throws {
    let document = sentencePieceDocument()
    for (path, value): (String, JSON) in [
      // "abc" is "a" + "bc" as well, but only some ways to it are merges.
      ("model.vocab.bc", 400), ("normalizer", ["type": "NFKC"]), ("pre_tokenizer", ["type": "Whitespace"]),
      ("model", ["type": "WordLevel", "vocab": ["<unk>": 0, "<s>": 1, "</s>": 2], "unk_token": "<unk>"]),
    ] {
      let changed = HuggingFaceFileTests.Hostile(path, value, names: "").applied(to: document)
      let tokenizer = try Tokenizer(huggingFace: changed, file: "t")
      #expect(throws: GGUFTokenizerError.self, "\(path)") { try tokenizer.ggufMetadata() }
    }
  }

  @Test func howAddedTokensAreLookedForHasNoPlaceInGGUF() throws {
    func tokenizer(_ flags: JSONObject, special: Bool = false, template: String? = nil) throws -> Tokenizer {
      var token: JSONObject = ["id": 600, "content": "<mask>", "special": .bool(special)]
      for (key, value) in flags.entries { token[key] = value }
      let document = try Golden.json("tokenizer.json")
      let old = try document.cursor(file: "t").member("added_tokens").elements().map(\.value)
      let changed = HuggingFaceFileTests.Hostile("added_tokens", .array(old + [.object(token)]), names: "").applied(to: document)
      return try Tokenizer(
        huggingFace: changed, tokenizerConfig: ["chat_template": template.map { .string($0) } ?? .null], file: "t")
    }
    for flag in ["lstrip", "single_word", "rstrip"] {
      let error = #expect(throws: GGUFTokenizerError.self, "\(flag)") { try tokenizer([flag: true]).ggufMetadata() }
      #expect(error?.message.en.contains("<mask>") == true && error?.message.zh.contains("<mask>") == true)
      // No text and no template asks for it: nothing is lost.
      _ = try tokenizer([flag: true], special: true).ggufMetadata()
    }
    #expect(throws: GGUFTokenizerError.self) { try tokenizer(["lstrip": true], special: true, template: "a<mask>").ggufMetadata() }
    _ = try tokenizer([:]).ggufMetadata()
  }

  /// Two ends have keys, others are known by their spelling; what is neither would be lost.
  @Test func endsAreAllWrittenOrNone() throws {
    let document = try Golden.json("tokenizer.json")
    func tokenizer(_ ends: [Int]) throws -> Tokenizer {
      try Tokenizer(
        huggingFace: document, tokenizerConfig: ["eos_token": .string("<|end|>")],
        generationConfig: ["eos_token_id": .array(ends.map { .integer($0) })], file: "t")
    }
    for ends in [[3], [3, 4], [1, 3, 4]] {
      let tokenizer = try tokenizer(ends)
      #expect(tokenizer.eos.isSuperset(of: ends))
      #expect(try Self.open(tokenizer.ggufMetadata()).eos == tokenizer.eos, "\(ends)")
    }
    let error = #expect(throws: GGUFTokenizerError.self) { try tokenizer([3, 4, 5]).ggufMetadata() }
    #expect(error?.message.en.contains("end a text") == true)
  }

  static let hostile: [(key: String, value: GGUFValue?)] = [
    ("tokenizer.ggml.model", nil), ("tokenizer.ggml.model", .string("rwkv")), ("tokenizer.ggml.model", .uint32(1)),
    ("tokenizer.ggml.pre", .uint32(1)), ("tokenizer.ggml.pre", .string("kimi-k2")), ("tokenizer.ggml.tokens", nil),
    ("tokenizer.ggml.tokens", .strings([])), ("tokenizer.ggml.tokens", .int32s([1])), ("tokenizer.ggml.tokens", .strings(["a", "a"])),
    ("tokenizer.ggml.token_type", .int32s([1, 1, 1])),
    ("tokenizer.ggml.token_type", .int32s([Int](repeating: 9, count: 600))),
    ("tokenizer.ggml.token_type", .float32s([Float](repeating: 1, count: 600))), ("tokenizer.ggml.merges", nil),
    ("tokenizer.ggml.merges", .strings(["a"])), ("tokenizer.ggml.merges", .strings(["a b c"])),
    ("tokenizer.ggml.merges", .strings(["~ ~"])),
    ("tokenizer.ggml.merges", .strings([" "])), ("tokenizer.ggml.bos_token_id", .uint32(600)),
    ("tokenizer.ggml.eos_token_id", .integer(-1, .int32)),
    ("tokenizer.ggml.eos_token_id", .string("1")), ("tokenizer.ggml.add_bos_token", .uint32(1)), ("tokenizer.chat_template", .bool(true)),
  ]

  @Test(arguments: hostile.indices) func namesTheKeyThatIsWrong(_ index: Int) throws {
    let (key, value) = Self.hostile[index]
    var metadata = try Golden.tokenizer().ggufMetadata().filter { $0.key != key }
    if let value { metadata.append((key, value)) }
    if key == "tokenizer.ggml.tokens" { metadata.removeAll { $0.key == "tokenizer.ggml.token_type" } }
    let error = #expect(throws: FileError.self) { try Self.open(metadata) }
    #expect(error?.place.hasPrefix(key) == true, "\(String(describing: error))")
  }

  @Test func byteTokensHaveExactlyTwoHexDigits() throws {
    func tokenizer(_ spelling: String) throws -> Tokenizer {
      try Self.open([
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("gpt-2")),
        ("tokenizer.ggml.tokens", .strings([spelling, "b"])),
        ("tokenizer.ggml.token_type", .int32s([6, 1])), ("tokenizer.ggml.merges", .strings([])),
      ])
    }
    #expect(try tokenizer("<0x4a>").bytes(of: 0) == [0x4A])
    for spelling in ["<0x4>", "<0x4AA>", "<0xZZ>", "<0x+4>", "<0X41>", "a"] {
      let error = #expect(throws: FileError.self) { try tokenizer(spelling) }
      #expect(error?.place == "tokenizer.ggml.tokens[0]")
    }
  }
}
