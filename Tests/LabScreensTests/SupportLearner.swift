// A learner made of keys: turns the acts of a lesson's scripts into what one presses. Not here: what must come of it (LessonGateTests).
import Foundation
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

extension Learner {
  /// The same learner on another day.
  init(keeping keeper: MemoryKeeper, _ lesson: String, _ language: Language) throws {
    self.keeper = keeper
    driver = try ShippedModel.driver(lesson, language, keeper: keeper)
  }
}
