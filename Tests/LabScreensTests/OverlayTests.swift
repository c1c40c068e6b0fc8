// What lies over the panes: drawn whole at every size, gone without a trace, with a cursor where one types; and what keys do in it.
import Course
import Languages
import Terminal
import Testing

@testable import LabScreens

struct OverlayTests {
  /// Keys that open each overlay.
  static let openings = ["?", "o", "e", ":", "C-p", "/", "Right a", "Right a 1 Enter a", "C-p \"cell\"", ": v i e", "e C-j 小 猫 C-j"]

  @Test(arguments: LessonLab.sizes, openings)
  func everyOverlayIsWholeAndHidesWhatIsBelow(size: Size, keys: String) throws {
    for language in Language.allCases {
      var state = try LessonLab.driver(keys, size, language).state
      #expect(state.overlay != nil)
      for theme in LessonLab.themes(size) {
        state.theme = theme
        let frame = state.frame()
        #expect(LessonLab.brokenCells(frame) == [])
        // Alone on an empty screen the overlay looks the same: no cell of the panes shines through.
        var alone = Frame(size)
        state.drawOverlay(&alone, Layout(state))
        let points = (0..<size.rows).flatMap { y in (0..<size.columns).map { Point(x: $0, y: y) } }
        let drawn = points.filter { alone[$0.x, $0.y] != .blank() }
        let (left, right) = (try #require(drawn.map(\.x).min()), try #require(drawn.map(\.x).max()))
        let (top, bottom) = (try #require(drawn.map(\.y).min()), try #require(drawn.map(\.y).max()))
        let area = Rect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
        #expect(points.allSatisfy { !area.contains($0) || alone[$0.x, $0.y] == frame[$0.x, $0.y] })
        #expect(alone.cursor == frame.cursor)
      }
      _ = state.update(.input(.key(.escape)))
      #expect(state.overlay == nil && state.frame().cursor == nil)
    }
  }

  @Test(arguments: ["e", ":", "C-p", "/", "Right a"])
  func textFieldsHaveACursor(keys: String) throws {
    for size in LessonLab.sizes {
      var driver = try LessonLab.driver(keys, size)
      let start = try #require(driver.state.frame().cursor)
      driver.send(try KeyScript.parse("小 x"))
      let end = try #require(driver.state.frame().cursor)
      // A Chinese character takes two columns.
      #expect(end == Point(x: start.x + 3, y: start.y))
      #expect(driver.state.frame()[end.x - 3, end.y].scalar == "小")
    }
  }

  @Test func listsHaveNoCursor() throws {
    for keys in ["?", "o", "Right a 1 Enter a"] { #expect(try LessonLab.driver(keys).state.frame().cursor == nil) }
  }

  @Test(arguments: LessonLab.sizes, openings)
  func theEdgesOfTheScreenStayFree(size: Size, keys: String) throws {
    let driver = try LessonLab.driver(keys, size, .en)
    let lines = driver.state.frame().plainText.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == size.rows + 1)
    #expect(lines[0].hasPrefix(" llmlab"))
  }

  // MARK: Prompt

  @Test func thePromptAdvertisesItsKeys() throws {
    let screen = try LessonLab.screen("e", Size(columns: 80, rows: 24), .en)
    #expect(screen.contains("⏎ run · Ctrl-J newline"))
    #expect(screen.contains("Esc cancel"))
    #expect(screen.contains("raw: the model goes on from this text"))
    #expect(screen.contains("22 characters · "))
    #expect(try LessonLab.screen("Tab c e", Size(columns: 80, rows: 24), .en).contains("chat: your turn in the chat template"))
  }

  @Test func aPromptLongerThanTheContextIsShownAsSuch() throws {
    var driver = try LessonLab.driver("e")
    driver.send([.paste(String(repeating: "狗", count: 400))])
    let state = driver.state
    let frame = state.frame()
    #expect(frame.plainText.contains("/256 词元"))
    let reds = (0..<80).flatMap { x in (0..<24).map { frame[x, $0].style } }.filter { $0 == state.theme.error }
    #expect(!reds.isEmpty)
  }

  @Test(arguments: [
    ("e C-u 小 猫 Enter", "小猫"), ("e C-u 小 猫 Backspace Enter", "小"), ("e C-u a C-j b Enter", "a\nb"), ("e C-u 小 猫 Left 黑 Enter", "小黑猫"),
    ("e C-u x Esc", "the cat sat on the mat"), ("e C-w 垫 子 Enter", "the cat sat on the 垫子"),
    (":edit-prompt<Space>the<Space>cat<Enter>", "the cat"),
  ])
  func editing(keys: String, prompt: String) throws {
    let state = try LessonLab.driver(keys).state
    #expect(state.prompt == prompt)
    #expect(state.overlay == nil && state.trace != nil)
  }

  @Test func qIsALetterInAField() throws {
    let state = try LessonLab.driver("e C-u q u i t Enter").state
    #expect(state.prompt == "quit" && !state.isLeaving)
  }

  @Test func aPasteNeverRunsAnything() throws {
    var driver = try LessonLab.driver()
    driver.send([.paste("q\nthe cat\n小猫")])
    guard case .prompt(let editor) = driver.state.overlay else { Issue.record("no prompt"); return }
    #expect(editor.text == "q\nthe cat\n小猫")
    #expect(driver.state.prompt == "the cat sat on the mat" && !driver.state.isLeaving)
    driver.send([.key(.enter)])
    #expect(driver.state.prompt == "q\nthe cat\n小猫")
  }

  @Test func aPasteOfControlsIsShownHarmless() throws {
    var driver = try LessonLab.driver("e C-u")
    driver.send([.paste("a\u{1B}[2Jb\u{202E}c")])
    #expect(LessonLab.brokenCells(driver.state.frame()) == [])
    #expect(driver.state.frame().cells.allSatisfy { $0.scalar != "\u{1B}" && $0.scalar != "\u{202E}" })
  }

  @Test func theEditorOutsideGetsTheText() throws {
    var state = try LessonLab.driver("e").state
    let effects = state.update(.input(.key(.control("g"))))
    #expect(effects.contains { if case .editExternally("the cat sat on the mat") = $0 { true } else { false } })
    _ = state.update(.edited(.success("new\ntext")))
    #expect(state.overlay == .prompt(LineEditor("new\ntext")))
  }

  // MARK: Palette and command line

  @Test(arguments: [
    ("C-p \"zoom\" Enter", \ScreenState.isZoomed), ("C-p \"leave\" Enter", \.isLeaving), (":zoom<Enter>", \.isZoomed),
    (":q<Enter>", \.isLeaving),
    (": z o Tab Enter", \.isZoomed),
  ])
  func commandsByName(keys: String, effect: KeyPath<ScreenState, Bool> & Sendable) throws {
    #expect(try LessonLab.driver(keys, Size(columns: 80, rows: 24), .en).state[keyPath: effect])
  }

  @Test func thePaletteFindsInBothLanguagesAndSaysWhyNot() throws {
    #expect(try LessonLab.screen("C-p 升 温").contains("温度加 0.1"))
    #expect(try LessonLab.screen("C-p \"warm\"").contains("温度加 0.1"))
    let undo = try LessonLab.screen("C-p \"undo\"", Size(columns: 80, rows: 24), .en)
    #expect(undo.contains("nothing to undo"))
    #expect(try LessonLab.screen("C-p \"zzzz\"", Size(columns: 80, rows: 24), .en).contains("no such command"))
  }

  @Test func theSelectedEntryStaysInSight() throws {
    for size in LessonLab.sizes {
      let driver = try LessonLab.driver("C-p Down*99", size, .en)
      let last = try #require(CommandTable.entries.last).help.en
      let frame = driver.state.frame()
      let row = try #require(frame.plainText.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(last) })
      #expect((0..<size.columns).contains { frame[$0, row].style.isReversed })
    }
  }

  @Test func theCommandLineShowsWhatFits() throws {
    let screen = try LessonLab.screen(": v i e w", Size(columns: 80, rows: 24), .en)
    for name in ["view-stepper", "view-attention", "view-heads", "view-probabilities", "view-text"] { #expect(screen.contains(name)) }
    #expect(try LessonLab.driver(":nonsense<Enter>").state.notice?.kind == .failure)
  }

  // MARK: Lessons

  @Test func theListShowsWhatIsDoneAndWhatIsToCome() throws {
    let screen = try LessonLab.screen("o")
    #expect(screen.contains("● 零件"))
    #expect(screen.contains("· 以后"))
    #expect(screen.contains("待写：还没有"))
    #expect(screen.contains("完成 0/1，待写 1"))
    #expect(try LessonLab.driver("o Down Enter").state.notice != nil)
    #expect(try LessonLab.driver("Right o Enter").state.stepIndex == 0)
    var state = try LessonLab.driver("o").state
    state.completed = ["parts"]
    #expect(state.frame().plainText.contains("✓ 零件"))
  }

  // MARK: Help

  @Test(arguments: Language.allCases)
  func theHelpExplainsWhatIsInSightAndEveryKey(language: Language) throws {
    for size in LessonLab.sizes {
      let state = try LessonLab.driver("?", size, language).state
      let page = HelpPage(state)
      let text = page.lines.map(\.text.string).joined(separator: "\n")
      #expect(page.lines.allSatisfy { $0.width <= HelpPage.width(state) })
      for entry in CommandTable.entries {
        #expect(text.contains(entry.title[language]))
        #expect(text.contains(state.keyText(entry).string))
      }
      let isWide = size.columns >= Layout.sideBySideColumns
      #expect(text.contains(language == .zh ? "一次一个运算" : "One operation at a time") == isWide)
    }
  }

  @Test func theHelpNamesTheOperation() throws {
    let text = HelpPage(try LessonLab.driver("Tab Home ?").state).lines.map(\.text.string).joined()
    #expect(text.contains("从嵌入表里取出"))
  }

  @Test func theHelpScrollsToItsEnd() throws {
    for size in LessonLab.sizes {
      let screen = try LessonLab.screen("? End", size)
      #expect(screen.contains("模型说的话是否属实，不作承诺。"))
      #expect(try LessonLab.screen("? End Down PgDn", size) == screen)
      #expect(try LessonLab.screen("? PgDn Home", size) == LessonLab.screen("?", size))
    }
    #expect(try LessonLab.driver("? q").state.overlay == nil)
    #expect(try LessonLab.driver("? L").state.language == .en)
  }
}
