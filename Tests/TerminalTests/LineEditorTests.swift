// The text field: keys and what they leave, cursor included. `|` marks the cursor.
@testable import Terminal
import Testing

@Suite struct LineEditorTests {
  private func shown(_ editor: LineEditor) -> String {
    String(editor.characters[..<editor.cursor]) + "|" + String(editor.characters[editor.cursor...])
  }

  private func after(_ script: String, start: String = "") throws -> String {
    var editor = LineEditor(start)
    for event in try KeyScript.parse(script) {
      switch event {
      case .key(let key): _ = editor.handle(key)
      case .paste(let text): editor.paste(text)
      default: break
      }
    }
    return shown(editor)
  }

  @Test(arguments: [
    ("\"hello world\"", "hello world|"), ("\"hello world\" M-b M-b", "|hello world"), ("\"hello world\" C-a M-f", "hello| world"),
    ("\"hello world\" C-w", "hello |"), ("\"hello world\" M-Backspace C-y C-y", "hello worldworld|"),
    ("\"one two three\" C-w C-w C-y", "one two three|"),
    ("\"hello\" C-a C-d", "|ello"), ("\"hello\" C-b C-b C-k", "hel|"), ("\"hello\" C-b C-u", "|o"), ("\"ab\" C-t", "ba|"),
    ("\"abc\" Left C-t", "acb|"),
    ("\"你好世界\" C-w", "你好世|"), ("\"你好\" Left x", "你x|好"), ("\"a\\nbc\" Up", "a|\nbc"), ("\"abc\\n你\" Up", "ab|c\n你"),
    ("\"abc\\n你\" Home Backspace", "abc|你"), ("\"one\" C-_", "|"), ("\"one two\" C-_ C-_", "|"), ("\"one two\" C-_", "one|"),
    ("\"one two\" C-_ C-_ M-_ M-_", "one two|"), ("paste\"x\\ny\\tz\"", "x\ny\tz|"), ("\"ab\" Backspace Backspace C-_", "ab|"),
    ("\"a\" M-Enter b", "a\nb|"),
    ("\"x\\ny\" M-< C-k C-k", "|y"),
  ])
  func keys(_ script: String, _ expected: String) throws { #expect(try after(script) == expected) }

  @Test func ownersKeysAreNotHandled() {
    var editor = LineEditor()
    let keys: [Key] = [.enter, .escape, .tab, .control("c"), .control("p"), .control("d"), .control("l"), .up, .down, .function(1)]
    let handled = keys.filter { editor.handle($0) }
    #expect(handled.isEmpty)
    var line = LineEditor("", isMultiline: false)
    let isNewline = line.handle(.control("j"))
    #expect(!isNewline)
    line.paste("a\nb\tc\u{1B}\u{0}")
    #expect(line.text == "a b c")
  }

  @Test func charactersThatArriveInParts() {
    var editor = LineEditor()
    for part in ["e", "\u{301}", "👩", "\u{200D}", "💻"] { _ = editor.handle(.character(Character(part))) }
    #expect(editor.characters == ["e\u{301}", "👩\u{200D}💻"])
    _ = editor.handle(.backspace)
    #expect(editor.text == "e\u{301}")
  }

  @Test func history() {
    var editor = LineEditor()
    for entry in ["first", "second"] {
      editor.setText(entry)
      let submitted = editor.submit()
      #expect(submitted == entry)
    }
    #expect(editor.isEmpty)
    _ = editor.handle(.character("d"))
    _ = editor.handle(.up)
    #expect(editor.text == "second")
    _ = editor.handle(.up)
    #expect(editor.text == "first")
    let isOlder = editor.handle(.up)
    #expect(!isOlder)
    _ = editor.handle(.down)
    _ = editor.handle(.down)
    #expect(editor.text == "d", "the draft comes back")
  }

  @Test func historySearch() throws {
    var editor = LineEditor()
    editor.history = History(["the cat", "a dog", "The bird", "你好"])
    for key in try KeyScript.parse("C-r t h e") { if case .key(let key) = key { _ = editor.handle(key) } }
    #expect(editor.search?.match == 2)
    _ = editor.handle(.control("r"))
    #expect(editor.search?.match == 0)
    _ = editor.handle(.control("r"))
    #expect(editor.search?.match == 0, "there is no older one")
    _ = editor.handle(.enter)
    #expect(editor.text == "the cat" && editor.search == nil)
    _ = editor.handle(.control("r"))
    _ = editor.handle(.character("z"))
    #expect(editor.search?.match == nil)
    _ = editor.handle(.escape)
    #expect(editor.text == "the cat")
  }

  @Test func historyIsBounded() {
    var history = History(limit: 3)
    for entry in ["a", "a", "", "b", "c", "d"] { history.add(entry) }
    #expect(history.entries == ["b", "c", "d"])
  }

  @Test func layoutFollowsTheCursor() {
    var editor = LineEditor("你好ab\nc")
    #expect(editor.layout(width: 4) == .init(lines: ["你好", "ab", "c"], cursor: Point(x: 1, y: 2)))
    _ = editor.handle(.alt("<"))
    #expect(editor.layout(width: 4).cursor == Point(x: 0, y: 0))
    editor = LineEditor("abcd")
    #expect(editor.layout(width: 4) == .init(lines: ["abcd", ""], cursor: Point(x: 0, y: 1)), "the cursor never stands outside")
    editor = LineEditor("a\tb")
    #expect(editor.layout(width: 20).lines == ["a   b"])
  }

  @Test func drawing() {
    var frame = Frame(Size(columns: 6, rows: 2))
    let theme = Theme(colorMode: .none)
    frame.draw(LineEditor("one\ntwo\n三"), in: frame.bounds, isFocused: true, theme: theme)
    #expect(frame.plainText == "two\n三\n")
    #expect(frame.cursor == Point(x: 2, y: 1))
    var empty = Frame(Size(columns: 6, rows: 1))
    empty.draw(LineEditor(), in: empty.bounds, placeholder: "提示", isFocused: false, theme: theme)
    #expect(empty.plainText == "提示\n" && empty.cursor == nil)
  }

  /// Random keys: the cursor stays inside the text and the layout inside the width.
  @Test func randomKeys() {
    var random = SplitMix(state: 23)
    let keys: [Key] = [
      .left, .right, .up, .down, .home, .end, .backspace, .delete, .control("w"), .control("k"), .control("u"), .control("y"),
      .control("t"),
      .control("_"), .alt("_"), .alt("b"), .alt("f"), .alt("d"), .control("j"), .control("r"), .enter, .escape, .character("你"),
      .character("a"),
      .character(" "), .character("\u{301}"), .controlLeft, .controlRight, .altBackspace,
    ]
    var editor = LineEditor()
    for step in 0..<20_000 {
      _ = editor.handle(keys[Int.random(in: 0..<keys.count, using: &random)])
      if step % 97 == 0 { editor.paste(random.text(3)) }
      if step % 211 == 0 { _ = editor.submit() }
      if step % 1009 == 0 { editor.setText("") }
      #expect((0...editor.characters.count).contains(editor.cursor))
      if step % 13 == 0 {
        let layout = editor.layout(width: 7)
        #expect(layout.lines.allSatisfy { $0.width <= 7 })
        #expect(layout.cursor.x < 7 && layout.cursor.y < layout.lines.count)
      }
    }
  }
}
