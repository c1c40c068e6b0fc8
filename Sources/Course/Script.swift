// What an author's solution or wrong attempt does, as events, so that the gate can replay it. Not here: keys on real screens
// (the screens' tests replay `keys`).
import Languages

/// One entry of `solution` or `wrong`: acts for one check.
///
/// ```yaml
/// - check: find-head
///   do: ['move layer="= previous[*,*] | argmax | at 0" head=2', 'answer done']
///   keys: "Tab Down Enter"
/// ```
/// Acts: `move operation= layer= head= query= key=`, `view NAME`, `prompt "text" format=raw`, `guess TEXT` or `guess number=`, `reveal`,
/// `sample`, `answer number=|choice=|token=` or `answer done`, `hint level=`. A value that begins with `=` is a query.
public struct Script: Sendable, Hashable {
  public let check: String
  public let keys: String?
  let acts: [Directive]

  static let verbs: Set = ["move", "view", "prompt", "guess", "reveal", "sample", "answer", "hint"]

  static func read(_ mapping: YAMLMapping, _ problems: inout ProblemList) -> Script? {
    var mapping = mapping
    let line = mapping.line(of: "do")
    let check = mapping.id("check", &problems)
    let keys = mapping.text("keys", required: false, &problems)
    var acts: [Directive] = []
    for text in mapping.texts("do", &problems) {
      do throws(Directive.Mistake) {
        let act = try Directive(line: text)
        if !verbs.contains(act.verb) { throw Directive.Mistake(zh: "没有叫做 \(act.verb) 的动作", en: "there is no act called \(act.verb)") }
        for value in act.values.values where value.hasPrefix("=") {
          do throws(TraceError) { _ = try TraceQuery(String(value.dropFirst())) } catch { throw Directive.Mistake(error.message) }
        }
        acts.append(act)
      } catch {
        problems.add(line, error.problem)
      }
    }
    mapping.finish(&problems)
    return check.map { Script(check: $0, keys: keys, acts: acts) }
  }

  /// Replays the acts.
  /// - Parameters:
  ///   - state: the lab when the check's step has just been opened; afterwards the lab as the acts have left it.
  ///   - run: the run as it looks in a state (its cursor).
  /// - Returns: the events, in order.
  /// - Throws: when an act cannot be done: a bad value, or a query that this run cannot answer.
  public func replay(_ state: inout LabState, run: (LabState) -> any TraceValues) throws(CourseProblem) -> [LabEvent] {
    var events: [LabEvent] = []
    for act in acts {
      do throws(Directive.Mistake) {
        let event = try event(act, state, run(state))
        events.append(event)
        state.apply(event)
      } catch {
        throw CourseProblem(file: "lesson.yaml", line: 0, problem: error.problem)
      }
    }
    return events
  }

  private func event(_ act: Directive, _ state: LabState, _ run: any TraceValues) throws(Directive.Mistake) -> LabEvent {
    var values = act.values
    for (key, value) in act.values where value.hasPrefix("=") {
      do throws(TraceError) {
        let computed = try TraceQuery(String(value.dropFirst())).value(run)
        values[key] = if let number = computed.scalar { Int(exactly: number).map(String.init) ?? "\(number)" } else { computed.text() }
      } catch {
        throw Directive.Mistake(error.message)
      }
    }
    var reader = DirectiveReader(Directive(verb: act.verb, words: act.words, values: values))
    switch act.verb {
    case "move":
      var cursor = state.cursor
      if let operation = reader.text("operation") { cursor.operation = operation }
      cursor.layer = try reader.integer("layer", in: 0...1023) ?? cursor.layer
      cursor.head = try reader.integer("head", in: 0...1023) ?? cursor.head
      cursor.query = try reader.integer("query", in: 0...4095) ?? cursor.query
      cursor.key = try reader.integer("key", in: 0...4095) ?? cursor.key
      try reader.finish()
      return .movedCursor(cursor)
    case "view":
      guard let view = act.words.first.flatMap(LabView.init) else { throw Directive.Mistake(zh: "没有这个视图", en: "no such view") }
      return .openedView(view)
    case "prompt": return .editedPrompt(act.words.first ?? "", try reader.choice("format", PromptFormat.self) ?? state.format)
    case "reveal": return .revealed(check: check)
    case "sample":
      let ids = run.tokens
      return .sampled(token: ids.last ?? 0, text: ids.last.map { run.text(ofToken: $0) } ?? "", position: ids.count)
    case "hint": return .usedHint(check: check, level: try reader.integer("level", in: 1...3) ?? 1)
    case "guess": return .guessed(check: check, try answer(&reader))
    default: return .answered(check: check, try answer(&reader))
    }
  }

  private func answer(_ reader: inout DirectiveReader) throws(Directive.Mistake) -> CheckAnswer {
    if let text = reader.text("number") {
      guard let number = Double(text) else { throw Directive.Mistake(zh: "\(text) 不是数", en: "\(text) is not a number") }
      return .number(number)
    }
    if let choice = reader.text("choice") { return .choice(choice) }
    if let token = reader.text("token") { return .text(token) }
    guard let word = reader.directive.words.first else { throw Directive.Mistake(zh: "缺少答案", en: "the answer is missing") }
    return word == "done" ? .done : .text(word)
  }
}

extension Directive {
  init(verb: String, words: [String], values: [String: String]) {
    self.verb = verb
    self.words = words
    self.values = values
    arguments = words.joined(separator: " ")
  }
}
