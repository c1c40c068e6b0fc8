// The lesson: steps, checks, hints, and how its directives drive the lab. Not here: the format and the judging (Course).
import Course
import Languages
import Terminal

extension ScreenState {
  mutating func open(_ lesson: Lesson, _ progress: LessonResume) -> [ScreenEffect] {
    self.lesson = lesson
    overlay = nil
    pane = .lesson
    log = []
    outcomes = [:]
    hintLevels = [:]
    passed = progress.passed.intersection(Set(lesson.checks.map(\.id)))
    sampling.seed = lesson.seed
    // Looking into a lesson is nothing that must be kept yet.
    return goTo(step: progress.step.flatMap { id in lesson.steps.firstIndex { $0.id == id } } ?? 0, isKept: false)
  }

  mutating func performLesson(_ command: Command, _ argument: String?) -> [ScreenEffect] {
    switch command {
    case .nextStep: return advanceStep(by: 1)
    case .previousStep: return advanceStep(by: -1)
    case .scrollDown, .scrollUp, .pageDown, .pageUp, .lessonTop, .lessonBottom: scrollLesson(command)
    case .answer: return startAnswer()
    case .reveal: return reveal()
    case .hint: return giveHint()
    case .resetStep:
      let effects = record(.reset)
      return effects + goTo(step: stepIndex)
    case .runHere: return runDemonstration()
    case .lessons:
      if let argument { return [.openLesson(id: argument)] }
      let entries = course?.entries ?? []
      overlay = .lessons(selected: entries.firstIndex { $0.id == lesson?.id } ?? 0)
    default: break
    }
    return []
  }

  private mutating func advanceStep(by offset: Int) -> [ScreenEffect] {
    guard let lesson else { return [] }
    let target = stepIndex + offset
    if target >= lesson.steps.count {
      let open = lesson.checks.count { !passed.contains($0.id) }
      guard open == 0, let next = course?.next(completed: completed.union([lesson.id])) else {
        notice = Notice(
          open > 0
            ? Bilingual(zh: "这是最后一节；还有 \(open) 个练习没做", en: "this is the last step; \(open) exercises are still open")
            : Bilingual(zh: "全部课程都完成了，按 o 看目录", en: "every written lesson is done; o shows the list"), .good)
        return []
      }
      return [.openLesson(id: next.id)]
    }
    guard target >= 0 else {
      notice = Notice(Bilingual(zh: "这是第一节", en: "this is the first step"))
      return []
    }
    return goTo(step: target)
  }

  /// Opens a step and puts the lab where it begins.
  mutating func goTo(step index: Int, isKept: Bool = true) -> [ScreenEffect] {
    guard let lesson, lesson.steps.indices.contains(index) else { return [] }
    stepIndex = index
    lessonScroll = ScrollState()
    cover = nil
    coverCheck = nil
    isZoomed = false
    var effects = record(.openedStep(lesson: lesson.id, step: lesson.steps[index].id))
    if isKept {
      effects.append(
        .save(ProgressRecord(lesson: lesson.id, step: lesson.steps[index].id, isCompleted: completed.contains(lesson.id))))
    }
    if let setup = lesson.steps[index][language].setup { effects += begin(setup) }
    return effects
  }

  /// Applies a setup; its prompt is run first.
  private mutating func begin(_ setup: LabSetup) -> [ScreenEffect] {
    if let hidden = setup.hide, setup.until.map({ !passed.contains($0) }) ?? true {
      cover = hidden
      coverCheck = setup.until
    }
    guard let text = setup.prompt else {
      if trace == nil { pendingSetup = setup } else { apply(setup) }
      return []
    }
    prompt = text
    format = setup.format ?? .raw
    if model != nil && model?.chatTemplate == nil { format = .raw }
    pendingSetup = setup
    if let view = setup.view { self.view = view }
    return requestTrace(.prompt(text, format))
  }

  private mutating func runDemonstration() -> [ScreenEffect] {
    switch runHere {
    case .show(let setup):
      if size.columns < Layout.sideBySideColumns { pane = .lab }
      return begin(setup)
    case .sample(let count): return perform(.write, String(count))
    case nil: return []
    }
  }

  private mutating func scrollLesson(_ command: Command) {
    let (key, content, height): (Key, Int, Int) =
      switch command {
      case .scrollDown: (.down, .max / 2, 1)
      case .scrollUp: (.up, .max / 2, 1)
      case .pageDown: (.pageDown, .max / 2, Layout(self).lessonTextHeight)
      case .pageUp: (.pageUp, .max / 2, Layout(self).lessonTextHeight)
      case .lessonTop: (.home, .max / 2, 1)
      default: (.end, .max / 2, 1)
      }
    _ = lessonScroll.handle(key, content: content, height: height)
    // The page's own length is known to the view, which wraps it; the offset is cut to it here.
    lessonScroll.clamp(content: LessonPage(self).lineCount, height: Layout(self).lessonTextHeight)
  }

  // MARK: Checks

  private mutating func startAnswer() -> [ScreenEffect] {
    guard let check = activeCheck else { return [] }
    switch check.kind {
    case .number, .token: overlay = .answer(check: check.id, LineEditor("", isMultiline: false))
    case .predict: overlay = .guess(check: check.id, LineEditor("", isMultiline: false))
    case .choice: overlay = .choice(check: check.id, selected: 0)
    case .goal, .trace: return answered(check.id, .done)
    }
    return []
  }

  mutating func answered(_ check: String, _ answer: CheckAnswer) -> [ScreenEffect] {
    overlay = nil
    let effects = record(.answered(check: check, answer))
    if case .wrong(let reason)? = outcomes[check], !passed.contains(check) { notice = Notice(spoken(reason, check), .failure) }
    showCheck(check)
    return effects
  }

  mutating func guessed(_ check: String, _ text: String) -> [ScreenEffect] {
    overlay = nil
    let number = TypedNumber.parse(text)
    guard case .predict(let predict)? = lesson?.check(check)?.kind else { return [] }
    if predict.guess == .number && number == nil {
      notice = Notice(Bilingual(zh: "这里要猜一个数", en: "the guess is a number"))
      return []
    }
    notice = Notice(Bilingual(zh: "记下了。按 r 揭晓", en: "noted. r uncovers it"), .good)
    return record(.guessed(check: check, predict.guess == .number ? .number(number ?? 0) : .text(text)))
  }

  private mutating func reveal() -> [ScreenEffect] {
    let check = coverCheck
    // Looking first would spoil the prediction for good; the learner is asked once more.
    if let check, !log.contains(where: { if case .guessed(check: check, _) = $0 { true } else { false } }) {
      notice = Notice(Bilingual(zh: "先按 a 猜一猜，再揭晓", en: "guess first (a), then uncover it"))
      return []
    }
    cover = nil
    coverCheck = nil
    return record(.revealed(check: check))
  }

  private mutating func giveHint() -> [ScreenEffect] {
    guard let check = activeCheck else { return [] }
    let level = min(hintLevels[check.id, default: 0] + 1, check.hints.count)
    hintLevels[check.id] = level
    if check.hints.indices.contains(level - 1), let setup = check.hints[level - 1].setup { apply(setup) }
    showCheck(check.id)
    return record(.usedHint(check: check.id, level: level))
  }

  /// The reason for a wrong answer as one line, for learners who do not see the lesson now.
  private func spoken(_ reason: Prose, _ check: String) -> Bilingual {
    func text(_ language: Language) -> String {
      var state = self
      state.language = language
      var drawing = state.lessonDrawing
      drawing.values.answer = lesson?.check(check)?.answer(in: log)
      return drawing.plain(reason[language])
    }
    return Bilingual(zh: text(.zh), en: text(.en))
  }

  /// Scrolls the lesson so that the end of a check's box, where hints and reasons appear, is in sight.
  private mutating func showCheck(_ check: String) {
    let page = LessonPage(self)
    guard let rows = page.checkRows[check] else { return }
    let height = Layout(self).lessonTextHeight
    lessonScroll.reveal(rows.lowerBound, content: page.lineCount, height: height)
    lessonScroll.reveal(rows.upperBound - 1, content: page.lineCount, height: height)
  }

  /// Writes an act into the log and judges the open checks.
  mutating func record(_ event: LabEvent) -> [ScreenEffect] {
    guard let lesson, let step else { return [] }
    // Moving about fills the log with steps that nobody asks for later: only the last of a run of moves counts, unless it is another operation.
    if case .movedCursor(let new) = event, case .movedCursor(let old)? = log.last, new.operation == old.operation, new.layer == old.layer {
      log.removeLast()
    }
    log.append(event)
    if log.count > 20_000 { log.removeFirst(5_000) }
    var effects = judge()
    switch event {
    case .movedCursor, .openedStep, .openedView: break
    default:
      effects.append(
        .save(ProgressRecord(lesson: lesson.id, step: step.id, isCompleted: completed.contains(lesson.id), event: event)))
    }
    return effects
  }

  /// Judges the checks of this step that are not passed yet.
  mutating func judge() -> [ScreenEffect] {
    guard let lesson, let step else { return [] }
    var effects: [ScreenEffect] = []
    for id in step.checks where !passed.contains(id) {
      guard let check = lesson.check(id) else { continue }
      let outcome = check.outcome(state: labState, log: log, run: reading)
      // Goals are judged all the time; that they are not reached yet is no mistake until the learner says "done".
      if case .wrong = outcome, case .goal = check.kind, check.answer(in: log) == nil { continue }
      outcomes[id] = outcome
      guard outcome == .passed else { continue }
      passed.insert(id)
      notice = Notice(Bilingual(zh: "练习完成", en: "exercise done"), .good)
      if lesson.checks.allSatisfy({ passed.contains($0.id) }) { completed.insert(lesson.id) }
      effects.append(
        .save(
          ProgressRecord(
            lesson: lesson.id, step: step.id, isCompleted: completed.contains(lesson.id), check: id, attempts: check.attempts(in: log),
            hints: hintLevels[id, default: 0], isPassed: true)))
    }
    return effects
  }
}
