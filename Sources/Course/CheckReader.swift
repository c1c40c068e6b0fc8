// Reads the checks of lesson.yaml. Not here: judging them.
import Languages

struct CheckReader {
  static func read(_ mapping: YAMLMapping, _ problems: inout ProblemList) -> Check? {
    var mapping = mapping
    let id = mapping.id("id", &problems)
    let ask = mapping.prose("ask", &problems)
    let kind = kind(&mapping, &problems)
    let reasons = mapping.mappings("reasons", required: false, &problems).compactMap { reason($0, &problems) }
    let line = mapping.line(of: "hints")
    let hints = mapping.mappings("hints", &problems).compactMap { hint($0, &problems) }
    if hints.count != 3 { problems.add(line, zh: "\(id ?? "?")：提示应有三级", en: "\(id ?? "?"): there are three hints") }
    let why = mapping.prose("why", &problems)
    let other = mapping.prose("other", required: false, &problems)
    mapping.finish(&problems)
    guard let id, let ask, let kind, let why else { return nil }
    return Check(id: id, ask: ask, kind: kind, reasons: reasons, hints: hints, why: why, other: other)
  }

  private static func kind(_ mapping: inout YAMLMapping, _ problems: inout ProblemList) -> CheckKind? {
    let kinds = ["number", "predict", "goal", "trace", "choice", "token"].filter { mapping.has($0) }
    guard kinds.count == 1 else {
      problems.add(
        mapping.line, zh: "每个检查要有且只有一种类型：number、predict、goal、trace、choice、token",
        en: "a check has exactly one kind: number, predict, goal, trace, choice or token")
      return nil
    }
    switch kinds[0] {
    case "trace":
      return mapping.parsed("trace", &problems) { text throws(TraceError) in try TracePredicate(text) }.map { .trace($0) }
    case "choice": return choice(&mapping, &problems)
    default: break
    }
    guard var inner = mapping.mapping(kinds[0], &problems) else { return nil }
    defer { inner.finish(&problems) }
    switch kinds[0] {
    case "number":
      let expected = query(&inner, "answer", &problems)
      let tolerance = inner.number("within", in: 0...1e9, required: !inner.has("share"), &problems)
      let share = inner.number("share", in: 0...0.5, required: false, &problems)
      return expected.map { .number(NumberCheck(expected: $0, tolerance: tolerance ?? 0, share: share ?? 0)) }
    case "predict":
      let guess = inner.choice("guess", PredictCheck.Guess.self, &problems) ?? .token
      let sampled = inner.integer("sampled", in: 0...64, required: false, &problems) ?? 0
      return query(&inner, "actual", &problems).map { .predict(PredictCheck(guess: guess, actual: $0, sampled: sampled)) }
    case "token": return query(&inner, "answer", &problems).map { .token(TokenCheck(expected: $0)) }
    default: return goal(&inner, &problems)
    }
  }

  private static func query(_ mapping: inout YAMLMapping, _ key: String, _ problems: inout ProblemList) -> TraceQuery? {
    mapping.parsed(key, &problems) { text throws(TraceError) in try TraceQuery(text) }
  }

  private static func goal(_ mapping: inout YAMLMapping, _ problems: inout ProblemList) -> CheckKind? {
    var goal = GoalCheck()
    let empty = goal
    goal.view = mapping.choice("view", LabView.self, &problems)
    goal.format = mapping.choice("format", PromptFormat.self, &problems)
    goal.operation = mapping.text("operation", required: false, limit: 64, &problems)
    goal.layer = mapping.integer("layer", in: 0...1023, required: false, &problems)
    goal.head = mapping.integer("head", in: 0...1023, required: false, &problems)
    goal.query = mapping.integer("query", in: 0...4095, required: false, &problems)
    goal.key = mapping.integer("key", in: 0...4095, required: false, &problems)
    goal.sampled = mapping.integer("sampled", in: 1...64, required: false, &problems) ?? 0
    goal.ownPrompt = mapping.flag("own-prompt", &problems)
    goal.visited = mapping.texts("visited", required: false, &problems)
    for operation in goal.visited + (goal.operation.map { [$0] } ?? []) where !HookName.isOperation(operation) {
      problems.add(mapping.line, zh: "没有叫做 \(operation) 的运算", en: "there is no operation called \(operation)")
    }
    if goal == empty { problems.add(mapping.line, zh: "目标是空的", en: "the goal is empty") }
    return .goal(goal)
  }

  private static func choice(_ mapping: inout YAMLMapping, _ problems: inout ProblemList) -> CheckKind? {
    let line = mapping.line(of: "choice")
    let options = mapping.mappings("choice", &problems).compactMap { option in
      var option = option
      let id = option.id("id", &problems)
      let isRight = option.flag("right", &problems)
      let text = option.prose(&problems)
      let reason = option.prose("reason", &problems)
      option.finish(&problems)
      return if let id, let text, let reason { ChoiceOption(id: id, text: text, isRight: isRight, reason: reason) } else { nil }
    }
    if !(2...6 ~= options.count) || options.count(where: \.isRight) != 1 || Set(options.map(\.id)).count != options.count {
      problems.add(line, zh: "选项应有 2 到 6 个，只有一个正确，id 不能重复", en: "2 to 6 options, exactly one right, ids differ")
    }
    return .choice(options)
  }

  private static func reason(_ mapping: YAMLMapping, _ problems: inout ProblemList) -> CheckReason? {
    var mapping = mapping
    let when = mapping.parsed("when", &problems) { text throws(TraceError) in try TracePredicate(text) }
    let text = mapping.prose(&problems)
    mapping.finish(&problems)
    return if let when, let text { CheckReason(when: when, text: text) } else { nil }
  }

  private static func hint(_ mapping: YAMLMapping, _ problems: inout ProblemList) -> CheckHint? {
    var mapping = mapping
    let line = mapping.line(of: "lab")
    let text = mapping.prose(&problems)
    var setup: LabSetup?
    if let lab = mapping.text("lab", required: false, limit: 400, &problems) {
      do throws(Directive.Mistake) {
        setup = try LabSetup(Directive(line: "lab " + lab))
      } catch {
        problems.add(line, error.problem)
      }
    }
    mapping.finish(&problems)
    return text.map { CheckHint(text: $0, setup: setup) }
  }
}
