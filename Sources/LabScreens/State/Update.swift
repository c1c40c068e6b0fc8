// update(&state, action) -> effects: pure, never blocks, never draws. This file sorts actions; the others hold what each does.
import Course
import Languages
import Terminal

extension ScreenState {
  /// What the program asks for when it opens.
  public mutating func begin() -> [ScreenEffect] {
    var effects: [ScreenEffect] = [.load] + (prompt.isEmpty && openingRun == nil ? openCourseOnce() : [])
    if let request = openingTraining {
      effects += show(.training) + planTraining(request)
      pane = .lab
    }
    return effects
  }

  /// The run that the program was opened for.
  private mutating func requestOpeningRun() -> [ScreenEffect] {
    guard let opening = openingRun else { return prompt.isEmpty ? [] : requestTrace(.prompt(prompt, format)) }
    openingRun = nil
    return look(at: opening, in: view)
  }

  /// Runs ids and shows one of their positions in a view.
  mutating func look(at run: OpeningRun, in view: LabView) -> [ScreenEffect] {
    var setup = LabSetup()
    (setup.token, setup.view) = (run.row ?? run.ids.count - 1, view)
    walk = []
    let effects = requestTrace(.ids(run.ids, promptTokenCount: run.promptTokenCount))
    pendingSetup = setup
    return effects
  }

  /// A prompt given on the command line comes before the course, which nobody waits for then.
  private mutating func openCourseOnce() -> [ScreenEffect] {
    defer { isCourseRequested = true }
    return isCourseRequested ? [] : [.openCourse]
  }

  public mutating func update(_ action: ScreenAction) -> [ScreenEffect] {
    var effects: [ScreenEffect]
    let wasAnswering = chat.progress?.request
    switch action {
    case .input(let event): effects = handle(event)
    case .command(let command, let argument): effects = perform(command, argument)
    case .engine(let report): effects = receive(report)
    case .edited(.success(let text)) where chat.isEditingOutside:
      editedChat(text)
      effects = []
    case .edited(.success(let text)):
      // A look before it runs: Enter sends what came back.
      overlay = .prompt(promptEditor(text))
      effects = []
    case .edited(.failure(let error)):
      notice = Notice(error.message, .failure)
      chat.isEditingOutside = false
      effects = []
    }
    // Whatever cancels a computation stops an answer, and its text is kept.
    if effects.contains(where: { if case .cancel = $0 { true } else { false } }), let wasAnswering, chat.progress?.request == wasAnswering {
      effects += settleAnswer()
    }
    clampCursor()
    return effects
  }

  private mutating func handle(_ event: InputEvent) -> [ScreenEffect] {
    switch event {
    case .key(let key):
      notice = nil
      if key == .control("c") { return interrupt() }
      isInterrupted = false
      if overlay != nil { return handleInOverlay(key) }
      if isInChat, chat.focus == .input { return handleInChatInput(key) }
      guard let command = CommandTable.command(for: key, pane: visiblePane, view: view) else {
        notice = Notice(Bilingual(zh: "这里没有用到 \(key.description)；按 ? 看帮助", en: "\(key.description) does nothing here; ? opens the help"))
        return []
      }
      return perform(command, nil)
    case .paste(let text):
      if overlay == nil, isInChat {
        pasteInChat(text)
        return []
      }
      if overlay == nil {
        // Text that arrives from outside is a prompt to look at, never a run of commands.
        overlay = .prompt(promptEditor(""))
      }
      return pasteInOverlay(text)
    case .pasteCut(let limit):
      notice = Notice(
        Bilingual(zh: "粘贴内容超过 \(limit) 字节，后面的没有收下", en: "the paste was longer than \(limit) bytes; the rest was not taken"), .failure)
      return []
    case .resize(let size):
      self.size = size
      return []
    case .closed:
      isLeaving = true
      return [.cancel]
    case .resumed, .unknown: return []
    }
  }

  /// Ctrl-C: first stops what runs, a second time in a row leaves.
  private mutating func interrupt() -> [ScreenEffect] {
    if isInterrupted {
      isLeaving = true
      return [.cancel]
    }
    isInterrupted = true
    overlay = nil
    notice = Notice(Bilingual(zh: "再按一次 Ctrl-C 离开", en: "Ctrl-C once more leaves"))
    return stopComputing() + [.cancel]
  }

  /// The pane that takes the keys.
  public var visiblePane: Pane { lesson == nil ? .lab : pane }

  mutating func perform(_ command: Command, _ argument: String?) -> [ScreenEffect] {
    if let reason = CommandTable.reasonDisabled(command, self) {
      notice = Notice(reason)
      return []
    }
    switch command {
    case .nextOperation, .previousOperation, .nextLayer, .previousLayer, .nextHead, .previousHead, .nextToken, .previousToken, .cellLeft,
      .cellRight, .cellUp, .cellDown, .firstOperation, .lastOperation:
      return move(command)
    case .sample, .write, .takeBack, .editPrompt, .toggleFormat, .stop, .undo, .redo, .warmer, .colder, .nextSeed:
      return performRun(command, argument)
    case .viewStepper: return show(.stepper)
    case .viewAttention: return show(.attention)
    case .viewHeads: return show(.heads)
    case .viewProbabilities: return show(.probabilities)
    case .viewText: return show(.text)
    case .viewWeights: return showWeights(argument)
    case .viewChat: return showChat()
    case .viewTraining: return showTraining(argument)
    case .weightsBlock, .weightsMetadata, .weightsDifference: return performWeights(command, argument)
    case .chatType, .chatRegenerate, .chatEdit, .chatContinue, .chatPreviousBranch, .chatNextBranch, .chatPreviousMessage, .chatNextMessage,
      .chatPreviousToken, .chatNextToken, .chatFirstToken, .chatLastToken, .chatWhy, .chatStep, .chatCourse, .chatDrop, .chatNew,
      .chatList:
      return performChat(command)
    case .trainingStart, .trainingPause, .trainingStop, .trainingLeft, .trainingRight, .trainingFirst, .trainingLast, .trainingUp,
      .trainingDown, .trainingScale, .trainingRange, .trainingPlan, .checkpointOpen, .checkpointHome, .checkpointPrevious, .checkpointNext:
      return performTraining(command)
    case .open: return openUnderCursor()
    case .back: return view == .weights && stepOutOfWeights() ? [] : show(.stepper)
    case .nextStep, .previousStep, .scrollDown, .scrollUp, .pageDown, .pageUp, .lessonTop, .lessonBottom, .answer, .reveal, .hint,
      .resetStep,
      .runHere, .lessons:
      return performLesson(command, argument)
    case .otherPane: pane = visiblePane == .lesson || lesson == nil ? .lab : .lesson
    case .zoom: isZoomed.toggle()
    case .language:
      language = language.other
      return [.setLanguage(language)]
    case .help: overlay = .help(ScrollState())
    case .palette: overlay = .palette(LineEditor("", isMultiline: false), selected: 0)
    case .commandLine: overlay = .commandLine(LineEditor("", isMultiline: false))
    case .search: overlay = .search(LineEditor("", isMultiline: false))
    case .searchNext: return find(lastSearch)
    case .redraw: return [.redraw]
    case .leave:
      isLeaving = true
      return [.cancel]
    }
    return []
  }

  // MARK: Answers of the engine

  private mutating func receive(_ report: EngineReport) -> [ScreenEffect] {
    switch report {
    case .loaded(let model):
      self.model = model
      activity = .idle
      if format == .chat && model.chatTemplate == nil { format = .raw }
      if let error = model.chatTemplateError { notice = Notice(error.message, .failure) }
      return requestOpeningRun() + openCourseOnce() + weightsOfNewModel() + (view == .chat ? showChat() : [])
    case .courseOpened(let course, let glossary, let completed):
      self.course = course
      self.glossary = glossary
      self.completed = completed
      if let requestedLesson { return [.openLesson(id: requestedLesson)] }
      guard lesson == nil, opensLessonByItself, let next = course.next(completed: completed) else { return [] }
      return [.openLesson(id: next.id)]
    case .promptHistory(let prompts):
      promptHistory = History(prompts)
      return []
    case .lessonOpened(let lesson, let progress): return open(lesson, progress)
    case .traced(let request, let trace, let count):
      guard request == self.request else { return [] }
      self.trace = trace
      promptTokenCount = count
      activity = .idle
      if let setup = pendingSetup { apply(setup) } else { cursor.row = trace.ids.count - 1 }
      pendingSetup = nil
      warnOfNonFinite()
      return judge()
    case .sampled(let request, let step, let trace):
      guard request == self.request else { return [] }
      return sampled(step, trace)
    case .ended(let request):
      guard request == self.request else { return [] }
      activity = .idle
      notice = Notice(Bilingual(zh: "模型结束了这段话", en: "the model ended its text here"), .good)
      return []
    case .contextFull(let request, let length):
      guard request == self.request else { return [] }
      activity = .idle
      notice = Notice(
        Bilingual(
          zh: "上下文已满（\(length) 个词元），写不下了；没有丢弃任何内容",
          en: "the context is full (\(length) tokens): nothing more fits, and nothing was dropped"))
      return []
    case .weights(let report): return receive(report)
    case .chat(let report): return receive(report)
    case .training(let report): return receive(report)
    case .modelOpened(let path, let model): return received(model, path: path)
    case .modelNotOpened(let path, let message): return failedToOpen(path, message)
    case .failed(let request, let message):
      if let request, request != self.request { return [] }
      // What has no request is no news about what is being computed.
      if activity == .loading, request == nil, model == nil { modelProblem = message }
      if request != nil || activity == .loading { activity = .idle }
      notice = Notice(message, .failure)
      return openCourseOnce()
    }
  }

  /// NaN spreads through everything after it: where it began is what one must know.
  private mutating func warnOfNonFinite() {
    guard let first = trace?.nonFinite.first else { return }
    notice = Notice(
      Bilingual(
        zh: "\(first.hook.name) 中有 \(first.count) 个 NaN 或无穷大，之后的数值都不可信",
        en: "\(first.hook.name) holds \(first.count) NaN or infinite values; nothing after it can be trusted"), .failure)
  }
}
