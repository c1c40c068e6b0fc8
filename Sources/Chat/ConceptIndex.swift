// The course's own text on its concepts, found by the term that a question names: shown beside what a model generates. Not here: how models learn from
// these files (Training).
import Languages
import ModelFiles

/// What the course says about one concept in one language.
public struct CourseText: Sendable, Hashable {
  public let id: String
  public let term: String
  /// What, why, an example, or a contrast.
  public let facet: String
  public let text: String
  public let language: Language
}

/// All concepts by their terms.
public struct ConceptIndex: Sendable {
  private struct Concept: Sendable {
    let id: String
    let language: Language
    /// As it is written, and in lower case.
    let term: String
    let key: String
    let answers: [String: String]
    /// Questions in lower case, without marks, to facets.
    let questions: [String: String]

    func text(_ facet: String) -> CourseText? {
      let found = answers[facet] != nil ? facet : "what"
      return answers[found].map { CourseText(id: id, term: term, facet: found, text: $0, language: language) }
    }
  }

  private let concepts: [Concept]
  private static let facets = ["what", "why", "example", "contrast"]

  public var count: Int { concepts.count }

  /// Reads `concepts-*.jsonl` of a folder.
  public init(folder: String) throws(FileError) {
    var concepts: [Concept] = []
    for name in try WholeFile.names(in: folder).sorted() where name.hasPrefix("concepts-") && name.hasSuffix(".jsonl") {
      let path = "\(folder)/\(name)"
      for line in try WholeFile.text(path, limit: Limits.jsonFileBytes).split(separator: "\n") {
        let cursor = try JSON.parse(Array(line.utf8), file: path).cursor(file: path)
        let id = try cursor.member("id").string()
        for language in Language.allCases {
          guard let own = cursor.optional(language.rawValue) else { continue }
          concepts.append(try Self.concept(own, id, language))
        }
      }
    }
    self.concepts = concepts
  }

  private static func concept(_ cursor: JSONCursor, _ id: String, _ language: Language) throws(FileError) -> Concept {
    var (answers, questions): ([String: String], [String: String]) = ([:], [:])
    let term = try cursor.member("term").string()
    for facet in facets {
      answers[facet] = try cursor.member("answers").optional(facet)?.string()
      for part in ["questions", "heldout"] {
        guard let list = cursor.optional(part)?.optional(facet) else { continue }
        for question in try list.elements() { questions[plain(try question.string())] = facet }
      }
    }
    return Concept(id: id, language: language, term: term, key: term.lowercased(), answers: answers, questions: questions)
  }

  /// The course's answer to a question: to this very question, or to the longest term that it names. nil where it names none.
  public func text(for question: String) -> CourseText? {
    let wanted = Self.plain(question)
    if wanted.isEmpty { return nil }
    if let exact = concepts.first(where: { $0.questions[wanted] != nil }) { return exact.text(exact.questions[wanted] ?? "what") }
    let words = question.lowercased()
    let named = concepts.filter { Self.names($0.key, in: words) }.max { $0.key.count < $1.key.count }
    return named?.text(Self.facet(of: words))
  }

  /// Letters and digits only, in lower case.
  private static func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }

  /// Latin words must stand alone: "gate" is not named by "propagate". A plural counts.
  private static func names(_ key: String, in text: String) -> Bool {
    for range in text.ranges(of: key) {
      guard key.utf8.allSatisfy({ $0 < 0x80 }) else { return true }
      let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
      var after = text[range.upperBound...]
      if after.first == "s" { after = after.dropFirst() }
      func isWord(_ character: Character?) -> Bool { character.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false }
      if !isWord(before), !isWord(after.first) { return true }
    }
    return false
  }

  private static func facet(of question: String) -> String {
    let marks: [(facet: String, words: [String])] = [
      ("why", ["why", "为什么", "为啥", "有什么用", "有啥用", "what for", "use of", "point of"]),
      ("example", ["example", "例子", "举例", "举个", "show me"]),
      ("contrast", ["difference", "区别", "不同", " vs", "differ", "same as", "一样"]),
    ]
    return marks.first { $0.words.contains(where: question.contains) }?.facet ?? "what"
  }
}
