// Lesson prose as a tree of values: CommonMark and tables, live numbers and marked terms. Not here: reading it (MarkdownReader)
// and drawing it (the screens).
import Languages

public indirect enum MarkdownBlock: Sendable, Hashable {
  case heading(level: Int, [Inline])
  case paragraph([Inline])
  /// Only texts and live numbers, line breaks included.
  case code(info: String, [Inline])
  case quote([MarkdownBlock])
  /// `start` is nil for bullets. `tight`: no blank lines between the items.
  case list(start: Int?, tight: Bool, items: [[MarkdownBlock]])
  /// Every row, the header included, has as many cells as there are alignments.
  case table([TableAlignment], header: [[Inline]], rows: [[[Inline]]])
  case rule
}

public enum TableAlignment: Sendable, Hashable { case left, center, right }

public indirect enum Inline: Sendable, Hashable {
  case text(String)
  case emphasis([Inline])
  case strong([Inline])
  case code(String)
  case link([Inline], url: String)
  case softBreak
  case lineBreak
  /// A number or text of the run.
  case live(TraceQuery)
  /// Where a term of the glossary is introduced: its id. Draws nothing by itself; the words before it name the term.
  case term(String)
}

/// A text in both languages.
public struct Prose: Sendable, Hashable {
  public let zh: [MarkdownBlock]
  public let en: [MarkdownBlock]

  public subscript(language: Language) -> [MarkdownBlock] { language == .zh ? zh : en }
}

extension [Inline] {
  /// The bare text; live numbers as the query that makes them, in braces.
  public var plainText: String {
    map { inline in
      switch inline {
      case .text(let text), .code(let text): text
      case .emphasis(let inner), .strong(let inner), .link(let inner, _): inner.plainText
      case .softBreak, .lineBreak: " "
      case .live(let query): "{\(query.source)}"
      case .term: ""
      }
    }.joined()
  }

  /// All queries, in reading order.
  public var queries: [TraceQuery] {
    flatMap { inline -> [TraceQuery] in
      switch inline {
      case .live(let query): [query]
      case .emphasis(let inner), .strong(let inner), .link(let inner, _): inner.queries
      default: []
      }
    }
  }
}

extension [MarkdownBlock] {
  /// Every run of inlines, in reading order.
  var inlines: [[Inline]] {
    flatMap { block -> [[Inline]] in
      switch block {
      case .heading(_, let inlines), .paragraph(let inlines), .code(_, let inlines): [inlines]
      case .quote(let blocks): blocks.inlines
      case .list(_, _, let items): items.flatMap(\.inlines)
      case .table(_, let header, let rows): header + rows.flatMap { $0 }
      case .rule: []
      }
    }
  }

  public var queries: [TraceQuery] { inlines.flatMap(\.queries) }

  public var plainText: String { inlines.map(\.plainText).joined(separator: "\n") }
}
