// The small language of directives: a verb, bare words, and key=value pairs, as in `lab: step prompt="Once upon" layer=1`.
// Used for HTML comments in prose and for events in lesson.yaml. Not here: what single directives mean.
import Languages

/// One directive, split into words.
struct Directive: Sendable, Hashable {
  let verb: String
  let words: [String]
  let values: [String: String]
  /// Everything after the verb as it was written.
  let arguments: String

  /// - Parameter text: what stands inside `<!-- … -->`, for example `lab: step layer=1`.
  /// - Returns: nil when this is an ordinary comment: it does not begin with a lower-case word and a colon.
  init?(comment text: String) throws(Mistake) {
    let trimmed = text.drop { $0 == " " || $0 == "\n" }
    let verb = trimmed.prefix { $0.isASCII && $0.isLowercase }
    let rest = trimmed.dropFirst(verb.count)
    guard !verb.isEmpty, rest.first == ":" else { return nil }
    try self.init(verb: String(verb), arguments: String(rest.dropFirst()))
  }

  /// - Parameter line: an event of a script, for example `move layer=1 head=2`.
  init(line: String) throws(Mistake) {
    let trimmed = line.drop { $0 == " " }
    let verb = trimmed.prefix { $0.isASCII && $0.isLetter }
    try self.init(verb: String(verb), arguments: String(trimmed.dropFirst(verb.count)))
  }

  struct Mistake: Error {
    let problem: Bilingual

    init(zh: String, en: String) { problem = Bilingual(zh: zh, en: en) }
    init(_ problem: Bilingual) { self.problem = problem }
  }

  private init(verb: String, arguments: String) throws(Mistake) {
    var words: [String] = []
    var values: [String: String] = [:]
    var rest = Array(arguments.unicodeScalars)[...]
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\n" || scalar == "\t" }
    while true {
      rest = rest.drop(while: isSpace)
      if rest.isEmpty { break }
      if rest.first == "\"" {
        words.append(try Self.quoted(&rest))
        continue
      }
      let word = rest.prefix { !isSpace($0) && $0 != "=" && $0 != "\"" }
      rest = rest.dropFirst(word.count)
      let key = String(String.UnicodeScalarView(word))
      guard rest.first == "=" else {
        words.append(key)
        continue
      }
      rest = rest.dropFirst()
      if key.isEmpty { throw Mistake(zh: "等号前面缺名字", en: "a name is missing before the equals sign") }
      if values[key] != nil { throw Mistake(zh: "\(key) 写了两次", en: "\(key) is given twice") }
      if rest.first == "\"" {
        values[key] = try Self.quoted(&rest)
      } else {
        let value = rest.prefix { !isSpace($0) }
        rest = rest.dropFirst(value.count)
        values[key] = String(String.UnicodeScalarView(value))
      }
    }
    self.verb = verb
    self.words = words
    self.values = values
    self.arguments = arguments.trimmed
  }

  /// `\"`, `\\` and `\n` are the only escapes.
  private static func quoted(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Mistake) -> String {
    rest = rest.dropFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == "\"" { return String(text) }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "n": text.append("\n")
      case let escaped? where escaped == "\"" || escaped == "\\": text.append(escaped)
      default: throw Mistake(zh: "未知的转义", en: "unknown escape")
      }
    }
    throw Mistake(zh: "引号没有闭合", en: "the quotation mark is not closed")
  }
}

/// Reads typed values out of a directive and remembers which keys were asked for, so that unknown ones are errors.
struct DirectiveReader {
  let directive: Directive
  private var asked: Set<String> = []

  init(_ directive: Directive) { self.directive = directive }

  mutating func text(_ key: String) -> String? {
    asked.insert(key)
    return directive.values[key]
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(Directive.Mistake) -> Int? {
    guard let text = text(key) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Directive.Mistake(
        zh: "\(key) 应是 \(range.lowerBound) 到 \(range.upperBound) 的整数",
        en: "\(key) takes a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  mutating func choice<Value: RawRepresentable & CaseIterable>(_ key: String, _: Value.Type) throws(Directive.Mistake) -> Value?
  where Value.RawValue == String {
    guard let text = text(key) else { return nil }
    guard let value = Value(rawValue: text) else {
      let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw Directive.Mistake(zh: "\(key) 只能是 \(known)", en: "\(key) is one of \(known)")
    }
    return value
  }

  /// - Throws: when a key has not been asked for, or words are left over.
  func finish(words: Int = 0) throws(Directive.Mistake) {
    if let unknown = directive.values.keys.filter({ !asked.contains($0) }).min() {
      throw Directive.Mistake(zh: "\(directive.verb) 没有叫做 \(unknown) 的键", en: "\(directive.verb) has no key called \(unknown)")
    }
    if directive.words.count > words {
      throw Directive.Mistake(
        zh: "\(directive.verb) 后面多出了 \(directive.words[words])", en: "unexpected \(directive.words[words]) after \(directive.verb)")
    }
  }
}
