// The sanitizer and widths: nothing that reaches a cell can act on a terminal, hide or reorder.
import Terminal
import Testing

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("a\tb\nc", "a\tb\nc"), ("a\r\nb\rc", "a\nb\nc"), ("\u{1B}[31m", "␛[31m"), ("\u{0}\u{7}\u{8}", "␀␇␈"),
    ("\u{7F}", "␡"),
    ("\u{9B}31m", "⟨9B⟩31m"), ("\u{85}", "⟨85⟩"), ("a\u{202E}b", "a\u{FFFD}b"), ("a\u{2066}b\u{2069}", "a\u{FFFD}b\u{FFFD}"),
    ("a\u{E0041}\u{E007F}", "a\u{FFFD}\u{FFFD}"), ("a\u{200B}b\u{200D}c\u{FEFF}", "abc"), ("❤\u{FE0F}", "❤"), ("👍\u{1F3FD}", "👍"),
    ("👩\u{200D}💻", "👩💻"), ("\u{2028}x\u{2029}", "\nx\n"), ("é", "é"), ("e\u{301}", "e\u{301}"),
    ("\u{301}e", "◌\u{301}e"), ("a\n\u{301}", "a\n◌\u{301}"), ("🇨🇳", "🇨🇳"), ("co\u{AD}op", "coop"),
  ])
  func sanitizing(_ raw: String, _ shown: String) {
    let text = DisplayText(raw)
    // Scalars, because == on strings would hold for canonical equivalents too.
    #expect(Array(text.string.unicodeScalars) == Array(shown.unicodeScalars))
  }

  @Test func pileOfMarksIsBounded() {
    let storm = "Z" + String(repeating: "\u{30D}\u{489}", count: 5_000) + "a"
    let text = DisplayText(storm)
    #expect(text.string.unicodeScalars.count == 1 + 4 + 1 + 1)
    #expect(text.width == 3)
  }

  @Test func invalidUTF8() {
    #expect(DisplayText(bytes: [0x61, 0xFF, 0x62]).string == "a\u{FFFD}b")
    #expect(DisplayText(bytes: [0xE4, 0xBD]).string == "\u{FFFD}")
    #expect(DisplayText(bytes: [0xEF, 0xB7, 0x90]).string == "\u{FFFD}", "a noncharacter, U+FDD0")
  }

  @Test(arguments: [
    ("abc", 3), ("你好", 4), ("é", 1), ("e\u{301}", 1), ("👩\u{200D}💻", 4), ("🇨🇳", 2), ("한국", 4), ("ｱ", 1), ("Ａ", 2), ("✓", 1), ("▀", 1),
    ("─", 1), ("\t", 4), ("ab\tc", 5), ("a\nb", 3), ("हिन्दी", 5), ("", 0),
  ])
  func widths(_ raw: String, _ width: Int) { #expect(DisplayText(raw).width == width) }

  @Test func everyScalarBecomesHarmless() {
    // Every scalar where controls and hidden ones live, a sample of the ideographs and unassigned planes.
    let codes = Array(UInt32(0)..<0x3400) + Array(0xF900..<0x10000) + Array(0xE0000..<0xE1010) + stride(from: 0x3400, to: 0x110000, by: 61)
    for code in codes {
      guard let scalar = Unicode.Scalar(code) else { continue }
      for shown in DisplayText(String(Character(scalar))).string.unicodeScalars {
        let isControl = shown.value < 0x20 && shown != "\n" && shown != "\t" || (0x7F..<0xA0).contains(shown.value)
        let isHidden = [0x200B, 0x200D, 0x202E, 0x2066, 0xFEFF, 0xE0041].contains(shown.value)
        if isControl || isHidden { Issue.record("U+\(String(code, radix: 16)) shows U+\(String(shown.value, radix: 16))") }
      }
    }
  }

  @Test func piecesObeyTheRulesOfTheWhole() {
    let raw = "a\r\nZ\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}你\u{1B}[0m\u{301}"
    var sanitizer = DisplayText.Sanitizer()
    var result = ""
    for scalar in raw.unicodeScalars { result.unicodeScalars.append(contentsOf: sanitizer.append(String(scalar)).unicodeScalars) }
    #expect(Array(result.unicodeScalars) == Array(DisplayText(raw).string.unicodeScalars))
  }

  @Test func shortening() {
    #expect(DisplayText("abcdef").truncated(to: 4).string == "abc…")
    #expect(DisplayText("abcd").truncated(to: 4).string == "abcd")
    #expect(DisplayText("你好吗").truncated(to: 4).string == "你…")
    #expect(DisplayText("你好吗").truncated(to: 5).string == "你好…")
    #expect(DisplayText("abc").truncated(to: 0).string == "")
    #expect(DisplayText("/long/path/file").truncatedAtStart(to: 7).string == "…h/file")
    #expect(DisplayText("ab").fitted(to: 5, .right).string == "   ab")
    #expect(DisplayText("你").fitted(to: 5, .center).string == " 你  ")
  }
}
