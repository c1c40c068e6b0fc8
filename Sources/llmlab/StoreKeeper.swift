// Learners' progress in the store: what the lab's engine asks to keep. Not here: the tables (Store).
import Course
import Foundation
import LabScreens
import Languages
import Store

/// Writes progress to SQLite. Used on the engine's thread only.
final class StoreKeeper: ProgressKeeper {
  private let store: LabStore

  init(_ store: LabStore) { self.store = store }

  func completedLessons() throws -> Set<String> { Set(try store.progress().filter(\.isCompleted).map(\.lesson)) }

  func resume(lesson: String) throws -> LessonResume {
    LessonResume(
      step: try store.progress(lesson: lesson)?.step, passed: Set(try store.checks(lesson: lesson).filter(\.isPassed).map(\.check)))
  }

  func save(_ record: ProgressRecord) throws {
    let now = Date().timeIntervalSince1970
    try store.save(LessonProgress(lesson: record.lesson, step: record.step, isCompleted: record.isCompleted, updated: now))
    if let check = record.check {
      try store.save(
        CheckProgress(
          lesson: record.lesson, check: check, attempts: record.attempts, hints: record.hints, isPassed: record.isPassed, best: nil))
    }
    if let event = record.event {
      let text = String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
      try store.append(lesson: record.lesson, events: [text], time: now)
    }
  }

  func set(language: Language) throws { try store.set(StoreKeeper.languageKey, to: language.rawValue) }

  func note(prompt: String, format: PromptFormat) throws {
    try store.note(prompt: prompt, format: format.rawValue, time: Date().timeIntervalSince1970)
  }

  func prompts() throws -> [String] { try store.prompts(limit: 1000).reversed().map(\.text) }

  static let languageKey = "language"
}
