// Markdown as styled lines of a given width, with the live values of the run. Not here: tables (MarkdownTable), checks and the page (Lesson…).
import Course
import Languages
import Terminal

/// Draws Markdown for one theme, language and width.
struct MarkdownDrawing {
  let theme: Theme
  let language: Language
  let width: Int
  var values: LiveValues

  func narrower(by columns: Int) -> MarkdownDrawing {
    MarkdownDrawing(theme: theme, language: language, width: max(4, width - columns), values: values)
  }

  /// Blocks with one blank line between them.
  func lines(_ blocks: [MarkdownBlock], base: Style = .plain, nesting: Int = 0, isTight: Bool = false) -> [StyledText] {
    var lines: [StyledText] = []
    for (index, block) in blocks.enumerated() {
      if index > 0, !isTight { lines.append(StyledText()) }
      lines += self.lines(block, base: base, nesting: nesting)
    }
    return lines
  }

  private func lines(_ block: MarkdownBlock, base: Style, nesting: Int) -> [StyledText] {
    switch block {
    case .heading(let level, let inlines): return styled(inlines, level <= 2 ? theme.heading : theme.strong).wrapped(to: width)
    case .paragraph(let inlines): return styled(inlines, base).wrapped(to: width)
    case .code(_, let inlines): return code(inlines)
    case .quote(let blocks):
      let lead = StyledText(theme.sign(.bar), theme.accent) + " "
      return narrower(by: 2).lines(blocks, base: base.with(.italic), nesting: nesting).map { lead + $0 }
    case .list(let start, let tight, let items): return list(start, tight, items, base: base, nesting: nesting)
    case .table(let alignments, let header, let rows):
      return MarkdownTable(
        alignments: alignments, header: header.map { styled($0, theme.strong) }, rows: rows.map { $0.map { styled($0, base) } }
      ).lines(width: width, theme: theme)
    case .rule:
      return [StyledText(DisplayText(String(repeating: String(theme.borders.horizontal), count: width)), theme.border)]
    }
  }

  private func code(_ inlines: [Inline]) -> [StyledText] {
    let lead = StyledText(theme.sign(.bar), theme.border) + " "
    return styled(inlines, theme.code).lines.flatMap { line in line.wrapped(to: max(1, width - 2)).map { lead + $0 } }
  }

  private func list(_ start: Int?, _ tight: Bool, _ items: [[MarkdownBlock]], base: Style, nesting: Int) -> [StyledText] {
    let last = (start ?? 0) + items.count - 1
    let digits = String(last).count
    var lines: [StyledText] = []
    for (index, item) in items.enumerated() {
      if index > 0, !tight { lines.append(StyledText()) }
      let lead: StyledText
      if let start {
        let number = String(start + index)
        lead = StyledText(DisplayText(String(repeating: " ", count: digits - number.count) + number + ". "), theme.dim)
      } else {
        lead = StyledText(theme.sign(nesting == 0 ? .bullet : .innerBullet), theme.dim) + " "
      }
      let indent = StyledText(DisplayText(String(repeating: " ", count: lead.width)))
      let content = narrower(by: lead.width).lines(item, base: base, nesting: nesting + 1, isTight: tight)
      lines += content.enumerated().map { ($0 == 0 ? lead : indent) + $1 }
    }
    return lines
  }

  // MARK: Inlines

  func styled(_ inlines: [Inline], _ base: Style = .plain) -> StyledText {
    var flow = Flow()
    append(inlines, base, to: &flow)
    return flow.text
  }

  /// A line as bare text: for notices.
  func plain(_ blocks: [MarkdownBlock]) -> String {
    blocks.map { block in
      switch block {
      case .heading(_, let inlines), .paragraph(let inlines), .code(_, let inlines): styled(inlines).text.string
      case .quote(let inner): plain(inner)
      case .list(_, _, let items): items.map(plain).joined(separator: language == .zh ? "；" : "; ")
      case .table, .rule: ""
      }
    }.joined(separator: " ")
  }

  private func append(_ inlines: [Inline], _ style: Style, to flow: inout Flow) {
    for inline in inlines {
      switch inline {
      case .text(let text): flow.append(text, style)
      case .emphasis(let inner): append(inner, style.with(.italic), to: &flow)
      case .strong(let inner): append(inner, style.with(.bold), to: &flow)
      case .code(let text): flow.append(theme.colorMode == .none ? "`\(text)`" : text, theme.code)
      case .link(let inner, let url):
        append(inner, theme.link, to: &flow)
        if !url.isEmpty, inner.plainText != url { flow.append(" (\(url))", theme.dim) }
      case .softBreak: flow.isBroken = true
      case .lineBreak: flow.append("\n", style)
      case .live(let query):
        switch values.read(query) {
        case .value(let text): flow.append(text, theme.live)
        case .notYet: flow.append(String(theme.ellipsis), theme.dim)
        case .problem: flow.append("[?]", theme.error)
        }
      case .term: flow.append(theme.sign(.term).string, theme.dim)
      }
    }
  }

  /// Text that grows; a soft break is a space, but nothing between two Chinese characters.
  private struct Flow {
    var text = StyledText()
    var isBroken = false
    private var last: Unicode.Scalar?

    mutating func append(_ string: String, _ style: Style) {
      guard let first = string.unicodeScalars.first else { return }
      if isBroken {
        isBroken = false
        if let last, !(last.cellWidth == 2 && first.cellWidth == 2) { text.append(" ") }
      }
      text.append(DisplayText(string), style)
      last = string.unicodeScalars.last
    }
  }
}
