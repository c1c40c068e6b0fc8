// Where conversations are kept: the program gives a keeper that writes to the store, tests one that remembers. Not here: SQL (Store).

/// A conversation in a list.
public struct ConversationSummary: Sendable, Hashable {
  public let id: String
  public let title: String
  public let messageCount: Int
  /// Seconds since 1970.
  public let updated: Double

  public init(id: String, title: String, messageCount: Int, updated: Double) {
    (self.id, self.title, self.messageCount, self.updated) = (id, title, messageCount, updated)
  }
}

/// Keeps conversations. Every call is one transaction: a killed program loses at most the one it was in.
public protocol ConversationKeeper: Sendable {
  /// The latest first.
  func conversations(limit: Int) throws -> [ConversationSummary]
  func conversation(_ id: String) throws -> Conversation?
  /// Writes the conversation itself, which branches are chosen, and the messages named.
  func save(_ conversation: Conversation, changed: Set<Int>) throws
  func delete(conversation id: String) throws
}

extension Conversation {
  /// An id that no other conversation has.
  public static func newID() -> String {
    let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
    return String((0..<10).map { _ in letters[Int.random(in: 0..<letters.count)] })
  }
}
