// Every kind of check: open before anything was done, wrong with a measured reason, passed; by state, log and run alone.
import Foundation
import Languages
import Testing

@testable import Course

struct CheckTests {
  private func check(_ kind: CheckKind, reasons: [CheckReason] = []) -> Check {
    let text = Prose(Bilingual(same: "x"))
    return Check(id: "c", ask: text, kind: kind, reasons: reasons, hints: [], why: text, other: nil)
  }

  private func outcome(_ check: Check, _ log: [LabEvent], state: LabState = LabState(), run: FakeRun = FakeRun()) -> CheckOutcome {
    check.outcome(state: state, log: log, run: run)
  }

  private func answered(_ answer: CheckAnswer) -> [LabEvent] { [.answered(check: "other", .number(1)), .answered(check: "c", answer)] }

  @Test func number() throws {
    let reason = CheckReason(when: try TracePredicate("answer > 1"), text: Prose(Bilingual(same: "over one")))
    let check = check(.number(NumberCheck(expected: try TraceQuery("attn[1,0,3,0]"), tolerance: 0.01, share: 0)), reasons: [reason])
    #expect(outcome(check, []) == .open)
    #expect(outcome(check, [.answered(check: "other", .number(0.25))]) == .open)
    #expect(outcome(check, answered(.number(0.26))) == .passed)
    #expect(outcome(check, answered(.number(0.24))) == .passed)
    #expect(outcome(check, answered(.number(2))) == .wrong(reason.text))
    for bad in [CheckAnswer.number(0.2), .number(.nan), .number(.infinity), .text("0.25"), .done] {
      if case .wrong = outcome(check, answered(bad)) {} else { Issue.record("\(bad)") }
    }
    #expect(outcome(check, answered(.number(2)) + answered(.number(0.25))) == .passed, "the last answer counts")
    #expect(check.attempts(in: answered(.number(2)) + answered(.number(0.25))) == 2)
    let share = self.check(.number(NumberCheck(expected: try TraceQuery("tokens"), tolerance: 0, share: 0.1)))
    #expect(outcome(share, answered(.number(5.5))) == .passed)
    if case .wrong = outcome(share, answered(.number(5.6))) {} else { Issue.record("5.6") }
    let missing = self.check(.number(NumberCheck(expected: try TraceQuery("blocks.9.hook_attn_out[0,0]"), tolerance: 0, share: 0)))
    #expect(outcome(missing, answered(.number(1))) == .unknown(.missing("blocks.9.hook_attn_out")))
  }

  @Test func predict() throws {
    let check = check(.predict(PredictCheck(guess: .token, actual: try TraceQuery("top[-1,1].token"), sampled: 1)))
    let guess = LabEvent.guessed(check: "c", .text(" cat"))
    let reveal = LabEvent.revealed(check: "c")
    let sample = LabEvent.sampled(token: 1, text: "a", position: 5)
    #expect(outcome(check, []) == .open && outcome(check, [guess]) == .open && outcome(check, [guess, reveal]) == .open)
    #expect(outcome(check, [guess, reveal, sample]) == .passed)
    #expect(outcome(check, [guess, sample, reveal]) == .open, "sampled before the reveal")
    if case .wrong = outcome(check, [reveal, guess, sample]) {} else { Issue.record("looked first") }
    if case .wrong = outcome(check, [reveal, guess, reveal, sample]) {} else { Issue.record("looked first, then again") }
    #expect(outcome(check, [reveal, .reset, guess, reveal, sample]) == .passed)
    #expect(outcome(check, [.guessed(check: "other", .text("x")), .revealed(check: "other"), sample]) == .open)
    #expect(check.guess(in: [guess]) == .text(" cat"))
  }

  @Test func goal() {
    var goal = GoalCheck()
    goal.view = .attention
    goal.layer = 1
    goal.visited = ["attn.hook_q", "attn.hook_pattern"]
    goal.sampled = 2
    let check = check(.goal(goal))
    var state = LabState()
    var log: [LabEvent] = [.openedStep(lesson: "l", step: "s")]
    #expect(outcome(check, log, state: state) == .open)
    let acts: [LabEvent] = [
      .sampled(token: 0, text: "", position: 0), .sampled(token: 0, text: "", position: 1),
      .movedCursor(LabCursor(operation: "attn.hook_pattern")), .movedCursor(LabCursor(operation: "attn.hook_q")),
      .movedCursor(LabCursor(operation: "attn.hook_pattern", layer: 0)), .openedView(.attention),
      .movedCursor(LabCursor(operation: "hook_mlp_out", layer: 1)),
    ]
    var reasons: Set<String> = []
    for (index, act) in acts.enumerated() {
      log.append(act)
      state.apply(act)
      switch outcome(check, log, state: state) {
      case .wrong(let prose): reasons.insert(prose.zh.plainText + prose.en.plainText)
      case let outcome: #expect(outcome == .passed && index == acts.count - 1)
      }
    }
    #expect(reasons.count == 5)
    var own = GoalCheck()
    own.ownPrompt = true
    own.format = .chat
    let edited = LabEvent.editedPrompt("x", .chat)
    state.apply(edited)
    #expect(outcome(self.check(.goal(own)), [edited], state: state) == .passed)
    if case .wrong = outcome(self.check(.goal(own)), acts, state: LabState()) {} else { Issue.record("not edited") }
  }

  @Test func trace() throws {
    let check = check(.trace(try TracePredicate("previous[layer,head] == (previous[*,*] | max)")))
    var run = FakeRun()
    #expect(outcome(check, []) == .open)
    if case .wrong = outcome(check, answered(.done), run: run) {} else { Issue.record("wrong head") }
    (run.cursor.layer, run.cursor.head) = (0, 1)
    #expect(outcome(check, [.movedCursor(run.cursor)], run: run) == .open, "must be claimed")
    #expect(outcome(check, answered(.done), run: run) == .passed)
    let surprise = self.check(.trace(try TracePredicate("surprise[query] > 0")))
    run.cursor.query = 0
    if case .wrong = outcome(surprise, answered(.done), run: run) {} else { Issue.record("outside of the question") }
  }

  @Test func choice() {
    let reason = Prose(Bilingual(same: "no"))
    let options = ["a", "b", "c"].map { ChoiceOption(id: $0, text: reason, isRight: $0 == "b", reason: reason) }
    let check = check(.choice(options))
    #expect(outcome(check, answered(.choice("b"))) == .passed && outcome(check, answered(.choice("a"))) == .wrong(reason))
    #expect(outcome(check, answered(.choice("z"))) == .open && outcome(check, []) == .open)
    #expect(check.options(seed: 3).count == 3)
  }

  @Test func token() throws {
    let check = check(.token(TokenCheck(expected: try TraceQuery("top[1,1].token"))))
    #expect(outcome(check, answered(.text(" upon"))) == .passed && outcome(check, answered(.text("␣upon"))) == .passed)
    #expect(outcome(check, answered(.text("upon"))) == .passed)
    if case .wrong = outcome(check, answered(.text("up"))) {} else { Issue.record("up") }
    if case .wrong = outcome(check, answered(.number(1))) {} else { Issue.record("1") }
  }

  @Test func eventsAreCodable() throws {
    let events: [LabEvent] = [
      .openedStep(lesson: "a", step: "b"), .movedCursor(LabCursor(operation: "logits", layer: 1)), .editedPrompt("“引号”\n", .chat),
      .guessed(check: nil, .number(0.5)), .answered(check: "c", .done), .sampled(token: 1, text: "␣a", position: 3),
      .changedSampler(SamplerFacts(temperature: 0.8, topK: 40, seed: 7)), .usedHint(check: "c", level: 2), .reset, .openedView(.heads),
      .revealed(check: "c"),
    ]
    let data = try JSONEncoder().encode(events)
    #expect(try JSONDecoder().decode([LabEvent].self, from: data) == events)
    let state = LabState(lesson: "a", prompt: "x", sampledCount: 2)
    #expect(try JSONDecoder().decode(LabState.self, from: JSONEncoder().encode(state)) == state)
  }

  @Test func setupMovesTheLab() throws {
    let setup = try LabSetup(Directive(line: #"lab step prompt="a \"b\"\n" format=chat view=heads layer=2 token=-1 key=99"#))
    var state = LabState(sampledCount: 4)
    state.apply(setup, tokenCount: 10)
    #expect(state.prompt == "a \"b\"\n" && state.format == .chat && state.view == .heads && state.sampledCount == 0)
    #expect(state.cursor == LabCursor(layer: 2, query: 9, key: 9))
  }
}
