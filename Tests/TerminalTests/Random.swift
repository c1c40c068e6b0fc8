// Deterministic random text and numbers for property tests.

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let pieces = [
    "a", "word", " ", "  ", "，", "。", "你", "好", "（", "）", "“", "”", "-", "\u{301}", "👩", "\u{200D}", "\u{202E}", "\u{1B}", "\t", "……", "——",
    "1.5",
    "Hello, ", "模型", "\u{A0}", "한", "🇨🇳", "\u{9B}", "/", "«", "\u{FE0F}", "supercalifragilistic",
  ]

  mutating func text(_ count: Int) -> String {
    (0..<count).map { _ in SplitMix.pieces[Int.random(in: 0..<SplitMix.pieces.count, using: &self)] }.joined()
  }
}
