// The shipped course: the gate passes, every query resolves and every script does what it should on a run of the model's shapes.
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

  @Test(arguments: ["first-token", "attention", "blocks"]) func queriesAndScriptsHold(id: String) throws {
    let lesson = try #require(course.lesson(id))
    let problems = lesson.problems(file: id) {
      LabState(lesson: id).opening($0, $1)
    } run: {
      SproutLikeRun($0)
    }
    #expect(problems.isEmpty, "\(problems.map(\.message.en).joined(separator: "\n"))")
  }

  /// The gate itself: it must notice what it is there for.
  @Test func gateNoticesBadScripts() throws {
    let cases = [
      ("answer number=1]", "answer number=2]", "the solution fails"), ("answer number=0.5", "answer number=1.0", "a wrong script passes"),
      ("answer number=1]", "hint level=1]", "not complete"), ("zh: 因为, en: because", "zh: '{{trace: token[99]}}', en: b", "token[99]"),
      ("zh: 小, en: small}", "zh: '{{trace: token[99]}}', en: b}", "token[99]"), ("answer number=1]", "answer number=x]", "not a number"),
      ("number: {answer: \"attn[0,0,1,*] | sum\", within: 0.01}", "goal: {layer: 9}", "the solution fails"),
    ]
    for (old, new, name) in cases {
      try SmallCourse().replacing("c/small/lesson.yaml", old, new).with { course in
        let lesson = try #require(course.lesson("small"), "\(course.validate())")
        let problems = lesson.problems(file: "small") {
          LabState().opening($0, $1)
        } run: {
          SproutLikeRun($0)
        }
        #expect(problems.contains { $0.problem.en.contains(name) }, "\(new): \(problems)")
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
