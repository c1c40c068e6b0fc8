// The authors' gate over the lessons that ship, with the model that ships and through the real screens: every step is whole and its numbers
// resolve, every solution passes, nothing else does. Not here: the files alone (`course check`, CourseTests).
import Foundation
import Inference
import Languages
import Terminal
import Testing

@testable import Course
@testable import LabScreens

@Suite(.enabled(if: ShippedModel.isThere, ShippedModel.note)) struct LessonGateTests {
  static let cases = ShippedModel.lessons.flatMap { lesson in Language.allCases.map { (lesson, $0) } }

  @Test func theThreeLessonsAreWritten() {
    for lesson in ["first-token", "attention", "blocks"] { #expect(ShippedModel.lessons.contains(lesson)) }
    #expect(ShippedModel.course.validate().map(\.message.en) == [])
  }

  // MARK: Screens

  @Test(arguments: cases) func everyStepIsWholeAndItsNumbersResolve(_ lesson: String, _ language: Language) throws {
    for size in [Size(columns: 80, rows: 24), Size(columns: 120, rows: 40)] {
      var learner = try Learner(lesson, language, size)
      for index in 0..<(try #require(learner.state.lesson)).steps.count {
        try learner.go(toStep: index)
        let step = try #require(learner.state.step)
        #expect(learner.state.notice?.kind != .failure, "\(step.id): \(learner.state.notice.map { $0.text[language] } ?? "")")
        let live = learner.state.lessonDrawing.values
        for query in step[language].queries {
          guard case .value = live.read(query) else {
            Issue.record("\(lesson)/\(step.id) (\(language)): \(query.source) has no value"); continue
          }
        }
        try expectWhole(&learner, "\(lesson)/\(step.id)")
        // The lab's side of the step.
        try learner.press("Tab")
        #expect(learner.state.frame().hasWholeGlyphs)
        try learner.press("Tab")
      }
    }
  }

  /// Every line of the page fits, and every screenful of it has whole glyphs.
  private func expectWhole(_ learner: inout Learner, _ place: String) throws {
    let page = LessonPage(learner.state)
    for line in page.lines {
      #expect(line.width <= learner.state.lessonTextWidth, "\(place): \(line.text)")
      #expect(!LessonLab.badLine(line.text.string), "\(place): \(line.text)")
    }
    let text = page.texts.joined(separator: "\n")
    #expect(!text.contains("{{") && !text.contains("[?]") && !text.contains("<!--"), "\(place)")
    try learner.press("Home")
    for _ in 0..<20 {
      let frame = learner.state.frame()
      #expect(frame.hasWholeGlyphs && LessonLab.brokenCells(frame) == [], "\(place)")
      let before = learner.state.lessonScroll
      try learner.press("PgDn")
      if learner.state.lessonScroll == before { return }
    }
    Issue.record("\(place) is longer than twenty screens")
  }

  @Test(arguments: ShippedModel.lessons) func hintsAndReasonsResolveOverRealRuns(_ id: String) throws {
    let lesson = try #require(ShippedModel.course.lesson(id))
    let runs = GateRuns(try ShippedModel.model.get())
    var opened: [String: LabState] = [:]
    for language in Language.allCases {
      var learner = try Learner(id, language)
      for (index, step) in lesson.steps.enumerated() {
        try learner.go(toStep: index)
        opened["\(step.id) \(language)"] = learner.state.labState
      }
    }
    var failure: (any Error)?
    let empty = TraceReading(trace: nil, model: nil, cursor: LabCursor(), copies: TensorCopies())
    let problems = lesson.problems(file: id, open: { opened["\($0.id) \($1)"] ?? LabState() }) { state in
      do { return try runs.reading(state) } catch { failure = error }
      return empty
    }
    #expect(failure == nil)
    #expect(problems.map(\.message.en) == [])
  }

  // MARK: Exercises by keys

  @Test(arguments: cases) func solutionsPassAndTheLessonIsCompleted(_ lesson: String, _ language: Language) throws {
    var learner = try Learner(lesson, language)
    #expect(learner.state.passed == [])
    try learner.solve()
    #expect(learner.state.completed.contains(lesson))
    #expect(learner.keeper.all.records.contains { $0.lesson == lesson && $0.isCompleted })
    #expect(try learner.keeper.completedLessons() == [lesson])
    // What stands there afterwards is whole, too.
    for index in 0..<(try #require(learner.state.lesson)).steps.count {
      try learner.go(toStep: index)
      try expectWhole(&learner, "\(lesson) solved, step \(index)")
    }
    // The last arrow leads on: to the next lesson, or to a notice when there is none.
    try learner.press("Right")
    let next = ShippedModel.course.next(completed: [lesson])
    #expect(learner.state.lesson?.id == next?.id)
    // And a new day begins where this one ended.
    let again = try Learner(keeping: learner.keeper, lesson, language)
    #expect(again.state.passed == Set((try #require(again.state.lesson)).checks.map(\.id)))
  }

  @Test(arguments: cases) func wrongScriptsFail(_ id: String, _ language: Language) throws {
    let lesson = try #require(ShippedModel.course.lesson(id))
    for script in lesson.wrong {
      var learner = try Learner(id, language)
      if lesson.step(ofCheck: script.check)?.checks.first != script.check { try learner.solve(until: script.check) }
      try learner.go(toStepOf: script.check)
      #expect(!learner.state.passed.contains(script.check), "\(id)/\(script.check) passes untouched")
      try learner.perform(script)
      #expect(!learner.state.passed.contains(script.check), "\(id)/\(script.check): \(script.acts) passes")
      #expect(learner.state.frame().hasWholeGlyphs)
      // A mistake costs nothing: the solution still passes.
      try learner.press("Esc")
      try learner.go(toStepOf: script.check)
      try learner.press("R")
      for solution in lesson.solution where solution.check == script.check { try learner.perform(solution) }
      #expect(learner.state.passed.contains(script.check), "\(id)/\(script.check) cannot be mended")
    }
  }

  @Test(arguments: cases) func hintsAreALadder(_ id: String, _ language: Language) throws {
    let lesson = try #require(ShippedModel.course.lesson(id))
    for check in lesson.checks {
      var learner = try Learner(id, language)
      if lesson.step(ofCheck: check.id)?.checks.first != check.id { try learner.solve(until: check.id) }
      try learner.go(toStepOf: check.id)
      for level in 1...3 {
        try learner.press("H")
        #expect(learner.state.hintLevels[check.id] == level)
        let text = LessonPage(learner.state).texts.joined()
        #expect(text.contains(language == .zh ? "提示 \(level)" : "Hint \(level)"), "\(id)/\(check.id)")
        #expect(!text.contains("[?]"), "\(id)/\(check.id) hint \(level)")
        #expect(learner.state.frame().hasWholeGlyphs)
      }
      try learner.press("H")
      #expect(learner.state.hintLevels[check.id] == 3 && !learner.state.passed.contains(check.id))
    }
  }

  // MARK: The script can be left and taken up again

  @Test(arguments: cases) func theLanguageChangesAndNothingElse(_ id: String, _ language: Language) throws {
    var learner = try Learner(id, language)
    for index in 0..<(try #require(learner.state.lesson)).steps.count {
      try learner.go(toStep: index)
      let before = learner.state
      try learner.press("L")
      let after = learner.state
      #expect(after.language == language.other && after.stepIndex == index)
      #expect(after.trace?.ids == before.trace?.ids && after.cursor == before.cursor && after.passed == before.passed)
      #expect(LessonPage(after).texts != LessonPage(before).texts)
      try learner.press("L")
      #expect(LessonPage(learner.state).texts == LessonPage(before).texts)
    }
    #expect(learner.keeper.all.language == language)
  }

  @Test(arguments: cases) func undoRedoResetReplay(_ id: String, _ language: Language) throws {
    var learner = try Learner(id, language)
    try learner.go(toStep: 1)
    let start = learner.state
    let ids = try #require(start.trace?.ids)
    try learner.press("e C-u 小 猫 Enter")
    let changed = try #require(learner.state.trace?.ids)
    #expect(changed != ids)
    try learner.press("u")
    #expect(learner.state.trace?.ids == ids && learner.state.prompt == start.prompt && learner.state.cursor == start.cursor)
    try learner.press("C-r")
    #expect(learner.state.trace?.ids == changed && learner.state.prompt == "小猫")
    try learner.press("R")
    #expect(learner.state.trace?.ids == ids && learner.state.prompt == start.prompt && learner.state.stepIndex == 1)
    // Demonstrations run as often as one likes, and the same each time.
    for (index, step) in try #require(start.lesson).steps.enumerated() {
      guard step[language].parts.contains(where: { if case .run = $0 { true } else { false } }) else { continue }
      try learner.go(toStep: index)
      try learner.press("x")
      let first = try #require(learner.state.trace?.ids)
      try learner.press("R")
      try learner.press("x")
      #expect(learner.state.trace?.ids == first, "\(id)/\(step.id)")
      if case .sample(let count)? = learner.state.runHere {
        // The model may end before.
        #expect((1...count).contains(learner.state.walk.count))
        #expect(first.count > ids.count || index != 1)
      }
    }
  }
}
