// The chat's input line: keys, paste, slash commands. Enter sends, Ctrl-J makes a new line, a paste never sends. Not here: commands by key (UpdateChat).
import Chat
import Languages
import Terminal

extension ScreenState {
  mutating func handleInChatInput(_ key: Key) -> [ScreenEffect] {
    chat.sendsWhenOpen = false
    if chat.editor.search != nil {
      _ = chat.editor.handle(key)
      return []
    }
    switch key {
    case .enter: return submit()
    case .escape:
      if chat.isAnswering { return [.cancel] }
      if chat.editing != nil { leaveEditing() } else { chat.focus = .messages }
      return []
    case .control("g"):
      chat.isEditingOutside = true
      return [.editExternally(chat.editor.text)]
    case .control("d") where chat.editor.isEmpty: return perform(.leave, nil)
    case .up where chat.editor.isEmpty && !chat.path.isEmpty && chat.editor.history.entries.isEmpty:
      chat.focus = .messages
      return []
    default: break
    }
    if chat.editor.handle(key) { return [] }
    // What means nothing to a text field may be a command, but letters never are.
    if case .character = key { return [] }
    guard let command = CommandTable.command(for: key, pane: .lab), CommandTable.entry(command).scope == .everywhere else {
      return []
    }
    return perform(command, nil)
  }

  mutating func pasteInChat(_ text: String) {
    chat.focus = .input
    chat.editor.paste(text)
  }

  /// Text that came back from $EDITOR: to look at, Enter sends it.
  mutating func editedChat(_ text: String) {
    (chat.isEditingOutside, chat.focus) = (false, .input)
    chat.editor.setText(text)
  }

  private mutating func leaveEditing() {
    chat.editing = nil
    chat.editor.setText("")
  }

  /// What was sent before there was a conversation.
  mutating func sendWaiting() -> [ScreenEffect] {
    guard chat.sendsWhenOpen else { return [] }
    (chat.sendsWhenOpen, notice) = (false, nil)
    return submit()
  }

  private mutating func submit() -> [ScreenEffect] {
    let text = chat.editor.text
    if text.allSatisfy(\.isWhitespace) { return [] }
    switch SlashCommand.parse(text) {
    case .command(let command, let argument):
      _ = chat.editor.submit()
      return perform(command, argument)
    case .unknown(let name):
      notice = Notice(Bilingual(zh: "没有命令 /\(name)；/help 列出全部", en: "there is no command /\(name); /help lists all"), .failure)
      return []
    case .message(let message):
      guard chat.conversation != nil else {
        chat.sendsWhenOpen = modelProblem == nil
        notice = Notice(modelProblem ?? Bilingual(zh: "模型正在打开", en: "the model is being opened"))
        return []
      }
      if chat.isAnswering {
        notice = Notice(Bilingual(zh: "还在回答；Esc 停止并保留文字", en: "still answering; Esc stops and keeps the text"))
        return []
      }
      _ = chat.editor.submit()
      let edited = chat.editing
      chat.editing = nil
      if let edited { return send(message, after: chat.conversation?[edited]?.parent) }
      // A question that got no answer is put in other words, not put twice.
      let leaf = chat.conversation?.leaf
      return send(message, after: leaf?.role == .user ? leaf?.parent : leaf?.id)
    }
  }

  private mutating func perform(_ command: SlashCommand, _ argument: String) -> [ScreenEffect] {
    let keys: [SlashCommand: Command] = [
      .help: .help, .clear: .chatNew, .regen: .chatRegenerate, .continue: .chatContinue, .drop: .chatDrop, .course: .chatCourse,
      .list: .chatList, .load: .chatList, .exit: .leave,
    ]
    if let command = keys[command] { return perform(command, nil) }
    switch command {
    case .edit where !argument.isEmpty:
      guard !chat.isAnswering, let question = chat.path.last(where: { $0.role == .user }) else { return [] }
      return send(argument, after: question.parent)
    case .edit: return perform(.chatEdit, nil)
    case .why, .step:
      chat.message = chat.lastAnswer?.id
      if let number = Int(argument) { chat.token = max(0, number - 1) }
      chat.focus = .messages
      return perform(command == .why ? .chatWhy : .chatStep, nil)
    case .system:
      guard !argument.isEmpty else {
        let now = chat.conversation?.system ?? ""
        notice = Notice(now.isEmpty ? Bilingual(zh: "没有系统提示词", en: "there is no system prompt") : Bilingual(same: now))
        return []
      }
      chat.conversation?.system = argument == "-" ? "" : argument
      return save([])
    case .set:
      let parts = argument.split(separator: " ").map(String.init)
      if parts.count == 2, parts[0] == "temperature" { return perform(.warmer, parts[1]) }
      if parts.count == 2, parts[0] == "seed" { return perform(.nextSeed, parts[1]) }
      notice = Notice(Bilingual(zh: "这里可以设置 temperature 和 seed", en: "temperature and seed can be set here"))
      return []
    default:
      notice = Notice(
        Bilingual(zh: "/\(command.rawValue) 在 llmlab chat 里可用", en: "/\(command.rawValue) works in llmlab chat, the line mode"))
      return []
    }
  }
}
