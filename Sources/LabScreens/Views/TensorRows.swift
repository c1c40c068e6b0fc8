// A tensor as tokens × dimensions: one line of coloured cells a token, the current token's row and the current column marked; and the numbers
// around the cursor, spelled out. Not here: maps of queries and keys (AttentionMap).
import Insight
import Languages
import Terminal

/// How a slice is laid out in an area; computed once, so that ruler, rows and numbers agree.
struct TensorRowsLayout {
  let area: Rect
  /// Columns of the token labels, with the pointer and the gap behind them.
  let gutter: Int
  /// Numbers behind one cell, and cells that one number takes.
  let factor: Int
  let cellWidth: Int
  /// Tokens in sight, and how many of them share a line (2 with half blocks).
  let tokens: Range<Int>
  let tokensPerLine: Int

  init(_ slice: TensorSlice, _ axis: TokenAxis, cursor: StepCursor, area: Rect, theme: Theme) {
    self.area = area
    let wanted = axis.indexWidth + 2 + axis.textWidth(0..<min(axis.count, 64), limit: 10) + 1
    // Labels give a few cells away where that lets a cell stand for fewer numbers.
    let widest = min(wanted, area.width / 3)
    func pooling(_ gutter: Int) -> Int { (slice.columns + max(1, area.width - gutter) - 1) / max(1, area.width - gutter) }
    let narrow = max(min(widest, axis.indexWidth + 7), widest - 5)
    gutter = (narrow...widest).last { pooling($0) == pooling(narrow) } ?? widest
    let room = max(1, area.width - gutter)
    factor = max(1, (slice.columns + room - 1) / room)
    cellWidth = factor > 1 ? 1 : max(1, min(4, room / slice.columns))
    let canHalve = theme.colorMode.hasColorMaps && theme.glyphMode != .ascii
    tokensPerLine = canHalve && slice.rows > area.height ? 2 : 1
    tokens = window(of: slice.rows, showing: area.height * tokensPerLine, around: cursor.row)
  }

  var lines: Int { (tokens.count + tokensPerLine - 1) / tokensPerLine }

  func x(column: Int) -> Int { area.x + gutter + column / factor * cellWidth }
  func line(token: Int) -> Int { (token - tokens.lowerBound) / tokensPerLine }
}

extension ScreenState {
  /// Indices above the columns, with a pointer above the current one.
  func drawTensorRuler(_ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ layout: TensorRowsLayout) {
    let right = min(area.right, layout.x(column: slice.columns - 1) + layout.cellWidth)
    let spacing = max(8, 4 * layout.cellWidth)
    var x = area.x + layout.gutter
    while x < right {
      let column = (x - area.x - layout.gutter) / layout.cellWidth * layout.factor
      let text = DisplayText("\(column)")
      if column < slice.columns, x + text.width <= right { frame.draw(text, at: Point(x: x, y: area.y), theme.dim, in: area.row(0)) }
      x += spacing / layout.cellWidth * layout.cellWidth
    }
    let mark = DisplayText("\(columnPointer)\(cursor.column)")
    let here = layout.x(column: cursor.column)
    // Clear what the pointer and its index would touch, then write it so that it stays inside.
    let start = min(here, max(area.x, area.right - mark.width))
    frame.fill(Rect(x: start - 1, y: area.y, width: mark.width + 2, height: 1).intersection(area))
    frame.draw(
      here == start ? mark : DisplayText("\(cursor.column)\(columnPointer)"), at: Point(x: start, y: area.y), theme.accent.with(.bold),
      in: area.row(0))
  }

  /// The rows of the tokens in sight.
  func drawTensorRows(_ frame: inout Frame, _ slice: TensorSlice, _ layout: TensorRowsLayout, _ axis: TokenAxis, scale: ColorScale) {
    for line in 0..<min(layout.lines, layout.area.height) {
      let first = layout.tokens.lowerBound + line * layout.tokensPerLine
      let y = layout.area.y + line
      let isCurrent = layout.line(token: cursor.row) == line
      drawGutter(&frame, Rect(x: layout.area.x, y: y, width: layout.gutter, height: 1), axis, isCurrent ? cursor.row : first, isCurrent)
      let upper = pooled(slice.row(first), layout.factor)
      let second = first + 1
      let lower =
        layout.tokensPerLine == 2 && second < layout.tokens.upperBound ? pooled(slice.row(second), layout.factor) : nil
      for cell in upper.indices {
        let isCursor = isCurrent && cell == cursor.column / layout.factor
        let x = layout.area.x + layout.gutter + cell * layout.cellWidth
        for part in 0..<layout.cellWidth where x + part < layout.area.right {
          let (glyph, style) = self.cell(
            upper[cell], lower?[cell], isHalf: layout.tokensPerLine == 2,
            isMiddle: layout.cellWidth > 1 && part == (layout.cellWidth - 1) / 2,
            cursor: isCursor ? cursor.row - first : nil, scale)
          frame.put(Glyph(glyph), at: Point(x: x + part, y: y), style, in: layout.area)
        }
      }
    }
  }

  /// `▸ 12 ␣upon`: a token's label, bold and pointed at when it is the current one.
  func drawGutter(_ frame: inout Frame, _ area: Rect, _ axis: TokenAxis, _ position: Int, _ isCurrent: Bool) {
    if isCurrent { frame.draw(DisplayText(rowPointer), at: area.origin, theme.accent.with(.bold), in: area) }
    let label = axis.label(position, width: area.width - 2)
    frame.draw(label, at: Point(x: area.x + 1, y: area.y), isCurrent ? theme.strong : theme.dim, in: area)
  }

  private func pooled(_ row: [Float], _ factor: Int) -> [Float] {
    guard factor > 1 else { return row }
    return stride(from: 0, to: row.count, by: factor).map { start in
      row[start..<min(row.count, start + factor)].reduce(0) { abs($1) > abs($0) || $1.isNaN ? $1 : $0 }
    }
  }

  /// One cell of one number, or of two numbers above each other; `cursor` is 0 or 1 where the cursor is in the upper or lower one.
  private func cell(_ upper: Float, _ lower: Float?, isHalf: Bool, isMiddle: Bool, cursor: Int?, _ scale: ColorScale) -> (
    Unicode.Scalar, Style
  ) {
    guard theme.colorMode.hasColorMaps else {
      return (upper.isNaN ? "!" : scale.glyph(upper, glyphs: theme.glyphMode), cursor == nil ? theme.text : theme.selection)
    }
    let above = cursor == 0 ? Color.ansi(5) : color(upper, scale)
    guard isHalf else {
      let glyph: Unicode.Scalar = upper.isNaN ? "!" : (isMiddle && above != .default ? (upper < 0 ? "-" : "+") : " ")
      return (glyph, Style(foreground: above.readable, background: above))
    }
    let below = lower.map { cursor == 1 ? Color.ansi(5) : color($0, scale) } ?? .default
    if above == below { return (" ", Style(background: above)) }
    // A default colour cannot be a foreground: the glyph is turned so that it lies in the background.
    if above == .default { return ("▄", Style(foreground: below)) }
    return ("▀", Style(foreground: above, background: below))
  }

  private func color(_ value: Float, _ scale: ColorScale) -> Color { value.isNaN ? .ansi(1) : scale.color(value, mode: theme.colorMode) }

  /// The numbers around the cursor in its row: an index line and a line of values on their colours.
  func drawTensorNumbers(_ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, gutter: Int, scale: ColorScale) {
    let width = 8
    let count = max(1, (area.width - gutter) / width)
    let label = DisplayText(Bilingual(zh: "数值", en: "values")[language])
    frame.draw(label.truncated(to: max(0, gutter - 3)), at: Point(x: area.x + 2, y: area.y + 1), theme.dim, in: area)
    for (place, column) in window(of: slice.columns, showing: count, around: cursor.column).enumerated() {
      let value = slice[cursor.row, column]
      let isCursor = column == cursor.column
      let x = area.x + gutter + place * width
      let index = DisplayText(isCursor ? "[\(column)]" : "\(column)").fitted(to: width - 1, .center)
      frame.draw(index, at: Point(x: x, y: area.y), isCursor ? theme.accent.with(.bold) : theme.dim, in: area)
      let color = color(value, scale)
      let style = isCursor ? theme.selection.with(.bold) : Style(foreground: color.readable, background: color)
      // As many digits as fit; three are enough beside the readout.
      let digits = [3, 2, 1].first { Numbers.significant(Double(value), digits: $0).utf8.count < width } ?? 1
      let text = DisplayText(Numbers.significant(Double(value), digits: digits)).fitted(to: width - 1, .center)
      frame.draw(text, at: Point(x: x, y: area.y + 1), style, in: area)
    }
  }
}
