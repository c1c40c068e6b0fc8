// Split patterns: what they match, what they refuse, and that no pattern and no text makes them slow.
import Testing

@testable import Tokenization

@Suite struct SplitPatternTests {
  private func matches(_ pattern: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    try SplitPattern(pattern).forEachMatch(in: bytes, 0..<bytes.count) { found.append(String(decoding: bytes[$0], as: UTF8.self)) }
    return found
  }

  static let cases: [(pattern: String, text: String, found: [String])] = [
    ("a|ab", "abab", ["a", "a"]), ("ab|a", "abaab", ["ab", "a", "ab"]), (#"\p{L}+"#, "ab1é猫", ["ab", "é猫"]),
    (#"\p{Lu}\p{Ll}*"#, "HelloWorld", ["Hello", "World"]),
    (#"\P{L}"#, "a1b!", ["1", "!"]), (#"[^\s\p{L}]+"#, "a1! b", ["1!"]), ("[a-cx-]+", "abdx-y", ["ab", "x-"]), ("[]a]+", "]ab", ["]a"]),
    (#"[\]\-]"#, "a]-", ["]", "-"]), (#"\s+(?!\S)"#, "a   b", ["  "]), (#"\s+$"#, "a \nb  ", [" ", "  "]), (#"\s+\z"#, "a \nb  ", ["  "]),
    ("^a", "ab\nac", ["a", "a"]), (#"\Aa"#, "a\na", ["a"]), ("a{2}", "aaaaa", ["aa", "aa"]), ("a{2,3}", "aaaaaa", ["aaa", "aaa"]),
    ("a{2,}", "aaaab", ["aaaa"]),
    ("a{,2}b", "aaab", ["aab"]), ("a{x", "a{x", ["a{x"]), ("a+?b", "aab", ["aab"]), ("a+?", "aa", ["a", "a"]), ("a?+a", "a aa", ["aa"]),
    ("(?>a+)a", "aaa", []),
    ("(?i:'s|É)", "'S'sé'x", ["'S", "'s", "é"]), ("(?i:[a-c]k)", "Ak b\u{212A}", ["Ak", "b\u{212A}"]), ("(?i:a(?-i:b))", "AbAB", ["Ab"]),
    ("(?:ab)+", "ababa", ["abab"]), ("(?:a|b)*c", "abac", ["abac"]),
    (#"\d{1,3}(?=(?:\d{3}){0,2}\b)"#, "1234567", ["1", "234", "567"]), (#"\bx\B"#, "x xy ax", ["x"]), (".", "a\nb", ["a", "b"]),
    (#"\x{732B}|\u0041"#, "猫A", ["猫", "A"]),
    (#"[^(\s|.)]+"#, "a(b|c.d e", ["a", "b", "c", "d", "e"]), ("", "ab", []), ("a*", "baab", ["aa"]),
  ]

  @Test(arguments: cases.indices) func matchesLeftmostAndInOrder(_ index: Int) throws {
    let (pattern, text, found) = Self.cases[index]
    #expect(try matches(pattern, text) == found, "\(pattern)")
  }

  static let refused: [(pattern: String, construct: String)] = [
    ("(?<=a)b", "(?<"), ("(?<name>a)", "(?<"), (#"(a)\1"#, #"\1"#), (#"\k<a>"#, #"\k"#), (#"\p{Han}"#, #"\p{Han}"#), ("[a&&b]", "&&"),
    ("[[:alpha:]]", "[[:"),
    ("(a", "("), ("a)", ")"), ("[a", "["), ("*a", "*"), (#"a\"#, #"\"#), ("(?=a+)b", "(?=…+)"), ("(a*)*", "(…*)*"), ("a{2000}", "{…}"),
    ("[z-a]", "[…-…]"),
    ("(?:(?:a{9}b){999}c){9}", "> 4096"), (String(repeating: "(", count: 40), "((((…"), (String(repeating: "[", count: 40), "[[[[…"),
    (#"\x{110000}"#, #"\x110000"#), (#"[^é[^\p{L}]]"#, "[^…[^…]…]"), ("^*", "^*"), (#"\h"#, #"\h"#),
  ]

  /// Counts on counts: each multiplies what the one before wrote out.
  @Test func countsAreStackedAFewTimesAtMost() throws {
    #expect(try matches("a{2}{2}{1}{1}", "aaaaaaaaa") == ["aaaa", "aaaa"])
    for pattern in ["a{1}{1}{1}{1}{1}", "(?:b|a{1}{1}{1}{1}{1})"] {
      #expect(throws: SplitPatternError("a{1}{1}{1}…")) { try SplitPattern(pattern) }
    }
    // Nothing, any number of times, takes no time to compile.
    let nothing = "(?:(?:(?:(?:){1000}){1000}){1000}){1000}"
    var compiled: SplitPattern?
    let time = try Duration.measuring { compiled = try SplitPattern("a" + nothing + "b") }
    #expect(time < .seconds(5), "thousand to the fourth would take years")
    let bytes = Array("xab".utf8)
    var found: [Range<Int>] = []
    _ = compiled?.forEachMatch(in: bytes, 0..<bytes.count) { found.append($0) }
    #expect(found == [1..<3])
  }

  /// Every scalar of a wide range, and none beside it, without a walk over all of them.
  @Test func wideRangesHaveTheirEnds() {
    for range: ClosedRange<UInt32> in [0...0x10FFFF, 127...0x10FFFF, 64...127, 0x41...0x4E00, 128...0xFFFF, 0...0] {
      var set = ScalarSet()
      let time = Duration.measuring { for _ in 0..<1000 { set = ScalarSet(range) } }
      #expect(time < .seconds(5))
      for value in [0, 1, 63, 64, 0x41, 126, 127, 128, 0x3FF, 0x4E00, 0x4E01, 0xFFFD, 0x10000, 0x10FFFF] as [UInt32] {
        guard let scalar = Unicode.Scalar(value) else { continue }
        #expect(set.contains(scalar) == range.contains(value), "\(range) \(value)")
      }
    }
  }

  @Test(arguments: refused.indices) func namesWhatItDoesNotRun(_ index: Int) {
    let (pattern, construct) = Self.refused[index]
    #expect(throws: SplitPatternError(construct)) { try SplitPattern(pattern) }
  }

  /// Patterns that make backtracking engines quadratic or exponential, on the texts that do it.
  @Test(arguments: [
    (#"\s+$"#, " "), ("(?:a|a)*b", "a"), ("(?:a+)+b", "a"), ("(?:a|aa)+b", "a"), ("a*b|a", "a"), ("(?:a?){30}a{30}b", "a"),
    (#"(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+1"#, "a "),
    (#"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lo}\p{M}]*[\p{Ll}\p{Lo}\p{M}]+1"#, "猫"),
  ])
  func stepsAreLinearInTheText(_ pattern: String, _ unit: String) throws {
    let compiled = try SplitPattern(pattern)
    func steps(_ count: Int) -> Int {
      let bytes = Array((String(repeating: unit, count: count) + "!").utf8)
      return compiled.forEachMatch(in: bytes, 0..<bytes.count) { _ in }
    }
    let (short, long) = (steps(2000), steps(8000))
    #expect(long <= 5 * short + 20_000, "\(short) → \(long)")
  }

  @Test func theSplitsOfGGUFTakeFewStepsOnAMegabyteWithoutSpaces() throws {
    #if DEBUG
      let count = 100_000
    #else
      let count = 1_000_000
    #endif
    for name in ["llama-bpe", "qwen2", "tekken", "deepseek-llm", "gpt-2"] {
      let cuts = try #require(PreTokenizer.named(name)?.preTokenizer.cuts)
      for unit in ["a", " ", "7", "!", "\n"] {
        let bytes = [UInt8](repeating: Array(unit.utf8)[0], count: count)
        for cut in cuts {
          #expect(cut.pattern.forEachMatch(in: bytes, 0..<count) { _ in } <= 16 * count, "\(name) \(unit.debugDescription)")
        }
      }
    }
  }

  @Test func behavioursAreThoseOfTheLibrary() throws {
    func pieces(_ behavior: PreTokenizer.Behavior, inverted: Bool = false) throws -> [String] {
      let bytes = Array("the-final--countdown".utf8)
      var found: [String] = []
      PreTokenizer.Cut(try SplitPattern(literal: "-"), behavior, isInverted: inverted).forEachPiece(in: bytes, 0..<bytes.count) {
        found.append(String(decoding: bytes[$0], as: UTF8.self))
      }
      return found
    }
    // The example of the library's documentation.
    #expect(try pieces(.removed) == ["the", "final", "countdown"])
    #expect(try pieces(.isolated) == ["the", "-", "final", "-", "-", "countdown"])
    #expect(try pieces(.mergedWithPrevious) == ["the-", "final-", "-", "countdown"])
    #expect(try pieces(.mergedWithNext) == ["the", "-final", "-", "-countdown"])
    #expect(try pieces(.contiguous) == ["the", "-", "final", "--", "countdown"])
    #expect(try pieces(.removed, inverted: true) == ["-", "-", "-"])
  }
}
