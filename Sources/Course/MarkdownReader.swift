// CommonMark and tables through cmark-gfm into our own tree; the only file that touches the library. Comments become directives, any
// other HTML is text. Not here: what directives mean (LessonProse), the bounds on the text (TextGuard).
import Ccmark
import Languages

/// A top-level piece of a document with its line.
struct MarkdownItem: Sendable {
  enum Content: Sendable {
    case block(MarkdownBlock)
    case directive(Directive)
  }
  let line: Int
  let content: Content
}

struct MarkdownReader {
  static let maximumDepth = 16

  private let firstLine: Int
  private var problems: ProblemList
  private var queries: [TraceQuery?] = []

  /// - Parameters:
  ///   - text: has passed `TextGuard`.
  ///   - firstLine: line of the file on which the text begins.
  static func read(_ text: String, firstLine: Int = 1, _ problems: inout ProblemList) -> [MarkdownItem] {
    var reader = MarkdownReader(firstLine: firstLine, problems: problems)
    let items = reader.items(text)
    problems = reader.problems
    return items
  }

  /// Prose without directives, from lesson.yaml.
  static func blocks(_ text: String, firstLine: Int, _ problems: inout ProblemList) -> [MarkdownBlock] {
    read(text, firstLine: firstLine, &problems).compactMap { item in
      if case .block(let block) = item.content { return block }
      problems.add(item.line, zh: "这里不能写指令", en: "a directive cannot stand here")
      return nil
    }
  }

  private init(firstLine: Int, problems: ProblemList) {
    self.firstLine = firstLine
    self.problems = problems
  }

  /// Registered once; nobody writes to it afterwards.
  nonisolated(unsafe) private static let table: OpaquePointer? = {
    cmark_gfm_core_extensions_ensure_registered()
    return cmark_find_syntax_extension("table")
  }()

  private mutating func items(_ text: String) -> [MarkdownItem] {
    let marked = markQueries(text)
    guard let parser = cmark_parser_new(CMARK_OPT_DEFAULT) else { return [] }
    defer { cmark_parser_free(parser) }
    if let table = Self.table { cmark_parser_attach_syntax_extension(parser, table) }
    marked.utf8CString.withUnsafeBufferPointer { cmark_parser_feed(parser, $0.baseAddress, $0.count - 1) }
    guard let root = cmark_parser_finish(parser) else { return [] }
    defer { cmark_node_free(root) }
    var items: [MarkdownItem] = []
    for node in Self.children(root) {
      let line = self.line(node)
      if Self.type(node) == "html_block" {
        items += html(node, line)
      } else if let block = block(node, depth: 1) {
        items.append(MarkdownItem(line: line, content: .block(block)))
      }
    }
    return items
  }

  // MARK: live values

  private static let open: Unicode.Scalar = "\u{E000}"
  private static let close: Unicode.Scalar = "\u{E001}"

  /// Queries hold `|`, `*` and brackets, which mean something in Markdown: a mark stands for each of them while cmark works.
  private mutating func markQueries(_ text: String) -> String {
    var marked = String.UnicodeScalarView()
    var line = firstLine
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      if scalar == "\n" { line += 1 }
      guard scalar == "{", rest.first == "{" else {
        marked.append(scalar)
        continue
      }
      let inside = rest.dropFirst().prefix { $0 != "\n" && $0 != "}" }
      guard rest[inside.endIndex...].prefix(2).elementsEqual(["}", "}"]) else {
        problems.add(line, zh: "{{ 没有在同一行闭合", en: "{{ is not closed on its line")
        marked.append(scalar)
        continue
      }
      rest = rest[(inside.endIndex + 2)...]
      queries.append(query(String(String.UnicodeScalarView(inside)), line))
      marked.append(Self.open)
      marked.append(contentsOf: "\(queries.count - 1)".unicodeScalars)
      marked.append(Self.close)
    }
    return String(marked)
  }

  private mutating func query(_ inside: String, _ line: Int) -> TraceQuery? {
    let parts = inside.split(separator: ":", maxSplits: 1)
    let name = parts.first.map { $0.filter { $0 != " " } }
    guard parts.count == 2, name == "trace" || name == "model" else {
      problems.add(line, zh: "双花括号里应写 trace: 或 model:", en: "double braces hold trace: or model:")
      return nil
    }
    let text = String(parts[1].drop { $0 == " " })
    do {
      return try TraceQuery(name == "model" ? "model." + text : text)
    } catch {
      problems.add(line, error.message)
      return nil
    }
  }

  /// Texts and live values of a literal with marks in it.
  private func pieces(_ literal: String, _ make: (String) -> Inline) -> [Inline] {
    var pieces: [Inline] = []
    var rest = literal.unicodeScalars[...]
    while !rest.isEmpty {
      let plain = rest.prefix { $0 != Self.open }
      if !plain.isEmpty { pieces.append(make(String(plain))) }
      rest = rest[plain.endIndex...].dropFirst()
      let digits = rest.prefix { $0 != Self.close }
      rest = rest[digits.endIndex...].dropFirst()
      if let index = Int(String(digits)), queries.indices.contains(index), let query = queries[index] { pieces.append(.live(query)) }
    }
    return pieces
  }

  // MARK: blocks

  private mutating func html(_ node: OpaquePointer, _ line: Int) -> [MarkdownItem] {
    let literal = Self.literal(node)
    guard let comment = Self.comment(literal) else {
      if literal.hasPrefix("<!--") {
        problems.add(line, zh: "以注释开头的行里不能再有别的内容", en: "a line that begins with a comment holds nothing else")
      }
      return [MarkdownItem(line: line, content: .block(.paragraph(pieces(String(literal.trimmedEnd)) { .text($0) })))]
    }
    if comment.unicodeScalars.contains(Self.open) {
      problems.add(line, zh: "指令里不能写实时数值", en: "a directive cannot hold a live value")
      return []
    }
    do throws(Directive.Mistake) {
      return try Directive(comment: comment).map { [MarkdownItem(line: line, content: .directive($0))] } ?? []
    } catch {
      problems.add(line, error.problem)
      return []
    }
  }

  /// What a text that is one comment holds.
  private static func comment(_ text: String) -> String? {
    let trimmed = text.trimmedEnd.drop { $0 == " " }
    guard trimmed.hasPrefix("<!--"), trimmed.hasSuffix("-->"), trimmed.utf8.count >= 7 else { return nil }
    let inside = trimmed.dropFirst(4).dropLast(3)
    return inside.contains("-->") ? nil : String(inside)
  }

  private mutating func inner(_ node: OpaquePointer, depth: Int) -> [MarkdownBlock] {
    var blocks: [MarkdownBlock] = []
    for child in Self.children(node) {
      if let block = block(child, depth: depth) { blocks.append(block) }
    }
    return blocks
  }

  private mutating func block(_ node: OpaquePointer, depth: Int) -> MarkdownBlock? {
    guard depth <= Self.maximumDepth else {
      problems.add(line(node), zh: "嵌套太深", en: "nested too deeply")
      return nil
    }
    switch Self.type(node) {
    case "heading": return .heading(level: Int(cmark_node_get_heading_level(node)), inlines(node, depth: depth + 1))
    case "paragraph": return .paragraph(inlines(node, depth: depth + 1))
    case "code_block":
      let info = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
      return .code(info: info, pieces(String(Self.literal(node).trimmedEnd)) { .text($0) })
    case "block_quote": return .quote(inner(node, depth: depth + 1))
    case "list":
      let items = Self.children(node).map { inner($0, depth: depth + 1) }
      let ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
      return .list(
        start: ordered ? Int(cmark_node_get_list_start(node)) : nil, tight: cmark_node_get_list_tight(node) != 0, items: items)
    case "table": return self.table(node, depth: depth)
    case "thematic_break": return .rule
    case "html_block":
      problems.add(line(node), zh: "指令要单独成段，不能放进列表或引用", en: "a directive stands by itself, not in a list or quote")
      return nil
    default: return nil
    }
  }

  private mutating func table(_ node: OpaquePointer, depth: Int) -> MarkdownBlock? {
    let count = Int(cmark_gfm_extensions_get_table_columns(node))
    let marks = cmark_gfm_extensions_get_table_alignments(node)
    let alignments = (0..<count).map { index -> TableAlignment in
      switch marks?[index] {
      case UInt8(ascii: "c"): .center
      case UInt8(ascii: "r"): .right
      default: .left
      }
    }
    var rows = Self.children(node).map { row in
      var cells = Self.children(row).map { inlines($0, depth: depth + 1) }
      while cells.count < count { cells.append([]) }
      return Array(cells.prefix(count))
    }
    guard count > 0, !rows.isEmpty else { return nil }
    let header = rows.removeFirst()
    return .table(alignments, header: header, rows: rows)
  }

  // MARK: inlines

  private mutating func inlines(_ node: OpaquePointer, depth: Int) -> [Inline] {
    guard depth <= 2 * Self.maximumDepth else {
      problems.add(line(node), zh: "嵌套太深", en: "nested too deeply")
      return []
    }
    var result: [Inline] = []
    for child in Self.children(node) {
      switch Self.type(child) {
      case "text": result += pieces(Self.literal(child)) { .text($0) }
      case "softbreak": result.append(.softBreak)
      case "linebreak": result.append(.lineBreak)
      case "code": result += pieces(Self.literal(child)) { .code($0) }
      case "emph": result.append(.emphasis(inlines(child, depth: depth + 1)))
      case "strong": result.append(.strong(inlines(child, depth: depth + 1)))
      case "link":
        result.append(.link(inlines(child, depth: depth + 1), url: cmark_node_get_url(child).map { String(cString: $0) } ?? ""))
      case "image": result += inlines(child, depth: depth + 1)
      case "html_inline": result += htmlInline(child)
      default: break
      }
    }
    return result
  }

  private mutating func htmlInline(_ node: OpaquePointer) -> [Inline] {
    let literal = Self.literal(node)
    guard let comment = Self.comment(literal) else { return pieces(literal) { .text($0) } }
    do throws(Directive.Mistake) {
      guard let directive = try Directive(comment: comment) else { return [] }
      guard directive.verb == "term" else {
        throw Directive.Mistake(zh: "段落里只能写 term 指令", en: "inside a paragraph only term directives can stand")
      }
      return [.term(directive.arguments)]
    } catch {
      problems.add(cmark_node_get_start_line(node) > 0 ? line(node) : firstLine, error.problem)
      return []
    }
  }

  // MARK: nodes

  private func line(_ node: OpaquePointer) -> Int { Int(cmark_node_get_start_line(node)) + firstLine - 1 }

  private static func type(_ node: OpaquePointer) -> String { String(cString: cmark_node_get_type_string(node)) }

  private static func literal(_ node: OpaquePointer) -> String {
    cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
  }

  private static func children(_ node: OpaquePointer) -> [OpaquePointer] {
    Array(sequence(first: cmark_node_first_child(node)) { $0.flatMap { cmark_node_next($0) } }.prefix { $0 != nil }.compactMap { $0 })
  }
}

extension StringProtocol {
  var trimmed: String {
    let start = drop { $0 == " " || $0 == "\n" }
    return String(start.trimmedEnd)
  }

  var trimmedEnd: SubSequence {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " || self[index(before: end)] == "\n" { end = index(before: end) }
    return self[..<end]
  }
}
