// Reading and writing the records. Not here: conversations (LabStore+Conversations), opening and checking the file (LabStore).
import GRDB

extension LabStore {
  /// Entries kept of the log and of the prompt history.
  public static let maximumEvents = 100_000
  public static let maximumPrompts = 1_000

  // MARK: progress

  public func progress(lesson: String) throws(StoreError) -> LessonProgress? {
    try read { try Row.fetchOne($0, sql: "SELECT * FROM progress WHERE lesson = ?", arguments: [lesson]).map(Self.progress) } ?? nil
  }

  /// All lessons that were begun, the latest first.
  public func progress() throws(StoreError) -> [LessonProgress] {
    try read { try Row.fetchAll($0, sql: "SELECT * FROM progress ORDER BY updated DESC, lesson").map(Self.progress) } ?? []
  }

  /// Once completed, a lesson stays completed until it is reset.
  public func save(_ progress: LessonProgress) throws(StoreError) {
    try write {
      try $0.execute(
        sql: """
          INSERT INTO progress (lesson, step, completed, updated) VALUES (?, ?, ?, ?)
          ON CONFLICT (lesson) DO UPDATE SET step = excluded.step, completed = max(completed, excluded.completed), updated = excluded.updated
          """, arguments: [progress.lesson, progress.step, progress.isCompleted, progress.updated])
    }
  }

  public func checks(lesson: String) throws(StoreError) -> [CheckProgress] {
    try read {
      try Row.fetchAll($0, sql: "SELECT * FROM checks WHERE lesson = ? ORDER BY check_id", arguments: [lesson]).map { row in
        CheckProgress(
          lesson: row["lesson"], check: row["check_id"], attempts: row["attempts"], hints: row["hints"], isPassed: row["passed"],
          best: row["best"])
      }
    } ?? []
  }

  /// A pass and the best score stay; attempts and hints are taken as given.
  public func save(_ check: CheckProgress) throws(StoreError) {
    try write {
      try $0.execute(
        sql: """
          INSERT INTO checks (lesson, check_id, attempts, hints, passed, best) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (lesson, check_id) DO UPDATE SET attempts = excluded.attempts, hints = excluded.hints,
            passed = max(passed, excluded.passed), best = max(coalesce(best, excluded.best), coalesce(excluded.best, best))
          """, arguments: [check.lesson, check.check, check.attempts, check.hints, check.isPassed, check.best])
    }
  }

  /// Forgets a lesson: progress, checks and log.
  public func reset(lesson: String) throws(StoreError) {
    let known = try read { _ in true } ?? false
    if !known { return }
    try write { database in
      for table in ["progress", "checks", "events"] {
        try database.execute(sql: "DELETE FROM \(table) WHERE lesson = ?", arguments: [lesson])
      }
    }
  }

  // MARK: log

  /// Appends events, each as JSON. The oldest beyond `maximumEvents` go.
  public func append(lesson: String, events: [String], time: Double) throws(StoreError) {
    if events.isEmpty { return }
    try write { database in
      for event in events {
        try database.execute(sql: "INSERT INTO events (lesson, time, event) VALUES (?, ?, ?)", arguments: [lesson, time, event])
      }
      try database.execute(
        sql: "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", arguments: [Self.maximumEvents])
    }
  }

  /// A lesson's events, oldest first.
  public func events(lesson: String) throws(StoreError) -> [LogRecord] {
    try read {
      try Row.fetchAll($0, sql: "SELECT * FROM events WHERE lesson = ? ORDER BY id", arguments: [lesson]).map { row in
        LogRecord(id: row["id"], lesson: row["lesson"], time: row["time"], event: row["event"])
      }
    } ?? []
  }

  // MARK: settings and prompts

  public func setting(_ key: String) throws(StoreError) -> String? {
    try read { try String.fetchOne($0, sql: "SELECT value FROM settings WHERE key = ?", arguments: [key]) } ?? nil
  }

  /// - Parameter value: nil forgets the setting.
  public func set(_ key: String, to value: String?) throws(StoreError) {
    if try setting(key) == value { return }
    try write { database in
      if let value {
        try database.execute(sql: "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", arguments: [key, value])
      } else {
        try database.execute(sql: "DELETE FROM settings WHERE key = ?", arguments: [key])
      }
    }
  }

  /// Notes a prompt; one that is known moves to the front.
  public func note(prompt text: String, format: String, time: Double) throws(StoreError) {
    try write { database in
      try database.execute(sql: "DELETE FROM prompts WHERE text = ? AND format = ?", arguments: [text, format])
      try database.execute(sql: "INSERT INTO prompts (text, format, used) VALUES (?, ?, ?)", arguments: [text, format, time])
      try database.execute(
        sql: "DELETE FROM prompts WHERE id NOT IN (SELECT id FROM prompts ORDER BY id DESC LIMIT ?)", arguments: [Self.maximumPrompts])
    }
  }

  /// The latest first.
  public func prompts(limit: Int = 100) throws(StoreError) -> [PromptRecord] {
    try read {
      try Row.fetchAll($0, sql: "SELECT * FROM prompts ORDER BY id DESC LIMIT ?", arguments: [limit]).map { row in
        PromptRecord(text: row["text"], format: row["format"], used: row["used"])
      }
    } ?? []
  }

  private static func progress(_ row: Row) -> LessonProgress {
    LessonProgress(lesson: row["lesson"], step: row["step"], isCompleted: row["completed"], updated: row["updated"])
  }
}
