// Mutated tokenizer.json files: any result is fine but a crash, a hang or an error without file and place. LLMLAB_FUZZ sets the number of cases.
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

  @Test func mutatedFilesAreReadOrRefused() throws {
    let small = try BPETrainer.train(texts: ["the cat the hat"], vocabularySize: 262, specialTokens: ["<s>"], preTokenizer: .smollm)
    let seeds = [small.huggingFaceJSON(), sentencePieceDocument()].map { Array($0.serialized().utf8) }
    var random = SeededGenerator(seed: 5)
    var opened = 0
    var slowest = Duration.zero
    for index in 0..<Self.cases {
      let bytes = Self.mutated(seeds[index % seeds.count], &random)
      let time = Duration.measuring {
        do {
          let tokenizer = try Tokenizer(huggingFace: JSON.parse(bytes, file: "fuzz.json"), file: "fuzz.json")
          let ids = tokenizer.encode("the cat <s> 123 猫\u{0}") + [0, tokenizer.vocabulary.count - 1]
          _ = tokenizer.decode(ids)
          for id in ids { _ = tokenizer.displayText(of: id) }
          _ = tokenizer.encode([PromptSpan("<s>the", .template), PromptSpan("<s>", .user)])
          opened += 1
        } catch let error as FileError {
          #expect(error.file == "fuzz.json" && !error.place.isEmpty, "case \(index)")
        } catch {
          Issue.record("case \(index): \(error)")
        }
      }
      slowest = max(slowest, time)
    }
    #expect(slowest < .seconds(2))
    #expect(opened > 0)
  }
}
