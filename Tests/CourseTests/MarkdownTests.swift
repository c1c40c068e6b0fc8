// Markdown as lessons use it: blocks, tables, live values, terms, foreign HTML, bounds.
import Languages
import Testing

@testable import Course

struct MarkdownTests {
  private func read(_ text: String) -> (items: [MarkdownItem], problems: [CourseProblem]) {
    var problems = ProblemList(file: "x.md")
    guard let guarded = TextGuard.check(Array(text.utf8), &problems) else { return ([], problems.problems) }
    let items = MarkdownReader.read(guarded, &problems)
    return (items, problems.problems)
  }

  private func blocks(_ text: String) -> [MarkdownBlock] {
    read(text).items.compactMap { if case .block(let block) = $0.content { block } else { nil } }
  }

  @Test func commonMark() {
    #expect(
      blocks("# 标题\n\n段落 **粗** *斜* `码` [链接](u)") == [
        .heading(level: 1, [.text("标题")]),
        .paragraph([
          .text("段落 "), .strong([.text("粗")]), .text(" "), .emphasis([.text("斜")]), .text(" "), .code("码"), .text(" "),
          .link([.text("链接")], url: "u"),
        ]),
      ])
    #expect(
      blocks("2. a\n3. b\n\n- c\n\n> d\n\n---") == [
        .list(start: 2, tight: true, items: [[.paragraph([.text("a")])], [.paragraph([.text("b")])]]),
        .list(start: nil, tight: true, items: [[.paragraph([.text("c")])]]), .quote([.paragraph([.text("d")])]), .rule,
      ])
    #expect(blocks("a  \nb\nc") == [.paragraph([.text("a"), .lineBreak, .text("b"), .softBreak, .text("c")])])
    #expect(blocks("```swift\nlet x = 1\n\nx\n```") == [.code(info: "swift", [.text("let x = 1\n\nx")])])
  }

  @Test func tables() {
    #expect(
      blocks("| a | 乙 |\n|:--|--:|\n| 1 | {{trace: attn[0,0,1,*] | max}} |\n| 2 |") == [
        .table(
          [.left, .right], header: [[.text("a")], [.text("乙")]],
          rows: [[[.text("1")], [.live(try! TraceQuery("attn[0,0,1,*] | max"))]], [[.text("2")], []]])
      ])
  }

  @Test func liveValues() throws {
    let query = try TraceQuery("attn[1,2,5,*] | max")
    #expect(blocks("a {{trace: attn[1,2,5,*] | max}}*b*") == [.paragraph([.text("a "), .live(query), .emphasis([.text("b")])])])
    #expect(blocks("{{model: layers}}") == [.paragraph([.live(try TraceQuery("model.layers"))])])
    #expect(blocks("`x {{trace: tokens}} y`") == [.paragraph([.code("x "), .live(try TraceQuery("tokens")), .code(" y")])])
    #expect(blocks("```\ns = {{trace: tokens}}\n```") == [.code(info: "", [.text("s = "), .live(try TraceQuery("tokens"))])])
  }

  @Test(arguments: ["{{trace: nothing}}", "{{trace: tokens", "{{tokens}}", "{{trace: }}", "{{model: age}}", "{{trace: tokens}\n}"])
  func badLiveValues(text: String) {
    let read = read("first\n\n" + text)
    #expect(read.problems.count >= 1 && read.problems.allSatisfy { $0.line == 3 })
  }

  @Test func commentsAreDirectivesAndOtherHTMLIsText() throws {
    let (items, problems) = read("<!-- lab: step layer=1 -->\n<!-- check: a -->\n\n<b>bold</b>\n\nx <i>y</i>\n\n<!-- just a note -->\n")
    #expect(problems.isEmpty && items.map(\.line) == [1, 2, 4, 6])
    guard case .directive(let lab) = items[0].content, case .directive(let check) = items[1].content else { throw TraceError.tooLarge }
    #expect(lab.verb == "lab" && lab.values == ["layer": "1"] && check.words == ["a"])
    #expect(blocks("<b>bold</b>").map { [$0].plainText } == ["<b>bold</b>"])
    #expect(blocks("<div>\nx\n</div>") == [.paragraph([.text("<div>\nx\n</div>")])])
  }

  @Test func termsStandInParagraphs() {
    #expect(blocks("键<!-- term: key|键 -->是") == [.paragraph([.text("键"), .term("key|键"), .text("是")])])
    #expect(!read("x <!-- lab: step layer=1 --> y").problems.isEmpty)
    #expect(!read("- a\n\n  <!-- check: x -->\n").problems.isEmpty)
  }

  static let tooMuch = [
    String(repeating: "> ", count: 40) + "x", String(repeating: "- ", count: 40) + "x", String(repeating: " ", count: 100) + "x",
    String(repeating: "|a", count: 100), String(repeating: "[", count: 100), String(repeating: "a", count: 5000),
    String(repeating: "aaaaaaaaa\n", count: 2000), "a\u{202E}b", "a\u{200B}b", "a\u{1B}[31m", "e\u{301}", "\u{E000}0\u{E001}", "a\r\nb",
    "a\tb", "👍", String(repeating: "\n", count: 5000), String(repeating: "a\n\n", count: 30_000),
  ]

  @Test(arguments: tooMuch.indices) func outOfBounds(index: Int) {
    let (items, problems) = read(Self.tooMuch[index])
    #expect(items.isEmpty && problems.count == 1)
  }

  @Test func invalidBytes() {
    var problems = ProblemList(file: "x")
    #expect(TextGuard.check([0x61, 0xFF], &problems) == nil && problems.problems.count == 1)
  }

  @Test func columns() {
    #expect(TextGuard.columns("ab") == 2 && TextGuard.columns("注意，") == 6 && TextGuard.columns("√−∞Σ") == 4)
  }
}
