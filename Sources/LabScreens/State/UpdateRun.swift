// The run: prompt, sampling, walking back, undo. Not here: moving about in a finished run (UpdateStepper).
import Course
import Inference
import Insight
import Languages
import Terminal

extension ScreenState {
  /// Starts a new pass; answers to older requests are ignored from now on.
  mutating func requestTrace(_ what: TraceRequest) -> [ScreenEffect] {
    request += 1
    if case .prompt = what { walk = [] }
    guard model != nil else {
      if let modelProblem { notice = Notice(modelProblem, .failure) }
      return []
    }
    activity = .tracing
    return [.cancel, .trace(request: request, what)]
  }

  mutating func performRun(_ command: Command, _ argument: String?) -> [ScreenEffect] {
    if let argument, [.write, .warmer, .colder, .nextSeed].contains(command), Double(argument)?.isFinite != true {
      notice = Notice(Bilingual(zh: "“\(argument)”不是数", en: "“\(argument)” is not a number"), .failure)
      return []
    }
    switch command {
    case .sample: return requestSample(writing: false)
    case .write:
      tokensToGo = argument.flatMap(Int.init).map { max(1, $0) }
      // The token on its way serves; asking again would throw it away.
      if activity == .writing { return [] }
      return requestSample(writing: true)
    case .takeBack:
      // Nothing is left to take back from what a checkpoint makes of the prompt: one step further out.
      if walk.isEmpty { return show(.training) }
      remember()
      walk.removeLast()
      // Not the trace's end: after several presses in a row the trace is still the one before all of them.
      let ids = (trace?.ids ?? []).prefix(promptTokenCount) + walk.map(\.choice.id)
      return requestTrace(.ids(Array(ids), promptTokenCount: promptTokenCount))
    case .editPrompt:
      if let argument { return setPrompt(argument) }
      overlay = .prompt(promptEditor(prompt))
      return []
    case .toggleFormat:
      remember()
      format = format == .raw ? .chat : .raw
      return edited()
    case .stop:
      if view == .weights, visiblePane == .lab, activity == .idle, stepOutOfWeights() { return [] }
      if isInChat, chat.why != nil {
        chat.why = nil
        return []
      }
      if isZoomed, activity == .idle { isZoomed = false }
      return stopComputing() + [.cancel]
    case .undo: return travel(from: \.done, to: \.undone)
    case .redo: return travel(from: \.undone, to: \.done)
    case .warmer: return setTemperature(argument.flatMap(Double.init) ?? sampling.temperature + 0.1)
    case .colder: return setTemperature(argument.flatMap(Double.init) ?? sampling.temperature - 0.1)
    case .nextSeed:
      sampling.seed = argument.flatMap(UInt64.init) ?? sampling.seed &+ 1
      return changedSampler()
    default: return []
    }
  }

  private mutating func requestSample(writing: Bool) -> [ScreenEffect] {
    guard let trace, activity == .idle || activity == .writing else { return [] }
    // Looking at what comes next would give away what the learner is asked to guess.
    if cover != nil, coverCheck != nil {
      activity = .idle
      notice = Notice(Bilingual(zh: "先猜（a），再揭晓（r），然后采样", en: "guess first (a), then uncover (r), then sample"))
      return []
    }
    if activity == .idle { remember() }
    request += 1
    activity = writing ? .writing : .tracing
    return [.sample(request: request, ids: trace.ids, sampling)]
  }

  mutating func sampled(_ step: WalkStep, _ trace: Trace) -> [ScreenEffect] {
    let choice = step.choice
    self.trace = trace
    walk.append(step)
    cursor.row = trace.ids.count - 1
    if isAttentionMap { cursor.column = min(cursor.column, cursor.row) }
    let wasWriting = activity == .writing
    activity = .idle
    var effects = record(.sampled(token: choice.id, text: model?.tokenizer.displayText(of: choice.id) ?? "", position: trace.ids.count - 1))
    if wasWriting {
      tokensToGo = tokensToGo.map { $0 - 1 }
      if tokensToGo == 0 { return effects }
      activity = .writing
      effects += requestSample(writing: true)
    }
    return effects
  }

  mutating func stopComputing() -> [ScreenEffect] {
    if activity == .writing || activity == .tracing {
      request += 1
      activity = .idle
    }
    return []
  }

  /// The prompt's text field, with what was entered before (↑, Ctrl-R).
  func promptEditor(_ text: String) -> LineEditor {
    var editor = LineEditor(text)
    editor.history = promptHistory
    return editor
  }

  mutating func setPrompt(_ text: String) -> [ScreenEffect] {
    remember()
    promptHistory.add(text)
    prompt = text
    return edited() + [.notePrompt(text, format)]
  }

  private mutating func edited() -> [ScreenEffect] {
    pendingSetup = nil
    return record(.editedPrompt(prompt, format)) + requestTrace(.prompt(prompt, format))
  }

  private mutating func setTemperature(_ value: Double) -> [ScreenEffect] {
    sampling.temperature = min(5, max(0, (value * 10).rounded() / 10))
    return changedSampler()
  }

  mutating func changedSampler() -> [ScreenEffect] {
    notice = Notice(
      Bilingual(
        zh: "温度 \(sampling.temperature)，种子 \(sampling.seed)", en: "temperature \(sampling.temperature), seed \(sampling.seed)"))
    return record(.changedSampler(samplerFacts))
  }

  // MARK: Undo

  var snapshot: LabSnapshot {
    LabSnapshot(prompt: prompt, format: format, ids: trace?.ids ?? [], walk: walk, cursor: cursor, view: view)
  }

  /// Keeps the present for undo; what was undone before is gone.
  mutating func remember() {
    done.append(snapshot)
    if done.count > 200 { done.removeFirst() }
    undone = []
  }

  private mutating func travel(
    from source: WritableKeyPath<ScreenState, [LabSnapshot]>, to target: WritableKeyPath<ScreenState, [LabSnapshot]>
  ) -> [ScreenEffect] {
    guard let past = self[keyPath: source].popLast() else { return [] }
    self[keyPath: target].append(snapshot)
    (prompt, format, walk, cursor, view) = (past.prompt, past.format, past.walk, past.cursor, past.view)
    guard !past.ids.isEmpty, past.ids != trace?.ids else {
      if activity == .idle { return [] }
      // What is on its way belongs to the state that was just left.
      pendingSetup = nil
      return stopComputing() + [.cancel]
    }
    var setup = LabSetup()
    setup.token = cursor.row
    // Until the old run is back the cursor is kept inside the present one, which may be shorter.
    if isAttentionMap { setup.key = cursor.column }
    pendingSetup = setup
    let walked = walk
    let effects = requestTrace(.ids(past.ids, promptTokenCount: past.ids.count - walk.count))
    walk = walked
    return effects
  }
}
