// A conversation is a tree: regenerating and editing add branches, nothing is overwritten. One path through it is chosen. Not here: where it is kept
// (ConversationKeeper), what a model reads of it (ChatPrompt).

public struct Conversation: Sendable, Hashable {
  /// Made by whoever opens the conversation; never shown.
  public let id: String
  public var title: String
  /// What the model is told before the first message; "" for nothing.
  public var system: String
  /// In the order of their ids, without gaps.
  public private(set) var messages: [Message] = []
  /// The child that the path goes on to, by parent; 0 stands for the beginning.
  private var chosen: [Int: Int] = [:]
  /// Messages of the path before this one are left out of prompts, because the user said so.
  public private(set) var promptStart: Int?

  public init(id: String, title: String = "", system: String = "") { (self.id, self.title, self.system) = (id, title, system) }

  /// A conversation that was kept; nil where the messages do not make a tree.
  /// - Parameter chosen: ids of messages that the path goes on to.
  public init?(id: String, title: String, system: String, messages: [Message], chosen: Set<Int>, promptStart: Int?) {
    self.init(id: id, title: title, system: system)
    for (index, message) in messages.enumerated() {
      guard message.id == index + 1, message.parent.map({ $0 >= 1 && $0 <= index }) ?? true else { return nil }
      self.messages.append(message)
      if chosen.contains(message.id) || self.chosen[message.parent ?? 0] == nil { self.chosen[message.parent ?? 0] = message.id }
    }
    self.promptStart = promptStart.flatMap { self[$0] == nil ? nil : $0 }
  }

  public var isEmpty: Bool { messages.isEmpty }

  public subscript(id: Int) -> Message? { messages.indices.contains(id - 1) ? messages[id - 1] : nil }

  /// From the first message to the leaf, by what is chosen.
  public var path: [Message] {
    var path: [Message] = []
    while let next = chosen[path.last?.id ?? 0], let message = self[next] { path.append(message) }
    return path
  }

  public var leaf: Message? { path.last }

  /// From the first message to this one.
  public func path(to id: Int) -> [Message] {
    var path: [Message] = []
    var next: Int? = id
    while let message = next.flatMap({ self[$0] }) {
      path.append(message)
      next = message.parent
    }
    return path.reversed()
  }

  /// The part of a path that prompts hold.
  public func prompted(_ path: [Message]) -> ArraySlice<Message> {
    path[(path.firstIndex { $0.id == promptStart } ?? 0)...]
  }

  public func isChosen(_ id: Int) -> Bool { self[id].map { chosen[$0.parent ?? 0] == id } ?? false }

  /// Messages that follow the same one, this one among them.
  public func siblings(of id: Int) -> [Message] {
    guard let message = self[id] else { return [] }
    return messages.filter { $0.parent == message.parent }
  }

  // MARK: Growing

  /// Adds a message after `parent` and chooses it.
  @discardableResult
  public mutating func add(_ role: Message.Role, _ text: String, after parent: Int?, answer: AnswerRecord? = nil) -> Int {
    let id = messages.count + 1
    messages.append(Message(id: id, parent: parent, role: role, text: text, answer: answer))
    if title.isEmpty, role == .user { title = Self.title(of: text) }
    select(id)
    return id
  }

  /// An answer goes on.
  public mutating func update(_ id: Int, text: String, answer: AnswerRecord?) {
    guard messages.indices.contains(id - 1) else { return }
    messages[id - 1].text = text
    messages[id - 1].answer = answer
  }

  // MARK: Choosing

  /// Leads the path through a message; below it the path is as it was chosen last.
  public mutating func select(_ id: Int) { for message in path(to: id) { chosen[message.parent ?? 0] = message.id } }

  /// Goes to a neighbouring branch at a message of the path.
  /// - Returns: the message there; nil where there is none.
  public mutating func switchBranch(at id: Int, by step: Int) -> Int? {
    let siblings = siblings(of: id)
    guard let place = siblings.firstIndex(where: { $0.id == id }), siblings.indices.contains(place + step) else { return nil }
    select(siblings[place + step].id)
    return siblings[place + step].id
  }

  /// Leaves what comes before a message out of prompts; nil takes all of it in again.
  public mutating func startPrompts(at id: Int?) { promptStart = id }

  /// The first line, short.
  private static func title(of text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.count > 40 ? String(line.prefix(39)) + "…" : line
  }
}

extension Conversation {
  /// The same conversation with a path that ends at a message: what follows it is as if it were not there. nil where there is no such message.
  public func ending(at id: Int) -> Conversation? {
    guard self[id] != nil else { return nil }
    let kept = Set(path(to: id).map(\.id))
    // Messages come in the order of writing: what follows this one was written later.
    return Conversation(
      id: self.id, title: title, system: system, messages: messages.filter { $0.id <= id }, chosen: kept, promptStart: promptStart)
  }
}
