// Line breaking: examples of the Chinese rules and properties over random text.
import Terminal
import Testing

@Suite struct WrappingTests {
  private func lines(_ text: String, _ width: Int) -> [String] { DisplayText(text).wrapped(to: width).map(\.string) }

  @Test func words() {
    #expect(lines("the quick brown fox", 10) == ["the quick", "brown fox"])
    #expect(lines("a  b", 2) == ["a", "b"])
    #expect(lines("  indented text", 10) == ["  indented", "text"])
    #expect(lines("abcdefghij", 4) == ["abcd", "efgh", "ij"])
    #expect(lines("one\n\ntwo", 10) == ["one", "", "two"])
    #expect(lines("", 10) == [""])
    #expect(lines("well-known fact", 6) == ["well-", "known", "fact"])
    #expect(lines("at -1 or 3.14, yes", 7) == ["at -1", "or", "3.14,", "yes"])
  }

  @Test func chinese() {
    #expect(lines("你好，世界。", 5) == ["你", "好，", "世", "界。"])
    #expect(lines("模型（Transformer）很好", 8) == ["模型", "（Transf", "ormer）", "很好"])
    #expect(lines("他说：“好的”。", 8) == ["他说：", "“好的”。"])
    #expect(lines("注意力attention机制", 10) == ["注意力", "attention", "机制"])
    #expect(lines("等等……好", 6) == ["等等……", "好"])
  }

  @Test func stylesStayWithTheirCharacters() {
    let bold = Style(.bold)
    let text = StyledText([.init("一个"), .init("重要的", bold), .init("词 and words")])
    let wrapped = text.wrapped(to: 8)
    #expect(wrapped.map(\.text.string) == ["一个重要", "的词 and", "words"])
    #expect(wrapped[0].runs == [.init("一个"), .init("重要", bold)])
    #expect(wrapped[1].runs == [.init("的", bold), .init("词 and")])
  }

  @Test func propertiesOfRandomText() {
    var random = SplitMix(state: 7)
    for _ in 0..<3000 {
      let text = DisplayText(random.text(Int.random(in: 0...30, using: &random)))
      let width = Int.random(in: 2...24, using: &random)
      let wrapped = text.wrapped(to: width)
      #expect(wrapped.allSatisfy { $0.width <= width })
      // Nothing is lost but spaces at breaks; tabs are spaces in the lines.
      let kept = wrapped.map(\.string).joined().unicodeScalars.filter { $0 != " " }
      let given = text.string.unicodeScalars.filter { $0 != " " && $0 != "\t" && $0 != "\n" }
      #expect(Array(kept) == Array(given), "\(text.string.debugDescription) at \(width)")
      // Wrapping what is wrapped changes nothing.
      #expect(wrapped.allSatisfy { $0.wrapped(to: width).count == 1 })
    }
  }

  @Test func noLineStartsWithAClosingMark() {
    var random = SplitMix(state: 11)
    let pieces = ["你", "好", "word", "，", "。", "）", "（", "“", "”", "a"]
    for _ in 0..<2000 {
      // Marks come one at a time between characters, as in real text.
      var text = ""
      for _ in 0..<20 { text += ["你", "好", "字", "ab"].randomElement(using: &random)! + (pieces.randomElement(using: &random) ?? "") }
      for line in DisplayText(text).wrapped(to: 12).dropFirst() {
        #expect(!"，。）”".contains(line.string.first ?? " "), "\(text)")
      }
    }
  }

  @Test func speed() {
    let text = DisplayText(String(repeating: "模型读到一个词，然后猜下一个词 word by word. ", count: 2000))
    #expect(text.wrapped(to: 60).count > 1000)
  }
}
