// One head's map of queries and keys in half blocks: query labels at the left, key indices on top, the cursor's row and column marked; where
// it does not fit, the whole map pooled, and beside it a window of single cells that follows the cursor. Not here: lists (AttentionLists).
import Insight
import Languages
import Terminal

/// What kind of numbers a map holds.
enum AttentionStage: Sendable, Hashable {
  case scores, masked, pattern

  var isCausal: Bool { self != .scores }

  /// Weights have a fixed range, so that heads compare; scores are drawn around zero.
  func scale(_ slice: TensorSlice) -> ColorScale { self == .pattern ? .probability : slice.diverging }
}

/// A part of a map with its labels, placed in an area.
struct AttentionMapLayout {
  let area: Rect
  let rows: Range<Int>
  let columns: Range<Int>
  /// Queries and keys in one pixel.
  let factor: Int
  /// Columns of cells and half lines of a pixel.
  let pixelWidth: Int
  let pixelHalves: Int
  let gutter: Int
  let header: Int

  /// The largest pixels with which `rows` × `columns` fit; pooled where even the smallest do not.
  init(rows: Range<Int>, columns: Range<Int>, gutter: Int, header: Int, area: Rect, theme: Theme) {
    (self.rows, self.columns, self.area, self.gutter, self.header) = (rows, columns, area, gutter, header)
    let (width, height) = (max(1, area.width - gutter), max(1, area.height - header))
    let canHalve = theme.colorMode.hasColorMaps && theme.glyphMode != .ascii
    // A pixel of four columns holds its number.
    let sizes = canHalve ? [(8, 4), (4, 2), (2, 2), (2, 1), (1, 1)] : [(8, 4), (4, 2), (2, 2), (1, 2)]
    let fitting = sizes.first { columns.count * $0.0 <= width && rows.count * $0.1 <= 2 * height }
    (pixelWidth, pixelHalves) = fitting ?? sizes[sizes.count - 1]
    let (across, down) = (width / pixelWidth, 2 * height / pixelHalves)
    factor = fitting == nil ? max((columns.count + across - 1) / across, (rows.count + down - 1) / max(1, down), 1) : 1
  }

  var pixelColumns: Int { (columns.count + factor - 1) / factor }
  var pixelRows: Int { (rows.count + factor - 1) / factor }
  /// The cells of the map itself.
  var map: Rect {
    Rect(x: area.x + gutter, y: area.y + header, width: pixelColumns * pixelWidth, height: (pixelRows * pixelHalves + 1) / 2).intersection(
      area)
  }
  /// What labels and map take of the area.
  var used: Rect { Rect(x: area.x, y: area.y, width: gutter + map.width, height: header + map.height) }

  func x(column: Int) -> Int { map.x + (column - columns.lowerBound) / factor * pixelWidth }
  func y(row: Int) -> Int { map.y + (row - rows.lowerBound) / factor * pixelHalves / 2 }
  /// The first query drawn on a line of the map.
  func row(line: Int) -> Int { rows.lowerBound + 2 * line / pixelHalves * factor }
}

extension ScreenState {
  /// Draws the map with labels; returns what it took.
  @discardableResult
  func drawAttentionMap(_ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ stage: AttentionStage, _ axis: TokenAxis) -> Rect {
    guard area.width >= 8, area.height >= 3 else { return Rect(x: area.x, y: area.y, width: 0, height: 0) }
    let gutter = min(axis.indexWidth + 2 + axis.textWidth(0..<min(axis.count, 64), limit: area.width > 60 ? 10 : 7) + 1, area.width / 3)
    let (all, keys) = (0..<slice.rows, 0..<slice.columns)
    let whole = AttentionMapLayout(rows: all, columns: keys, gutter: gutter, header: 1, area: area, theme: theme)
    guard whole.factor > 1 else {
      // Room under a small map goes to the keys' tokens, written downwards.
      let names = whole.pixelWidth >= 2 ? min(5, area.height - whole.used.height) : 0
      let layout = AttentionMapLayout(rows: all, columns: keys, gutter: gutter, header: 1 + max(0, names), area: area, theme: theme)
      draw(&frame, layout.factor == 1 && layout.pixelWidth == whole.pixelWidth ? layout : whole, slice, stage, axis, labelled: true)
      return layout.factor == 1 && layout.pixelWidth == whole.pixelWidth ? layout.used : whole.used
    }
    // Overview at the left without query labels, window at the right.
    let left = min(area.width * 2 / 5, 2 * (area.height - 2))
    let overview = AttentionMapLayout(
      rows: all, columns: keys, gutter: 0, header: 1, area: Rect(x: area.x, y: area.y, width: left, height: area.height), theme: theme)
    draw(&frame, overview, slice, stage, axis, labelled: false)
    let rest = Rect(x: overview.used.right + 2, y: area.y, width: area.right - overview.used.right - 2, height: area.height)
    let shown = (rows: (rest.height - 1) * (canHalve ? 2 : 1), columns: max(1, rest.width - gutter))
    let near = AttentionMapLayout(
      rows: window(of: slice.rows, showing: shown.rows, around: cursor.row),
      columns: window(of: slice.columns, showing: shown.columns, around: cursor.column), gutter: gutter, header: 1, area: rest, theme: theme
    )
    draw(&frame, near, slice, stage, axis, labelled: true)
    return Rect(x: area.x, y: area.y, width: near.used.right - area.x, height: max(overview.used.height, near.used.height))
  }

  private func draw(
    _ frame: inout Frame, _ layout: AttentionMapLayout, _ slice: TensorSlice, _ stage: AttentionStage, _ axis: TokenAxis, labelled: Bool
  ) {
    let isCovered = cover == .pattern && stage == .pattern
    let heatmap = slice.heatmap(
      rows: layout.rows, columns: layout.columns, factor: layout.factor, isCausal: stage.isCausal, scale: stage.scale(slice))
    let mark = (
      row: (cursor.row - layout.rows.lowerBound) / layout.factor, column: (cursor.column - layout.columns.lowerBound) / layout.factor
    )
    drawPixels(&frame, heatmap, layout, cursor: mark, isCovered: isCovered)
    if labelled {
      for line in 0..<layout.map.height {
        let y = layout.map.y + line
        let isCurrent = layout.rows.contains(cursor.row) && layout.y(row: cursor.row) == y
        // A pixel of several lines is labelled once.
        guard isCurrent || layout.y(row: layout.row(line: line)) == y else { continue }
        let position = isCurrent ? cursor.row : layout.row(line: line)
        guard !(isCurrent && layout.y(row: cursor.row) != y) else { continue }
        drawGutter(&frame, Rect(x: layout.area.x, y: y, width: layout.gutter, height: 1), axis, slice.past + position, isCurrent)
      }
    }
    drawKeyHeader(&frame, layout, axis)
  }

  /// Key indices over the map, the current one pointed at; with room, the keys' tokens written downwards.
  private func drawKeyHeader(_ frame: inout Frame, _ layout: AttentionMapLayout, _ axis: TokenAxis) {
    let line = Rect(x: layout.area.x, y: layout.map.y - 1, width: layout.used.width, height: 1)
    let map = layout.map
    if layout.factor > 1 {
      let note = Bilingual(zh: "全图 1 格 = \(layout.factor)×\(layout.factor)", en: "all, 1 px = \(layout.factor)×\(layout.factor)")[language]
      frame.draw(
        DisplayText(PlainGlyphs.text(note, theme.glyphMode)), row: 0, of: Rect(x: map.x, y: line.y, width: max(map.width, 18), height: 1),
        theme.dim)
      return
    }
    let step = max(1, (axis.indexWidth + 2 + layout.pixelWidth - 1) / layout.pixelWidth)
    for column in stride(from: layout.columns.lowerBound, to: layout.columns.upperBound, by: step) {
      let text = DisplayText("\(column)")
      let x = layout.x(column: column)
      if x + text.width <= max(map.right, x + 1) { frame.draw(text, at: Point(x: x, y: line.y), theme.dim, in: line) }
    }
    if layout.columns.contains(cursor.column) {
      let mark = DisplayText("\(columnPointer)\(cursor.column)")
      let x = min(layout.x(column: cursor.column), max(layout.area.x, layout.area.right - mark.width))
      frame.fill(Rect(x: x - 1, y: line.y, width: mark.width + 2, height: 1).intersection(layout.area))
      frame.draw(mark, at: Point(x: x, y: line.y), theme.accent.with(.bold), in: layout.area)
    }
    guard layout.header > 1 else { return }
    for column in layout.columns {
      let glyphs = Array(axis.text(column).glyphs.prefix(layout.header - 1))
      let top = line.y - glyphs.count
      for (row, glyph) in glyphs.enumerated() where glyph.width <= layout.pixelWidth {
        frame.put(
          glyph, at: Point(x: layout.x(column: column), y: top + row), column == cursor.column ? theme.strong : theme.dim, in: layout.area)
      }
    }
  }

  /// Pixels of one or several cells. Masked ones have a glyph of their own, covered ones a question mark.
  private func drawPixels(
    _ frame: inout Frame, _ heatmap: Heatmap, _ layout: AttentionMapLayout, cursor: (row: Int, column: Int), isCovered: Bool
  ) {
    let map = layout.map
    let painter = PixelPainter(heatmap: heatmap, layout: layout, cursor: cursor, isCovered: isCovered, theme: theme)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let (glyph, style) = painter.cell(x: x, y: y)
        frame.put(Glyph(glyph), at: Point(x: map.x + x, y: map.y + y), style, in: map)
      }
    }
    guard !isCovered, layout.pixelWidth >= 4, layout.factor == 1 else { return }
    // Large cells say their value.
    for row in 0..<heatmap.rows {
      for column in 0..<heatmap.columns {
        guard let value = heatmap[row, column], value.isFinite else { continue }
        let text = tiny(value)
        guard !text.isEmpty else { continue }
        let isCursor = (row, column) == cursor
        let color = heatmap.scale.color(value, mode: theme.colorMode)
        let style =
          isCursor
          ? theme.selection.with(.bold)
          : (theme.colorMode.hasColorMaps ? Style(foreground: color.readable, background: color) : theme.text)
        let place = Point(
          x: layout.x(column: column + layout.columns.lowerBound),
          y: layout.y(row: row + layout.rows.lowerBound) + (layout.pixelHalves / 2 - 1) / 2)
        frame.draw(DisplayText(text).fitted(to: 3, .right), at: place, style, in: map)
      }
    }
  }

  /// At most three cells: .42, -.4, 1.3, 12; larger ones are too wide and left to the readout.
  private func tiny(_ value: Float) -> String {
    let size = Double(abs(value))
    let sign = value < 0 ? "-" : ""
    let text = Numbers.fixed(size, decimals: size < 0.995 ? (value < 0 ? 1 : 2) : (size < 9.95 && value >= 0 ? 1 : 0))
    let short = sign + (text.first == "0" && text.utf8.count > 1 ? String(text.dropFirst()) : text)
    return short.utf8.count <= 3 ? short : ""
  }
}

/// What one cell of a map shows.
private struct PixelPainter {
  let heatmap: Heatmap
  let layout: AttentionMapLayout
  let cursor: (row: Int, column: Int)
  let isCovered: Bool
  let theme: Theme

  private enum Pixel: Equatable {
    case outside, masked, covered
    case color(Color)
  }

  private func pixel(_ row: Int, _ column: Int) -> Pixel {
    guard row < heatmap.rows, column < heatmap.columns else { return .outside }
    guard let value = heatmap[row, column] else { return .masked }
    if isCovered { return .covered }
    if cursor == (row, column) { return .color(.ansi(5)) }
    return .color(value.isNaN ? .ansi(1) : heatmap.scale.color(value, mode: theme.colorMode))
  }

  func cell(x: Int, y: Int) -> (Unicode.Scalar, Style) {
    let column = x / layout.pixelWidth
    let (top, bottom) = (2 * y / layout.pixelHalves, (2 * y + 1) / layout.pixelHalves)
    let (upper, lower) = (pixel(top, column), pixel(bottom, column))
    let isCursor = cursor == (top, column) || cursor == (bottom, column)
    if upper == .covered || lower == .covered { return ("?", isCursor ? theme.selection : theme.dim) }
    guard theme.colorMode.hasColorMaps else {
      guard let value = heatmap[top, column] else {
        return top < heatmap.rows ? (x % layout.pixelWidth == 0 ? maskGlyph : " ", isCursor ? theme.selection : theme.dim) : (" ", .plain)
      }
      return (value.isNaN ? "!" : heatmap.scale.glyph(value, glyphs: theme.glyphMode), isCursor ? theme.selection : theme.text)
    }
    switch (upper, lower) {
    case (.color(let above), .color(let below)):
      if above == below { return (sign(x, y, top, column, above), Style(foreground: above.readable, background: above)) }
      // A default colour cannot be a foreground: the glyph is turned so that it lies in the background.
      return above == .default ? ("▄", Style(foreground: below)) : ("▀", Style(foreground: above, background: below))
    case (.color(let above), _): return above == .default ? (" ", .plain) : ("▀", Style(foreground: above))
    case (_, .color(let below)): return below == .default ? (" ", .plain) : ("▄", Style(foreground: below))
    case (.masked, _), (_, .masked): return (x % layout.pixelWidth == 0 ? maskGlyph : " ", isCursor ? theme.selection : theme.dim)
    default: return (" ", .plain)
    }
  }

  /// Never a step of the glyph ramp, so that it cannot be read as a small value.
  private var maskGlyph: Unicode.Scalar { theme.glyphMode == .ascii || !theme.colorMode.hasColorMaps ? "'" : "·" }

  /// A whole cell of a map around zero carries its sign, the second channel beside the hue.
  private func sign(_ x: Int, _ y: Int, _ row: Int, _ column: Int, _ color: Color) -> Unicode.Scalar {
    guard let value = heatmap[row, column] else { return " " }
    if value.isNaN { return "!" }
    guard heatmap.scale.map == .diverging, color != .default, layout.pixelWidth == 2, x % 2 == 0 else { return " " }
    return value < 0 ? "-" : "+"
  }
}
