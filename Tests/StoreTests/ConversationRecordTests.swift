// Conversations in the store: round trips, what is chosen, files of the first version, kills. Not here: trees (ChatTests).
import Foundation
import GRDB
import Testing

@testable import Store

struct ConversationRecordTests {
  let folder = NSTemporaryDirectory() + "/conversations-\(UUID().uuidString)"
  var path: String { folder + "/lab.sqlite" }

  private func message(_ id: Int, _ parent: Int?, _ text: String, chosen: Bool = true) -> MessageRecord {
    MessageRecord(
      id: id, parent: parent, role: id.isMultiple(of: 2) ? "assistant" : "user", text: text, isChosen: chosen,
      answer: id.isMultiple(of: 2) ? "{}" : nil)
  }

  @Test func readingWritesNothing() throws {
    let store = LabStore(path: path)
    #expect(try store.conversations().isEmpty && store.conversation("a") == nil)
    try store.delete(conversation: "a")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func conversationsRoundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(path: path)
    var record = ConversationRecord(id: "a", title: "猫“”", system: "", promptStart: nil, updated: 1)
    try store.save(record, messages: [message(1, nil, "hi"), message(2, 1, "hello\n😀")], chosen: [1, 2])
    try store.save(
      ConversationRecord(id: "b", title: "b", system: "s", promptStart: 1, updated: 2), messages: [message(1, nil, "x")], chosen: [1])
    // A second branch: the first is no longer chosen, and its text stays.
    (record.title, record.promptStart, record.updated) = ("renamed", 1, 3)
    try store.save(record, messages: [message(3, 1, "again")], chosen: [1, 3])
    let again = LabStore(path: path)
    #expect(try again.conversations().map(\.id) == ["a", "b"])
    #expect(try again.conversations(limit: 1).map(\.messageCount) == [3])
    let (found, messages) = try #require(try again.conversation("a"))
    #expect(found.title == "renamed" && found.promptStart == 1 && found.updated == 3)
    #expect(messages.map(\.text) == ["hi", "hello\n😀", "again"])
    #expect(messages.map(\.isChosen) == [true, false, true])
    #expect(messages.map(\.parent) == [nil, 1, 1] && messages.map(\.answer) == [nil, "{}", nil])
    try again.delete(conversation: "a")
    #expect(try again.conversation("a") == nil && again.conversations().map(\.id) == ["b"])
    let queue = try DatabaseQueue(path: path)
    #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM messages") } == 1, "messages go with their conversation")
  }

  /// A file of the version that knew no conversations keeps what it has.
  @Test func filesOfTheFirstVersionGoOn() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let queue = try DatabaseQueue(path: path)
    try StoreSchema.migrator.migrate(queue, upTo: "1 progress, log, settings, prompts")
    try queue.write { try $0.execute(sql: "INSERT INTO settings VALUES ('language', 'zh')") }
    try queue.close()
    let store = LabStore(path: path)
    try store.save(ConversationRecord(id: "a", title: "", system: "", promptStart: nil, updated: 0), messages: [], chosen: [])
    #expect(try store.setting("language") == "zh" && store.conversations().count == 1)
  }

  /// What a killed program leaves: the files as they are while the store is still open.
  @Test func aKillLosesNothingThatWasSaved() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(path: path)
    let record = ConversationRecord(id: "a", title: "", system: "", promptStart: nil, updated: 0)
    for count in 1...10 {
      try store.save(record, messages: [message(count, count > 1 ? count - 1 : nil, "\(count)")], chosen: Set(1...count))
      let copy = NSTemporaryDirectory() + "/copy-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: copy) }
      try FileManager.default.copyItem(atPath: folder, toPath: copy)
      #expect(try LabStore(path: copy + "/lab.sqlite").conversation("a")?.1.count == count)
    }
  }
}
