// Which checkpoints of a run stay as its time axis, and the list of those that are there. Not here: writing and verifying them (Checkpoint).
import Languages
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Checkpoints spread evenly over a run. Which one stays depends on steps only, so that a run that was killed keeps the same ones.
struct CheckpointSpread: Sendable {
  /// As many as a run keeps at most.
  static let most = 1000

  /// 0 keeps none for their place.
  let count: Int
  /// Steps of the whole run.
  let total: Int

  /// The beginning, and of each of `count` equal stretches of the run the last checkpoint in it.
  /// - Parameter steps: of the checkpoints that are there.
  func kept(of steps: [Int]) -> Set<Int> {
    guard count > 0, total > 0 else { return [] }
    var last: [Int: Int] = [:]
    // Stretch i holds the steps after (i−1)·total/count up to i·total/count.
    for step in steps { last[(step * count + total - 1) / total] = max(last[(step * count + total - 1) / total] ?? 0, step) }
    return Set(last.values)
  }
}

/// What a checkpoint's manifest says, read without verifying the rest.
public struct CheckpointEntry: Sendable, Hashable {
  public let path: String
  public let step: Int
  /// On held-out answers; nil where it was not measured.
  public let bitsPerByte: Double?
}

extension Checkpoint {
  /// How many checkpoints along its way the run keeps.
  public var keep: Int {
    get throws(FileError) { try Checkpoint.manifest(path).optional("keep")?.integer(in: 0...CheckpointSpread.most) ?? 0 }
  }

  /// The checkpoints of a run's folder, oldest first; a folder that is not there has none.
  public static func entries(in folder: String) throws(FileError) -> [CheckpointEntry] {
    guard access(folder, F_OK) == 0 else { return [] }
    return try WholeFile.names(in: folder).compactMap { name in
      guard let step = stepNumber(name), WholeFile.exists("\(folder)/\(name)/MANIFEST.json") else { return nil }
      return CheckpointEntry(path: "\(folder)/\(name)", step: step, bitsPerByte: bitsPerByte("\(folder)/\(name)"))
    }.sorted { $0.step < $1.step }
  }

  /// GGUF files whose names end in `-step-` and a number, in the order of their steps: a run that was shipped.
  /// - Parameter name: what stands before; nil takes any.
  public static func files(in folder: String, of name: String? = nil) throws(FileError) -> [CheckpointEntry] {
    guard access(folder, F_OK) == 0 else { return [] }
    return try WholeFile.names(in: folder).compactMap { file -> CheckpointEntry? in
      guard let (prefix, step) = fileStep(file), name == nil || name == prefix else { return nil }
      return CheckpointEntry(path: "\(folder)/\(file)", step: step, bitsPerByte: nil)
    }.sorted { ($0.step, $0.path) < ($1.step, $1.path) }
  }

  /// `sprout-nano-step-0500.gguf` is ("sprout-nano", 500).
  static func fileStep(_ file: String) -> (name: String, step: Int)? {
    guard let match = file.wholeMatch(of: #/(.+)-step-([0-9]{1,9})\.gguf/#), let step = Int(match.2) else { return nil }
    return (String(match.1), step)
  }
}
