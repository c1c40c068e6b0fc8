// Curves over steps as dots finer than a cell: half blocks, braille, or three heights in ASCII; with an axis of values and a cursor. Not here: what the
// curves are (TrainingView).
import Terminal

/// A picture of curves over a range of steps.
struct CurvePlot {
  /// One cell's dots, as bits: row by row from the top, columns from the left.
  private struct Mark {
    var dots: UInt8
    var style: Style
    /// Drawn instead of dots.
    var glyph: Unicode.Scalar?
  }

  let area: Rect
  let steps: ClosedRange<Int>
  let values: ClosedRange<Double>
  let isLogarithmic: Bool
  let theme: Theme
  private var marks: [Point: Mark] = [:]

  /// Dots of a cell, across and down.
  private var across: Int { theme.glyphMode == .braille ? 2 : 1 }
  private var down: Int { theme.glyphMode == .braille ? 4 : theme.glyphMode == .block ? 2 : 3 }

  /// Every dot of a cell.
  private var full: UInt8 { UInt8(truncatingIfNeeded: 1 << (across * down) - 1) }

  /// - Parameter values: what must have room; widened a little, and where they are all the same.
  init(_ area: Rect, steps: ClosedRange<Int>, values: [Double], isLogarithmic: Bool, theme: Theme) {
    let shown = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let (low, high) = (shown.min() ?? 1, shown.max() ?? 2)
    self.isLogarithmic = isLogarithmic
    if isLogarithmic {
      let ratio = max(1.05, Numeric.exp(0.03 * Numeric.log(high / low)))
      self.values = low / ratio...high * ratio
    } else {
      let margin = max((high - low) * 0.03, abs(high) * 1e-3, 1e-12)
      self.values = low - margin...high + margin
    }
    (self.area, self.steps, self.theme) = (area, steps, theme)
  }

  // MARK: Places

  /// The column of a step, from the left edge of the area.
  func column(of step: Int) -> Int {
    let span = max(1, steps.upperBound - steps.lowerBound)
    return min(area.width - 1, max(0, Int((Double(step - steps.lowerBound) / Double(span) * Double(area.width - 1)).rounded())))
  }

  private func dotColumn(_ step: Int) -> Int {
    let span = max(1, steps.upperBound - steps.lowerBound)
    let last = area.width * across - 1
    return min(last, max(0, Int((Double(step - steps.lowerBound) / Double(span) * Double(last)).rounded())))
  }

  /// 0 at the bottom, 1 at the top; nil for what has no place on this axis.
  private func height(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    let (low, high) = (values.lowerBound, values.upperBound)
    if isLogarithmic { return value > 0 ? Numeric.log(value / low) / Numeric.log(high / low) : nil }
    return (value - low) / (high - low)
  }

  private func dotRow(_ value: Double) -> Int? {
    height(value).map { min(area.height * down - 1, max(0, Int(((1 - $0) * Double(area.height * down - 1)).rounded()))) }
  }

  /// The value at the middle of a row.
  func value(ofRow row: Int) -> Double {
    let share = 1 - (Double(row * down) + Double(down - 1) / 2) / Double(max(1, area.height * down - 1))
    let (low, high) = (values.lowerBound, values.upperBound)
    return isLogarithmic ? low * Numeric.exp(share * Numeric.log(high / low)) : low + share * (high - low)
  }

  // MARK: Drawing

  /// A line through the points; every point is on it, so that spikes stay. Gaps where a value has no place.
  mutating func draw(_ points: some Sequence<(step: Int, value: Double)>, _ style: Style) {
    var last: (x: Int, y: Int)?
    for point in points where steps.contains(point.step) {
      guard let y = dotRow(point.value) else {
        last = nil
        continue
      }
      let x = dotColumn(point.step)
      if let last, last.x != x || last.y != y { join(last, (x, y), style) } else { put(x, y, style) }
      last = (x, y)
    }
  }

  private mutating func join(_ a: (x: Int, y: Int), _ b: (x: Int, y: Int), _ style: Style) {
    let length = max(abs(b.x - a.x), abs(b.y - a.y))
    for i in 0...length {
      let share = Double(i) / Double(max(1, length))
      put(a.x + Int((Double(b.x - a.x) * share).rounded()), a.y + Int((Double(b.y - a.y) * share).rounded()), style)
    }
  }

  private mutating func put(_ x: Int, _ y: Int, _ style: Style) {
    let cell = Point(x: x / across, y: y / down)
    let bit = UInt8(1) << UInt8(y % down * across + x % across)
    let before = marks[cell]?.glyph == nil ? marks[cell]?.dots ?? 0 : 0
    marks[cell] = Mark(dots: before | bit, style: style, glyph: nil)
  }

  /// A thin line behind the others, a glyph a column at three heights of a cell. Where another curve fills a cell it lies over it, because there the
  /// other one is a band.
  mutating func drawThin(_ points: some Sequence<(step: Int, value: Double)>, _ style: Style) {
    let glyphs: [Unicode.Scalar] = theme.glyphMode == .ascii ? ["'", "-", "."] : ["▔", "─", "▁"]
    var columns: [Int: Double] = [:]
    for point in points where steps.contains(point.step) { columns[column(of: point.step)] = point.value }
    let known = columns.keys.sorted()
    for (index, x) in known.enumerated() {
      // Between two points the line goes on straight.
      let next = index + 1 < known.count ? known[index + 1] : x + 1
      guard let from = columns[x].flatMap(height), let to = (index + 1 < known.count ? columns[next] : columns[x]).flatMap(height) else {
        continue
      }
      for column in x..<next {
        let share = from + (to - from) * Double(column - x) / Double(next - x)
        let third = min(area.height * 3 - 1, max(0, Int(((1 - share) * Double(area.height * 3 - 1)).rounded())))
        let cell = Point(x: column, y: third / 3)
        if let other = marks[cell], other.glyph != nil || other.dots != full { continue }
        marks[cell] = Mark(dots: 0, style: style, glyph: glyphs[third % 3])
      }
    }
  }

  /// A sign at a value.
  mutating func mark(_ step: Int, _ value: Double, _ glyph: Unicode.Scalar, _ style: Style) {
    guard steps.contains(step), let share = height(value) else { return }
    let y = min(area.height - 1, max(0, Int(((1 - share) * Double(area.height - 1)).rounded())))
    marks[Point(x: column(of: step), y: y)] = Mark(dots: 0, style: style, glyph: glyph)
  }

  /// - Parameter cursor: the step under the cursor.
  func render(_ frame: inout Frame, cursor: Int?) {
    if let cursor, steps.contains(cursor) {
      let x = column(of: cursor)
      let glyph: Unicode.Scalar = theme.glyphMode == .ascii ? ":" : "┊"
      for y in 0..<area.height where marks[Point(x: x, y: y)] == nil {
        frame.put(Glyph(glyph), at: Point(x: area.x + x, y: area.y + y), theme.accent, in: area)
      }
    }
    for (cell, mark) in marks { frame.put(Glyph(glyph(mark)), at: Point(x: area.x + cell.x, y: area.y + cell.y), mark.style, in: area) }
  }

  private func glyph(_ mark: Mark) -> Unicode.Scalar {
    if let glyph = mark.glyph { return glyph }
    switch theme.glyphMode {
    case .block: return mark.dots == 3 ? "█" : mark.dots == 1 ? "▀" : "▄"
    case .ascii: return mark.dots == 1 ? "\"" : mark.dots == 4 ? "," : mark.dots == 2 ? "=" : "#"
    case .braille:
      // Dots by row and column against the bits of Unicode's braille patterns.
      let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
      let code = bits.indices.reduce(UInt32(0x2800)) { mark.dots & 1 << UInt8($1) != 0 ? $0 | bits[$1] : $0 }
      return Unicode.Scalar(code) ?? " "
    }
  }
}
