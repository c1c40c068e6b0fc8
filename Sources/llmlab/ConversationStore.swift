// Conversations in the store: trees to rows and back. Not here: the tables (Store), the trees (Chat).
import Chat
import Foundation
import Store

/// Keeps conversations in SQLite.
struct ConversationStore: ConversationKeeper {
  let store: LabStore

  init(_ store: LabStore) { self.store = store }

  func conversations(limit: Int) throws -> [ConversationSummary] {
    try store.conversations(limit: limit).map {
      ConversationSummary(id: $0.id, title: $0.title, messageCount: $0.messageCount, updated: $0.updated)
    }
  }

  func conversation(_ id: String) throws -> Conversation? {
    guard let (record, rows) = try store.conversation(id) else { return nil }
    let messages = rows.map { row in
      // What an older or newer program wrote differently is not worth losing the text for.
      let answer = row.answer.flatMap { try? JSONDecoder().decode(AnswerRecord.self, from: Data($0.utf8)) }
      return Message(id: row.id, parent: row.parent, role: Message.Role(rawValue: row.role) ?? .user, text: row.text, answer: answer)
    }
    return Conversation(
      id: record.id, title: record.title, system: record.system, messages: messages, chosen: Set(rows.filter(\.isChosen).map(\.id)),
      promptStart: record.promptStart)
  }

  func save(_ conversation: Conversation, changed: Set<Int>) throws {
    let record = ConversationRecord(
      id: conversation.id, title: conversation.title, system: conversation.system, promptStart: conversation.promptStart,
      updated: Date().timeIntervalSince1970)
    let messages = try conversation.messages.filter { changed.contains($0.id) }.map { message in
      let answer = try message.answer.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
      return MessageRecord(
        id: message.id, parent: message.parent, role: message.role.rawValue, text: message.text,
        isChosen: conversation.isChosen(message.id), answer: answer)
    }
    let chosen = conversation.messages.map(\.id).filter(conversation.isChosen)
    try store.save(record, messages: messages, chosen: Set(chosen))
  }

  func delete(conversation id: String) throws { try store.delete(conversation: id) }
}
