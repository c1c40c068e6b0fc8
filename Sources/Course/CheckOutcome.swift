// Judges checks: pure predicates over the lab's state, the log and the values of the run. Not here: where these come from.
import Languages

public enum CheckOutcome: Sendable, Hashable {
  /// Nothing to judge yet.
  case open
  case passed
  /// With the reason. Its live values may use `answer`; see `Check.answer(in:)`.
  case wrong(Prose)
  /// The run does not hold what the check looks at.
  case unknown(TraceError)
}

extension Prose {
  /// A sentence without markup.
  public init(_ text: Bilingual) {
    self.init(zh: [.paragraph([.text(text.zh)])], en: [.paragraph([.text(text.en)])])
  }

  fileprivate init(zh: String, en: String) { self.init(Bilingual(zh: zh, en: en)) }
}

extension Check {
  /// - Parameters:
  ///   - state: the lab as it is when the check is judged.
  ///   - log: everything since the lesson was opened or reset, oldest first.
  public func outcome(state: LabState, log: [LabEvent], run: any TraceValues) -> CheckOutcome {
    do throws(TraceError) {
      switch kind {
      case .number(let number): return try outcome(number, log, run)
      case .predict(let predict): return outcome(predict, log)
      case .goal(let goal): return goal.outcome(state: state, log: log)
      case .trace(let predicate): return try outcome(predicate, log, run)
      case .choice(let options): return outcome(options, log)
      case .token(let token): return try outcome(token, log, run)
      }
    } catch {
      return .unknown(error)
    }
  }

  /// The last answer, which reasons quote as `answer`.
  public func answer(in log: [LabEvent]) -> CheckAnswer? {
    for case .answered(id, let answer) in log.reversed() { return answer }
    return nil
  }

  /// The last guess, which texts quote as `guess`.
  public func guess(in log: [LabEvent]) -> CheckAnswer? {
    for case .guessed(check: id, let guess) in log.reversed() { return guess }
    return nil
  }

  /// How often the learner has answered.
  public func attempts(in log: [LabEvent]) -> Int {
    log.count { if case .answered(id, _) = $0 { true } else { false } }
  }

  // MARK: kinds

  private func outcome(_ number: NumberCheck, _ log: [LabEvent], _ run: any TraceValues) throws(TraceError) -> CheckOutcome {
    guard let answer = answer(in: log) else { return .open }
    guard case .number(let value) = answer, value.isFinite else {
      return .wrong(Prose(zh: "这里要填一个数。", en: "The answer is a number."))
    }
    guard let expected = try number.expected.value(run).scalar else { throw .mismatch(number.expected.source) }
    // Half a unit in the ninth place: the tolerance itself is meant to be inside.
    if abs(value - expected) <= max(number.tolerance, number.share * abs(expected)) + 1e-9 { return .passed }
    if let reason = try reason(answer, run) { return .wrong(reason) }
    return .wrong(
      value < expected
        ? Prose(zh: "太小了：真实的值比你的大。", en: "Too small: the measured value is larger than yours.")
        : Prose(zh: "太大了：真实的值比你的小。", en: "Too large: the measured value is smaller than yours."))
  }

  private func outcome(_ predict: PredictCheck, _ log: [LabEvent]) -> CheckOutcome {
    var guessed = false
    var revealed = false
    var early = false
    var sampled = 0
    for event in log {
      switch event {
      case .guessed(check: id, _): guessed = guessed || !revealed
      case .revealed(check: id):
        // Looking first spoils this prediction; a reset or a new guess after a new reveal does not mend it.
        if !guessed { early = true }
        revealed = true
      case .sampled: sampled += revealed && guessed ? 1 : 0
      case .reset: (guessed, revealed, early, sampled) = (false, false, false, 0)
      default: break
      }
    }
    if early {
      return .wrong(
        Prose(
          zh: "答案在你猜之前就揭开了。重置这一步，先猜再看。",
          en: "The answer was uncovered before your guess. Reset this step, guess first, then look."))
    }
    guard guessed, revealed else { return .open }
    return sampled >= predict.sampled ? .passed : .open
  }

  private func outcome(_ predicate: TracePredicate, _ log: [LabEvent], _ run: any TraceValues) throws(TraceError) -> CheckOutcome {
    guard let answer = answer(in: log) else { return .open }
    let other = Prose(zh: "还不是。再找一找。", en: "Not this one yet. Keep looking.")
    do throws(TraceError) {
      return try predicate.holds(run, answer: answer) ? .passed : .wrong(try reason(answer, run) ?? other)
    } catch .outOfRange {
      // The cursor stands where the question has no meaning, such as the surprise at the first token.
      return .wrong(other)
    }
  }

  private func outcome(_ options: [ChoiceOption], _ log: [LabEvent]) -> CheckOutcome {
    guard case .choice(let chosen)? = answer(in: log), let option = options.first(where: { $0.id == chosen }) else { return .open }
    return option.isRight ? .passed : .wrong(option.reason)
  }

  private func outcome(_ token: TokenCheck, _ log: [LabEvent], _ run: any TraceValues) throws(TraceError) -> CheckOutcome {
    guard let answer = answer(in: log) else { return .open }
    guard case .text(let text) = answer, case .text(let expected) = try token.expected.value(run) else {
      return .wrong(Prose(zh: "这里要填一个词元。", en: "The answer is a token."))
    }
    if Self.bare(text) == Self.bare(expected) { return .passed }
    return .wrong(try reason(answer, run) ?? Prose(zh: "不是这个词元。", en: "It is another token."))
  }

  /// The visible mark of a leading space and the space itself count as one, and may be left out.
  private static func bare(_ token: String) -> String {
    String(token.drop { $0 == " " || $0 == "␣" })
  }

  private func reason(_ answer: CheckAnswer, _ run: any TraceValues) throws(TraceError) -> Prose? {
    for reason in reasons where try reason.when.holds(run, answer: answer) { return reason.text }
    return nil
  }
}

extension GoalCheck {
  func outcome(state: LabState, log: [LabEvent]) -> CheckOutcome {
    let acted = log.contains { event in
      switch event {
      case .openedStep, .reset: false
      default: true
      }
    }
    guard acted else { return .open }
    guard let missing = missing(state: state, log: log) else { return .passed }
    return .wrong(Prose(missing))
  }

  /// The first condition that does not hold, with what is measured instead.
  private func missing(state: LabState, log: [LabEvent]) -> Bilingual? {
    if ownPrompt, !log.contains(where: { if case .editedPrompt = $0 { true } else { false } }) {
      return Bilingual(zh: "还没有改过提示词。", en: "The prompt has not been edited yet.")
    }
    if let format, state.format != format {
      return Bilingual(zh: "提示词的格式现在是 \(state.format.rawValue)。", en: "The prompt's format is \(state.format.rawValue) now.")
    }
    let done = log.count { if case .sampled = $0 { true } else { false } }
    if done < sampled {
      return Bilingual(zh: "已采样 \(done) 个词元，还差 \(sampled - done) 个。", en: "\(done) tokens sampled, \(sampled - done) to go.")
    }
    if let operation = unvisited(log) {
      return Bilingual(zh: "光标还没有按顺序到过 \(operation)。", en: "The cursor has not been on \(operation) in this order yet.")
    }
    if let view, state.view != view {
      return Bilingual(zh: "现在的视图是 \(state.view.rawValue)。", en: "The view is \(state.view.rawValue) now.")
    }
    let cursor = state.cursor
    if let operation, cursor.operation != operation {
      return Bilingual(zh: "光标现在在 \(cursor.operation)。", en: "The cursor is on \(cursor.operation) now.")
    }
    let places: [(Bilingual, Int?, Int)] = [
      (Bilingual(zh: "层", en: "layer"), layer, cursor.layer), (Bilingual(zh: "头", en: "head"), head, cursor.head),
      (Bilingual(zh: "查询位置", en: "query"), query, cursor.query), (Bilingual(zh: "键位置", en: "key"), key, cursor.key),
    ]
    for (name, wanted, actual) in places where wanted != nil && wanted != actual {
      return Bilingual(zh: "光标现在在\(name.zh) \(actual)。", en: "The cursor is on \(name.en) \(actual) now.")
    }
    return nil
  }

  private func unvisited(_ log: [LabEvent]) -> String? {
    var rest = visited[...]
    for case .movedCursor(let cursor) in log where cursor.operation == rest.first { rest = rest.dropFirst() }
    return rest.first
  }
}
