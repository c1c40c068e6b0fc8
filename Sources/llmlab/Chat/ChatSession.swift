// One conversation in line mode: reading lines, answering, keeping. Not here: commands (ChatSession+Commands), what is printed about an answer
// (ChatSession+Reports).
import ArgumentParser
import Assets
import Chat
import Inference
import Languages
import ModelFiles
import Terminal

final class ChatSession {
  let model: LoadedModel
  let generator: Generator
  var conversation: Conversation
  let keeper: (any ConversationKeeper)?
  let isJSON: Bool
  private let overflow: ChatOverflow
  var options = GenerationOptions()
  /// What --model said, for commands that are printed.
  var modelChoice: String?
  /// Text of a file for the next message.
  var attachment: String?
  var isLeaving = false
  private var input = LineInput()
  lazy var concepts: ConceptIndex? = try? ConceptIndex(folder: Assets.corpus)
  /// Whether somebody sits there.
  var isInteractive: Bool { StandardInput.isTerminal && !isJSON }

  init(_ model: LoadedModel, _ conversation: Conversation, keeper: (any ConversationKeeper)?, isJSON: Bool, overflow: ChatOverflow) {
    (self.model, self.conversation, self.keeper, self.isJSON, self.overflow) = (model, conversation, keeper, isJSON, overflow)
    generator = Generator(model)
    options.tools = model.toolCalling
  }

  // MARK: Lines

  func run() throws {
    Output.note(model.manners)
    if isInteractive {
      Output.note(Bilingual(zh: "/help 列出命令；Ctrl-C 停止回答，再按离开。", en: "/help lists the commands; Ctrl-C stops an answer, again leaves."))
    }
    if isJSON { try Output.json(["event": "conversation", "id": .string(conversation.id), "model": .string(model.name)]) }
    for message in conversation.path where isInteractive { try replay(message) }
    while !isLeaving, let line = try nextLine() { try take(line) }
    if isInteractive, !isLeaving { Output.error("") }
  }

  private func nextLine() throws -> String? {
    if isInteractive { Output.prompt("> ") }
    return try input.next()
  }

  func take(_ line: String) throws {
    if line.allSatisfy(\.isWhitespace) { return }
    do {
      switch SlashCommand.parse(line) {
      case .message(let text): try ask(text)
      case .command(let command, let argument): try perform(command, argument)
      case .unknown(let name):
        throw ChatProblem(Bilingual(zh: "没有命令 /\(name)；/help 列出全部", en: "there is no command /\(name); /help lists all"))
      }
    } catch let error as any BilingualError where Self.isPassing(error) {
      try problem(error.message)
    }
  }

  /// What ends a line, not the conversation.
  private static func isPassing(_ error: any BilingualError) -> Bool {
    error is ChatProblem || error is GenerationError || error is FileError || error is SamplingError
  }

  func problem(_ message: Bilingual) throws {
    if isJSON { try Output.json(["event": "problem", "message": .string(message[.current])]) } else { Output.note(message) }
  }

  private func replay(_ message: Message) throws {
    switch message.role {
    case .user: Output.error("> \(message.text)")
    case .assistant: try Output.text(message.text + "\n")
    }
  }

  // MARK: Asking

  func ask(_ text: String) throws {
    let whole = (attachment.map { $0 + "\n\n" } ?? "") + text
    attachment = nil
    // A question that got no answer is put in other words, not put twice.
    let leaf = conversation.leaf
    let parent = leaf?.role == .user ? leaf?.parent : leaf?.id
    keep([conversation.add(.user, whole, after: parent)])
    try answer()
  }

  /// Answers the user's message at the end of the path, where it fits.
  func answer() throws {
    guard let leaf = conversation.leaf, leaf.role == .user else {
      throw ChatProblem(Bilingual(zh: "没有待答的问题", en: "no question is open"))
    }
    switch model.plan(conversation, conversation.path, limit: generator.contextLength) {
    case .fits(let prompt, _):
      for odd in prompt.problems { try problem(odd) }
      try generate(prompt.ids, stops: prompt.stopStrings, after: leaf.id)
    case .full(let budget, let dropping, let start): try full(budget, dropping, start)
    case .hopeless(let budget):
      throw ChatProblem(
        Bilingual(
          zh: "这条消息太长：提示词 \(budget.used) 个 token，上下文 \(budget.limit)，还要给回答留 \(budget.reserve)。请缩短后用 /edit 重发。",
          en:
            "This message is too long: the prompt takes \(budget.used) tokens of \(budget.limit), and an answer needs \(budget.reserve). Shorten it and send it with /edit."
        ))
    }
  }

  /// Says what would be left out; leaves it out only with the user's consent.
  private func full(_ budget: ContextBudget, _ dropping: [Message], _ start: Int) throws {
    let exchanges = dropping.count { $0.role == .user }
    let said = Bilingual(
      zh:
        "上下文已满：提示词 \(budget.used) + 回答 \(budget.reserve) > \(budget.limit) 个 token。最早的 \(exchanges) 轮（“\(shortened(dropping))”）将不再交给模型，对话里仍保留。",
      en:
        "The context is full: prompt \(budget.used) + answer \(budget.reserve) > \(budget.limit) tokens. The oldest \(exchanges) exchanges (“\(shortened(dropping))”) would be left out of the prompt; the conversation keeps them."
    )
    if isJSON {
      try Output.json([
        "event": "full", "used": .integer(budget.used), "limit": .integer(budget.limit),
        "would_drop": .array(dropping.map { .integer($0.id) }), "dropped": .bool(overflow == .drop),
      ])
    } else {
      Output.note(said)
    }
    var agrees = overflow == .drop
    if overflow == .ask, isInteractive {
      Output.prompt(Bilingual(zh: "这样做吗？[y/N] ", en: "Do that? [y/N] ")[.current])
      agrees = try input.next().map { ["y", "yes", "是"].contains($0.lowercased()) } ?? false
    }
    guard agrees else {
      if !isJSON {
        Output.note(
          Bilingual(zh: "没有回答。/drop 同意，/edit 缩短，/clear 重新开始。", en: "Not answered. /drop agrees, /edit shortens, /clear begins anew."))
      }
      return
    }
    try drop(from: start)
  }

  func drop(from start: Int) throws {
    conversation.startPrompts(at: start)
    keep([])
    try answer()
  }

  private func shortened(_ messages: [Message]) -> String {
    let text = messages.first?.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return text.count > 24 ? String(text.prefix(23)) + "…" : text
  }

  // MARK: Answers

  /// - Parameter continuing: the message whose answer goes on; else a new one is added after `parent`.
  func generate(_ ids: [Int], stops: [String], after parent: Int, continuing message: Message? = nil, seed: UInt64? = nil) throws {
    var options = options
    options.stopStrings = stops
    if let seed { options.sampling.seed = seed }
    let earlier = message.flatMap { message in message.answer.map { (record: $0, text: message.text) } }
    var builder = AnswerBuilder(
      model: model.name, promptIds: ids, sampling: options.sampling, cachedCount: generator.cachedCount(of: ids), continuing: earlier)
    if isJSON { try Output.json(["event": "prompt", "tokens": .integer(ids.count), "ids": .array(ids.map { .integer($0) })]) }
    let printer = AnswerPrinter(model.tokenizer, isJSON: isJSON)
    Interrupt.expect()
    defer { Interrupt.rest() }
    var failure: (any Error)?
    do {
      try generator.generate(ids, options, isCancelled: { Interrupt.isRequested || failure != nil }) { event in
        builder.receive(event)
        do { if failure == nil { try printer.show(event) } } catch { failure = error }
      }
    } catch {
      builder.stop()
      failure = failure ?? error
    }
    // Whatever happened, what was seen is kept.
    if !builder.record.ids.isEmpty || failure == nil {
      let id: Int
      if let message {
        id = message.id
        conversation.update(id, text: builder.text, answer: builder.record)
      } else {
        id = conversation.add(.assistant, builder.text, after: parent, answer: builder.record)
      }
      keep([id])
      if failure == nil { try printer.end(builder.record, text: builder.text, message: id) }
    }
    if let failure { throw failure }
    if isInteractive { status(builder.record) }
  }

  /// Writes down what has changed; that it cannot be kept is said, and does not end the conversation.
  func keep(_ changed: Set<Int>) {
    do { try keeper?.save(conversation, changed: changed) } catch {
      if let error = error as? any BilingualError { Output.note(error.message) } else { Output.error("llmlab: \(error)") }
    }
  }
}

/// A line that cannot be done; the conversation goes on.
struct ChatProblem: BilingualError {
  let message: Bilingual

  init(_ message: Bilingual) { self.message = message }
}
