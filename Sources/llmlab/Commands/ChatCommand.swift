// `llmlab chat`: a conversation line by line, on a terminal or through pipes. Not here: answering (ChatSession), commands inside (ChatSession+…).
import ArgumentParser
import Chat
import Inference
import Languages
import ModelFiles
import Store
import Terminal

struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk with a model, line by line; look into any answer. · 逐行与模型对话，并查看任何回答的来历。",
    discussion: """
      Every line is a message; a line that ends in \\ goes on. /help lists the commands inside. Ctrl-C stops an answer and keeps its text; \
      a second Ctrl-C leaves. Conversations are kept after every message.
      每行一条消息，行末写 \\ 则续到下一行；/help 列出对话中的命令。Ctrl-C 停止回答并保留文字，再按一次离开。每条消息之后自动保存。

      --json prints NDJSON: {"event": "conversation" | "prompt" | "token" | "tool" | "answer" | "full" | "problem", …}
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var choosing: SamplingOptions
  @Option(help: "What the model is told first. · 系统提示词。") var system: String?
  @Flag(name: .customLong("continue"), help: "Go on with the latest conversation. · 继续最近的对话。") var continues = false
  @Option(help: "Go on with number n of --list. · 继续 --list 中的第 n 个对话。") var load: Int?
  @Flag(help: "List the conversations that were kept. · 列出保存过的对话。") var list = false
  @Flag(help: "Keep nothing. · 不保存。") var noSave = false
  @Option(help: "When the context is full: ask, drop the oldest exchanges, or stop. · 上下文满时：询问、丢弃最早的几轮、或停止。")
  var overflow = ChatOverflow.ask
  @Flag(help: "Print NDJSON. · 输出 NDJSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if continues && load != nil { throw Failure.usage(zh: "--continue 与 --load 只能用一个", en: "Use --continue or --load, not both") }
    if let load, load < 1 { throw Failure.usage(zh: "--load 至少为 1", en: "--load must be at least 1") }
  }

  func run() throws {
    let keeper = ConversationStore(LabStore(path: LabPaths().store))
    if list { return try ChatList.print(keeper, json: json) }
    let conversation = try opened(keeper)
    let loaded = try model.load()
    let session = ChatSession(loaded, conversation, keeper: noSave ? nil : keeper, isJSON: json, overflow: overflow)
    session.modelChoice = model.model
    session.options.sampling = choosing.settings(.lively)
    session.options.maxTokens = choosing.maxTokens
    if let system { session.conversation.system = system }
    try session.run()
  }

  private func opened(_ keeper: ConversationStore) throws -> Conversation {
    guard continues || load != nil else { return Conversation(id: Conversation.newID()) }
    guard let conversation = try ChatList.conversation(keeper, load ?? 1) else {
      throw Failure(zh: "没有这个保存过的对话；llmlab chat --list 列出全部。", en: "There is no such conversation; llmlab chat --list shows all.")
    }
    return conversation
  }
}

/// What to do with a conversation that does not fit the context.
enum ChatOverflow: String, ExpressibleByArgument, CaseIterable { case ask, drop, stop }

/// Conversations by their place in the list.
enum ChatList {
  static func conversation(_ keeper: any ConversationKeeper, _ number: Int) throws -> Conversation? {
    let list = try keeper.conversations(limit: 1000)
    guard list.indices.contains(number - 1) else { return nil }
    return try keeper.conversation(list[number - 1].id)
  }

  static func print(_ keeper: any ConversationKeeper, json: Bool) throws {
    let list = try keeper.conversations(limit: 1000)
    if json {
      for (index, entry) in list.enumerated() {
        try Output.json([
          "number": .integer(index + 1), "id": .string(entry.id), "title": .string(entry.title), "messages": .integer(entry.messageCount),
          "updated": .number(entry.updated),
        ])
      }
      return
    }
    if list.isEmpty { Output.note(Bilingual(zh: "还没有保存过的对话。", en: "No conversation has been kept yet.")) }
    try Table.print(
      list.enumerated().map { index, entry in
        let count = Bilingual(zh: "\(entry.messageCount) 条", en: "\(entry.messageCount) messages")[.current]
        return [String(index + 1), LocalTime.text(entry.updated), count, entry.title]
      })
  }
}
