// Mutated tokenizer files of every format: any result is fine but a crash, a hang or an error without file and place. LLMLAB_FUZZ sets the number of cases.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct TokenizerFuzzTests {
  private static let cases = ProcessInfo.processInfo.environment["LLMLAB_FUZZ"].flatMap { Int($0) } ?? 1000
  private static let fragments = [
    "null", "-1", "1e999", "99999999999999999999", "[[[[[[[[", "{\"\":{}}", "\"\\ud800\"", "\"\"", "0", "16777216", "true", "\u{FFFD}",
    "\"<0x\"",
  ].map { Array($0.utf8) }

  private static func mutated(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let start = Int.random(in: 0..<max(1, bytes.count), using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...24, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: if start < bytes.count { bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 3: bytes.replaceSubrange(start..<end, with: fragments.randomElement(using: &random) ?? [])
      case 4: bytes.removeSubrange(start...)
      default:
        // A digit becomes another: still valid JSON with other ids.
        if let digit = bytes[start...].firstIndex(where: { (0x30...0x39).contains($0) }) {
          bytes[digit] = UInt8.random(in: 0x30...0x39, using: &random)
        }
      }
      if bytes.isEmpty { break }
    }
    return bytes
  }

  /// Opens a mutated file and uses what opens.
  /// - Returns: whether it opened.
  private func tryOpening(_ index: Int, _ slowest: inout Duration, _ open: () throws -> Tokenizer) -> Bool {
    var opened = false
    let time = Duration.measuring {
      do {
        let tokenizer = try open()
        let ids =
          tokenizer.encode("the cat <s> 123 猫\u{0}e\u{301}  x", addingBOS: true, addingEOS: true) + [0, tokenizer.vocabulary.count - 1]
        _ = tokenizer.encode(bytes: [0xFF, 0xE4, 0xBD, 0x20, 0xC3])
        _ = tokenizer.decode(ids)
        for id in ids { _ = tokenizer.displayText(of: id) }
        _ = tokenizer.encode([PromptSpan("<s>the", .template), PromptSpan("<s>", .user)])
        _ = (tokenizer.huggingFaceJSON(), try? tokenizer.ggufMetadata())
        opened = true
      } catch let error as FileError {
        #expect(error.file.contains("fuzz") && !error.place.isEmpty, "case \(index)")
      } catch {
        Issue.record("case \(index): \(error)")
      }
    }
    slowest = max(slowest, time)
    return opened
  }

  /// - Parameter share: of the number of cases; larger files take longer.
  private func fuzz(_ seeds: [[UInt8]], seed: UInt64, share: Int, _ open: ([UInt8]) throws -> Tokenizer) {
    var random = SeededGenerator(seed: seed)
    var opened = 0
    var slowest = Duration.zero
    for index in 0..<Self.cases / share {
      let bytes = Self.mutated(seeds[index % seeds.count], &random)
      if tryOpening(index, &slowest, { try open(bytes) }) { opened += 1 }
    }
    #expect(slowest < .seconds(4))
    #expect(opened > 0)
  }

  @Test func mutatedFilesAreReadOrRefused() throws {
    let small = try BPETrainer.train(texts: ["the cat the hat"], vocabularySize: 262, specialTokens: ["<s>"], preTokenizer: .smollm)
    let seeds = [small.huggingFaceJSON(), sentencePieceDocument()].map { Array($0.serialized().utf8) }
    fuzz(seeds, seed: 5, share: 2) { try Tokenizer(huggingFace: JSON.parse($0, file: "fuzz.json"), file: "fuzz.json") }
  }

  /// Every kind of model, normalizer and pre-tokenizer, with a vocabulary of a few words.
  @Test func mutatedPipelinesAreReadOrRefused() throws {
    let seeds = FamilyTests.families.map { family -> [UInt8] in
      var document = family.document
      for (path, value): (String, JSON) in [("model.merges", ["t h"]), ("model.vocab", Self.vocabulary(of: document))] {
        document = HuggingFaceFileTests.Hostile(path, value, names: "").applied(to: document)
      }
      return Array(document.serialized().utf8)
    }
    fuzz(seeds, seed: 6, share: 1) { try Tokenizer(huggingFace: JSON.parse($0, file: "fuzz.json"), file: "fuzz.json") }
  }

  private static func vocabulary(of document: JSON) -> JSON {
    if document["model"]?["type"] == "Unigram" { return [["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁the", -1.5], ["c", -2.0]] }
    var vocab: JSONObject = [:]
    for (id, token) in ["<|endoftext|>", "<unk>", "[UNK]", "[CLS]", "[SEP]", "[PAD]", "t", "h", "th", "##e", "e</w>", "the"].enumerated() {
      vocab[token] = .integer(id)
    }
    return .object(vocab)
  }

  @Test func mutatedSentencePieceFilesAreReadOrRefused() throws {
    let seeds = try ["unigram-unk", "pairs"].map { try WholeFile.bytes("\(FamilyStrings.folder)/base-\($0).model", limit: 1 << 20) }
    fuzz(seeds, seed: 7, share: 5) { try Tokenizer(sentencePiece: $0, file: "fuzz.model") }
  }

  @Test func mutatedLlama2CFilesAreReadOrRefused() throws {
    var bytes: [UInt8] = [16, 0, 0, 0]
    let words =
      ["<unk>", "\n<s>\n", "\n</s>\n"] + (UInt8.min...UInt8.max).map(SentencePieceSpelling.spelling) + [" ", "t", "h", "th", " th", "猫"]
    for (id, word) in words.enumerated() {
      for value in [Float(-id).bitPattern, UInt32(word.utf8.count)] {
        for shift in 0..<4 { bytes.append(UInt8(value >> (8 * shift) & 0xFF)) }
      }
      bytes += word.utf8
    }
    #expect(try Tokenizer(llama2c: bytes, file: "t").encode("th 猫é") == [263, 259, 264, 198, 172])
    fuzz([bytes], seed: 8, share: 4) { try Tokenizer(llama2c: $0, file: "fuzz.bin") }
  }

  @Test func mutatedGGUFVocabulariesAreReadOrRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-fuzz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("fuzz.gguf").path
    let small = try BPETrainer.train(texts: ["the cat the hat"], vocabularySize: 262, specialTokens: ["<s>"], preTokenizer: .smollm)
    let words = try Tokenizer(
      huggingFace: [
        "model": ["type": "WordPiece", "vocab": ["[UNK]": 0, "the": 1, "##e": 2, "th": 3], "unk_token": "[UNK]"],
        "normalizer": ["type": "BertNormalizer"], "pre_tokenizer": ["type": "BertPreTokenizer"],
      ], file: "t")
    let unigram = try Tokenizer(sentencePiece: WholeFile.bytes("\(FamilyStrings.folder)/base-unigram-unk.model", limit: 1 << 20), file: "t")
    var seeds: [[UInt8]] = []
    for metadata in try [small.ggufMetadata(), words.ggufMetadata(), unigram.ggufMetadata()] {
      try GGUFWriter.write(metadata: metadata, tensors: [], to: path)
      seeds.append(try WholeFile.bytes(path, limit: 1 << 20))
    }
    fuzz(seeds, seed: 9, share: 5) { bytes in
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return try Tokenizer(gguf: GGUFFile(path: path))
    }
  }
}
