// Wordings of requests: templates with slots such as {x}, by use and language, and small changes that people make when they type. Not here: answers.
import Languages
import ModelFiles
import Models

/// Request templates by use (`concept.what`, `sum`, `wrap`, …). A use without templates falls back on what the caller brings.
struct Phrasings: Sendable {
  private struct Key: Hashable, Sendable {
    let use: String
    let language: Language
  }
  private var trained: [Key: [String]] = [:]
  private var heldOut: [Key: [String]] = [:]

  /// `{"use", "lang", "texts": [...], "heldout": [...]}`.
  mutating func read(_ line: JSONCursor) throws(FileError) {
    let name = try line.member("lang")
    guard let language = Language(rawValue: try name.string()) else {
      throw name.error(Bilingual(zh: "语言只能是 zh 或 en", en: "a language is zh or en"), Bilingual(zh: "请改正该行", en: "Correct the line"))
    }
    let key = Key(use: try line.member("use").string(), language: language)
    trained[key, default: []] += try line.strings("texts")
    heldOut[key, default: []] += try line.strings("heldout")
  }

  func texts(_ use: String, _ language: Language) -> [String] { trained[Key(use: use, language: language)] ?? [] }
  func heldOut(_ use: String, _ language: Language) -> [String] { heldOut[Key(use: use, language: language)] ?? [] }

  /// A request of this use, filled; `fallback` is a template, too.
  func request(
    _ use: String, _ language: Language, _ slots: [String: String] = [:], fallback: String, _ random: inout RandomSource
  ) -> String {
    let list = texts(use, language)
    return Self.fill(list.isEmpty ? fallback : random.pick(list), slots)
  }

  /// Replaces each `{name}` that has a value, in one pass: a value that holds braces stays as it is.
  static func fill(_ template: String, _ slots: [String: String]) -> String {
    if slots.isEmpty { return template }
    var (result, rest) = ("", Substring(template))
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      rest = rest[open...]
      if let close = rest.firstIndex(of: "}"), let value = slots[String(rest[rest.index(after: open)..<close])] {
        result += value
        rest = rest[rest.index(after: close)...]
      } else {
        result.append("{")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  /// A question as people type it: often as it is, at times without its final mark, in small letters, or wrapped in courtesy.
  func varied(_ question: String, _ language: Language, _ random: inout RandomSource) -> String {
    var question = question
    if random.chance(0.15), let last = question.last, "?？.。!！".contains(last) { question.removeLast() }
    if language == .en && random.chance(0.12) { question = question.lowercased() }
    if random.chance(0.12) { question = request("wrap", language, ["q": question], fallback: "{q}", &random) }
    return question
  }
}

extension JSONCursor {
  /// The strings of an array member; empty when it is not there.
  func strings(_ key: String) throws(FileError) -> [String] {
    guard let list = optional(key) else { return [] }
    var result: [String] = []
    for element in try list.elements() { result.append(try element.string()) }
    return result
  }

  /// The strings of an array member that may not be empty.
  func someStrings(_ key: String) throws(FileError) -> [String] {
    let result = try strings(key)
    if result.isEmpty {
      throw try member(key).error(
        Bilingual(zh: "列表为空，没有可以学习的内容", en: "the list is empty: there is nothing to learn"),
        Bilingual(zh: "请补上内容，或删去该行", en: "Fill the list, or delete the line"))
    }
    return result
  }
}
