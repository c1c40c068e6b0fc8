// The chat view's own rows of the command table, and when they can be used. In this view their keys come before those that work everywhere.
import Chat
import Languages
import Terminal

extension CommandTable {
  private static func c(_ character: Character) -> Key { .character(character) }

  static let chat: [CommandEntry] = [
    CommandEntry(.chatType, .chat, [c("i")], ("写消息", "type"), ("到输入行写消息；Esc 回到消息", "to the input line; Esc comes back to the messages")),
    CommandEntry(
      .chatRegenerate, .chat, [c("r")], ("重答", "regenerate"), ("换一个种子再答一次，成为新的分支", "answer again with another seed, as a new branch")),
    CommandEntry(
      .chatEdit, .chat, [c("e")], ("改写问题", "edit message"), ("改写这个问题，成为新的分支", "put the question in other words, as a new branch")),
    CommandEntry(.chatContinue, .chat, [c("c")], ("接着写", "continue"), ("接着写被打断的回答", "go on with an answer that was cut")),
    CommandEntry(.chatPreviousBranch, .chat, [c("<")], ("上一分支", "previous branch"), ("转到上一个分支", "go to the previous branch")),
    CommandEntry(.chatNextBranch, .chat, [c(">")], ("下一分支", "next branch"), ("转到下一个分支", "go to the next branch")),
    CommandEntry(.chatPreviousMessage, .chat, [.up, c("k")], ("上一条", "previous message"), ("上一条消息", "the message before")),
    CommandEntry(
      .chatNextMessage, .chat, [.down, c("j")], ("下一条", "next message"), ("下一条消息，之后是输入行", "the message after, then the input line")),
    CommandEntry(.chatPreviousToken, .chat, [.left, c("h")], ("词元左移", "token left"), ("回答中的上一个词元", "the token before in the answer")),
    CommandEntry(.chatNextToken, .chat, [.right, c("l")], ("词元右移", "token right"), ("回答中的下一个词元", "the token after in the answer")),
    CommandEntry(.chatFirstToken, .chat, [.home, c("g")], ("回答开头", "answer's start"), ("回答的第一个词元", "the first token of the answer")),
    CommandEntry(.chatLastToken, .chat, [.end, c("G")], ("回答末尾", "answer's end"), ("回答的最后一个词元", "the last token of the answer")),
    CommandEntry(
      .chatWhy, .chat, [c("w"), .enter], ("为什么", "why"), ("光标处的词元还可能是什么，各有多大概率", "what else the token could have been, with probabilities")),
    CommandEntry(
      .chatStep, .chat, [c("s")], ("步进到此", "step here"), ("在步进视图里打开预测这个词元的位置", "open the position that predicts this token in the stepper")),
    CommandEntry(
      .chatCourse, .chat, [c("d")], ("课程原文", "course text"), ("显示或收起课程自己的说法", "show or hide what the course itself says")),
    CommandEntry(
      .chatDrop, .chat, [c("D")], ("略去最早几轮", "drop oldest"), ("上下文满时：不再把最早的几轮交给模型", "context full: the oldest exchanges are no longer read")
    ),
    CommandEntry(.chatNew, .chat, [c("N")], ("新对话", "new chat"), ("开始新的对话，旧的留着", "begin a new conversation; the old one is kept")),
    CommandEntry(.chatList, .chat, [c("O")], ("旧对话", "old chats"), ("打开以前的对话", "open a conversation that was kept")),
  ]

  /// Why a command of the chat view cannot be used now; nil when it can.
  static func chatReason(_ command: Command, _ state: ScreenState) -> Bilingual? {
    if state.view != .chat { return Bilingual(zh: "先按 7 打开对话视图", en: "press 7 for the chat view first") }
    let chat = state.chat
    guard let conversation = chat.conversation else {
      return command == .chatType ? nil : state.modelProblem ?? Bilingual(zh: "对话正在打开", en: "the chat is being opened")
    }
    switch command {
    case .chatType, .chatCourse: return nil
    case .chatNew, .chatList: return chat.isAnswering ? busy : nil
    case .chatDrop:
      return chat.wouldStart == nil ? Bilingual(zh: "上下文没有满", en: "the context is not full") : nil
    case .chatWhy, .chatStep, .chatPreviousToken, .chatNextToken, .chatFirstToken, .chatLastToken:
      if chat.isAnswering { return busy }
      if chat.lastAnswer == nil { return Bilingual(zh: "还没有回答", en: "there is no answer yet") }
      return chat.currentAnswer == nil ? Bilingual(zh: "光标不在回答上：↑↓ 选择", en: "this is no answer: choose one with the arrows") : nil
    default:
      if chat.isAnswering { return busy }
      if conversation.isEmpty { return Bilingual(zh: "还没有消息：按 i 写一条", en: "there are no messages yet: press i") }
      if command == .chatContinue {
        guard let record = chat.path.last?.answer, record.isCut else {
          return Bilingual(zh: "最后的回答已经写完；r 重答", en: "the last answer is complete; r answers again")
        }
        if record.sequence.count >= chat.contextLength {
          return Bilingual(zh: "上下文已满（\(chat.contextLength) 个词元）", en: "the context is full (\(chat.contextLength) tokens)")
        }
      }
      return nil
    }
  }

  private static let busy = Bilingual(zh: "还在回答；Esc 停止并保留文字", en: "still answering; Esc stops and keeps the text")
}
