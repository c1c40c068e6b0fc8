// The authors' gate, as far as it needs no screen and no model: what must hold over the files of a course. The screens' tests go on
// with it: they render every step and replay every script on the real lab.
import Foundation
import Languages

extension Course {
  /// Everything that is wrong with the course, sorted by file and line. Empty: it can be published.
  public func validate() -> [CourseProblem] {
    let glossary = Glossary.read("\(folder)/glossary.yaml", name: "glossary.yaml")
    var problems = self.problems + glossary.problems + listProblems()
    for entry in entries {
      let (lesson, found) = read(entry)
      problems += found
      if let lesson { problems += FileGate(lesson: lesson, entry: entry, course: self, glossary: glossary.glossary).problems() }
    }
    return problems.sorted()
  }

  private func listProblems() -> [CourseProblem] {
    var seen: Set<String> = []
    let unlisted = chapters.flatMap { chapter in
      let folders = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(chapter.id)")) ?? []
      return folders.prefix(200).sorted().filter { name in !chapter.lessons.contains { $0.id == name } }.map {
        CourseProblem("\(chapter.id)/\($0)", 0, zh: "不在 course.yaml 里", en: "not listed in course.yaml")
      }
    }
    return unlisted
      + entries.filter { !seen.insert($0.id).inserted }.map {
        CourseProblem("course.yaml", 0, zh: "课程 \($0.id) 出现了两次", en: "lesson \($0.id) stands twice")
      }
  }
}

/// The rules for one lesson that its reader cannot know.
private struct FileGate {
  /// Columns of the lesson pane at its narrowest.
  static let columns = 40
  static let valueColumns = 8

  let lesson: Lesson
  let entry: Course.Entry
  let course: Course
  let glossary: Glossary

  private func file(_ name: String) -> String { "\(entry.chapter)/\(entry.id)/\(name)" }

  func problems() -> [CourseProblem] {
    var yaml = ProblemList(file: file("lesson.yaml"))
    if lesson.id != entry.id { yaml.add(0, zh: "id 应是 \(entry.id)", en: "the id should be \(entry.id)") }
    needs(&yaml)
    checks(&yaml)
    scripts(&yaml)
    return yaml.problems + texts()
  }

  private func needs(_ yaml: inout ProblemList) {
    let order = course.entries.map(\.id)
    for need in lesson.needs where !order.prefix(while: { $0 != lesson.id }).contains(need) {
      yaml.add(0, zh: "needs 里的 \(need) 不在这一课之前", en: "\(need) in needs does not come before this lesson")
    }
  }

  private func checks(_ yaml: inout ProblemList) {
    let defined = lesson.checks.map(\.id)
    if Set(defined).count != defined.count { yaml.add(0, zh: "检查的 id 有重复", en: "check ids are not unique") }
    let placed = lesson.steps.flatMap(\.checks)
    for id in defined where placed.count(where: { $0 == id }) != 1 {
      yaml.add(0, zh: "检查 \(id) 应在课文里出现一次", en: "check \(id) should stand in the text once")
    }
    for id in placed where !defined.contains(id) {
      yaml.add(0, zh: "课文里的检查 \(id) 没有定义", en: "check \(id) of the text is not defined")
    }
    for check in lesson.checks {
      for prose in [check.ask, check.why] + (check.other.map { [$0] } ?? []) + check.hints.map(\.text) + check.reasons.map(\.text)
      where prose.zh.isEmpty || prose.en.isEmpty {
        yaml.add(0, zh: "检查 \(check.id) 有空的文字", en: "check \(check.id) has an empty text")
      }
    }
  }

  private func scripts(_ yaml: inout ProblemList) {
    for check in lesson.checks {
      if lesson.solution.count(where: { $0.check == check.id }) != 1 {
        yaml.add(0, zh: "检查 \(check.id) 应有一个 solution", en: "check \(check.id) should have one solution")
      }
      if !lesson.wrong.contains(where: { $0.check == check.id }) {
        yaml.add(0, zh: "检查 \(check.id) 缺少 wrong", en: "check \(check.id) has no wrong attempt")
      }
    }
    for script in lesson.solution + lesson.wrong where lesson.check(script.check) == nil {
      yaml.add(0, zh: "脚本里的检查 \(script.check) 没有定义", en: "check \(script.check) of a script is not defined")
    }
  }

  // MARK: prose

  private func texts() -> [CourseProblem] {
    var lists = (zh: ProblemList(file: file("zh.md")), en: ProblemList(file: file("en.md")))
    for step in lesson.steps {
      text(step.zh, &lists.zh)
      text(step.en, &lists.en)
      if step.zh.checks != step.en.checks { lists.zh.add(step.zh.line, zh: "检查和英文版不同", en: "checks differ from the English text") }
      if step.zh.terms != step.en.terms { lists.zh.add(step.zh.line, zh: "术语和英文版不同", en: "terms differ from the English text") }
      if step.zh.queries.count != step.en.queries.count {
        lists.zh.add(
          step.zh.line, zh: "实时数值有 \(step.zh.queries.count) 个，英文版有 \(step.en.queries.count) 个",
          en: "\(step.zh.queries.count) live values, the English text has \(step.en.queries.count)")
      }
      if !sameLab(step) {
        lists.zh.add(step.zh.line, zh: "lab 除提示词外应和英文版相同", en: "lab differs from the English one in more than the prompt")
      }
    }
    return lists.zh.problems + lists.en.problems
  }

  /// Prompts are in the step's language; positions in them may differ with it.
  private func sameLab(_ step: LessonStep) -> Bool {
    func shape(_ setup: LabSetup?) -> LabSetup? {
      guard var setup else { return nil }
      if setup.prompt != nil { setup.prompt = "" }
      setup.token = nil
      setup.key = nil
      return setup
    }
    return shape(step.zh.setup) == shape(step.en.setup)
  }

  private func text(_ text: StepText, _ list: inout ProblemList) {
    for id in text.terms where glossary.terms.first(where: { $0.id == id }) == nil {
      list.add(text.line, zh: "术语 \(id) 不在词汇表里", en: "the term \(id) is not in the glossary")
    }
    if let until = text.setup?.until, lesson.check(until) == nil {
      list.add(text.line, zh: "until 里的检查 \(until) 没有定义", en: "check \(until) of until is not defined")
    }
    if text.blocks.isEmpty { list.add(text.line, zh: "步骤是空的", en: "the step is empty") }
    for block in text.blocks { width(block, text.line, &list) }
  }

  /// Paragraphs wrap. Code and tables do not, so they must fit the narrowest pane.
  private func width(_ block: MarkdownBlock, _ line: Int, _ list: inout ProblemList) {
    func columns(_ inlines: [Inline]) -> Int {
      inlines.reduce(0) { total, inline in
        if case .live = inline { total + Self.valueColumns } else { total + TextGuard.columns([inline].plainText) }
      }
    }
    switch block {
    case .code(_, let inlines):
      var widest = 0
      var current = 0
      for inline in inlines {
        let lines: [[Inline]] =
          if case .text(let text) = inline {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { [.text(String($0))] }
          } else {
            [[inline]]
          }
        for (index, piece) in lines.enumerated() {
          current = (index > 0 ? 0 : current) + columns(piece)
          widest = max(widest, current)
        }
      }
      if widest > Self.columns - 2 {
        list.add(line, zh: "代码宽 \(widest) 列，最多 \(Self.columns - 2)", en: "code \(widest) columns wide, at most \(Self.columns - 2)")
      }
    case .table(_, let header, let rows):
      let widths = header.indices.map { index in ([header] + rows).map { columns($0[index]) }.max() ?? 0 }
      let total = widths.reduce(0) { $0 + $1 + 2 }
      if total > Self.columns {
        list.add(line, zh: "表格宽 \(total) 列，最多 \(Self.columns)", en: "table \(total) columns wide, at most \(Self.columns)")
      }
    case .quote(let blocks): for block in blocks { width(block, line, &list) }
    case .list(_, _, let items): for block in items.joined() { width(block, line, &list) }
    case .heading, .paragraph, .rule: break
    }
  }
}
