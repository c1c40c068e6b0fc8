// `llmlab lessons`: the course as a list, with the learner's progress.
import ArgumentParser
import Assets
import Course
import Languages
import ModelFiles
import Store

struct LessonsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lessons",
    abstract: "List the lessons and your progress. · 列出课程和学习进度。",
    discussion: """
      ✓ completed · 已完成   ▸ begun · 学习中   · open · 未开始   … coming · 尚未写成
      """)

  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let course = try CourseFolder.open(nil)
    let records = try LabStore(path: LabPaths().store).progress()
    let progress = Dictionary(records.map { ($0.lesson, $0) }) { first, _ in first }
    if json { try printJSON(course, progress) } else { try printTable(course, progress) }
  }

  private func printJSON(_ course: Course, _ progress: [String: LessonProgress]) throws {
    func both(_ text: Bilingual) -> JSON { ["zh": .string(text.zh), "en": .string(text.en)] }
    try Output.json([
      "chapters": .array(
        course.chapters.map { chapter in
          [
            "id": .string(chapter.id), "title": both(chapter.title),
            "lessons": .array(
              chapter.lessons.map { entry in
                [
                  "id": .string(entry.id), "title": both(entry.title), "topic": both(entry.topic), "written": .bool(entry.isWritten),
                  "completed": .bool(progress[entry.id]?.isCompleted ?? false),
                  "step": progress[entry.id].map { .string($0.step) } ?? .null,
                ]
              }),
          ]
        })
    ])
  }

  private func printTable(_ course: Course, _ progress: [String: LessonProgress]) throws {
    var rows: [[String]] = []
    for chapter in course.chapters {
      rows.append([chapter.title[.current]])
      for entry in chapter.lessons {
        let record = progress[entry.id]
        let mark = record?.isCompleted == true ? "✓" : record != nil ? "▸" : entry.isWritten ? "·" : "…"
        rows.append(["  \(mark)", entry.id, entry.title[.current], entry.topic[.current]])
      }
    }
    // Chapter titles stand above the columns, not in them.
    let aligned = Table.lines(rows.filter { $0.count > 1 })
    var next = aligned.makeIterator()
    for row in rows { if row.count == 1 { try Table.print([row]) } else if let line = next.next() { try Output.line(line) } }
  }
}

/// Where the course lies.
enum CourseFolder {
  static var builtIn: String { Assets.folder(of: "Lessons") + "/chapters" }

  /// The course of a folder; nil is the one that ships with the program.
  static func open(_ folder: String?) throws -> Course {
    let path = folder ?? builtIn
    guard ModelPlace.exists("\(path)/course.yaml") else {
      throw FileError(
        file: path, place: "course.yaml", problem: Bilingual(zh: "这里没有课程", en: "there is no course here"),
        mend: folder == nil
          ? Bilingual(zh: "请让程序旁边的资源目录与它在一起（重新执行 swift build）", en: "Keep the resource folders beside the program (run swift build again)")
          : Bilingual(zh: "请指定含有 course.yaml 的目录", en: "Name the folder that holds course.yaml"))
    }
    return Course(folder: path)
  }
}
