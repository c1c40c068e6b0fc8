// Reads a lesson's folder: lesson.yaml, zh.md and en.md. Everything in it is hostile until it has passed.
// Not here: rules that concern several lessons or the glossary (Course.validate).
import Languages

struct LessonReader {
  static let maximumSteps = 7

  /// - Parameters:
  ///   - folder: the lesson's folder.
  ///   - name: how problems call it, for example `3-under-the-hood/attention`.
  /// - Returns: the lesson when it can be shown at all, and everything that is wrong with it.
  static func read(folder: String, name: String) -> (lesson: Lesson?, problems: [CourseProblem]) {
    var problems: [CourseProblem] = []
    func text(_ file: String) -> (String, ProblemList)? {
      var list = ProblemList(file: "\(name)/\(file)")
      defer { problems += list.problems }
      guard let bytes = TextFile.read("\(folder)/\(file)") else {
        list.add(0, zh: "读不到这个文件", en: "the file cannot be read")
        return nil
      }
      return TextGuard.check(bytes, &list).map { ($0, ProblemList(file: list.file)) }
    }
    let files = (yaml: text("lesson.yaml"), zh: text("zh.md"), en: text("en.md"))
    guard var yaml = files.yaml, var zh = files.zh, var en = files.en else { return (nil, problems) }
    let texts = (zh: LessonProse.steps(zh.0, &zh.1), en: LessonProse.steps(en.0, &en.1))
    let lesson = YAMLMapping.read(yaml.0, &yaml.1).flatMap { read($0, zh: texts.zh, en: texts.en, &yaml.1) }
    return (lesson, problems + yaml.1.problems + zh.1.problems + en.1.problems)
  }

  private static func read(
    _ file: YAMLMapping, zh: [LessonProse], en: [LessonProse], _ problems: inout ProblemList
  ) -> Lesson? {
    var file = file
    let id = file.id("id", &problems)
    let title = file.bilingual("title", &problems)
    let summary = file.bilingual("summary", &problems)
    let minutes = file.integer("minutes", in: 5...30, &problems)
    let needs = file.texts("needs", required: false, &problems)
    let model = file.text("model", limit: 64, &problems)
    let seed = file.integer("seed", in: 0...Int.max, &problems)
    let line = file.line(of: "steps")
    let steps = steps(file.texts("steps", &problems), line, zh: zh, en: en, &problems)
    let checks = file.mappings("checks", &problems).compactMap { CheckReader.read($0, &problems) }
    let solution = file.mappings("solution", &problems).compactMap { Script.read($0, &problems) }
    let wrong = file.mappings("wrong", &problems).compactMap { Script.read($0, &problems) }
    file.finish(&problems)
    guard let id, let title, let summary, let minutes, let model, let seed, !steps.isEmpty else { return nil }
    return Lesson(
      id: id, title: title, summary: summary, minutes: minutes, needs: needs, model: model, seed: UInt64(seed), steps: steps,
      checks: checks, solution: solution, wrong: wrong)
  }

  /// Joins the languages by the ids that lesson.yaml gives, in its order.
  private static func steps(
    _ ids: [String], _ line: Int, zh: [LessonProse], en: [LessonProse], _ problems: inout ProblemList
  ) -> [LessonStep] {
    if ids.isEmpty || ids.count > maximumSteps || Set(ids).count != ids.count || !ids.allSatisfy(YAMLMapping.isID) {
      problems.add(
        line, zh: "步骤应有 1 到 \(maximumSteps) 个，id 合法且不重复", en: "1 to \(maximumSteps) steps with proper ids that differ")
      return []
    }
    for (language, texts) in [("zh.md", zh), ("en.md", en)] where texts.map(\.id) != ids {
      problems.add(
        line, zh: "\(language) 的步骤是 \(texts.map(\.id).joined(separator: ", "))，和 steps 不一致",
        en: "the steps of \(language) are \(texts.map(\.id).joined(separator: ", ")), unlike those of steps")
      return []
    }
    return zip(zh, en).map { LessonStep(id: $0.id, zh: $0.text, en: $1.text) }
  }
}
