// A tensor's numbers as pictures: the histogram of its values and the heat tile of its rows and columns. Not here: the numbers (Insight), what else
// stands on the page (TensorPageView).
import Insight
import Languages
import Terminal

extension Frame {
  /// Columns that grow upwards from the bottom row, where smallest and largest value stand, with 0 at its place. Any count above zero shows.
  public mutating func drawHistogram(_ histogram: TensorHistogram, in area: Rect, theme: Theme) {
    guard area.height >= 2, area.width >= 16, !histogram.counts.isEmpty else { return }
    let bins = histogram.merged(to: area.width)
    let cell = max(1, min(area.width / bins.count, 8))
    let (graph, axis) = area.cut(bottom: 1)
    let most = max(1, bins.max() ?? 1)
    for (bin, count) in bins.enumerated() where count > 0 {
      drawColumn(Double(count) / Double(most), in: Rect(x: area.x + bin * cell, y: graph.y, width: cell, height: graph.height), theme)
    }
    let width = bins.count * cell
    let (low, high) = (DisplayText(WeightWords.number(histogram.minimum)), DisplayText(WeightWords.number(histogram.maximum)))
    draw(low, at: axis.origin, theme.dim, in: axis)
    let end = max(area.x + low.width + 1, area.x + width - high.width)
    if histogram.maximum > histogram.minimum { draw(high, at: Point(x: end, y: axis.y), theme.dim, in: axis) }
    guard histogram.minimum < 0, histogram.maximum > 0 else { return }
    let zero =
      area.x + min(width - 1, Int(-Double(histogram.minimum) / (Double(histogram.maximum) - Double(histogram.minimum)) * Double(width)))
    if zero > area.x + low.width, zero < end - 1 { draw("0", at: Point(x: zero, y: axis.y), theme.dim, in: axis) }
  }

  private mutating func drawColumn(_ fraction: Double, in area: Rect, _ theme: Theme) {
    let eighths: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let isASCII = theme.glyphMode == .ascii
    let steps = isASCII ? area.height * 2 : area.height * 8
    let perCell = isASCII ? 2 : 8
    let height = max(1, Int((fraction * Double(steps)).rounded()))
    for row in 0..<area.height {
      let filled = min(perCell, height - row * perCell)
      guard filled > 0 else { break }
      let glyph = isASCII ? (filled == 1 ? "." : "#") : eighths[filled - 1]
      fill(Rect(x: area.x, y: area.bottom - 1 - row, width: area.width, height: 1), theme.accent, glyph: glyph)
    }
  }

  /// The pooled matrix, or a vector line after line. Returns the factors that were pooled once more to fit, nil where nothing was drawn.
  /// - Parameter element: row and column in the tensor of the cell to be marked.
  @discardableResult
  public mutating func drawTile(
    _ tile: PooledTile, in area: Rect, scale: ColorScale, element: (row: Int, column: Int)? = nil, theme: Theme
  ) -> (rows: Int, columns: Int)? {
    guard !tile.values.isEmpty, !area.isEmpty else { return nil }
    let cursor = element.map { (row: $0.row / tile.rowFactor, column: $0.column / tile.columnFactor) }
    if tile.rows == 1 {
      drawStrip(tile.values, in: area, scale: scale, cursor: cursor?.column, theme: theme)
    } else {
      let map = Heatmap(rows: tile.rows, columns: tile.columns, values: tile.values, scale: scale)
      draw(map, in: area, cursor: cursor, theme: theme, maximumPixel: PooledTile.maximumPixel)
    }
    return tile.factors(in: area, theme: theme)
  }
}

extension PooledTile {
  fileprivate static let maximumPixel = 2

  /// Where a matrix is drawn in an area; nil where there is nothing to draw.
  func placement(in area: Rect, theme: Theme) -> HeatmapPlacement? {
    Heatmap(rows: rows, columns: columns, values: values, scale: .diverging(limit: 1)).placement(
      in: area, theme: theme, maximumPixel: Self.maximumPixel)
  }

  /// Rows and columns of the tensor behind one cell as drawn in an area.
  func factors(in area: Rect, theme: Theme) -> (rows: Int, columns: Int)? {
    guard !values.isEmpty, !area.isEmpty else { return nil }
    if rows == 1 { return (1, StripPlacement.factor(of: values.count, in: area) * columnFactor) }
    return placement(in: area, theme: theme).map { ($0.rowFactor * rowFactor, $0.columnFactor * columnFactor) }
  }

  /// Around zero where both signs are; its ends are at the largest cell, or where that stands alone, at what 99 of 100 cells stay below.
  public var scale: ColorScale {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return .diverging(limit: 1) }
    if low >= 0 || high <= 0 { return low == high ? .diverging(limit: max(low.magnitude, high.magnitude)) : .sequential(low, high) }
    let sizes = finite.map(\.magnitude).sorted()
    let most = sizes[(sizes.count - 1) * 99 / 100]
    return .diverging(limit: most > 0 && most * 2 < sizes[sizes.count - 1] ? most : sizes[sizes.count - 1])
  }

  /// Whether some cells are farther out than the colours of a scale reach.
  func exceeds(_ scale: ColorScale) -> Bool {
    let limit = max(scale.maximum, -scale.minimum)
    return values.contains { $0.isFinite && $0.magnitude > limit }
  }
}
