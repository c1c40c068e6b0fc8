// Stop strings in streamed text: what might be the beginning of one is held back, so that none leaks when split over tokens.

struct StopMatcher {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []

  init(_ stops: [String]) { self.stops = stops.filter { !$0.isEmpty }.map { Array($0.utf8) } }

  /// Adds text; returns what is safe to show and whether a stop string was completed.
  mutating func append(_ text: String) -> (text: String, stopped: Bool) {
    guard !stops.isEmpty else { return (text, false) }
    held += Array(text.utf8)
    for start in held.indices {
      let rest = held[start...]
      if stops.contains(where: { rest.starts(with: $0) }) {
        defer { held = [] }
        return (String(decoding: held[..<start], as: UTF8.self), true)
      }
      if stops.contains(where: { $0.starts(with: rest) }) {
        defer { held.removeFirst(start) }
        return (String(decoding: held[..<start], as: UTF8.self), false)
      }
    }
    defer { held = [] }
    return (String(decoding: held, as: UTF8.self), false)
  }

  /// What was held back when nothing more comes.
  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }
}
