// What keys do in a lesson, written as (keys, expectation): steps, exercises of every kind, hints, covers, demonstrations, undo of the script.
import Course
import Languages
import Terminal
import Testing

@testable import LabScreens

struct LessonUpdateTests {
  private func after(_ keys: String, _ size: Size = Size(columns: 80, rows: 24)) throws -> ScreenState {
    try LessonLab.driver(keys, size, .en).state
  }

  @Test(arguments: [
    ("", 0), ("Right", 1), ("Right Right", 2), ("Right*9", 2), ("Left", 0), ("Right*2 Left", 1), ("Right L", 1), (":next-step<Enter>", 1),
  ])
  func steps(keys: String, step: Int) throws { #expect(try after(keys).stepIndex == step) }

  @Test func atEitherEndANoticeSaysSo() throws {
    #expect(try after("Left").notice != nil)
    #expect(try after("Right*3").notice?.text.en.contains("6 exercises are still open") == true)
  }

  @Test func aStepPutsTheLabWhereItBegins() throws {
    let first = try after("")
    #expect(first.view == .stepper && first.isAttentionMap && first.cursor.row == first.trace!.ids.count - 1 && first.cursor.column == 0)
    #expect(first.pane == .lesson)
    let second = try after("Right")
    #expect(second.view == .probabilities && second.cover == .probabilities && second.coverCheck == "guess")
    #expect(second.lessonScroll.offset == 0)
    // Opening a step never takes the lesson out of sight.
    #expect(try after("Right Left").pane == .lesson)
  }

  // MARK: Exercises

  @Test(arguments: [
    ("a 1 Enter", true), ("a 1 . 0 0 5 Enter", true), ("a 0 . 5 Enter", false), ("a 2 Enter", false), ("a Enter", false),
    ("a 1 Esc", false),
    ("a 0 . 5 Enter a 1 Enter", true), ("a 1 Backspace 2 Enter", false),
  ])
  func numbers(keys: String, isPassed: Bool) throws {
    let state = try after("Right \(keys)")
    #expect(state.passed.contains("sum") == isPassed)
  }

  @Test func whatIsNoNumberIsRefusedAndTheFieldStays() throws {
    let state = try after("Right a \"one\" Enter")
    #expect(state.notice?.text.en == "the answer is a number")
    guard case .answer(check: "sum", let editor) = state.overlay else { Issue.record("the field is gone"); return }
    #expect(editor.text == "one")
    #expect(state.log.allSatisfy { if case .answered = $0 { false } else { true } })
  }

  @Test func aWrongAnswerGetsItsReason() throws {
    let state = try after("Right a 0 . 5 Enter")
    #expect(state.notice == Notice(Bilingual(zh: "0.5000 太小", en: "0.5000 is too small"), .failure))
    #expect(state.overlay == nil)
  }

  @Test func choicesByArrowsAndByNumber() throws {
    let lesson = try #require(try after("").lesson)
    let options = try #require(lesson.check("pick")).options(seed: lesson.seed)
    for (index, option) in options.enumerated() {
      for keys in ["a \(index + 1)", "a Down*\(index) Enter", "a Down*9 Up*\(2 - index) Enter"] {
        let state = try after("Right a 1 Enter \(keys)")
        #expect(state.passed.contains("pick") == option.isRight, "\(keys)")
        #expect(state.overlay == nil)
      }
    }
    #expect(try after("Right a 1 Enter a 7").overlay == .choice(check: "pick", selected: 0))
  }

  /// Leads to the check that asks for a guess.
  private func toGuess() throws -> String {
    let lesson = try #require(try after("").lesson)
    let options = try #require(lesson.check("pick")).options(seed: lesson.seed)
    return "Right a 1 Enter a \((options.firstIndex { $0.isRight } ?? 0) + 1)"
  }

  @Test func predictingComesBeforeLooking() throws {
    let start = try toGuess()
    #expect(try after(start).activeCheck?.id == "guess")
    // Neither looking nor sampling before the guess.
    #expect(try after(start + " r").cover == .probabilities)
    #expect(try after(start + " Tab s").walk.isEmpty)
    let guessed = try after(start + " a \"cat\" Enter")
    #expect(guessed.cover == .probabilities && guessed.notice?.kind == .good)
    #expect(LessonPage(guessed).texts.contains { $0.contains("your guess: “cat”") })
    let revealed = try after(start + " a \"cat\" Enter r")
    #expect(revealed.cover == nil && !revealed.passed.contains("guess"))
    let done = try after(start + " a \"cat\" Enter r Tab s")
    #expect(done.walk.count == 1 && done.passed.contains("guess"))
    #expect(LessonPage(done).texts.contains { $0.contains("you guessed cat") })
  }

  @Test func goalsAreReachedByDoing() throws {
    #expect(try after("Right*2").activeCheck?.id == "walk")
    let state = try after("Right*2 Tab Right Left End Left")
    #expect(state.passed.contains("walk"))
    #expect(state.notice?.kind == .good)
    // Asking too early says what is missing.
    #expect(try after("Right*2 a").notice?.text.en.contains("hook_embed") == true)
  }

  @Test func thisIsIt() throws {
    let walked = "Right*2 Tab Right Left End Left"
    #expect(try after(walked).activeCheck?.id == "place")
    #expect(!(try after(walked + " a").passed.contains("place")))
    #expect(try after(walked + " [*40 a").passed.contains("place"))
  }

  @Test func aTokenAsAnswer() throws {
    let start = "Right*2 Tab Right Left End Left [*40 a ]*40"
    let state = try after(start)
    #expect(state.activeCheck?.id == "best")
    let trace = try #require(state.trace)
    let logits = trace.lastLogits
    let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
    let text = LessonLab.model.tokenizer.displayText(of: best)
    var driver = try LessonLab.driver(start + " a", Size(columns: 80, rows: 24), .en)
    driver.send(KeyScript.typed(text).map(InputEvent.key) + [.key(.enter)])
    #expect(driver.state.passed.contains("best"))
  }

  @Test func hintsAreALadderOfThree() throws {
    #expect(try after("Right H").hintLevels == ["sum": 1])
    #expect(try after("Right H H").view == .attention)
    #expect(try after("Right H*9").hintLevels == ["sum": 3])
    #expect(try after("H").notice?.text.en == "no exercise is open in this step")
  }

  @Test func answersAndHintsScrollToTheirBox() throws {
    let state = try after("Right a 1 Enter a 1")
    let page = LessonPage(state)
    let rows = try #require(page.checkRows["pick"])
    #expect(rows.upperBound - 1 < state.lessonScroll.offset + Layout(state).lessonTextHeight)
  }

  // MARK: The script of the lesson

  @Test func aDemonstrationSamplesAsManyAsItSays() throws {
    let state = try after("x")
    #expect(state.walk.count == 3 && state.activity == .idle)
    #expect(try after(":write<Space>2<Enter>").walk.count == 2)
  }

  @Test func aDemonstrationShowsTheLab() throws {
    let narrow = try after("Right*2 x")
    #expect(narrow.view == .heads && narrow.pane == .lab && narrow.operation?.layer == 1)
    #expect(try after("Right*2 x", Size(columns: 120, rows: 40)).pane == .lesson)
  }

  @Test func resetGoesBackToTheStart() throws {
    let state = try after("Tab Right*3 2 R")
    #expect(state.view == .stepper && state.isAttentionMap && state.stepIndex == 0)
    #expect(state.log.contains(.reset))
  }

  @Test func theLanguageChangesAndThePlaceStays() throws {
    let state = try after("Right H L")
    #expect(state.language == .zh && state.stepIndex == 1 && state.hintLevels == ["sum": 1])
    #expect(LessonPage(state).texts.contains("练习"))
  }

  @Test func scrollingIsClamped() throws {
    let end = try after("End")
    let page = LessonPage(end)
    #expect(end.lessonScroll.offset == page.lineCount - Layout(end).lessonTextHeight)
    #expect(try after("End Down*5 PgDn").lessonScroll == end.lessonScroll)
    #expect(try after("End Up*3").lessonScroll.offset == end.lessonScroll.offset - 3)
    #expect(try after("Up*3").lessonScroll.offset == 0)
    #expect(try after("Space b").lessonScroll.offset == 0)
  }

  @Test func searchingMovesToTheLine() throws {
    let state = try after("/code<Enter>")
    let line = try #require(LessonPage(state).texts.firstIndex { $0.contains("code here") })
    #expect((state.lessonScroll.offset..<state.lessonScroll.offset + Layout(state).lessonTextHeight).contains(line))
    #expect(try after("/nowhere<Enter>").notice?.text.en.contains("not found") == true)
  }

  @Test func aLessonResumesWhereItWasLeft() throws {
    let course = Course(folder: LessonLab.folder)
    var state = LessonLab.state()
    let lesson = try #require(course.lesson("parts"))
    _ = state.update(.engine(.courseOpened(course, course.glossary(), completed: [])))
    _ = state.update(.engine(.lessonOpened(lesson, progress: LessonResume(step: "more", passed: ["sum", "gone"]))))
    #expect(state.step?.id == "more" && state.passed == ["sum"])
  }

  @Test func progressIsSavedWithEveryAnswer() throws {
    var state = try after("Right a")
    for key in [Key.character("1")] { _ = state.update(.input(.key(key))) }
    let effects = state.update(.input(.key(.enter)))
    let records = effects.compactMap { if case .save(let record) = $0 { record } else { nil } }
    #expect(records.contains { $0.check == "sum" && $0.isPassed && $0.attempts == 1 })
    #expect(records.contains { $0.event == .answered(check: "sum", .number(1)) })
  }
}
