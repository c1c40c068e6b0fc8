// A ranked list: what stands behind a colour, as token, number and bar, largest first. Used for the keys of a row, for logits, for candidates.
import Languages
import Terminal

/// One line of a ranked list.
struct RankedItem {
  /// Position or token id.
  var index: Int
  var token: DisplayText
  /// Numbers as text, one a column.
  var values: [DisplayText]
  /// Length of the bar, 0…1.
  var fraction: Double
  var isSelected = false
  /// Cut by a filter: dim and struck through.
  var isCut = false
  /// Said behind the bar.
  var note = DisplayText.empty
}

extension ScreenState {
  /// Draws items under their column titles; what does not fit must have been counted by the caller.
  func drawRanked(_ frame: inout Frame, _ area: Rect, _ items: [RankedItem], titles: [DisplayText] = [], tokenLimit: Int = 14) {
    guard !area.isEmpty, let first = items.first else { return }
    let indexWidth = items.map { DisplayText("\($0.index)").width }.max() ?? 1
    let tokenWidth = min(tokenLimit, items.map(\.token.width).max() ?? 1)
    let valueWidths = first.values.indices.map { column in
      max(
        items.map { $0.values.indices.contains(column) ? $0.values[column].width : 0 }.max() ?? 0,
        titles.indices.contains(column) ? titles[column].width : 0)
    }
    let noteWidth = items.map(\.note.width).max() ?? 0
    let start = area.x + 1 + indexWidth + 1
    var y = area.y
    if !titles.isEmpty {
      var x = start + tokenWidth
      for (column, width) in valueWidths.enumerated() where column < titles.count {
        frame.draw(titles[column], row: 0, of: Rect(x: x + 1, y: y, width: width, height: 1).intersection(area), theme.dim, .right)
        x += width + 1
      }
      y += 1
    }
    for item in items where y < area.bottom {
      let line = Rect(x: area.x, y: y, width: area.width, height: 1)
      let style = item.isSelected ? theme.strong : (item.isCut ? theme.dim.with(.strikethrough) : theme.text)
      if item.isSelected { frame.draw(DisplayText(rowPointer), at: line.origin, theme.accent.with(.bold), in: line) }
      frame.draw(
        DisplayText("\(item.index)"), row: 0, of: Rect(x: line.x + 1, y: y, width: indexWidth, height: 1).intersection(line), theme.dim,
        .right)
      frame.draw(
        item.token.truncatedAtStart(to: tokenWidth, ellipsis: theme.ellipsis), at: Point(x: start, y: y), style, in: line)
      var x = start + tokenWidth
      for (column, width) in valueWidths.enumerated() where column < item.values.count {
        frame.draw(item.values[column], row: 0, of: Rect(x: x + 1, y: y, width: width, height: 1).intersection(line), style, .right)
        x += width + 1
      }
      let room = line.right - x - 1 - (noteWidth > 0 ? noteWidth + 1 : 0)
      if room > 2 {
        let bar = Rect(x: x + 1, y: y, width: min(room, 40), height: 1)
        frame.drawBar(item.fraction, in: bar, item.isSelected ? theme.accent : theme.dim, theme: theme)
        if !item.note.isEmpty {
          frame.draw(item.note, row: 0, of: Rect(x: bar.right + 1, y: y, width: line.right - bar.right - 1, height: 1), theme.dim)
        }
      }
      y += 1
    }
  }

  /// A share as text: 12.3 %, < 0.1 %.
  func percent(_ share: Double) -> String {
    let value = share * 100
    if value > 0, value < 0.1 { return "<0.1 %" }
    return Numbers.fixed(value, decimals: value < 99.95 ? 1 : 0) + " %"
  }
}
