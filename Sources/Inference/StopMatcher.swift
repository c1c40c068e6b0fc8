// Stop strings in streamed text: what might be the beginning of one is held back, so that none leaks when split over tokens.

/// Looks for stop strings byte by byte, so that the result does not depend on where tokens end. The stop string that is complete first wins.
struct StopMatcher {
  private let stops: [[UInt8]]
  /// The end of the text so far that is the beginning of a stop string.
  private var held: [UInt8] = []

  init(_ stops: [String]) { self.stops = stops.filter { !$0.isEmpty }.map { Array($0.utf8) } }

  /// Adds whole characters; returns what is safe to show and whether a stop string was completed.
  mutating func append(_ text: String) -> (text: String, stopped: Bool) {
    guard !stops.isEmpty else { return (text, false) }
    for byte in text.utf8 {
      held.append(byte)
      let complete = stops.filter { held.count >= $0.count && held.suffix($0.count).elementsEqual($0) }.max { $0.count < $1.count }
      if let complete {
        defer { held = [] }
        return (String(decoding: held.dropLast(complete.count), as: UTF8.self), true)
      }
    }
    let keeps = held.indices.first { start in stops.contains { $0.starts(with: held[start...]) } } ?? held.count
    defer { held.removeFirst(keeps) }
    return (String(decoding: held[..<keeps], as: UTF8.self), false)
  }

  /// What was held back when nothing more comes.
  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }
}
