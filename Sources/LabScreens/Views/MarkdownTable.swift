// Tables of a lesson: columns in cells, so that Chinese and numbers line up, squeezed to the width. Not here: other blocks.
import Course
import Terminal

struct MarkdownTable {
  let alignments: [TableAlignment]
  let header: [StyledText]
  let rows: [[StyledText]]

  private static let gap = 2

  func lines(width: Int, theme: Theme) -> [StyledText] {
    let widths = columnWidths(width)
    let rule = joined(
      widths.map { StyledText(DisplayText(String(repeating: String(theme.borders.horizontal), count: $0)), theme.border) })
    return row(header, widths) + [rule] + rows.flatMap { row($0, widths) }
  }

  /// Natural widths; where they do not fit, the widest column gives way first.
  private func columnWidths(_ width: Int) -> [Int] {
    var widths = header.indices.map { column in
      ([header] + rows).map { $0[column].lines.map(\.width).max() ?? 0 }.reduce(1, max)
    }
    let room = max(widths.count, width - MarkdownTable.gap * max(0, widths.count - 1))
    widths = widths.map { min($0, room) }
    while widths.reduce(0, +) > room, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 1 {
      widths[widest] -= 1
    }
    return widths
  }

  /// A row, as many lines high as its highest cell.
  private func row(_ cells: [StyledText], _ widths: [Int]) -> [StyledText] {
    let wrapped = cells.enumerated().map { $1.wrapped(to: widths[$0]) }
    return (0..<(wrapped.map(\.count).max() ?? 0)).map { line in
      joined(
        wrapped.enumerated().map { column, lines in
          (line < lines.count ? lines[line] : StyledText()).padded(to: widths[column], alignment(column))
        })
    }
  }

  private func alignment(_ column: Int) -> TextAlignment {
    switch alignments[column] {
    case .left: .left
    case .center: .center
    case .right: .right
    }
  }

  private func joined(_ cells: [StyledText]) -> StyledText {
    let gap = StyledText(DisplayText(String(repeating: " ", count: MarkdownTable.gap)))
    return cells.enumerated().reduce(StyledText()) { $1.offset == 0 ? $1.element : $0 + gap + $1.element }
  }
}
