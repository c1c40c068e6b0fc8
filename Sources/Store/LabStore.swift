// Everything that is saved, in one SQLite file: opened on first use, created on the first write, checked when opened.
// Not here: the records' queries (LabStore+Records), the tables (StoreSchema).
import Foundation
import GRDB
import Languages
import Synchronization

/// A store over one file. All calls may come from any thread; each is one transaction, so that a killed program loses at most the
/// call it was in.
///
/// The first call on a damaged file throws `StoreError.damaged` and leaves a fresh file for the next one: nothing is lost in silence.
public final class LabStore: Sendable {
  public let path: String
  private let database = Mutex<DatabaseQueue?>(nil)

  /// Touches nothing.
  public init(path: String) { self.path = path }

  /// - Returns: nil when nothing has been saved yet.
  func read<Value>(_ body: @Sendable (Database) throws -> Value) throws(StoreError) -> Value? {
    guard let queue = try queue(creating: false) else { return nil }
    do { return try queue.read(body) } catch { throw Self.unusable(path, error) }
  }

  func write<Value>(_ body: @Sendable (Database) throws -> Value) throws(StoreError) -> Value {
    guard let queue = try queue(creating: true) else { throw .unusable(file: path, reason: "not created") }
    do { return try queue.write(body) } catch { throw Self.unusable(path, error) }
  }

  private static func unusable(_ path: String, _ error: any Error) -> StoreError {
    if let error = error as? DatabaseError {
      return .unusable(file: path, reason: error.message ?? error.resultCode.description)
    }
    return .unusable(file: path, reason: (error as NSError).localizedDescription)
  }

  // MARK: opening

  private func queue(creating: Bool) throws(StoreError) -> DatabaseQueue? {
    let outcome = database.withLock { open -> Result<DatabaseQueue?, StoreError> in
      if let open { return .success(open) }
      if !creating && !FileManager.default.fileExists(atPath: path) { return .success(nil) }
      do throws(StoreError) {
        open = try Self.open(path)
        return .success(open)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private static func open(_ path: String) throws(StoreError) -> DatabaseQueue {
    do {
      let folder = (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      // Made before SQLite does, so that it is never readable by others; SQLite gives its -wal and -shm the same mode.
      if !FileManager.default.fileExists(atPath: path) {
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
      }
    } catch {
      throw unusable(path, error)
    }
    do {
      try verify(path)
      return try connectAlone(path)
    } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
      throw .damaged(file: path, keptAs: try setAside(path))
    } catch let error as StoreError {
      throw error
    } catch {
      throw unusable(path, error)
    }
  }

  /// One program at a time: migrations are not made to meet another's half-way, and SQLite does not wait where two turn one new file into WAL mode.
  /// Whoever cannot have the lock in a while goes on without it.
  private static func connectAlone(_ path: String) throws -> DatabaseQueue {
    let folder = Foundation.open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer {
      flock(folder, LOCK_UN)
      close(folder)
    }
    var attempts = 0
    while folder >= 0, attempts < lockAttempts, flock(folder, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      usleep(lockPause)
      attempts += 1
    }
    return try connect(path)
  }

  private static let lockAttempts = 250
  /// Microseconds.
  private static let lockPause: UInt32 = 20_000

  private static func connect(_ path: String) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let migrator = StoreSchema.migrator
    if try queue.read(migrator.hasBeenSuperseded) { throw StoreError.newer(file: path) }
    try migrator.migrate(queue)
    return queue
  }

  /// A connection of its own: entering WAL mode writes, and a damaged file is to be kept as it was found.
  private static func verify(_ path: String) throws {
    var plain = Configuration()
    plain.busyMode = .timeout(5)
    let queue = try DatabaseQueue(path: path, configuration: plain)
    defer { try? queue.close() }
    let report = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
    guard report == ["ok"] else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: report.first) }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF") }
    return configuration
  }

  /// Moves a damaged file and its journal out of the way.
  private static func setAside(_ path: String) throws(StoreError) -> String {
    let files = FileManager.default
    var kept = path + ".damaged"
    var count = 1
    while files.fileExists(atPath: kept) {
      count += 1
      kept = "\(path).damaged-\(count)"
    }
    do {
      try files.moveItem(atPath: path, toPath: kept)
      for suffix in ["-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
        try files.moveItem(atPath: path + suffix, toPath: kept + suffix)
      }
    } catch {
      throw unusable(path, error)
    }
    return kept
  }
}
