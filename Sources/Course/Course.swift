// The course: chapters, all their lessons, written or coming, read from a folder when they are asked for.
// Not here: what a lesson holds (Lesson), the learner's progress (the store).
import Languages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A list of chapters over a folder: `course.yaml`, `glossary.yaml`, and `CHAPTER/LESSON/{lesson.yaml,zh.md,en.md}`.
public struct Course: Sendable {
  public struct Chapter: Sendable, Identifiable {
    /// Name of its folder.
    public let id: String
    public let title: Bilingual
    public let lessons: [Entry]
  }

  /// A lesson in the list.
  public struct Entry: Sendable, Identifiable {
    public let id: String
    public let chapter: String
    public let title: Bilingual
    public let topic: Bilingual
    /// False: coming; there is nothing to open yet.
    public let isWritten: Bool
  }

  public let folder: String
  public let chapters: [Chapter]
  let problems: [CourseProblem]

  /// Reads the list alone. A folder without a readable list gives an empty course; `validate()` says why.
  public init(folder: String) {
    self.folder = folder
    var problems = ProblemList(file: "course.yaml")
    var chapters: [Chapter] = []
    if let bytes = TextFile.read("\(folder)/course.yaml"), let text = TextGuard.check(bytes, &problems),
      var file = YAMLMapping.read(text, &problems)
    {
      for mapping in file.mappings("chapters", &problems) {
        if let chapter = Self.chapter(mapping, folder: folder, &problems) { chapters.append(chapter) }
      }
      file.finish(&problems)
    } else if problems.problems.isEmpty {
      problems.add(0, zh: "读不到这个文件", en: "the file cannot be read")
    }
    self.chapters = chapters
    self.problems = problems.problems
  }

  private static func chapter(_ mapping: YAMLMapping, folder: String, _ problems: inout ProblemList) -> Chapter? {
    var mapping = mapping
    let id = mapping.id("id", &problems)
    let title = mapping.bilingual("title", &problems)
    let entries = mapping.mappings("lessons", &problems).compactMap { lesson -> Entry? in
      var lesson = lesson
      let name = lesson.id("id", &problems)
      let title = lesson.bilingual("title", &problems)
      let topic = lesson.bilingual("topic", &problems)
      lesson.finish(&problems)
      guard let id, let name, let title, let topic else { return nil }
      let isWritten = access("\(folder)/\(id)/\(name)/lesson.yaml", R_OK) == 0
      return Entry(id: name, chapter: id, title: title, topic: topic, isWritten: isWritten)
    }
    mapping.finish(&problems)
    guard let id, let title else { return nil }
    return Chapter(id: id, title: title, lessons: entries)
  }

  // MARK: lessons

  public var entries: [Entry] { chapters.flatMap(\.lessons) }

  public subscript(id: String) -> Entry? { entries.first { $0.id == id } }

  /// - Returns: nil for a lesson that is not in the list or not written, or cannot be shown.
  public func lesson(_ id: String) -> Lesson? { self[id].flatMap { read($0).lesson } }

  /// The lesson with everything that is wrong with its files.
  func read(_ entry: Entry) -> (lesson: Lesson?, problems: [CourseProblem]) {
    guard entry.isWritten else { return (nil, []) }
    return LessonReader.read(folder: "\(folder)/\(entry.chapter)/\(entry.id)", name: "\(entry.chapter)/\(entry.id)")
  }

  public func glossary() -> Glossary { Glossary.read("\(folder)/glossary.yaml", name: "glossary.yaml").glossary }

  /// Where to go on: the first written lesson that is not completed. The list's order respects `needs`.
  public func next(completed: Set<String>) -> Entry? { entries.first { $0.isWritten && !completed.contains($0.id) } }

  /// Lessons that should come before this one and are not completed.
  public func missingNeeds(of lesson: Lesson, completed: Set<String>) -> [Entry] {
    lesson.needs.filter { !completed.contains($0) }.compactMap { self[$0] }
  }

  // MARK: search

  public struct Hit: Sendable {
    public let entry: Entry
    /// The step, when its text was hit; nil for title and topic.
    public let step: String?
    /// The text around the hit, on one line.
    public let excerpt: String
  }

  /// Lessons and steps that hold a text, in either language, without regard to case: titles first, then topics, then the text of lessons.
  public func search(_ text: String, limit: Int = 50) -> [Hit] {
    let needle = text.trimmed.lowercased()
    guard !needle.isEmpty, needle.utf8.count <= 200 else { return [] }
    var titles: [Hit] = []
    var topics: [Hit] = []
    var steps: [Hit] = []
    for entry in entries {
      func first(_ heads: [String]) -> Hit? {
        heads.first { $0.lowercased().contains(needle) }.map { Hit(entry: entry, step: nil, excerpt: $0) }
      }
      if let hit = first([entry.title.zh, entry.title.en, entry.id]) {
        titles.append(hit)
      } else if let hit = first([entry.topic.zh, entry.topic.en]) {
        topics.append(hit)
      }
      for step in read(entry).lesson?.steps ?? [] {
        let texts = Language.allCases.map { step[$0].title.plainText + " " + step[$0].blocks.plainText }
        if let excerpt = texts.lazy.compactMap({ Self.excerpt($0, around: needle) }).first {
          steps.append(Hit(entry: entry, step: step.id, excerpt: excerpt))
        }
      }
    }
    let exact = titles.filter { $0.excerpt.lowercased() == needle }
    let others = titles.filter { $0.excerpt.lowercased() != needle }
    return Array((exact + others + topics + steps).prefix(limit))
  }

  private static func excerpt(_ text: String, around needle: String) -> String? {
    let characters = Array(text.map { $0 == "\n" ? " " : $0 })
    let lowered = characters.map { $0.lowercased() }
    let wanted = needle.map { String($0) }
    guard wanted.count <= lowered.count else { return nil }
    for start in 0...(lowered.count - wanted.count) where lowered[start..<start + wanted.count].elementsEqual(wanted) {
      let range = max(0, start - 16)..<min(characters.count, start + wanted.count + 24)
      return (range.lowerBound > 0 ? "…" : "") + String(characters[range]) + (range.upperBound < characters.count ? "…" : "")
    }
    return nil
  }
}
