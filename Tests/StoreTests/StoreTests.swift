// The store: nothing written early, records round trip, damage is said and kept, a killed writer loses nothing that was saved.
import Foundation
import GRDB
import Testing

@testable import Store

struct StoreTests {
  let folder: String
  let path: String

  init() throws {
    folder = NSTemporaryDirectory() + "/store-\(UUID().uuidString)"
    path = folder + "/data/lab.sqlite"
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func readingWritesNothing() throws {
    let store = LabStore(path: path)
    #expect(try store.progress().isEmpty)
    #expect(try store.progress(lesson: "a") == nil)
    #expect(try store.setting("language") == nil)
    #expect(try store.prompts().isEmpty)
    try store.set("language", to: nil)
    try store.reset(lesson: "a")
    #expect(!exists(folder))
  }

  @Test func recordsRoundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(path: path)
    try store.save(LessonProgress(lesson: "attention", step: "scores", updated: 1))
    try store.save(LessonProgress(lesson: "blocks", step: "mask", isCompleted: true, updated: 2))
    try store.save(LessonProgress(lesson: "blocks", step: "norm", updated: 3))
    try store.save(CheckProgress(lesson: "blocks", check: "mask-1", attempts: 2, hints: 1, isPassed: true, best: 0.5))
    try store.save(CheckProgress(lesson: "blocks", check: "mask-1", attempts: 3, hints: 2))
    try store.append(lesson: "blocks", events: [#"{"a":1}"#, #"{"b":"“引号” 😀"}"#], time: 4)
    try store.set("language", to: "zh")
    try store.note(prompt: "Once", format: "raw", time: 5)
    try store.note(prompt: "什么是注意力？", format: "chat", time: 6)
    try store.note(prompt: "Once", format: "raw", time: 7)

    let again = LabStore(path: path)
    #expect(try again.progress().map(\.lesson) == ["blocks", "attention"])
    #expect(try again.progress(lesson: "blocks") == LessonProgress(lesson: "blocks", step: "norm", isCompleted: true, updated: 3))
    #expect(
      try again.checks(lesson: "blocks") == [
        CheckProgress(lesson: "blocks", check: "mask-1", attempts: 3, hints: 2, isPassed: true, best: 0.5)
      ])
    #expect(try again.events(lesson: "blocks").map(\.event) == [#"{"a":1}"#, #"{"b":"“引号” 😀"}"#])
    #expect(try again.setting("language") == "zh")
    #expect(try again.prompts().map(\.text) == ["Once", "什么是注意力？"])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)

    try again.reset(lesson: "blocks")
    #expect(try again.progress(lesson: "blocks") == nil)
    #expect(try again.checks(lesson: "blocks").isEmpty && again.events(lesson: "blocks").isEmpty)
    #expect(try again.progress(lesson: "attention") != nil)
  }

  @Test(arguments: [0, 1, 2]) func damageIsSaidAndKept(kind: Int) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let store = LabStore(path: path)
      for index in 0..<200 { try store.append(lesson: "l", events: [String(repeating: "x\(index)", count: 100)], time: 0) }
    }
    // Put everything into the main file, as a clean exit would.
    do {
      let queue = try DatabaseQueue(path: path)
      _ = try queue.writeWithoutTransaction { try Row.fetchAll($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
      try queue.close()
    }
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    switch kind {
    case 0: bytes = Data("this is not a database, and long enough to be looked at as one: ".utf8) + bytes
    case 1: for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
    default: bytes = bytes.prefix(bytes.count / 2)
    }
    try bytes.write(to: URL(fileURLWithPath: path))

    let store = LabStore(path: path)
    let kept = path + ".damaged"
    #expect(throws: StoreError.damaged(file: path, keptAs: kept)) { try store.progress() }
    #expect(try Data(contentsOf: URL(fileURLWithPath: kept)) == bytes)
    try store.save(LessonProgress(lesson: "a", step: "b", updated: 0))
    #expect(try store.progress().count == 1)
  }

  @Test func newerFileIsNotTouched() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try LabStore(path: path).set("a", to: "b")
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 of the future')") }
    try queue.close()
    #expect(throws: StoreError.newer(file: path)) { try LabStore(path: path).setting("a") }
    #expect(!exists(path + ".damaged"))
  }

  @Test func unusableFolderIsAnError() throws {
    #expect(throws: StoreError.self) { try LabStore(path: "/dev/null/x/lab.sqlite").set("a", to: "b") }
  }

  @Test func oldEventsGo() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(path: path)
    try store.append(lesson: "l", events: (0..<LabStore.maximumEvents + 10).map { "\($0)" }, time: 0)
    let events = try store.events(lesson: "l")
    #expect(events.count == LabStore.maximumEvents && events.first?.event == "10")
  }

  /// What a killed program leaves: the files as they are while the store is still open.
  @Test func filesOfAKilledProgramOpenAgain() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = LabStore(path: path)
    for index in 0..<20 {
      try store.append(lesson: "l", events: ["\(index)"], time: 0)
      let copy = folder + "/copy-\(index)"
      try FileManager.default.copyItem(atPath: folder + "/data", toPath: copy)
      #expect(try LabStore(path: copy + "/lab.sqlite").events(lesson: "l").count == index + 1)
    }
  }

  /// Twenty files, because it is the first moments of a file that are delicate.
  @Test func storesShareOneFile() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for round in 0..<20 {
      let stores = (0..<3).map { _ in LabStore(path: "\(folder)/data/lab-\(round).sqlite") }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for store in stores {
          group.addTask { for index in 0..<10 { try store.append(lesson: "l", events: ["\(index)"], time: 0) } }
        }
        try await group.waitForAll()
      }
      #expect(try stores[0].events(lesson: "l").count == 30)
    }
  }
}

struct PathsTests {
  @Test func standardFolders() {
    let paths = LabPaths(environment: ["HOME": "/home/a"])
    #expect(paths.data == "/home/a/.local/share/llmlab" && paths.state == "/home/a/.local/state/llmlab")
    #expect(paths.config == "/home/a/.config/llmlab" && paths.cache == "/home/a/.cache/llmlab")
  }

  @Test func relativeXDGPathsAreIgnored() {
    let paths = LabPaths(environment: ["HOME": "/home/a", "XDG_DATA_HOME": "here", "XDG_CONFIG_HOME": "/etc/c"])
    #expect(paths.data == "/home/a/.local/share/llmlab" && paths.config == "/etc/c/llmlab")
  }

  @Test func oneFolderForAll() {
    #expect(LabPaths(environment: ["HOME": "/home/a", "LLMLAB_HOME": "/tmp/x"]).store == "/tmp/x/data/lab.sqlite")
  }
}
