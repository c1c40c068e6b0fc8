// Where the program keeps its files: the XDG base directory specification, or one folder by LLMLAB_HOME. Creates nothing.
import Foundation

public struct LabPaths: Sendable, Hashable {
  /// What cannot be made again: progress, conversations, models that were trained.
  public let data: String
  public let config: String
  /// What may be deleted at any time.
  public let cache: String
  /// Logs and history.
  public let state: String

  /// - Parameter environment: `LLMLAB_HOME` wins; then `XDG_DATA_HOME` and its kind, which count only when absolute, as the
  ///   specification demands; then the defaults under `HOME`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let home = environment["LLMLAB_HOME"], !home.isEmpty {
      data = home + "/data"
      config = home + "/config"
      cache = home + "/cache"
      state = home + "/state"
      return
    }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
    func folder(_ key: String, _ standard: String) -> String {
      let base = environment[key].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/" + standard
      return base + "/llmlab"
    }
    data = folder("XDG_DATA_HOME", ".local/share")
    config = folder("XDG_CONFIG_HOME", ".config")
    cache = folder("XDG_CACHE_HOME", ".cache")
    state = folder("XDG_STATE_HOME", ".local/state")
  }

  /// The database of `LabStore`.
  public var store: String { data + "/lab.sqlite" }
}
