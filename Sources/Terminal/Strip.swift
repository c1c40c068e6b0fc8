// A vector as a line of coloured cells, sparklines, and the colour bar that explains both.

/// Where a strip landed.
public struct StripPlacement: Sendable, Hashable {
  /// Values behind one cell: the one of largest magnitude is shown.
  public let factor: Int
  public let columns: Int
  public let area: Rect

  /// Values behind one cell, where `count` of them have an area that is not empty.
  public static func factor(of count: Int, in area: Rect) -> Int {
    let capacity = area.width * area.height
    return (count + capacity - 1) / capacity
  }

  /// The cell of an element.
  public func point(of element: Int) -> Point {
    let cell = element / factor
    return Point(x: area.x + cell % columns, y: area.y + cell / columns)
  }
}

extension Frame {
  /// Draws a vector from left to right, row after row of the area, one cell an element, pooled where it does not fit.
  @discardableResult
  public mutating func drawStrip(
    _ values: [Float], in area: Rect, scale: ColorScale, cursor: Int? = nil, theme: Theme
  ) -> StripPlacement? {
    guard !values.isEmpty, !area.isEmpty else { return nil }
    let factor = StripPlacement.factor(of: values.count, in: area)
    let pooled = Heatmap(rows: 1, columns: values.count, values: values, scale: scale).pooled(rowFactor: 1, columnFactor: factor)
    let columns = min(area.width, pooled.columns)
    let rows = (pooled.columns + columns - 1) / columns
    let placement = StripPlacement(
      factor: factor, columns: columns, area: Rect(x: area.x, y: area.y, width: columns, height: rows))
    for element in 0..<pooled.columns {
      let value = pooled[0, element] ?? 0
      let color = value.isNaN ? Color.ansi(1) : scale.color(value, mode: theme.colorMode)
      var style = Style(foreground: color.readable, background: color)
      let glyph: Unicode.Scalar =
        value.isNaN ? "!" : (theme.colorMode.hasColorMaps ? " " : scale.glyph(value, glyphs: theme.glyphMode))
      if let cursor, cursor / factor == element { style = theme.colorMode.hasColorMaps ? Style(background: .ansi(5)) : theme.selection }
      put(Glyph(glyph), at: placement.point(of: element * factor), style, in: area)
    }
    return placement
  }

  /// A colour bar on one row: minimum, the steps with zero marked, maximum, unit, and whether the scale is fixed or per row.
  public mutating func drawColorBar(
    _ scale: ColorScale, in area: Rect, unit: DisplayText = .empty, note: DisplayText = .empty, theme: Theme
  ) {
    let low = DisplayText(Numbers.significant(Double(scale.minimum), digits: 3))
    let high = DisplayText(Numbers.significant(Double(scale.maximum), digits: 3))
    var tail = unit.isEmpty ? "" : " \(unit.string)"
    if !note.isEmpty { tail += " \(note.string)" }
    let after = DisplayText(" \(high.string)\(tail)")
    let line = area.row(0)
    // The bar gives way to the numbers and words.
    let length = min(24, max(0, line.width - low.width - 1 - after.width))
    var x = line.x
    x += draw(low, at: Point(x: x, y: line.y), theme.dim, in: line) + 1
    let zero = scale.minimum < 0 && scale.maximum > 0 ? Int(-scale.minimum / (scale.maximum - scale.minimum) * Float(length)) : nil
    for step in 0..<length {
      let value = scale.minimum + (scale.maximum - scale.minimum) * (Float(step) + 0.5) / Float(length)
      let isZero = step == zero
      if theme.colorMode.hasColorMaps {
        let color = isZero && scale.map == .diverging ? Color.default : scale.color(value, mode: theme.colorMode)
        put(Glyph(isZero ? "0" : " "), at: Point(x: x + step, y: line.y), Style(foreground: color.readable, background: color), in: line)
      } else {
        put(Glyph(isZero ? "0" : scale.glyph(value, glyphs: theme.glyphMode)), at: Point(x: x + step, y: line.y), .plain, in: line)
      }
    }
    draw(after, at: Point(x: x + length, y: line.y), theme.dim, in: line)
  }
}

/// A curve on one line.
public enum Sparkline {
  /// `values` as a curve of `width` cells between their minimum and maximum; each cell shows the last value of its part, a gap where it is not finite.
  public static func text(_ values: [Float], width: Int, glyphs: GlyphMode) -> DisplayText {
    let finite = values.filter(\.isFinite)
    guard width > 0, let low = finite.min(), let high = finite.max() else { return .empty }
    let samples = glyphs == .braille ? 2 * width : width
    let count = min(samples, values.count)
    let levels = (0..<count).map { sample -> Int? in
      let value = values[(sample + 1) * values.count / count - 1]
      let steps = glyphs == .braille ? 3 : 7
      return value.isFinite ? (high > low ? Int(((value - low) / (high - low) * Float(steps)).rounded()) : 0) : nil
    }
    if glyphs == .braille { return braille(levels) }
    let ramp: [Character] = glyphs == .ascii ? ["_", ".", "-", "~", "=", "+", "*", "#"] : ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return DisplayText(String(levels.map { $0.map { ramp[$0] } ?? " " }))
  }

  /// Two samples a cell: dots 7, 3, 2, 1 from below on the left, 8, 6, 5, 4 on the right (Unicode's braille patterns).
  private static func braille(_ levels: [Int?]) -> DisplayText {
    let left: [UInt32] = [0x40, 0x04, 0x02, 0x01]
    let right: [UInt32] = [0x80, 0x20, 0x10, 0x08]
    var view = String.UnicodeScalarView()
    for index in stride(from: 0, to: levels.count, by: 2) {
      var code: UInt32 = 0x2800
      if let level = levels[index] { code |= left[level] }
      if index + 1 < levels.count, let level = levels[index + 1] { code |= right[level] }
      if let scalar = Unicode.Scalar(code) { view.append(scalar) }
    }
    return DisplayText(sanitized: String(view))
  }
}
