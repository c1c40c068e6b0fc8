// What is wrong with a lesson, a glossary or a course, for its authors and for people who open a lesson pack of somebody else.
import Languages

/// A mistake in a file of the course.
public struct CourseProblem: BilingualError, Hashable, Comparable {
  /// Path below the course's folder, such as `3-under-the-hood/attention/zh.md`.
  public let file: String
  /// From 1; 0 when the whole file is meant.
  public let line: Int
  public let problem: Bilingual

  public init(file: String, line: Int, problem: Bilingual) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  init(_ file: String, _ line: Int, zh: String, en: String) {
    self.init(file: file, line: line, problem: Bilingual(zh: zh, en: en))
  }

  public var message: Bilingual {
    let place = line > 0 ? "\(file):\(line)" : file
    return Bilingual(zh: "\(place)：\(problem.zh)", en: "\(place): \(problem.en)")
  }

  public static func < (a: CourseProblem, b: CourseProblem) -> Bool { (a.file, a.line) < (b.file, b.line) }
}

/// Collects the problems of one file while it is read: authors want all of them at once.
struct ProblemList {
  let file: String
  private(set) var problems: [CourseProblem] = []
  /// A hostile file could make a problem of every line.
  static let maximum = 100

  init(file: String) { self.file = file }

  mutating func add(_ line: Int, zh: String, en: String) { add(CourseProblem(file, line, zh: zh, en: en)) }

  mutating func add(_ line: Int, _ what: Bilingual) { add(CourseProblem(file: file, line: line, problem: what)) }

  private mutating func add(_ problem: CourseProblem) {
    if problems.count < Self.maximum { problems.append(problem) }
  }
}
