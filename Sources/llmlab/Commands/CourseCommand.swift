// `llmlab course check`: the authors' gate over the files of a course.
import ArgumentParser
import Course
import Languages
import ModelFiles
import Terminal

struct CourseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "course", abstract: "Tools for authors of lessons. · 课程作者的工具。", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the files of a course. · 检查课程文件。",
      discussion: """
        Every problem is one line: file:line: what is wrong. Exit code 1 when there is one.
        每个问题一行：文件:行号：问题。有问题时退出码为 1。
        """)

    @Argument(help: "Folder with course.yaml; by default the built-in course. · 含 course.yaml 的目录，默认为内置课程。", completion: .directory)
    var folder: String?
    @Flag(help: "Print JSON. · 输出 JSON。") var json = false
    @OptionGroup var common: CommonOptions

    func run() throws {
      let course = try CourseFolder.open(folder)
      let problems = course.validate()
      if json {
        try Output.json([
          "problems": .array(
            problems.map {
              [
                "file": .string($0.file), "line": .integer($0.line),
                "problem": ["zh": .string($0.problem.zh), "en": .string($0.problem.en)],
              ]
            })
        ])
      } else {
        for problem in problems { try Output.line(DisplayText(problem.message[.current])) }
      }
      let written = course.entries.count(where: \.isWritten)
      if problems.isEmpty {
        Output.note(Bilingual(zh: "共 \(written) 课，没有问题。", en: "No problems. Lessons: \(written)."))
      } else {
        Output.note(Bilingual(zh: "共 \(problems.count) 个问题。", en: "Problems: \(problems.count)."))
        throw ExitCode.failure
      }
    }
  }
}
