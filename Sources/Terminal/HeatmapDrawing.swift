// Heatmaps in cells. With colour maps and block glyphs a cell shows two pixels (▀: foreground above, background below), which makes them square;
// otherwise a pixel is one or more whole cells, coloured or, without colours, drawn with a ramp of five glyphs.

extension Heatmap {
  /// How the map would be placed in an area: pixels as large as fit, up to `maximumPixel`; pooled where even the smallest do not fit.
  public func placement(in area: Rect, theme: Theme, maximumPixel: Int = 4) -> HeatmapPlacement? {
    guard rows > 0, columns > 0, !area.isEmpty else { return nil }
    let isHalf = theme.colorMode.hasColorMaps && theme.glyphMode != .ascii
    // Pixel sizes as (columns, half rows), large first. In half blocks an odd size above 1 would share cells with its neighbours.
    let sizes = stride(from: max(1, maximumPixel), through: 1, by: -1).filter { !isHalf || $0 == 1 || $0 % 2 == 0 }
    let pixels = sizes.map { isHalf ? ($0, $0) : (2 * $0, 2 * $0) } + (isHalf ? [] : [(1, 2)])
    let fitting = pixels.first { columns * $0.0 <= area.width && rows * $0.1 <= 2 * area.height }
    // The smallest pixel is one column wide.
    let (width, halfRows) = fitting ?? (1, isHalf ? 1 : 2)
    let columnFactor = fitting != nil ? 1 : (columns + area.width - 1) / area.width
    let rowFactor = fitting != nil ? 1 : (rows * halfRows + 2 * area.height - 1) / (2 * area.height)
    let pixelRows = (rows + rowFactor - 1) / rowFactor
    let pixelColumns = (columns + columnFactor - 1) / columnFactor
    return HeatmapPlacement(
      area: Rect(x: area.x, y: area.y, width: pixelColumns * width, height: (pixelRows * halfRows + 1) / 2).intersection(area),
      rowFactor: rowFactor, columnFactor: columnFactor, pixelWidth: width, pixelHalfRows: halfRows)
  }
}

extension Frame {
  /// Draws a heatmap at the top left of an area; `cursor` is a data row and column. Returns nil where there is nothing to draw.
  @discardableResult
  public mutating func draw(
    _ heatmap: Heatmap, in area: Rect, cursor: (row: Int, column: Int)? = nil, theme: Theme, maximumPixel: Int = 4
  ) -> HeatmapPlacement? {
    guard let placement = heatmap.placement(in: area, theme: theme, maximumPixel: maximumPixel) else { return nil }
    let pixels = heatmap.pooled(rowFactor: placement.rowFactor, columnFactor: placement.columnFactor)
    let mark = cursor.map { (row: $0.row / placement.rowFactor, column: $0.column / placement.columnFactor) }
    let painter = HeatmapPainter(pixels: pixels, placement: placement, cursor: mark, theme: theme)
    for y in 0..<placement.area.height {
      for x in 0..<placement.area.width {
        let (glyph, style) = painter.cell(x: x, y: y)
        put(Glyph(glyph), at: Point(x: placement.area.x + x, y: placement.area.y + y), style, in: area)
      }
    }
    painter.writeNumbers(in: &self, area)
    return placement
  }
}

private struct HeatmapPainter {
  let pixels: Heatmap
  let placement: HeatmapPlacement
  let cursor: (row: Int, column: Int)?
  let theme: Theme

  private enum Pixel: Equatable {
    case outside, masked
    case color(Color)
  }

  func cell(x: Int, y: Int) -> (Unicode.Scalar, Style) {
    let column = x / placement.pixelWidth
    let top = 2 * y / placement.pixelHalfRows
    let bottom = (2 * y + 1) / placement.pixelHalfRows
    guard theme.colorMode.hasColorMaps else { return rampCell(x: x, y: y, row: top, column: column) }
    let upper = pixel(top, column)
    let lower = pixel(bottom, column)
    switch (upper, lower) {
    case (.color(let color), let other) where upper == other: return sign(x: x, y: y, row: top, column: column, color)
    case (.color(let above), .color(let below)):
      // A default colour cannot be a foreground: the glyph is turned so that it lies in the background.
      if above == .default { return ("▄", Style(foreground: below)) }
      return ("▀", Style(foreground: above, background: below))
    case (.color(let above), _): return above == .default ? (" ", .plain) : ("▀", Style(foreground: above))
    case (_, .color(let below)): return below == .default ? (" ", .plain) : ("▄", Style(foreground: below))
    case (.masked, _), (_, .masked): return (theme.glyphMode == .ascii ? "." : "·", theme.dim)
    case (.outside, .outside): return (" ", .plain)
    }
  }

  private func pixel(_ row: Int, _ column: Int) -> Pixel {
    guard row < pixels.rows, column < pixels.columns else { return .outside }
    if let cursor, cursor == (row, column) { return .color(.ansi(5)) }
    guard let value = pixels[row, column] else { return .masked }
    return .color(value.isNaN ? .ansi(1) : pixels.scale.color(value, mode: theme.colorMode))
  }

  /// A whole cell of one colour; a large pixel of a diverging map carries its sign, the second channel beside the hue.
  private func sign(x: Int, y: Int, row: Int, column: Int, _ color: Color) -> (Unicode.Scalar, Style) {
    let style = Style(foreground: color.readable, background: color)
    guard let value = pixels[row, column], isMiddle(x: x, y: y) else { return (" ", style) }
    if value.isNaN { return ("!", style) }
    guard pixels.scale.map == .diverging, color != .default else { return (" ", style) }
    return (value < 0 ? "-" : "+", style)
  }

  private func isMiddle(x: Int, y: Int) -> Bool {
    let rows = placement.pixelHalfRows / 2
    return placement.pixelWidth >= 2 && rows >= 1 && x % placement.pixelWidth == (placement.pixelWidth - 1) / 2
      && y % rows == (rows - 1) / 2
  }

  private func rampCell(x: Int, y: Int, row: Int, column: Int) -> (Unicode.Scalar, Style) {
    guard row < pixels.rows, column < pixels.columns else { return (" ", .plain) }
    let style = cursor.map { $0 == (row, column) } == true ? theme.selection : theme.text
    // A masked pixel is blank but for one dim mark, so that it cannot be read as the lowest step.
    guard let value = pixels[row, column] else { return (x % placement.pixelWidth == 0 ? "'" : " ", style.with(.dim)) }
    if value.isNaN { return ("!", style) }
    return (pixels.scale.glyph(value, glyphs: theme.glyphMode), style)
  }

  /// Without colours a large pixel says its value: five steps are few.
  func writeNumbers(in frame: inout Frame, _ area: Rect) {
    guard !theme.colorMode.hasColorMaps, placement.pixelWidth >= 4 else { return }
    for row in 0..<pixels.rows {
      for column in 0..<pixels.columns {
        guard let value = pixels[row, column] else { continue }
        let style = cursor.map { $0 == (row, column) } == true ? theme.selection : theme.text
        let place = Point(x: placement.area.x + column * placement.pixelWidth + 1, y: placement.area.y + row * placement.pixelHalfRows / 2)
        frame.draw(DisplayText(Numbers.tiny(value)).fitted(to: 3), at: place, style, in: area)
      }
    }
  }
}
