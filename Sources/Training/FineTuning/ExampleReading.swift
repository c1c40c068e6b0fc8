// Data to fine-tune on, from files: chats in the forms that people have them in, and plain text. Not here: tokens (ExampleEncoder).
import Languages
import ModelFiles
import Tokenization

/// One example, and where it stands: `data.jsonl:12`.
struct Example: Sendable {
  enum Content: Sendable {
    case chat([ChatMessage])
    case text(String)
  }

  let place: String
  let content: Content

  /// All that is said in it.
  var texts: [String] {
    switch content {
    case .chat(let messages): messages.flatMap { [$0.content] + $0.toolCalls.map(\.argumentText) }
    case .text(let text): [text]
    }
  }
}

/// Reads a file, or every known file of a folder.
struct ExampleReading {
  private(set) var examples: [Example] = []
  private var digests: [String] = []

  /// SHA-256 over names and contents of the files.
  var fingerprint: String { SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8)) }

  init(_ path: String) throws(FileError) {
    if WholeFile.isFolder(path) {
      let names = try WholeFile.names(in: path).filter { name in Self.endings.contains { name.hasSuffix($0) } && !name.hasPrefix(".") }
      for name in names { try read("\(path)/\(name)", name: name) }
      if names.isEmpty { throw Self.nothing(path) }
    } else {
      try read(path, name: String(path.split(separator: "/").last ?? ""))
    }
    if examples.isEmpty { throw Self.nothing(path) }
  }

  private static let endings = [".jsonl", ".json", ".txt", ".md"]
  /// No file that a person collects comes near.
  private static let fileBytes = 256 << 20

  private static func nothing(_ path: String) -> FileError {
    FileError(
      file: path, place: "data", problem: Bilingual(zh: "没有可用来微调的内容", en: "there is nothing to fine-tune on"),
      mend: Bilingual(
        zh: "请给出 .jsonl（对话，每行一个）、.txt 或 .md 文件，或含有它们的目录",
        en: "Give a .jsonl file of chats, one a line, a .txt or .md file, or a folder of these"))
  }

  private mutating func read(_ path: String, name: String) throws(FileError) {
    var bytes = try WholeFile.bytes(path, limit: Self.fileBytes)
    digests += [name, SHA256.hexadecimal(bytes)]
    // The byte order mark of some editors is no text.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if name.hasSuffix(".jsonl") { return try readLines(bytes, path) }
    if name.hasSuffix(".json") {
      // Many collections are one array.
      let root = try JSON.parse(bytes, file: path).cursor(file: path)
      for element in try root.elements() {
        examples.append(Example(place: "\(path) \(element.path)", content: try Self.content(element)))
      }
      return
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
      throw FileError(
        file: path, place: "UTF-8", problem: Bilingual(zh: "不是合法的 UTF-8 文本", en: "this is not valid UTF-8 text"),
        mend: Bilingual(zh: "请换成 UTF-8 编码的文本，或 .jsonl 对话", en: "Give text in UTF-8, or chats as .jsonl"))
    }
    if !text.trimmed.isEmpty { examples.append(Example(place: path, content: .text(text))) }
  }

  private mutating func readLines(_ bytes: [UInt8], _ path: String) throws(FileError) {
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      // Blank lines count, so that errors name the line an editor shows.
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) { continue }
      let place = "\(path):\(number + 1)"
      examples.append(Example(place: place, content: try Self.content(JSON.parse(Array(line), file: place).cursor(file: place))))
    }
  }

  // MARK: Forms

  /// A chat in any of the known forms, or `{"text": …}`.
  static func content(_ line: JSONCursor) throws(FileError) -> Example.Content {
    if let messages = line.optional("messages") { return .chat(try chat(messages)) }
    if let turns = line.optional("conversations") { return .chat(try chat(turns, first: line.optional("system"))) }
    for (question, answer) in [("prompt", "completion"), ("question", "answer")] {
      guard let prompt = line.optional(question), let completion = line.optional(answer) else { continue }
      return .chat(try checked(messages(prompt, .user) + messages(completion, .assistant), line))
    }
    if let instruction = line.optional("instruction") {
      let (task, input) = (try instruction.string(), try line.optional("input")?.string() ?? "")
      let system = try line.optional("system").map { (system) throws(FileError) in try messages(system, .system) } ?? []
      let asked = ChatMessage(.user, input.trimmed.isEmpty ? task : "\(task)\n\n\(input)")
      return .chat(try checked(system + [asked] + messages(line.member("output"), .assistant), line))
    }
    if let text = line.optional("text") { return .text(try text.string()) }
    _ = try line.object()
    throw line.error(
      Bilingual(zh: "认不出这种格式的例子", en: "this example has none of the known forms"),
      Bilingual(
        zh: "请使用 messages、conversations、prompt 与 completion、instruction 与 output，或 text 等键",
        en: "Use the keys messages, conversations, prompt and completion, instruction and output, or text"))
  }

  /// A text of one author, or messages.
  private static func messages(_ value: JSONCursor, _ role: ChatMessage.Role) throws(FileError) -> [ChatMessage] {
    if case .array = value.value { return try value.elements().map { (turn) throws(FileError) in try message(turn) } }
    return [ChatMessage(role, try value.string())]
  }

  private static func chat(_ turns: JSONCursor, first system: JSONCursor? = nil) throws(FileError) -> [ChatMessage] {
    let before = try system.map { (system) throws(FileError) in try messages(system, .system) } ?? []
    return try checked(before + turns.elements().map { (turn) throws(FileError) in try message(turn) }, turns)
  }

  /// `{"role", "content"}`, or ShareGPT's `{"from", "value"}`.
  private static func message(_ turn: JSONCursor) throws(FileError) -> ChatMessage {
    let name = try turn.member(turn.optional("role") == nil && turn.optional("from") != nil ? "from" : "role")
    guard let role = roles[try name.string().lowercased()] else {
      throw name.error(
        Bilingual(zh: "不认识这个角色", en: "this role is unknown"),
        Bilingual(zh: "角色应为 system、user、assistant 或 tool", en: "A role is system, user, assistant or tool"))
    }
    var calls: [ChatMessage.ToolCall] = []
    for call in try turn.optional("tool_calls")?.elements() ?? [] {
      let function = call.optional("function") ?? call
      let arguments = try function.member("arguments")
      calls.append(
        ChatMessage.ToolCall(id: try call.optional("id")?.string(), name: try function.member("name").string(), arguments: arguments.value))
    }
    var text = ""
    if let content = turn.optional("content") ?? turn.optional("value") {
      text = try self.text(content)
    } else if calls.isEmpty {
      // Without calls a message must say something.
      text = try turn.member("content").string()
    }
    return ChatMessage(
      role, text, toolCalls: calls, name: try turn.optional("name")?.string(), toolCallID: try turn.optional("tool_call_id")?.string())
  }

  /// A string, or a list of parts that are all text.
  private static func text(_ content: JSONCursor) throws(FileError) -> String {
    guard case .array = content.value else { return try content.string() }
    return try content.elements().map { (part) throws(FileError) in try part.member("text").string() }.joined()
  }

  private static func checked(_ messages: [ChatMessage], _ place: JSONCursor) throws(FileError) -> [ChatMessage] {
    guard messages.contains(where: { $0.role == .assistant && !($0.content.isEmpty && $0.toolCalls.isEmpty) }) else {
      throw place.error(
        Bilingual(zh: "对话里没有助手的回答，没有可学的内容", en: "the chat has no answer of the assistant: there is nothing to learn"),
        Bilingual(zh: "请补上回答，或删去这个例子", en: "Add an answer, or delete the example"))
    }
    return messages
  }

  private static let roles: [String: ChatMessage.Role] = [
    "system": .system, "developer": .system, "user": .user, "human": .user, "prompter": .user, "assistant": .assistant, "gpt": .assistant,
    "chatgpt": .assistant, "bot": .assistant, "model": .assistant, "bing": .assistant, "tool": .tool, "function": .tool,
    "function_response": .tool, "observation": .tool,
  ]
}
