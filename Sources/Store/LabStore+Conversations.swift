// Conversations: a row each, and their messages as a tree. Not here: what the trees mean (Chat).
import GRDB

extension LabStore {
  /// The latest first.
  public func conversations(limit: Int = 100) throws(StoreError) -> [ConversationRecord] {
    try read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT *, (SELECT count(*) FROM messages WHERE conversation = conversations.id) AS count FROM conversations
          ORDER BY updated DESC, id LIMIT ?
          """, arguments: [limit]
      ).map(Self.conversation)
    } ?? []
  }

  /// A conversation and its messages in the order of their ids; nil where there is none.
  public func conversation(_ id: String) throws(StoreError) -> (ConversationRecord, [MessageRecord])? {
    try read { database -> (ConversationRecord, [MessageRecord])? in
      guard
        let record = try Row.fetchOne(database, sql: "SELECT *, 0 AS count FROM conversations WHERE id = ?", arguments: [id])
          .map(Self.conversation)
      else { return nil }
      let messages = try Row.fetchAll(database, sql: "SELECT * FROM messages WHERE conversation = ? ORDER BY id", arguments: [id])
        .map { row in
          MessageRecord(
            id: row["id"], parent: row["parent"], role: row["role"], text: row["text"], isChosen: row["chosen"], answer: row["answer"])
        }
      return (record, messages)
    } ?? nil
  }

  /// Writes a conversation and some of its messages; of all others only whether they are chosen.
  public func save(_ conversation: ConversationRecord, messages: [MessageRecord], chosen: Set<Int>) throws(StoreError) {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO conversations (id, title, system, prompt_start, created, updated) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET title = excluded.title, system = excluded.system, prompt_start = excluded.prompt_start,
            updated = excluded.updated
          """,
        arguments: [
          conversation.id, conversation.title, conversation.system, conversation.promptStart, conversation.updated, conversation.updated,
        ])
      for message in messages {
        try database.execute(
          sql: """
            INSERT INTO messages (conversation, id, parent, role, text, chosen, answer) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (conversation, id) DO UPDATE SET text = excluded.text, answer = excluded.answer
            """,
          arguments: [
            conversation.id, message.id, message.parent, message.role, message.text, message.isChosen, message.answer,
          ])
      }
      for row in try Row.fetchAll(database, sql: "SELECT id, chosen FROM messages WHERE conversation = ?", arguments: [conversation.id]) {
        let (id, isChosen): (Int, Bool) = (row["id"], row["chosen"])
        guard chosen.contains(id) != isChosen else { continue }
        try database.execute(
          sql: "UPDATE messages SET chosen = ? WHERE conversation = ? AND id = ?", arguments: [!isChosen, conversation.id, id])
      }
    }
  }

  public func delete(conversation id: String) throws(StoreError) {
    guard try conversation(id) != nil else { return }
    try write { try $0.execute(sql: "DELETE FROM conversations WHERE id = ?", arguments: [id]) }
  }

  private static func conversation(_ row: Row) -> ConversationRecord {
    var record = ConversationRecord(
      id: row["id"], title: row["title"], system: row["system"], promptStart: row["prompt_start"], updated: row["updated"])
    record.messageCount = row["count"]
    return record
  }
}
