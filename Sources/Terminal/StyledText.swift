// A line or paragraph whose parts have their own styles: what Markdown, hints and readouts are made of.

public struct StyledText: Sendable, Hashable {
  public struct Run: Sendable, Hashable {
    public var text: DisplayText
    public var style: Style

    public init(_ text: DisplayText, _ style: Style = .plain) {
      self.text = text
      self.style = style
    }
  }

  public private(set) var runs: [Run] = []

  public init(_ runs: [Run] = []) { for run in runs { append(run.text, run.style) } }
  public init(_ text: DisplayText, _ style: Style = .plain) { append(text, style) }

  public mutating func append(_ text: DisplayText, _ style: Style = .plain) {
    if !text.isEmpty { runs.append(Run(text, style)) }
  }

  public mutating func append(_ other: StyledText) { runs.append(contentsOf: other.runs) }

  public static func + (left: StyledText, right: StyledText) -> StyledText { StyledText(left.runs + right.runs) }

  public var isEmpty: Bool { runs.isEmpty }
  public var width: Int { runs.reduce(0) { $0 + $1.text.width } }
  /// The text without its styles.
  public var text: DisplayText { DisplayText(sanitized: runs.map(\.text.string).joined()) }

  /// The lines at the given width, by the rules of `DisplayText.wrapped(to:)`; styles stay with their characters.
  public func wrapped(to width: Int) -> [StyledText] {
    lines.flatMap { line in
      let parts = line.runs.map { Array($0.text.glyphs) }
      let glyphs = parts.flatMap { $0 }
      let owners = parts.enumerated().flatMap { index, part in [Int](repeating: index, count: part.count) }
      return LineBreaker.lines(glyphs, width: width).map { range in
        var result = StyledText()
        var start = range.lowerBound
        while start < range.upperBound {
          let owner = owners[start]
          let end = owners[start..<range.upperBound].firstIndex { $0 != owner } ?? range.upperBound
          result.append(DisplayText(glyphs: glyphs[start..<end]), line.runs[owner].style)
          start = end
        }
        return result
      }
    }
  }

  /// The text cut at its newlines.
  public var lines: [StyledText] {
    var lines = [StyledText()]
    for run in runs {
      for (index, piece) in run.text.lines.enumerated() {
        if index > 0 { lines.append(StyledText()) }
        lines[lines.count - 1].append(piece, run.style)
      }
    }
    return lines
  }
}
