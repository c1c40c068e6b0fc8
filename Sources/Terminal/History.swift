// What was entered before, newest last. Not here: keeping it between runs.

public struct History: Sendable, Hashable {
  public private(set) var entries: [String]
  private let limit: Int

  /// Keeps at most `limit` entries.
  public init(_ entries: [String] = [], limit: Int = 1000) {
    self.limit = max(1, limit)
    self.entries = Array(entries.suffix(self.limit))
  }

  /// Adds an entry; an empty one or a repetition of the last is not worth keeping.
  public mutating func add(_ entry: String) {
    guard !entry.isEmpty, entry != entries.last else { return }
    entries.append(entry)
    if entries.count > limit { entries.removeFirst(entries.count - limit) }
  }

  /// The newest entry before `index` that contains `query`.
  public func last(containing query: String, before index: Int) -> Int? {
    entries.indices.prefix(max(0, index)).last { History.contains(entries[$0], query) }
  }

  private static func contains(_ entry: String, _ query: String) -> Bool {
    if query.isEmpty { return true }
    let text = Array(entry.lowercased())
    let wanted = Array(query.lowercased())
    guard text.count >= wanted.count else { return false }
    return (0...(text.count - wanted.count)).contains { text[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }
}
