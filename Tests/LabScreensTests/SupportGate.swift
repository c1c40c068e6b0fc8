// What the lessons' gate and the engine's tests share: the shipped model, real runs, a keeper that remembers. Not here: expectations.
import Assets
import Course
import Foundation
import Inference
import Insight
import LabScreens
import Languages
import Lessons
import Synchronization
import Terminal
import Testing

@testable import LabScreens

/// The model that ships with the program, or the one that LLMLAB_GATE_MODEL names, so that a new one can be judged before it ships.
enum ShippedModel {
  static let path = ProcessInfo.processInfo.environment["LLMLAB_GATE_MODEL"] ?? "\(Assets.models)/\(Assets.defaultModel).gguf"
  static var isThere: Bool { FileManager.default.fileExists(atPath: path) }
  static let note: Comment = "Assets/models holds no model yet; name one with LLMLAB_GATE_MODEL"

  static let model: Result<LoadedModel, any Error> = Result { try LoadedModel(path: path) }

  static let course = Course(folder: Lessons.folder)
  static var lessons: [String] { course.entries.filter(\.isWritten).map(\.id) }

  /// The screen on a lesson of the course that ships, with the model.
  static func driver(
    _ lesson: String, _ language: Language, _ size: Size = Size(columns: 80, rows: 24), keeper: MemoryKeeper = MemoryKeeper()
  ) throws -> InlineDriver {
    let model = try model.get()
    var state = ScreenState(size: size, language: language, theme: Theme(colorMode: .color256))
    state.requestedLesson = lesson
    return InlineDriver(state, LabEngine(courseFolder: Lessons.folder, keeper: keeper) { model })
  }
}

/// Keeps progress in memory.
final class MemoryKeeper: ProgressKeeper {
  struct Kept: Sendable {
    var records: [ProgressRecord] = []
    var language: Language?
    var prompts: [String] = []
  }

  private let kept = Mutex(Kept())
  private let failure: KeeperFailure?

  init(failure: KeeperFailure? = nil) { self.failure = failure }

  var all: Kept { kept.withLock { $0 } }

  func completedLessons() throws -> Set<String> {
    if let failure { throw failure }
    return Set(all.records.filter(\.isCompleted).map(\.lesson))
  }

  func resume(lesson: String) throws -> LessonResume {
    let records = all.records.filter { $0.lesson == lesson }
    return LessonResume(step: records.last?.step, passed: Set(records.filter(\.isPassed).compactMap(\.check)))
  }

  func save(_ record: ProgressRecord) throws {
    if let failure { throw failure }
    kept.withLock { $0.records.append(record) }
  }

  func set(language: Language) throws { kept.withLock { $0.language = language } }
  func note(prompt: String, format: PromptFormat) throws { kept.withLock { $0.prompts.append(prompt) } }
  func prompts() throws -> [String] { all.prompts }
}

struct KeeperFailure: BilingualError {
  let message = Bilingual(zh: "存不下来", en: "it cannot be kept")
}

/// Traces of the lessons' prompts, each made once.
final class GateRuns {
  private let model: LoadedModel
  private var runs: [String: (trace: Trace, copies: TensorCopies)] = [:]

  init(_ model: LoadedModel) { self.model = model }

  func reading(_ state: LabState) throws -> TraceReading {
    let key = "\(state.format.rawValue) \(state.prompt)"
    let run = try runs[key] ?? (Trace.record(model, ids: model.encode(state.prompt, state.format)), TensorCopies())
    runs[key] = run
    return TraceReading(trace: run.trace, model: model, cursor: state.cursor, copies: run.copies)
  }
}
