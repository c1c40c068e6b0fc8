// Key names and scripts.
import Terminal
import Testing

@Suite struct KeyTests {
  private func keys(_ script: String) throws -> [Key] {
    try KeyScript.parse(script).map { event in
      guard case .key(let key) = event else { throw Unexpected() }
      return key
    }
  }

  private struct Unexpected: Error {}

  @Test func script() throws {
    #expect(
      try keys("Right Right j <C-p> :step<Enter> Tab") == [
        .right, .right, .character("j"), .control("p"), .character(":"), .character("s"), .character("t"), .character("e"), .character("p"),
        .enter, .tab,
      ])
    #expect(
      try keys("right*3 S-Tab F12 M-x M-Enter Space Esc C-Left") == [
        .right, .right, .right, .backTab, .function(12), .alt("x"), .altEnter, .character(" "), .escape, .controlLeft,
      ])
    #expect(
      try keys("\"hi 你\\n\\\"\"") == [.character("h"), .character("i"), .character(" "), .character("你"), .control("j"), .character("\"")])
    #expect(try keys("? : / \" <") == [.character("?"), .character(":"), .character("/"), .character("\""), .character("<")])
    #expect(try keys("ab<Enter>") == [.character("a"), .character("b"), .enter])
    #expect(try keys("") == [])
    #expect(try KeyScript.parse("paste\"a\\nb\" q") == [.paste("a\nb"), .key(.character("q"))])
  }

  @Test(arguments: [
    ("Rigth", KeyScriptError.Problem.unknownName), ("j hello", .unknownName), ("\"open", .openQuote), ("Right*9999", .badCount),
    ("Up*x", .badCount),
    ("C-i", .unknownName), ("C-m", .unknownName), ("F13", .unknownName),
  ])
  func errors(_ script: String, _ problem: KeyScriptError.Problem) {
    let error = #expect(throws: KeyScriptError.self) { try KeyScript.parse(script) }
    #expect(error?.problem == problem)
  }

  @Test func errorsNameTheirPlace() {
    let error = #expect(throws: KeyScriptError.self) { try KeyScript.parse("j j Rigth") }
    #expect(error?.column == 5)
    #expect(error?.message.en.contains("Rigth") == true)
    #expect(error?.message.zh.contains("第 5 列") == true)
  }

  @Test func namesComeBack() {
    let keys: [Key] = [
      .character("a"), .character("你"), .character(" "), .control("c"), .control("\\"), .alt("x"), .enter, .altEnter, .escape, .tab,
      .backTab,
      .backspace, .altBackspace, .delete, .insert, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .controlLeft, .controlRight,
      .controlUp, .controlDown, .shiftUp, .shiftDown, .shiftLeft, .shiftRight, .function(1), .function(12),
    ]
    for key in keys { #expect(Key(named: key.description) == key) }
  }
}
