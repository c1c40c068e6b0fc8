// Live values of a lesson's text, read from the run, and kept while the run stays the same: a page is drawn with every frame. Not here: queries (Course).
import Course
import Languages
import Synchronization

/// Values for the queries of a text.
struct LiveValues {
  enum Reading: Sendable, Hashable {
    case value(String)
    /// Nothing has run, or nothing has been answered yet.
    case notYet
    case problem
  }

  let run: TraceReading
  let memo: LiveValueMemo
  var answer: CheckAnswer?
  var guess: CheckAnswer?

  func read(_ query: TraceQuery) -> Reading {
    memo.reading(LiveValueMemo.Key(query.source, run.cursor, answer: answer, guess: guess)) { compute(query) }
  }

  private func compute(_ query: TraceQuery) -> Reading {
    // Before anything has run, the model's own facts are all there is: no count of 0 tokens, no cursor at 0.
    if run.tokens.isEmpty, !query.source.hasPrefix("model.") { return .notYet }
    do {
      return .value(try query.text(run, answer: answer, guess: guess))
    } catch {
      // The learner has neither answered nor guessed yet.
      if error == .missing("answer") || error == .missing("guess") { return .notYet }
      return run.tokens.isEmpty ? .notYet : .problem
    }
  }
}

/// What queries gave over one run. Sums over a vocabulary take milliseconds, a frame must not: the state makes a new memo with each run, and
/// within a run a query depends on nothing but the key, so that drawing stays a function of the state.
final class LiveValueMemo: Sendable {
  struct Key: Hashable, Sendable {
    let query: String
    /// Only where the query speaks of the cursor; so moving it does not compute everything anew.
    let cursor: [Int]
    let answer: CheckAnswer?
    let guess: CheckAnswer?

    init(_ query: String, _ cursor: LabCursor, answer: CheckAnswer?, guess: CheckAnswer?) {
      self.query = query
      let isAtCursor = ["layer", "head", "group", "query", "key"].contains { query.contains($0) }
      self.cursor = isAtCursor ? [cursor.layer, cursor.head, cursor.query, cursor.key] : []
      self.answer = query.contains("answer") ? answer : nil
      self.guess = query.contains("guess") ? guess : nil
    }
  }

  private static let limit = 4096
  private let readings = Mutex<[Key: LiveValues.Reading]>([:])

  func reading(_ key: Key, _ compute: () -> LiveValues.Reading) -> LiveValues.Reading {
    if let known = readings.withLock({ $0[key] }) { return known }
    let value = compute()
    readings.withLock {
      if $0.count >= LiveValueMemo.limit { $0.removeAll() }
      $0[key] = value
    }
    return value
  }
}
