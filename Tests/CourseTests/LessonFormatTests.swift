// The lesson format: what a good folder gives, and that each kind of mistake is found and named.
import Foundation
import Languages
import Testing

@testable import Course

/// A course of one small lesson in a temporary folder, with texts replaced at will.
struct SmallCourse {
  static let yaml = """
    id: small
    title: {zh: 小课, en: Small}
    summary: {zh: 一句话。, en: One sentence.}
    minutes: 10
    model: sprout-nano
    seed: 1
    steps: [one, two]
    checks:
      - id: sum
        number: {answer: "attn[0,0,1,*] | sum", within: 0.01}
        ask: {zh: 和？, en: Sum?}
        reasons:
          - {when: "answer < 1", zh: 小, en: small}
        hints:
          - {zh: 一, en: one}
          - {zh: 二, en: two, lab: step view=attention}
          - {zh: 三, en: three}
        why: {zh: 因为, en: because}
    solution:
      - {check: sum, do: [answer number=1]}
    wrong:
      - {check: sum, do: [answer number=0.5], keys: "0 . 5 <Enter>"}
    """
  static func prose(_ prompt: String, _ words: String) -> String {
    """
    <!-- step: one -->
    <!-- lab: step prompt="\(prompt)" format=raw view=attention layer=1 -->
    # \(words)
    \(words) {{trace: attn[0,0,1,*] | sum}}

    <!-- step: two -->
    ## \(words)
    \(words)<!-- term: key|键 -->

    <!-- run: show view=heads -->
    <!-- check: sum -->

    """
  }
  static let list = "chapters: [{id: c, title: {zh: 章, en: C}, lessons: [{id: small, title: {zh: 小, en: S}, topic: {zh: 小, en: s}}]}]"
  static let glossary = "attention: [{zh: 键, en: key, says: {zh: 键。, en: A key.}}]"

  var files: [String: String] = [
    "course.yaml": list, "glossary.yaml": glossary, "c/small/lesson.yaml": yaml, "c/small/zh.md": prose("你好", "文字"),
    "c/small/en.md": prose("hello", "words"),
  ]

  /// Replaces the only occurrence of a text in a file.
  func replacing(_ file: String, _ old: String, _ new: String) -> SmallCourse {
    var copy = self
    precondition(files[file]!.contains(old), old)
    copy.files[file] = files[file]!.replacingOccurrences(of: old, with: new)
    return copy
  }

  func with<Value>(_ body: (Course) throws -> Value) rethrows -> Value {
    let folder = NSTemporaryDirectory() + "/course-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      let path = folder + "/" + name
      try! FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try! Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
    return try body(Course(folder: folder))
  }
}

struct LessonFormatTests {
  @Test func goodFolder() throws {
    try SmallCourse().with { course in
      #expect(course.validate() == [])
      let lesson = try #require(course.lesson("small"))
      #expect(lesson.steps.map(\.id) == ["one", "two"] && lesson.minutes == 10 && lesson.needs == [])
      #expect(lesson.steps[0].zh.setup?.prompt == "你好" && lesson.steps[0].en.setup?.prompt == "hello")
      #expect(lesson.steps[0][.zh].title.plainText == "文字" && lesson.steps[0].zh.queries.count == 1)
      #expect(lesson.steps[1].checks == ["sum"] && lesson.steps[1].zh.terms == ["key|键"])
      #expect(lesson.step(ofCheck: "sum")?.id == "two")
      #expect(lesson.check("sum")?.hints[1].setup?.view == .attention)
      #expect(lesson.wrong[0].keys == "0 . 5 <Enter>")
    }
  }

  /// file, text, its replacement, what the problem must name
  static let mistakes: [(String, String, String, String)] = [
    ("c/small/lesson.yaml", "minutes: 10", "minutes: ten", "minutes"),
    ("c/small/lesson.yaml", "minutes: 10", "minutes: 90", "minutes"),
    ("c/small/lesson.yaml", "minutes: 10", "minuets: 10", "minuets"),
    ("c/small/lesson.yaml", "seed: 1", "seed: -1", "seed"),
    ("c/small/lesson.yaml", "seed: 1", "seed: [1]", "seed"),
    ("c/small/lesson.yaml", "id: small", "id: Small One", "id"),
    ("c/small/lesson.yaml", "id: small", "id: other", "small"),
    ("c/small/lesson.yaml", "title: {zh: 小课, en: Small}", "title: {zh: 小课}", "title.en"),
    ("c/small/lesson.yaml", "steps: [one, two]", "steps: [two, one]", "steps"),
    ("c/small/lesson.yaml", "steps: [one, two]", "steps: [one, two, three]", "steps"),
    ("c/small/lesson.yaml", "steps: [one, two]", "steps: [a, b, c, d, e, f, g, h]", "steps"),
    ("c/small/lesson.yaml", "seed: 1", "seed: 1\nneeds: [nowhere]", "nowhere"),
    ("c/small/lesson.yaml", "seed: 1", "seed: 1\nneeds: [small]", "small"),
    ("c/small/lesson.yaml", "- {zh: 三, en: three}", "", "hints"),
    ("c/small/lesson.yaml", "within: 0.01", "about: 0.01", "about"),
    ("c/small/lesson.yaml", "attn[0,0,1,*] | sum", "attn[0,0,1] | sum", "number.answer"),
    ("c/small/lesson.yaml", "answer < 1", "answer", "when"),
    ("c/small/lesson.yaml", "why: {zh: 因为, en: because}", "why: {zh: 因为, en: }", "why.en"),
    ("c/small/lesson.yaml", "lab: step view=attention", "lab: step view=nowhere", "view"),
    ("c/small/lesson.yaml", "number: {answer:", "guess: {answer:", "kind"),
    ("c/small/lesson.yaml", "id: sum", "id: product", "product"),
    ("c/small/lesson.yaml", "answer number=1", "shout number=1", "shout"),
    ("c/small/lesson.yaml", "answer number=1", "answer number=\"= nothing\"", "nothing"),
    ("c/small/lesson.yaml", "  - {check: sum, do: [answer number=1]}", "  []", "solution"),
    ("c/small/lesson.yaml", "steps: [one, two]", "steps: &a [one, *a]", "anchor"),
    ("c/small/lesson.yaml", "seed: 1", "seed: 1\nseed: 2", "uplicate"),
    ("c/small/lesson.yaml", "seed: 1", "seed: 1\n  bad: : :", "YAML"),
    ("c/small/lesson.yaml", "zh: 和？", "zh: '<!-- check: sum --> 和'", "nothing else"),
    ("c/small/lesson.yaml", "seed: 1", "seed: 1\nextra: \(String(repeating: "[", count: 60))", "brackets"),
    ("c/small/en.md", "<!-- step: two -->", "<!-- step: zwei -->", "steps"),
    ("c/small/en.md", "<!-- step: two -->", "", "steps"),
    ("c/small/en.md", "## words", "words", "heading"),
    ("c/small/en.md", "<!-- step: one -->", "x\n\n<!-- step: one -->", "first step"),
    ("c/small/en.md", "layer=1", "layer=2", "lab"),
    ("c/small/en.md", "layer=1", "layer=one", "layer"),
    ("c/small/en.md", "layer=1", "layers=1", "layers"),
    ("c/small/en.md", "layer=1", "layer=1 layer=2", "layer"),
    ("c/small/en.md", "layer=1", "hide=everything", "hide"),
    ("c/small/en.md", "layer=1", "hide=pattern until=nothing", "nothing"),
    ("c/small/en.md", "layer=1", "operation=attn.hook_nothing", "attn.hook_nothing"),
    ("c/small/en.md", "format=raw ", "", "format"),
    ("c/small/en.md", "prompt=\"hello\"", "prompt=\"hello", "quotation"),
    ("c/small/en.md", "prompt=\"hello\"", "prompt=\"\"", "prompt"),
    ("c/small/en.md", "run: show", "run: dance", "run"),
    ("c/small/en.md", "check: sum", "check: difference", "difference"),
    ("c/small/en.md", "check: sum", "cheque: sum", "cheque"),
    ("c/small/en.md", "term: key|键", "term: lock|锁", "lock"),
    ("c/small/en.md", "{{trace: attn[0,0,1,*] | sum}}", "", "live"),
    ("c/small/en.md", "{{trace: attn[0,0,1,*] | sum}}", "{{trace: attn[0,0,1,*] | summ}}", "summ"),
    ("c/small/en.md", "<!-- run: show view=heads -->", "```\n\(String(repeating: "宽", count: 20))\n```", "code"),
    ("c/small/en.md", "<!-- run: show view=heads -->", "| \(String(repeating: "w", count: 50)) |\n|--|\n", "table"),
    ("course.yaml", "id: c,", "id: ../c,", "id"),
    ("course.yaml", "id: c,", "", "id"),
    ("glossary.yaml", "says: {zh: 键。, en: A key.}", "says: {zh: 键。}", "says.en"),
    ("glossary.yaml", "attention: [", "attention: [{zh: 键, en: key, says: {zh: a, en: b}}, ", "twice"),
  ]

  @Test(arguments: mistakes.indices) func mistakeIsNamed(index: Int) {
    let (file, old, new, name) = Self.mistakes[index]
    SmallCourse().replacing(file, old, new).with { course in
      let problems = course.validate()
      #expect(problems.contains { $0.problem.en.contains(name) }, "\(problems.map(\.message.en))")
      #expect(problems.allSatisfy { !$0.problem.zh.isEmpty && !$0.file.isEmpty })
    }
  }

  @Test func missingFiles() {
    for name in ["c/small/zh.md", "glossary.yaml", "course.yaml"] {
      var small = SmallCourse()
      small.files[name] = nil
      small.with { #expect($0.validate().contains { $0.file == name }) }
    }
    #expect(Course(folder: "/nowhere").entries.isEmpty)
  }

  @Test func lessonOutsideOfTheListIsFound() {
    var small = SmallCourse()
    small.files["c/smal/lesson.yaml"] = SmallCourse.yaml
    small.with { #expect($0.validate().map(\.file) == ["c/smal"]) }
  }

  /// Each level holds the one before ten times, and the whole is a key: hashing it would take years.
  @Test func aliasesDoNotMultiply() {
    var yaml = "a: &a0 [x, x]\n"
    for level in 1...20 { yaml += "b\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
    yaml += "? *a20\n: 1\n? *a19\n: 2\n"
    var small = SmallCourse()
    small.files["c/small/lesson.yaml"] = yaml
    small.with { #expect($0.validate().contains { $0.problem.en.contains("anchor") }) }
  }

  @Test func pipeDoesNotHang() {
    var small = SmallCourse()
    small.files["c/small/zh.md"] = nil
    small.with { course in
      mkfifo(course.folder + "/c/small/zh.md", 0o600)
      #expect(course.validate().contains { $0.file == "c/small/zh.md" })
    }
  }
}
