// The lesson pane, title and hints as frames, over a small lesson with everything in it and over the course that ships.
import Course
import Languages
import Lessons
import Terminal
import Testing

@testable import LabScreens

struct LessonViewTests {
  /// The page as running text.
  private func text(_ state: ScreenState) -> String { LessonPage(state).texts.joined(separator: " ") }

  @Test(arguments: LessonLab.sizes, Language.allCases)
  func everyStepKeepsItsLinesInThePane(size: Size, language: Language) throws {
    var driver = try LessonLab.driver("", size, language)
    let steps = try #require(driver.state.lesson).steps.count
    #expect(steps == 3)
    for _ in 0..<steps {
      let page = LessonPage(driver.state)
      for line in page.lines {
        #expect(line.width <= driver.state.lessonTextWidth, "\(line.text)")
        #expect(!LessonLab.badLine(line.text.string), "\(line.text)")
      }
      for theme in LessonLab.themes(size) {
        var state = driver.state
        state.theme = theme
        #expect(LessonLab.brokenCells(state.frame()) == [])
      }
      driver.send([.key(.right)])
    }
  }

  @Test(arguments: LessonLab.sizes, Language.allCases)
  func theShippedLessonsRenderWithoutAModel(size: Size, language: Language) throws {
    let course = Course(folder: Lessons.folder)
    let written = course.entries.filter(\.isWritten)
    #expect(written.count >= 3)
    for entry in written {
      let lesson = try #require(course.lesson(entry.id))
      var state = LessonLab.state(size, language)
      _ = state.update(.engine(.courseOpened(course, course.glossary(), completed: [])))
      _ = state.update(.engine(.lessonOpened(lesson, progress: LessonResume())))
      for (index, step) in lesson.steps.enumerated() {
        #expect(state.step?.id == step.id)
        let page = LessonPage(state)
        let text = page.texts.joined(separator: "\n")
        #expect(page.lines.allSatisfy { $0.width <= state.lessonTextWidth })
        #expect(!page.texts.contains(where: LessonLab.badLine))
        // Nothing has run: no number stands where the run's would.
        #expect(!text.contains("[?]"))
        #expect(step[language].queries.isEmpty || text.contains("…"))
        #expect(LessonLab.brokenCells(state.frame()) == [])
        if index + 1 < lesson.steps.count { _ = state.update(.input(.key(.right))) }
      }
    }
  }

  @Test func proseIsDrawnBlockByBlock() throws {
    let page = try LessonPage(LessonLab.driver("", Size(columns: 80, rows: 24), .en).state)
    let lines = page.texts
    #expect(lines.contains("All parts"))
    #expect(lines.contains("• one"))
    #expect(lines.contains("  ◦ inner"))
    #expect(lines.contains("1. first"))
    #expect(lines.contains("│ code here"))
    #expect(lines.contains("│ a quote"))
    #expect(lines.contains { $0.contains("llmlab (https://example.org)") })
    // The break between two words is a space.
    #expect(lines.contains { $0.contains("soft break") })
  }

  @Test func aSoftBreakBetweenChineseCharactersIsNothing() throws {
    #expect(try LessonPage(LessonLab.driver().state).texts.contains { $0.contains("换行之后") })
  }

  @Test func emphasisLivesInStyles() throws {
    let state = try LessonLab.driver("", Size(columns: 80, rows: 24), .en).state
    let runs = LessonPage(state).lines.flatMap(\.runs)
    func style(_ text: String) -> Style? { runs.first { $0.text.string == text }?.style }
    #expect(style("strong")?.isBold == true)
    #expect(style("soft")?.attributes.contains(.italic) == true)
    #expect(style("mono") == state.theme.code)
    #expect(style("All parts") == state.theme.heading)
  }

  @Test func tablesLineUpInCells() throws {
    let lines = try LessonPage(LessonLab.driver().state).texts
    let top = try #require(lines.firstIndex { $0.hasPrefix("名称") })
    // Left column of 8 cells (第一层块 is the widest), then the numbers, right-aligned.
    #expect(lines[top] == "名称      数值")
    #expect(lines[top + 1] == "────────  ────")
    #expect(lines[top + 2] == "层           1")
    #expect(lines[top + 3] == "第一层块    12")
  }

  @Test func aTableThatIsTooWideIsSqueezed() {
    let cell = StyledText(DisplayText("很长的一个单元格，里面有不少字"))
    let table = MarkdownTable(alignments: [.left, .left, .right], header: [cell, cell, "n"], rows: [[cell, "x", "1"]])
    for width in [12, 20, 40, 80] {
      let lines = table.lines(width: width, theme: Theme(colorMode: .none))
      #expect(lines.allSatisfy { $0.width <= width })
      #expect(lines.map(\.text.string).joined().filter { $0 == "很" }.count == 3)
    }
  }

  @Test func liveValuesComeFromTheRun() throws {
    var driver = try LessonLab.driver("", Size(columns: 80, rows: 24), .en)
    let state = driver.state
    let count = try #require(state.trace).ids.count
    let page = LessonPage(state)
    #expect(text(state).contains("The run has \(count) tokens and a row adds up to 1.000."))
    let runs = page.lines.flatMap(\.runs)
    #expect(runs.contains { $0.text.string == "1.000" && $0.style == state.theme.live })
    // A query that this run cannot answer is a short mark, and does not cost the line.
    #expect(text(state).contains("no such layer: [?]."))
    // They follow the cursor.
    #expect(text(state).contains("at head 0"))
    driver.send(try KeyScript.parse("Tab ."))
    #expect(text(driver.state).contains("at head 1"))
    // And the run.
    driver.send([.paste("the cat"), .key(.enter)])
    let other = try #require(driver.state.trace).ids.count
    #expect(other != count)
    #expect(text(driver.state).contains("The run has \(other) tokens"))
  }

  @Test func withoutARunThereIsNoNumber() throws {
    let course = Course(folder: LessonLab.folder)
    var state = LessonLab.state(Size(columns: 80, rows: 24), .en)
    _ = state.update(.engine(.courseOpened(course, course.glossary(), completed: [])))
    _ = state.update(.engine(.lessonOpened(try #require(course.lesson("parts")), progress: LessonResume())))
    #expect(text(state).contains("The run has … tokens"))
  }

  @Test func termsAreMarkedAndExplained() throws {
    for language in Language.allCases {
      let lines = try LessonPage(LessonLab.driver("", Size(columns: 80, rows: 24), language).state).texts
      #expect(lines.contains { $0.contains(language == .zh ? "词元°" : "token°") })
      #expect(lines.contains { $0.hasPrefix(language == .zh ? "术语 ─" : "Terms ─") })
      #expect(lines.contains { $0.hasPrefix(language == .zh ? "° 词元 token　文本的单位。" : "° token 词元  The unit of text.") })
    }
  }

  // MARK: Exercises

  @Test func anExerciseSaysHowToAnswer() throws {
    let screen = try LessonLab.screen("Right")
    #expect(screen.contains("┌─ ○ 练习 1/6 ─"))
    #expect(screen.contains("a 填一个数 · H 提示 0/3"))
    // The keys belong to the first one that is open.
    let lines = try LessonPage(LessonLab.driver("Right").state).texts
    #expect(lines.filter { $0.contains("a 填一个数") }.count == 1)
    #expect(lines.contains { $0.contains("先做上一个") })
  }

  @Test func hintsAndReasonsStandInTheBox() throws {
    let lines = try LessonPage(LessonLab.driver("Right H H a 0 . 5 Enter", Size(columns: 80, rows: 24), .en).state).texts
    #expect(lines.contains { $0.contains("Hint 1 one") })
    #expect(lines.contains { $0.contains("Hint 2 two") })
    #expect(!lines.contains { $0.contains("three") })
    #expect(lines.contains { $0.contains("✗ 0.5000 is too small") })
    #expect(lines.contains { $0.contains("H hint 2/3") })
  }

  @Test func afterSuccessItSaysWhy() throws {
    let lines = try LessonPage(LessonLab.driver("Right a 1 Enter", Size(columns: 80, rows: 24), .en).state).texts
    #expect(lines.contains { $0.contains("─ ✓ Exercise 1/6 ─") })
    #expect(lines.contains { $0.contains("✓ because softmax divides by the sum") })
    #expect(lines.contains { $0.contains("Another way") })
  }

  @Test func optionsAreNumberedAndMarked() throws {
    let open = try LessonPage(LessonLab.driver("Right a 1 Enter").state).texts
    for number in 1...3 { #expect(open.contains { $0.contains("│ \(number) ") }) }
    var driver = try LessonLab.driver("Right a 1 Enter")
    let lesson = try #require(driver.state.lesson)
    let options = try #require(lesson.check("pick")).options(seed: lesson.seed)
    let wrong = try #require(options.firstIndex { !$0.isRight })
    driver.send(try KeyScript.parse("a \(wrong + 1)"))
    #expect(LessonPage(driver.state).texts.contains { $0.contains("│ ✗ ") && $0.contains("选项") })
    let right = try #require(options.firstIndex { $0.isRight })
    driver.send(try KeyScript.parse("a \(right + 1)"))
    #expect(LessonPage(driver.state).texts.contains { $0.contains("│ ✓ ") && $0.contains("正确的选项") })
  }

  @Test func aDemonstrationIsOneLine() throws {
    #expect(try LessonLab.screen("", Size(columns: 120, rows: 60)).contains("▶ x  采样 3 个词元"))
    let page = try LessonPage(LessonLab.driver("Right*2", Size(columns: 80, rows: 24), .en).state)
    #expect(page.texts.contains("▶ x  show the heads view, layer 1"))
  }

  @Test func theLastLineSaysWhereToGo() throws {
    #expect(try LessonPage(LessonLab.driver().state).texts.last == "→  下一节：练习")
    #expect(try LessonPage(LessonLab.driver("Right*2").state).texts.last == "○  最后一节；还有 6 个练习没做")
  }

  // MARK: The pane

  @Test func stepsAreDotsInTheBorder() throws {
    #expect(try LessonLab.screen().contains("└─ ● ○ ○ ─"))
    #expect(try LessonLab.screen("Right*2").contains("└─ ○ ○ ● ─"))
  }

  @Test func scrollingShowsTheEndAndStaysThere() throws {
    func screen(_ keys: String) throws -> String { try LessonLab.screen(keys, Size(columns: 80, rows: 24), .en) }
    let end = try screen("End Down Down")
    #expect(end.contains("→  next step: Exercises"))
    #expect(try screen("End") == end)
    #expect(!(try screen("End g")).contains("→  next step: Exercises"))
    #expect(end.contains("█"))
  }

  @Test func aZoomedLessonHasNoFrame() throws {
    for size in LessonLab.sizes {
      let lines = try LessonLab.screen("z", size).split(separator: "\n", omittingEmptySubsequences: false).dropFirst().dropLast(2)
      #expect(lines.contains { $0 == "  讲全部" })
      #expect(!lines.contains { $0.contains("┌─ 零件") })
    }
  }

  // MARK: Title and hints

  @Test func theTitleNamesWhereOneIs() throws {
    let wide = try LessonLab.screen("", Size(columns: 120, rows: 40)).split(separator: "\n")[0]
    #expect(wide.hasPrefix(" llmlab · 章 · 零件 · 第 1/3 节"))
    #expect(wide.hasSuffix("small · 中文"))
    let narrow = try LessonLab.screen("Right", Size(columns: 80, rows: 24), .en).split(separator: "\n")[0]
    #expect(narrow.hasPrefix(" llmlab  [Lesson] Lab"))
    #expect(narrow.contains("Parts · step 2/3"))
    #expect(try LessonLab.screen("Tab").split(separator: "\n")[0].contains(" 课程 [实验台]"))
  }

  @Test func hintsFollowPaneAndView() throws {
    func bottom(_ keys: String, _ language: Language = .zh, _ size: Size = Size(columns: 80, rows: 24)) throws -> String {
      String(try LessonLab.screen(keys, size, language).split(separator: "\n", omittingEmptySubsequences: false)[size.rows - 1])
    }
    #expect(try bottom("Right").contains("a 回答"))
    #expect(try bottom("").hasSuffix("? 帮助"))
    #expect(!(try bottom("")).contains("a 回答"))
    #expect(try bottom("Tab", .en).contains("←→ operation"))
    #expect(try bottom("Tab 4", .en).contains("-+ temperature"))
    #expect(try bottom("Tab 4", .en).hasSuffix("? help"))
    for keys in ["", "Tab", "Tab 2", "Tab 3", "Tab 4", "Tab 5", "Right", "?", "o", "e", ":", "C-p"] {
      for size in LessonLab.sizes {
        for language in Language.allCases {
          let hints = try LessonLab.driver(keys, size, language).state.hints
          #expect((2...8).contains(hints.count), "\(keys)")
        }
      }
    }
  }

  @Test func noticesCarryASign() throws {
    var state = try LessonLab.driver().state
    let text = Bilingual(zh: "很长的一句话，" + String(repeating: "一直说下去，", count: 20), en: "long")
    for (kind, sign) in [(Notice.Kind.good, "✓ 很长"), (.failure, "✗ 很长"), (.note, " 很长")] {
      state.notice = Notice(text, kind)
      let frame = state.frame()
      let line = frame.plainText.split(separator: "\n", omittingEmptySubsequences: false)[23]
      #expect(line.contains(sign) && line.hasSuffix("…"))
      #expect(LessonLab.brokenCells(frame) == [])
    }
    state.activity = .writing
    #expect(state.frame().plainText.contains("正在写，Esc 停止…"))
  }

  @Test func asciiGlyphsAreAscii() throws {
    let theme = Theme(colorMode: .none, glyphMode: .ascii)
    let driver = try LessonLab.driver("Right H", Size(columns: 80, rows: 24), .en, theme: theme)
    #expect(LessonPage(driver.state).texts.joined().allSatisfy { $0.isASCII })
    let overlays: [Overlay] = [.help(ScrollState()), .palette(LineEditor(), selected: 0), .prompt(LineEditor()), .lessons(selected: 0)]
    for overlay in overlays {
      var state = driver.state
      state.language = .en
      state.overlay = overlay
      var frame = Frame(state.size)
      state.drawOverlay(&frame, Layout(state))
      // Only the other language's names are not ASCII.
      #expect(frame.plainText.unicodeScalars.allSatisfy { $0.isASCII || $0.properties.isIdeographic })
    }
  }
}
