// A run of another process, followed through its folder: log and checkpoints; or the files that a run left. Reads only. Not here: when to look again
// (TrainingThread).
import Foundation
import LabScreens
import Languages
import ModelFiles
import Training

struct TrainingWatch {
  let folder: String
  private(set) var record = TrainingRecord()
  private(set) var name: String
  private(set) var plan: TrainingPlan?
  private(set) var isLive = false
  private var reader: RunLogReader?
  /// A log that was named; whether somebody writes the folder's own is known without it.
  private let namedLog: String?

  /// A log that has not grown for so long is nobody's any more, seconds.
  private static let quiet = 120.0

  /// Throws where there is no such folder, or no such log. A folder that does not exist yet is an empty run only without `mustExist`.
  init(folder: String, log: String?, mustExist: Bool = false) throws {
    self.folder = folder
    name = URL(fileURLWithPath: folder).lastPathComponent
    if log != nil || mustExist { _ = try WholeFile.names(in: folder) }
    namedLog = log
    reader = RunLogReader(path: log ?? "\(folder)/\(RunLog.name)")
    if log != nil {
      // A log that was named must be there; one that the run is still to write need not.
      var first = reader
      _ = try first?.read()
    }
  }

  /// Looks again; whether anything is new.
  mutating func read() -> Bool {
    let before = (record, isLive)
    if let news = try? reader?.read() {
      if news.isFresh {
        let (checkpoints, total) = (record.checkpoints, record.totalSteps)
        record = TrainingRecord()
        (record.checkpoints, record.totalSteps) = (checkpoints, total)
      }
      for event in news.events { record.add(event) }
    }
    var entries = (try? Checkpoint.entries(in: folder)) ?? []
    if entries.isEmpty { entries = (try? Checkpoint.files(in: folder)) ?? [] }
    record.checkpoints = entries.map(TrainingCheckpoint.init)
    if plan == nil, let path = entries.last?.path, let recipe = try? TrainingDesk.recipe(of: path) {
      (name, plan) = (recipe.name, TrainingDesk.plan(recipe, folder: folder, keep: 0))
      record.totalSteps = max(record.totalSteps, recipe.steps)
    }
    plan?.doneSteps = entries.last?.step ?? 0
    isLive = RunLock.isHeld(folder: folder) || isNamedLogGrowing
    return before != (record, isLive)
  }

  private var isNamedLogGrowing: Bool {
    guard let namedLog, let changed = try? FileManager.default.attributesOfItem(atPath: namedLog)[.modificationDate] as? Date else {
      return false
    }
    return Date().timeIntervalSince(changed) < TrainingWatch.quiet
  }
}
