// Typed, bounded reading of YAML: every key is asked for by name and range, unknown keys are problems that name file, line and key.
// Not here: what the keys mean.
import Languages
import Yams

/// One mapping of a YAML file.
struct YAMLMapping {
  static let maximumItems = 64

  let path: String
  let line: Int
  private var entries: [(key: String, node: Node)] = []

  /// - Returns: nil, with the problems noted, when the text is no YAML mapping.
  static func read(_ text: String, _ problems: inout ProblemList) -> YAMLMapping? {
    if let line = lineOfAnchor(text) {
      problems.add(line, zh: "不能使用 YAML 锚点（&名字）", en: "YAML anchors (&name) are not allowed")
      return nil
    }
    do {
      guard let node = try compose(yaml: text) else {
        problems.add(0, zh: "文件是空的", en: "the file is empty")
        return nil
      }
      return YAMLMapping(node, path: "", &problems)
    } catch let error as YamlError {
      switch error {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
        problems.add(mark.line, zh: "YAML 语法错误（\(problem)）", en: "YAML syntax: \(problem)")
      case .duplicatedKeysInMapping(let keys, _):
        problems.add(0, zh: "重复的键", en: "duplicate keys: \(keys.prefix(3).map { "\($0)" }.joined(separator: ", "))")
      default: problems.add(0, zh: "YAML 语法错误", en: "YAML syntax error")
      }
    } catch {
      problems.add(0, zh: "YAML 语法错误", en: "YAML syntax error")
    }
    return nil
  }

  /// Aliases need anchors. Yams hashes keys through all aliases inside them, so that a few lines can keep it busy for years.
  private static func lineOfAnchor(_ text: String) -> Int? {
    var line = 1
    var before = UInt8(ascii: "\n")
    var isOpen = false
    for byte in text.utf8 {
      if isOpen && byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\n") { return line }
      isOpen = byte == UInt8(ascii: "&") && " \n[{,".utf8.contains(before)
      if byte == UInt8(ascii: "\n") { line += 1 }
      before = byte
    }
    return nil
  }

  private init?(_ node: Node, path: String, _ problems: inout ProblemList) {
    line = node.mark?.line ?? 0
    self.path = path
    guard case .mapping(let mapping) = node else {
      problems.add(line, zh: "\(path) 应是一组键和值", en: "\(path.isEmpty ? "the file" : path) should be a mapping")
      return nil
    }
    for (key, value) in mapping.prefix(Self.maximumItems) {
      guard case .scalar(let scalar) = key else {
        problems.add(key.mark?.line ?? line, zh: "键应是文字", en: "a key should be a text")
        continue
      }
      if entries.contains(where: { $0.key == scalar.string }) {
        problems.add(key.mark?.line ?? line, zh: "重复的键 \(name(scalar.string))", en: "duplicate key \(name(scalar.string))")
      }
      entries.append((scalar.string, value))
    }
    if mapping.count > Self.maximumItems { problems.add(line, zh: "键太多", en: "too many keys") }
  }

  func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func line(of key: String) -> Int { entries.first { $0.key == key }?.node.mark?.line ?? line }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  // MARK: values

  private mutating func take(_ key: String) -> Node? {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
    return entries.remove(at: index).node
  }

  /// A text of at most `limit` bytes.
  mutating func text(_ key: String, required: Bool = true, limit: Int = 4000, _ problems: inout ProblemList) -> String? {
    let name = name(key)
    guard let node = take(key) else {
      if required { problems.add(line, zh: "缺少 \(name)", en: "\(name) is missing") }
      return nil
    }
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty, scalar.string.utf8.count <= limit else {
      problems.add(node.mark?.line ?? line, zh: "\(name) 应是不空的文字", en: "\(name) should be a text that is not empty")
      return nil
    }
    return scalar.string.trimmed
  }

  /// A name of lower-case letters, digits and hyphens.
  mutating func id(_ key: String, _ problems: inout ProblemList) -> String? {
    let at = line(of: key)
    guard let text = text(key, limit: 64, &problems) else { return nil }
    guard Self.isID(text) else {
      problems.add(at, zh: "\(name(key)) 只能用小写字母、数字和连字符", en: "\(name(key)) takes lower-case letters, digits and hyphens")
      return nil
    }
    return text
  }

  static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
      && !text.hasPrefix("-")
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>, required: Bool = true, _ problems: inout ProblemList) -> Int? {
    let at = line(of: key)
    guard let text = text(key, required: required, limit: 32, &problems) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      problems.add(
        at, zh: "\(name(key)) 应是 \(range.lowerBound) 到 \(range.upperBound) 的整数",
        en: "\(name(key)) takes a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  mutating func number(_ key: String, in range: ClosedRange<Double>, required: Bool = true, _ problems: inout ProblemList) -> Double? {
    let at = line(of: key)
    guard let text = text(key, required: required, limit: 32, &problems) else { return nil }
    guard let number = Double(text), range.contains(number) else {
      problems.add(
        at, zh: "\(name(key)) 应在 \(range.lowerBound) 到 \(range.upperBound) 之间",
        en: "\(name(key)) takes a number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  mutating func flag(_ key: String, _ problems: inout ProblemList) -> Bool {
    let at = line(of: key)
    guard let text = text(key, required: false, limit: 8, &problems) else { return false }
    if text != "true" && text != "false" { problems.add(at, zh: "\(name(key)) 是 true 或 false", en: "\(name(key)) is true or false") }
    return text == "true"
  }

  mutating func choice<Value: RawRepresentable & CaseIterable>(_ key: String, _: Value.Type, _ problems: inout ProblemList) -> Value?
  where Value.RawValue == String {
    let at = line(of: key)
    guard let text = text(key, required: false, limit: 64, &problems) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
    problems.add(at, zh: "\(name(key)) 只能是 \(known)", en: "\(name(key)) is one of \(known)")
    return nil
  }

  mutating func mapping(_ key: String, required: Bool = true, _ problems: inout ProblemList) -> YAMLMapping? {
    guard let node = take(key) else {
      if required { problems.add(line, zh: "缺少 \(name(key))", en: "\(name(key)) is missing") }
      return nil
    }
    return YAMLMapping(node, path: name(key), &problems)
  }

  mutating func mappings(_ key: String, required: Bool = true, _ problems: inout ProblemList) -> [YAMLMapping] {
    let name = name(key)
    return items(key, required: required, &problems).enumerated().compactMap { YAMLMapping($1, path: "\(name)[\($0)]", &problems) }
  }

  mutating func texts(_ key: String, required: Bool = true, limit: Int = 1000, _ problems: inout ProblemList) -> [String] {
    let name = name(key)
    return items(key, required: required, &problems).compactMap { node in
      if case .scalar(let scalar) = node, !scalar.string.isEmpty, scalar.string.utf8.count <= limit { return scalar.string }
      problems.add(node.mark?.line ?? line, zh: "\(name) 里应是文字", en: "\(name) should hold texts")
      return nil
    }
  }

  private mutating func items(_ key: String, required: Bool, _ problems: inout ProblemList) -> [Node] {
    let name = name(key)
    guard let node = take(key) else {
      if required { problems.add(line, zh: "缺少 \(name)", en: "\(name) is missing") }
      return []
    }
    guard case .sequence(let sequence) = node, sequence.count <= Self.maximumItems else {
      problems.add(node.mark?.line ?? line, zh: "\(name) 应是不太长的列表", en: "\(name) should be a list, not too long")
      return []
    }
    return Array(sequence)
  }

  // MARK: both languages

  /// `zh` and `en` of this mapping.
  mutating func bilingual(_ problems: inout ProblemList) -> Bilingual? {
    let zh = text("zh", &problems)
    let en = text("en", &problems)
    guard let zh, let en else { return nil }
    return Bilingual(zh: zh, en: en)
  }

  mutating func bilingual(_ key: String, required: Bool = true, _ problems: inout ProblemList) -> Bilingual? {
    guard var inner = mapping(key, required: required, &problems) else { return nil }
    defer { inner.finish(&problems) }
    return inner.bilingual(&problems)
  }

  /// `zh` and `en` of this mapping as Markdown.
  mutating func prose(_ problems: inout ProblemList) -> Prose? {
    let lines = (zh: line(of: "zh"), en: line(of: "en"))
    guard let both = bilingual(&problems) else { return nil }
    return Prose(
      zh: MarkdownReader.blocks(both.zh, firstLine: lines.zh, &problems),
      en: MarkdownReader.blocks(both.en, firstLine: lines.en, &problems))
  }

  mutating func prose(_ key: String, required: Bool = true, _ problems: inout ProblemList) -> Prose? {
    guard var inner = mapping(key, required: required, &problems) else { return nil }
    defer { inner.finish(&problems) }
    return inner.prose(&problems)
  }

  /// A query or predicate; `read` throws for a bad one.
  mutating func parsed<Value>(
    _ key: String, required: Bool = true, _ problems: inout ProblemList, _ read: (String) throws(TraceError) -> Value
  ) -> Value? {
    let at = line(of: key)
    guard let text = text(key, required: required, limit: 600, &problems) else { return nil }
    do throws(TraceError) {
      return try read(text)
    } catch {
      problems.add(at, zh: "\(name(key))：\(error.message.zh)", en: "\(name(key)): \(error.message.en)")
      return nil
    }
  }

  /// Notes the keys that nobody has asked for.
  func finish(_ problems: inout ProblemList) {
    for (key, node) in entries {
      problems.add(node.mark?.line ?? line, zh: "未知的键 \(name(key))", en: "unknown key \(name(key))")
    }
  }
}
