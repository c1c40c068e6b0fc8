// The shipped course: the gate passes, every query resolves and every script does what it should on a run of the lessons' shape.
import Course
import Languages
import Lessons
import Testing

struct ShippedCourseTests {
  let course = Course(folder: Lessons.folder)

  @Test func gatePasses() {
    let problems = course.validate()
    #expect(problems.isEmpty, "\(problems.map(\.message.en).joined(separator: "\n"))")
  }

  @Test func listIsWhole() {
    #expect(course.chapters.map(\.id) == ["1-first-contact", "2-putting-to-work", "3-under-the-hood", "4-from-zero", "5-what-comes-next"])
    #expect(course.entries.count == 35)
    #expect(course.entries.filter(\.isWritten).map(\.id) == ["first-token", "attention", "blocks"])
    #expect(course["mamba"]?.isWritten == false && course.lesson("mamba") == nil)
    #expect(course.glossary()["注意力"]?.name.en == "attention" && course.glossary()["Attention"]?.name.zh == "注意力")
  }

  @Test(arguments: ["first-token", "attention", "blocks"]) func everyQueryResolves(id: String) throws {
    let lesson = try #require(course.lesson(id))
    for step in lesson.steps {
      for language in Language.allCases {
        let run = SproutLikeRun(LabState().opening(step, language))
        for query in step[language].queries {
          #expect(throws: Never.self, "\(step.id) \(language): \(query.source)") { try query.text(run) }
        }
      }
    }
    for check in lesson.checks {
      let step = try #require(lesson.step(ofCheck: check.id))
      let run = SproutLikeRun(LabState().opening(step, .en))
      let answer = CheckAnswer.number(0.5)
      let proses = [check.ask, check.why] + (check.other.map { [$0] } ?? []) + check.hints.map(\.text) + check.reasons.map(\.text)
      for query in proses.flatMap({ $0.zh.queries + $0.en.queries }) {
        #expect(throws: Never.self, "\(check.id): \(query.source)") { try query.text(run, answer: answer, guess: answer) }
      }
    }
  }

  @Test(arguments: ["first-token", "attention", "blocks"]) func scriptsDoWhatTheyShould(id: String) throws {
    let lesson = try #require(course.lesson(id))
    for (scripts, passes) in [(lesson.solution, true), (lesson.wrong, false)] {
      for script in scripts {
        let check = try #require(lesson.check(script.check))
        let step = try #require(lesson.step(ofCheck: check.id))
        for language in Language.allCases {
          var state = LabState(lesson: id).opening(step, language)
          let opened = [LabEvent.openedStep(lesson: id, step: step.id)]
          #expect(check.outcome(state: state, log: opened, run: SproutLikeRun(state)) == .open, "\(check.id) untouched")
          let events = try script.replay(&state) { SproutLikeRun($0) }
          let outcome = check.outcome(state: state, log: opened + events, run: SproutLikeRun(state))
          if passes { #expect(outcome == .passed, "\(check.id)") } else { #expect(outcome != .passed, "\(check.id): \(events)") }
          if case .unknown(let error) = outcome { Issue.record("\(check.id): \(error)") }
        }
      }
    }
  }

  @Test func searchFindsBothLanguages() {
    #expect(course.search("注意力").first?.entry.id == "attention")
    #expect(course.search("ROTARY").isEmpty)
    #expect(course.search("causal MASK").map(\.step).contains("mask"))
    #expect(course.search("   ").isEmpty && course.search("diffusion").first?.entry.id == "video")
  }

  @Test func orderFollowsProgress() throws {
    #expect(course.next(completed: [])?.id == "first-token")
    #expect(course.next(completed: ["first-token"])?.id == "attention")
    #expect(course.next(completed: ["first-token", "attention", "blocks"]) == nil)
    let blocks = try #require(course.lesson("blocks"))
    #expect(course.missingNeeds(of: blocks, completed: ["first-token"]).map(\.id) == ["attention"])
  }

  @Test func optionsAreShuffledBySeed() throws {
    let check = try #require(course.lesson("blocks")?.check("neighbours"))
    let orders = Set((0..<20).map { check.options(seed: UInt64($0)).map(\.id) })
    #expect(orders.count > 5)
    #expect(check.options(seed: 7) == check.options(seed: 7))
  }
}

extension LabState {
  /// The lab after a step has been opened, its prompt being as long as the run that stands in for the model.
  func opening(_ step: LessonStep, _ language: Language) -> LabState {
    var state = self
    if let setup = step[language].setup { state.apply(setup, tokenCount: SproutLikeRun.count) }
    return state
  }
}
