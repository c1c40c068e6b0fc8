// Mutated lessons, queries and lists with fixed seeds: whatever a lesson pack of somebody else holds, the reader ends with problems or a
// lesson, quickly. LLMLAB_FUZZ sets the number of cases.
import Foundation
import Languages
import Lessons
import Testing

@testable import Course

struct FuzzTests {
  static let cases = ProcessInfo.processInfo.environment["LLMLAB_FUZZ"].flatMap { Int($0) } ?? 1000

  static let pieces = [
    "{{", "}}", "{{trace: ", "{{trace: attn[*,*,*,*]}}", "<!--", "-->", "<!-- step: one -->", "<!-- lab: ", "|", "*", "_", "[", "]", "(",
    ">",
    "- ", "`", "```\n", "\n", "\n\n", ": ", "&a ", "*a", "!!int ", "? ", "{", "}", "\"", "'", "\\", "#", "\u{202E}", "\u{0}",
    "\u{E000}0\u{E001}",
    "99999999999999999999", "-1", "1e999", "nan", "𠮷", "键", "<<: ", "%YAML 1.1\n", "---\n", "...\n", "|-\n", "~", "| max", " | ",
    "\t", "https://x", "[a]: b\n", "![", "&amp;", "<div>",
  ]

  private func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let at = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
      let length = min(bytes.count - at, Int.random(in: 0...40, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(at..<at + length)
      case 2: bytes.insert(contentsOf: bytes[at..<at + length], at: Int.random(in: 0...bytes.count, using: &random))
      case 3: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)!.utf8, at: at)
      case 4:
        let piece = Array(Self.pieces.randomElement(using: &random)!.utf8)
        let count = [10, 100, 3000].randomElement(using: &random)!
        bytes.insert(contentsOf: (0..<count).flatMap { _ in piece }, at: at)
      default: bytes = Array(bytes.prefix(at))
      }
    }
    return bytes
  }

  /// Reads what a lesson's folder holds, as the course does, and computes what can be computed.
  private func read(yaml: [UInt8], prose: [UInt8]) {
    var problems = ProblemList(file: "zh.md")
    let steps = TextGuard.check(prose, &problems).map { LessonProse.steps($0, &problems) } ?? []
    for query in steps.flatMap(\.text.queries) { _ = try? query.text(FakeRun()) }
    var other = ProblemList(file: "lesson.yaml")
    if let text = TextGuard.check(yaml, &other), var mapping = YAMLMapping.read(text, &other) {
      let checks = mapping.mappings("checks", &other).compactMap { CheckReader.read($0, &other) }
      let scripts = mapping.mappings("wrong", &other).compactMap { Script.read($0, &other) }
      for script in scripts {
        var state = LabState()
        guard let events = try? script.replay(&state, run: { _ in FakeRun() }) else { continue }
        for check in checks { _ = check.outcome(state: state, log: events, run: FakeRun()) }
      }
    }
    #expect(problems.problems.count <= ProblemList.maximum && other.problems.count <= ProblemList.maximum)
  }

  /// Time of this thread alone: the machine may be busy with other tests.
  private func processorSeconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    body()
    return now() - start
  }

  @Test func lessons() throws {
    let folder = Lessons.folder + "/3-under-the-hood/attention"
    let yamls = [Array(SmallCourse.yaml.utf8), try #require(TextFile.read(folder + "/lesson.yaml"))]
    let proses = [Array(SmallCourse.prose("hello", "words").utf8), try #require(TextFile.read(folder + "/zh.md"))]
    var random = SplitMix(state: 20_240_607)
    var slowest = 0.0
    for index in 0..<Self.cases {
      // The long lesson now and then: it costs most of the time and most of its text is alike.
      let long = index % 16 == 0 ? 1 : 0
      let yaml = mutated(yamls[long], &random)
      let prose = mutated(proses[long], &random)
      slowest = max(slowest, processorSeconds { read(yaml: yaml, prose: prose) })
    }
    #expect(slowest < 2)
  }

  @Test func queries() {
    let seeds = [
      "attn[1,2,query,*] | max | digits 3", "top[-1,1].token", "(a + 1) * previous[*,*] | argmax | at 0", "prob[-1, \"a\"] == 1 and 2 < 3",
    ]
    var random = SplitMix(state: 7)
    for _ in 0..<Self.cases {
      let text = String(decoding: mutated(Array(seeds.randomElement(using: &random)!.utf8), &random), as: UTF8.self)
      if let query = try? TraceQuery(text) { _ = try? query.text(FakeRun()) }
      if let predicate = try? TracePredicate(text) { _ = try? predicate.holds(FakeRun(), answer: .number(1)) }
    }
  }

  @Test func lists() {
    var random = SplitMix(state: 11)
    for _ in 0..<Self.cases / 10 {
      var small = SmallCourse()
      for name in ["course.yaml", "glossary.yaml"] {
        small.files[name] = String(decoding: mutated(Array(small.files[name]!.utf8), &random), as: UTF8.self)
      }
      small.with { _ = $0.validate() }
    }
  }

  /// The quadratic cases known for cmark-gfm, at the largest size that the guard lets through.
  static let quadratic = [
    "*a_ ", "**x [a_", "[a](", "![a](<b", "`", "<!--x", "a**b" + "c* ", "_a __b ", "\\", "&", "<a ", "[a]: u\n", "- a\n", "> a\n",
    "| a | b |\n",
    "{{", "~", "https://a.b ", "1. x\n", "# x\n", "a\n=\n", "[^1]", "<![CDATA[", "<?",
  ]

  @Test(arguments: quadratic.indices) func repeatedPieces(index: Int) {
    let piece = Self.quadratic[index]
    let run = String(repeating: piece, count: (TextGuard.maximumRunBytes - 200) / piece.utf8.count)
    var lines = ""
    for (index, character) in run.enumerated() { lines += String(character) + (index % 3000 == 2999 ? "\n" : "") }
    let document = "<!-- step: one -->\n\n" + (lines + "\n\n") + (lines + "\n\n") + lines
    #expect(processorSeconds { read(yaml: [], prose: Array(document.utf8)) } < 2)
  }
}
