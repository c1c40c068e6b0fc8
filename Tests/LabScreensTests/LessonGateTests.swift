// The authors' gate over the lessons that ship, with the model that ships and through the real screens: every step is whole and its numbers
// resolve, every solution passes, nothing else does. Not here: the files alone (`course check`, CourseTests).
import Foundation
import Inference
import Languages
import Terminal
import Testing

@testable import Course
@testable import LabScreens

/// A learner at the keys: does what a script of the lesson says, only by keys.
struct Learner {
  private(set) var driver: InlineDriver
  let keeper: MemoryKeeper
  var state: ScreenState { driver.state }

  init(_ lesson: String, _ language: Language, _ size: Size = Size(columns: 80, rows: 24)) throws {
    keeper = MemoryKeeper()
    driver = try ShippedModel.driver(lesson, language, size, keeper: keeper)
    try #require(driver.state.lesson?.id == lesson)
  }

  mutating func press(_ keys: String) throws { driver.send(try KeyScript.parse(keys)) }
  mutating func type(_ text: String) { driver.send(KeyScript.typed(text).map(InputEvent.key)) }

  private mutating func focus(_ pane: Pane) throws { if state.visiblePane != pane { try press("Tab") } }

  mutating func go(toStepOf check: String) throws {
    let target = try #require(state.lesson?.steps.firstIndex { $0.checks.contains(check) })
    try go(toStep: target)
  }

  mutating func go(toStep target: Int) throws {
    try focus(.lesson)
    for _ in 0..<20 where state.stepIndex != target { try press(state.stepIndex < target ? "Right" : "Left") }
    try #require(state.stepIndex == target)
  }

  /// A script's keys, or its acts as keys.
  mutating func perform(_ script: Script) throws {
    if let keys = script.keys { return try press(keys) }
    for act in script.acts { try perform(act) }
  }

  private mutating func perform(_ act: Directive) throws {
    var values = act.values
    for (key, value) in act.values where value.hasPrefix("=") {
      // What the learner reads from the screen, with as many digits as one types.
      let computed = try TraceQuery(String(value.dropFirst())).value(state.reading)
      values[key] = computed.scalar.map { Int(exactly: $0).map(String.init) ?? String(format: "%.4f", $0) } ?? computed.text()
    }
    switch act.verb {
    case "guess":
      try press("a")
      type(try #require(values["token"] ?? values["number"] ?? act.words.first))
      try press("Enter")
    case "reveal": try press("r")
    case "sample":
      try focus(.lab)
      try press("s")
    case "view":
      try focus(.lab)
      let index = try #require(ScreenState.viewNames.firstIndex { $0.view.rawValue == act.words.first })
      try press("\(index + 1)")
    case "hint": for _ in 0..<(values["level"].flatMap(Int.init) ?? 1) { try press("H") }
    case "prompt":
      try press("e C-u")
      type(act.words.first ?? "")
      try press("Enter")
    case "move": try move(values)
    default: try answer(values, act.words.first)
    }
  }

  private mutating func answer(_ values: [String: String], _ word: String?) throws {
    try press("a")
    if let choice = values["choice"] {
      let lesson = try #require(state.lesson)
      let options = try #require(state.activeCheck).options(seed: lesson.seed)
      try press("\(try #require(options.firstIndex { $0.id == choice }) + 1)")
    } else if let text = values["number"] ?? values["token"] {
      type(text)
      try press("Enter")
    } else {
      try #require(word == "done")
    }
  }

  private mutating func move(_ values: [String: String]) throws {
    try focus(.lab)
    if let operation = values["operation"] {
      // Onwards until it comes; from the beginning when it does not.
      for round in 0..<2 where state.labCursor.operation != operation {
        if round == 1 { try press("Home") }
        for _ in 0..<400 where state.labCursor.operation != operation { try press("Right") }
      }
    }
    let places: [(String, KeyPath<LabCursor, Int>, String, String)] = [
      ("layer", \.layer, "Down", "Up"), ("head", \.head, ".", ","), ("query", \.query, "]", "["), ("key", \.key, "l", "h"),
    ]
    for (name, place, onwards, back) in places {
      guard let target = values[name].flatMap(Int.init) else { continue }
      for _ in 0..<100 where state.labCursor[keyPath: place] != target {
        try press(state.labCursor[keyPath: place] < target ? onwards : back)
      }
    }
  }

  /// Solves every exercise of the lesson up to this one, or all of them.
  mutating func solve(until last: String? = nil) throws {
    for check in try #require(state.lesson).checks where last != check.id {
      try go(toStepOf: check.id)
      for script in try #require(state.lesson).solution where script.check == check.id { try perform(script) }
      try #require(state.passed.contains(check.id), "\(check.id) after its solution: \(state.outcomes[check.id].map { "\($0)" } ?? "open")")
      if let last, state.lesson?.step(ofCheck: last)?.id == state.step?.id, state.activeCheck?.id == last { return }
    }
  }
}

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
          guard case .value = live.read(query) else { Issue.record("\(lesson)/\(step.id) (\(language)): \(query.source) has no value"); continue }
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

extension Learner {
  /// The same learner on another day.
  init(keeping keeper: MemoryKeeper, _ lesson: String, _ language: Language) throws {
    self.keeper = keeper
    driver = try ShippedModel.driver(lesson, language, keeper: keeper)
  }
}
