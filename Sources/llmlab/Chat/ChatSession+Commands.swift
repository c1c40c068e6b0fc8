// The commands inside a chat. Not here: their names and words (SlashCommand), reports about an answer (ChatSession+Reports).
import Chat
import Foundation
import Inference
import Languages
import ModelFiles
import Terminal

extension ChatSession {
  func perform(_ command: SlashCommand, _ argument: String) throws {
    switch command {
    case .help:
      try Table.print(
        SlashCommand.allCases.map { ["/\($0.rawValue) \($0.words.argument)", $0.words.help[.current]] }
          + [["//…", Bilingual(zh: "以 / 开头的消息", en: "a message that begins with a slash")[.current]]])
    case .clear:
      conversation = Conversation(id: Conversation.newID(), system: conversation.system)
      say(zh: "新的对话。", en: "A new conversation.")
    case .regen: try regenerate()
    case .continue: try goOn()
    case .edit: try edit(argument)
    case .file: try attach(argument)
    case .system: try setSystem(argument)
    case .set: try set(argument)
    case .drop: try drop()
    case .course: try course(argument)
    case .tokens: try tokens()
    case .template: try template()
    case .why: try why(argument)
    case .trace: try trace(argument)
    case .step: try step(argument)
    case .branches: try branches()
    case .branch: try branch(argument)
    case .stats: try stats()
    case .list: try ChatList.print(try requireKeeper(), json: isJSON)
    case .load: try load(argument)
    case .save: try save(argument)
    case .copy: try copy()
    case .export: try export(argument)
    case .exit: isLeaving = true
    }
  }

  func say(zh: String, en: String) { Output.note(Bilingual(zh: zh, en: en)) }

  func fail(zh: String, en: String) -> ChatProblem { ChatProblem(Bilingual(zh: zh, en: en)) }

  // MARK: The tree

  /// The last answer of the path.
  func lastAnswer() throws -> (message: Message, record: AnswerRecord) {
    guard let message = conversation.path.last(where: { $0.role == .assistant }), let record = message.answer else {
      throw fail(zh: "还没有回答", en: "there is no answer yet")
    }
    return (message, record)
  }

  private func regenerate() throws {
    if conversation.leaf?.role == .user { return try answer() }
    let (message, record) = try lastAnswer()
    guard let parent = message.parent else { return }
    // Another seed, past those that its siblings had; the next question has the old one again.
    let seeds = conversation.siblings(of: message.id).compactMap { $0.answer?.sampling.seed }
    let seed = (seeds.max() ?? record.sampling.seed) &+ 1
    if options.sampling.temperature == 0 { say(zh: "温度为 0：换种子不会改变回答。", en: "The temperature is 0: another seed changes nothing.") }
    let prompt = model.prompt(conversation.prompted(conversation.path(to: parent)), system: conversation.system)
    try generate(prompt.ids, stops: prompt.stopStrings, after: parent, seed: seed)
  }

  private func goOn() throws {
    let (message, record) = try lastAnswer()
    guard message.id == conversation.leaf?.id, record.isCut else {
      throw fail(zh: "最后的回答已经写完；/regen 重答", en: "the last answer is complete; /regen answers again")
    }
    guard record.sequence.count < generator.contextLength else {
      throw fail(
        zh: "上下文已满（\(generator.contextLength) 个 token），写不下了",
        en: "the context is full (\(generator.contextLength) tokens): nothing more fits")
    }
    try generate(record.sequence, stops: [], after: message.parent ?? 0, continuing: message, seed: record.sampling.seed)
  }

  private func edit(_ text: String) throws {
    guard let last = conversation.path.last(where: { $0.role == .user }) else {
      throw fail(zh: "还没有可以改写的问题", en: "there is no question to edit yet")
    }
    guard !text.isEmpty else {
      throw fail(zh: "用法：/edit 新的文字。现在是：\(last.text)", en: "usage: /edit NEW TEXT. It is now: \(last.text)")
    }
    keep([conversation.add(.user, text, after: last.parent)])
    try answer()
  }

  private func branch(_ argument: String) throws {
    guard let id = Int(argument), conversation[id] != nil else {
      throw fail(zh: "用法：/branch N，编号见 /branches", en: "usage: /branch N, with a number of /branches")
    }
    conversation.select(id)
    keep([])
    try branches()
  }

  private func drop() throws {
    guard case .full(_, _, let start) = model.plan(conversation, conversation.path, limit: generator.contextLength),
      conversation.leaf?.role == .user
    else { throw fail(zh: "上下文没有满，不需要丢弃", en: "the context is not full: nothing needs to be left out") }
    try drop(from: start)
  }

  // MARK: Settings

  private func setSystem(_ text: String) throws {
    if text.isEmpty {
      let now = conversation.system
      return say(zh: now.isEmpty ? "没有系统提示词。" : "系统提示词：\(now)", en: now.isEmpty ? "There is no system prompt." : "System prompt: \(now)")
    }
    conversation.system = text == "-" ? "" : text
    keep([])
    if model.isSprout { say(zh: "小芽几乎没学过系统提示词，不要指望它照办。", en: "Sprout has hardly seen system prompts: do not expect it to obey.") }
  }

  private func set(_ argument: String) throws {
    let parts = argument.split(separator: " ").map(String.init)
    guard parts.count == 2 else {
      if !parts.isEmpty { throw fail(zh: "用法：/set 名称 数值", en: "usage: /set NAME VALUE") }
      let s = options.sampling
      return try Table.print([
        ["temperature", "\(s.temperature)"], ["top-k", "\(s.topK)"], ["top-p", "\(s.topP)"], ["min-p", "\(s.minP)"],
        ["penalty", "\(s.repetitionPenalty)"], ["seed", "\(s.seed)"], ["max-tokens", options.maxTokens.map(String.init) ?? "-"],
      ])
    }
    var (settings, maximum) = (options.sampling, options.maxTokens)
    func number<Value>(_ value: Value?) throws -> Value {
      guard let value else { throw fail(zh: "“\(parts[1])”不是合适的数", en: "“\(parts[1])” is not a fitting number") }
      return value
    }
    switch parts[0] {
    case "temperature": settings.temperature = try number(Double(parts[1]))
    case "top-k": settings.topK = try number(Int(parts[1]))
    case "top-p": settings.topP = try number(Double(parts[1]))
    case "min-p": settings.minP = try number(Double(parts[1]))
    case "penalty": settings.repetitionPenalty = try number(Double(parts[1]))
    case "seed": settings.seed = try number(UInt64(parts[1]))
    case "max-tokens": maximum = parts[1] == "-" ? nil : try number(Int(parts[1]).flatMap { $0 > 0 ? $0 : nil })
    default: throw fail(zh: "没有设置项 \(parts[0])", en: "there is no setting \(parts[0])")
    }
    try settings.check()
    (options.sampling, options.maxTokens) = (settings, maximum)
  }

  // MARK: Files

  private static let fileLimit = 1 << 20

  private func attach(_ path: String) throws {
    guard !path.isEmpty else { throw fail(zh: "用法：/file 路径", en: "usage: /file PATH") }
    let text = try WholeFile.text(path, limit: Self.fileLimit)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    attachment = "\(name):\n\"\"\"\n\(text)\n\"\"\""
    let count = model.tokenizer.encode(text, addingBOS: false).count
    say(
      zh: "\(name)：\(count) 个 token，会放在下一个问题前面（上下文 \(generator.contextLength)）。",
      en: "\(name): \(count) tokens, to come before the next question (the context has \(generator.contextLength)).")
  }

  private func requireKeeper() throws -> any ConversationKeeper {
    guard let keeper else { throw fail(zh: "这次没有保存（--no-save）", en: "nothing is kept this time (--no-save)") }
    return keeper
  }

  private func load(_ argument: String) throws {
    guard let number = Int(argument), let found = try ChatList.conversation(try requireKeeper(), number) else {
      throw fail(zh: "用法：/load N，编号见 /list", en: "usage: /load N, with a number of /list")
    }
    conversation = found
    for message in found.path { Output.error((message.role == .user ? "> " : "") + message.text) }
  }

  private func save(_ title: String) throws {
    _ = try requireKeeper()
    if !title.isEmpty { conversation.title = title }
    keep(Set(conversation.messages.map(\.id)))
    say(zh: "已保存：\(conversation.title)", en: "Kept: \(conversation.title)")
  }

  /// OSC 52 puts text onto the clipboard of terminals that allow it, over SSH too.
  private func copy() throws {
    let text = try lastAnswer().message.text
    guard Output.isTerminal else { throw fail(zh: "标准输出不是终端", en: "standard output is no terminal") }
    try Output.data("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}")
    say(zh: "已交给终端的剪贴板（不是所有终端都接受）。", en: "Given to the terminal's clipboard; not every terminal takes it.")
  }

  private func export(_ path: String) throws {
    guard !path.isEmpty else { throw fail(zh: "用法：/export 文件.md 或 文件.json", en: "usage: /export FILE.md or FILE.json") }
    let text = path.hasSuffix(".json") ? ChatExport.json(conversation) : ChatExport.markdown(conversation, .current)
    do throws(FileError) { try AtomicFile.write(Array(text.utf8), to: path) } catch { throw ChatProblem(error.message) }
    say(zh: "已写入 \(path)", en: "Written to \(path)")
  }
}
