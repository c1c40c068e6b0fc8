// The chat view: its commands, and what comes back from the engine. Not here: keys of the input line and slash commands (UpdateChatInput).
import Chat
import Inference
import Languages
import Terminal

extension ScreenState {
  /// Whether the chat view has the keys.
  var isInChat: Bool { view == .chat && visiblePane == .lab }

  mutating func showChat() -> [ScreenEffect] {
    let effects = show(.chat)
    // One comes to write: the lesson stays in sight where there is room.
    pane = .lab
    guard chat.conversation == nil, !chat.isOpening, model != nil else { return effects }
    chat.isOpening = true
    return effects + [.chat(.open)]
  }

  /// Another model: another chat. What is being answered is kept as far as it got.
  mutating func chatOfNewModel() -> [ScreenEffect] {
    let saved = settleAnswer()
    if chat.conversation != nil || chat.isOpening { chat = ChatState() }
    return saved + (view == .chat ? showChat() : [])
  }

  mutating func performChat(_ command: Command) -> [ScreenEffect] {
    switch command {
    case .chatType: chat.focus = .input
    case .chatNew:
      chat = ChatState()
      chat.isOpening = true
      return [.chat(.open)]
    case .chatRegenerate: return regenerate()
    case .chatContinue: return continueAnswer()
    case .chatEdit: editMessage()
    case .chatPreviousBranch: return switchBranch(by: -1)
    case .chatNextBranch: return switchBranch(by: 1)
    case .chatPreviousMessage: return moveMessage(by: -1)
    case .chatNextMessage: return moveMessage(by: 1)
    case .chatPreviousToken: return moveToken(to: chat.token - 1)
    case .chatNextToken: return moveToken(to: chat.token + 1)
    case .chatFirstToken: return moveToken(to: 0)
    case .chatLastToken: return moveToken(to: .max)
    case .chatWhy:
      if chat.why != nil {
        chat.why = nil
        return []
      }
      return askWhy()
    case .chatStep: return stepHere()
    case .chatList: return [.chat(.list)]
    case .chatCourse: chat.showsCourse.toggle()
    case .chatDrop:
      chat.conversation?.startPrompts(at: chat.wouldStart)
      return save([]) + startAnswer()
    default: break
    }
    return []
  }

  // MARK: Answers

  /// Adds the user's message after `parent` and asks for the answer.
  mutating func send(_ text: String, after parent: Int?) -> [ScreenEffect] {
    guard let id = chat.conversation?.add(.user, text, after: parent) else { return [] }
    noteCourseText(id, text)
    return save([id]) + startAnswer()
  }

  private mutating func noteCourseText(_ id: Int, _ question: String) {
    if model?.isSprout == true, let found = chat.concepts?.text(for: question) { chat.courseTexts[id] = found }
  }

  private mutating func startAnswer() -> [ScreenEffect] {
    guard let conversation = chat.conversation, let leaf = conversation.leaf, leaf.role == .user else { return [] }
    begin(parent: leaf.id, continuing: nil, sampling)
    return [.chat(.answer(request: chat.request, conversation, sampling))]
  }

  private mutating func begin(parent: Int, continuing: Int?, _ sampling: SamplingSettings) {
    chat.request += 1
    (chat.why, chat.wouldStart, chat.message) = (nil, nil, nil)
    chat.progress = ChatState.Progress(request: chat.request, parent: parent, continuing: continuing, sampling: sampling, builder: nil)
  }

  private mutating func regenerate() -> [ScreenEffect] {
    guard let conversation = chat.conversation else { return [] }
    let target = chat.current?.role == .assistant ? chat.current : conversation.leaf?.role == .user ? nil : chat.lastAnswer
    guard let target, let parent = target.parent else { return startAnswer() }
    // Another seed, past those that its siblings had; the next question has the old one again.
    let seeds = conversation.siblings(of: target.id).compactMap { $0.answer?.sampling.seed }
    var sampling = sampling
    sampling.seed = (seeds.max() ?? sampling.seed) &+ 1
    // The prompt ends at the question: its other answers and what followed them are other branches.
    guard let shortened = conversation.ending(at: parent) else { return [] }
    begin(parent: parent, continuing: nil, sampling)
    return [.chat(.answer(request: chat.request, shortened, sampling))]
  }

  private mutating func continueAnswer() -> [ScreenEffect] {
    guard let leaf = chat.conversation?.leaf, let record = leaf.answer, let parent = leaf.parent else { return [] }
    begin(parent: parent, continuing: leaf.id, record.sampling)
    return [.chat(.goOn(request: chat.request, record))]
  }

  /// Ends the answer that is being written: what there is of it becomes a message.
  mutating func settleAnswer() -> [ScreenEffect] {
    guard let progress = chat.progress else { return [] }
    chat.progress = nil
    chat.request += 1
    guard var builder = progress.builder, !builder.record.ids.isEmpty || builder.record.finish != nil else { return [] }
    builder.stop()
    let id: Int
    if let continuing = progress.continuing {
      id = continuing
      chat.conversation?.update(id, text: builder.text, answer: builder.record)
    } else {
      guard let added = chat.conversation?.add(.assistant, builder.text, after: progress.parent, answer: builder.record) else { return [] }
      id = added
    }
    chat.message = nil
    chat.token = max(0, builder.record.ids.count - 1)
    return save([id])
  }

  func save(_ changed: Set<Int>) -> [ScreenEffect] { chat.conversation.map { [.chat(.save($0, changed: changed))] } ?? [] }

  // MARK: Moving

  private mutating func editMessage() {
    let path = chat.path
    let end = path.firstIndex { $0.id == chat.current?.id } ?? path.count - 1
    guard let question = path[...max(0, end)].last(where: { $0.role == .user }) else { return }
    chat.editing = question.id
    chat.editor.setText(question.text)
    chat.focus = .input
  }

  private mutating func switchBranch(by step: Int) -> [ScreenEffect] {
    guard let id = chat.current?.id, let target = chat.conversation?.switchBranch(at: id, by: step) else {
      notice = Notice(Bilingual(zh: "这里没有别的分支；r 重答、e 改写会增加分支", en: "no other branch here; r answers again, e edits: both add one"))
      return []
    }
    (chat.message, chat.why) = (target, nil)
    chat.token = max(0, (chat.conversation?[target]?.answer?.ids.count ?? 1) - 1)
    return save([])
  }

  private mutating func moveMessage(by step: Int) -> [ScreenEffect] {
    let path = chat.path
    guard let place = path.firstIndex(where: { $0.id == chat.current?.id }) else { return [] }
    chat.why = nil
    // Below the last message is the input line.
    guard path.indices.contains(place + step) else {
      if step > 0 { chat.focus = .input }
      return []
    }
    chat.message = path[place + step].id
    chat.token = step < 0 ? max(0, (path[place + step].answer?.ids.count ?? 1) - 1) : 0
    return []
  }

  private mutating func moveToken(to target: Int) -> [ScreenEffect] {
    guard let (_, record) = chat.currentAnswer else { return [] }
    chat.token = min(max(0, target), record.ids.count - 1)
    return chat.why == nil ? [] : askWhy()
  }

  // MARK: Looking into an answer

  mutating func askWhy() -> [ScreenEffect] {
    guard let (message, record) = chat.currentAnswer else { return [] }
    chat.token = min(chat.token, record.ids.count - 1)
    chat.request += 1
    chat.why = ChatState.Why(request: chat.request, message: message.id, token: chat.token, answer: nil)
    return [
      .chat(
        .why(
          request: chat.request, ids: record.promptIds + record.ids[..<chat.token], actual: record.ids[chat.token], record.sampling))
    ]
  }

  /// The stepper on the position that predicts the token under the cursor.
  mutating func stepHere() -> [ScreenEffect] {
    guard let (_, record) = chat.currentAnswer else { return [] }
    remember()
    let row = max(0, record.promptIds.count + min(chat.token, record.ids.count - 1) - 1)
    return show(.stepper) + look(at: OpeningRun(ids: record.sequence, promptTokenCount: record.promptIds.count, row: row), in: .stepper)
  }

  // MARK: Answers of the engine

  mutating func receive(_ report: ChatReport) -> [ScreenEffect] {
    switch report {
    case .opened(let conversation, let concepts, let contextLength):
      guard chat.isOpening else { return [] }
      (chat.conversation, chat.concepts, chat.contextLength, chat.isOpening) = (conversation, concepts, contextLength, false)
      return sendWaiting()
    case .list(let conversations):
      if conversations.isEmpty {
        notice = Notice(Bilingual(zh: "还没有保存过的对话", en: "no conversation has been kept yet"))
      } else if isInChat {
        overlay = .chats(conversations, selected: 0)
      }
    case .loaded(let conversation):
      // What is on its way belongs to the conversation that is left.
      guard !chat.isAnswering else { return [] }
      let (concepts, contextLength) = (chat.concepts, chat.contextLength)
      chat = ChatState()
      (chat.conversation, chat.concepts, chat.contextLength) = (conversation, concepts, contextLength)
      for message in conversation.messages where message.role == .user { noteCourseText(message.id, message.text) }
    case .begun(let request, let prompt, let cachedCount, let problems):
      guard let progress = chat.progress, request == progress.request else { return [] }
      let earlier = progress.continuing.flatMap { chat.conversation?[$0] }.flatMap { message in
        message.answer.map { (record: $0, text: message.text) }
      }
      chat.progress?.builder = AnswerBuilder(
        model: model?.name ?? "", promptIds: prompt, sampling: progress.sampling, cachedCount: cachedCount, continuing: earlier)
      if let odd = problems.first { notice = Notice(odd, .failure) }
    case .event(let request, let event):
      guard request == chat.progress?.request else { return [] }
      chat.progress?.builder?.receive(event)
      if case .finished = event { return settleAnswer() }
    case .full(let request, let budget, let dropping, let start):
      guard request == chat.progress?.request else { return [] }
      (chat.progress, chat.wouldStart) = (nil, start)
      let exchanges = dropping.count { $0.role == .user }
      // The way out is a key of the messages.
      (chat.focus, chat.message) = (.messages, nil)
      notice = Notice(
        Bilingual(
          zh: "上下文满了（\(budget.used)+\(budget.reserve) > \(budget.limit)）：D 略去最早 \(exchanges) 轮，e 缩短，N 新对话",
          en: "context full (\(budget.used)+\(budget.reserve) > \(budget.limit)): D leaves out the oldest \(exchanges), e shortens, N new"),
        .failure)
    case .hopeless(let request, let budget):
      guard request == chat.progress?.request else { return [] }
      chat.progress = nil
      chat.focus = .messages
      notice = Notice(
        Bilingual(
          zh: "这条消息太长（\(budget.used) 个词元，上下文 \(budget.limit)）：e 缩短它",
          en: "this message is too long (\(budget.used) tokens of \(budget.limit)): e shortens it"), .failure)
    case .why(let request, let answer):
      guard request == chat.why?.request else { return [] }
      chat.why?.answer = answer
    case .failed(let request, let message):
      notice = Notice(message, .failure)
      if request == chat.why?.request { chat.why = nil }
      if request == chat.progress?.request { return settleAnswer() }
    }
    return []
  }
}
