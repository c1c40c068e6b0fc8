// Makes broken files from good ones, the same ones for the same seed. Not here: what is done with them.
//
// Self-contained, so that other parsers' tests can take it as it is.
import Foundation

/// How many mutated files a fuzz test tries: `LLMLAB_FUZZ` or what the test asks for.
func fuzzCount(_ ordinary: Int) -> Int { ProcessInfo.processInfo.environment["LLMLAB_FUZZ"].flatMap { Int($0) } ?? ordinary }

/// SplitMix64 (Steele et al. 2014): small, fast, seeded.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Changes bytes, words, stretches and decimal numbers of a file, one to four times.
struct Mutator {
  private var random: SeededGenerator
  private static let words: [UInt64] = [
    0, 1, 2, 31, 32, 33, 63, 64, 127, 128, 255, 256, 257, 65_535, 65_536, 1 << 24, 1 << 31, 1 << 32, 1 << 61, 1 << 62, 1 << 63, .max,
    .max - 7,
    UInt64(Int.max), UInt64(Int32.max),
  ]
  private static let texts = [
    "-1", "0", "1", "1e999", "9223372036854775807", "18446744073709551616", "4294967296", "\\u0000", "\\ud800", "{", "}", "[", "]", "\"",
    ",", ":", "null",
    "[[[[[[[[", "..", "/", "\u{FEFF}", "é",
  ]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func mutate(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &random)) }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
    case 2, 3:
      let word = Self.words.randomElement(using: &random)!
      let width = [1, 2, 4, 8].randomElement(using: &random)!
      for i in 0..<min(width, bytes.count - position) { bytes[position + i] = UInt8(truncatingIfNeeded: word >> (8 * UInt64(i))) }
    case 4: bytes.removeSubrange(stretch(of: bytes))
    case 5: bytes.insert(contentsOf: Array(bytes[stretch(of: bytes)]), at: position)
    case 6:
      let source = Array(bytes[stretch(of: bytes)])
      for (i, byte) in source.enumerated() where position + i < bytes.count { bytes[position + i] = byte }
    case 7: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
    case 8: bytes.insert(contentsOf: Self.texts.randomElement(using: &random)!.utf8, at: position)
    default: replaceNumber(&bytes, near: position)
    }
  }

  private mutating func stretch(of bytes: [UInt8]) -> Range<Int> {
    let start = Int.random(in: 0..<bytes.count, using: &random)
    return start..<min(bytes.count, start + Int.random(in: 1...32, using: &random))
  }

  /// The next run of decimal digits becomes another text.
  private mutating func replaceNumber(_ bytes: inout [UInt8], near position: Int) {
    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    guard let start = bytes[position...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Self.texts.randomElement(using: &random)!.utf8)
  }
}
