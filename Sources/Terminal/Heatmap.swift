// A matrix as coloured pixels: the data, its slices and its pooling. Drawing is in HeatmapDrawing.

/// Rows × columns of values, some of which may be masked (a future position of causal attention is not a small weight).
public struct Heatmap: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  public let scale: ColorScale
  /// Row-major; `nil` is masked.
  public let values: [Float?]

  /// `values` is row-major with rows × columns elements; so is `masked`, or it is empty.
  public init(rows: Int, columns: Int, values: [Float], masked: [Bool] = [], scale: ColorScale) {
    precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "a heatmap needs rows × columns values")
    precondition(masked.isEmpty || masked.count == values.count, "a mask needs rows × columns flags")
    self.init(
      rows: rows, columns: columns, scale: scale,
      values: masked.isEmpty ? values.map { $0 } : zip(values, masked).map { $1 ? nil : $0 })
  }

  init(rows: Int, columns: Int, scale: ColorScale, values: [Float?]) {
    self.rows = rows
    self.columns = columns
    self.scale = scale
    self.values = values
  }

  /// The value at a place; nil where it is masked or outside.
  public subscript(row: Int, column: Int) -> Float? {
    row >= 0 && row < rows && column >= 0 && column < columns ? values[row * columns + column] : nil
  }

  /// Attention or another square causal matrix: columns after the row are masked.
  public static func causal(_ count: Int, values: [Float], scale: ColorScale = .probability) -> Heatmap {
    Heatmap(
      rows: count, columns: count, values: values,
      masked: (0..<(count * count)).map { $0 % count > $0 / count }, scale: scale)
  }

  /// A part of the map: the window that follows a cursor.
  public func window(rows: Range<Int>, columns: Range<Int>) -> Heatmap {
    let rows = rows.clamped(to: 0..<self.rows)
    let columns = columns.clamped(to: 0..<self.columns)
    return Heatmap(
      rows: rows.count, columns: columns.count, scale: scale,
      values: rows.flatMap { row in columns.map { column in values[row * self.columns + column] } })
  }

  /// Blocks of `rowFactor` × `columnFactor` as one value: the one of largest magnitude, because a mean hides single strong links. A value that
  /// is not finite wins over all; masked only where all are.
  public func pooled(rowFactor: Int, columnFactor: Int) -> Heatmap {
    guard rowFactor > 1 || columnFactor > 1 else { return self }
    let newRows = (rows + rowFactor - 1) / rowFactor
    let newColumns = (columns + columnFactor - 1) / columnFactor
    var result = [Float?](repeating: nil, count: newRows * newColumns)
    for row in 0..<rows {
      for column in 0..<columns {
        guard let value = values[row * columns + column] else { continue }
        let index = row / rowFactor * newColumns + column / columnFactor
        guard let best = result[index] else {
          result[index] = value
          continue
        }
        if best.isFinite, !value.isFinite || magnitude(value) > magnitude(best) { result[index] = value }
      }
    }
    return Heatmap(rows: newRows, columns: newColumns, scale: scale, values: result)
  }

  private func magnitude(_ value: Float) -> Float { scale.map == .diverging ? abs(value) : value }
}

/// Where a heatmap landed: what a view needs for gutters, the cursor and the note about pooling.
public struct HeatmapPlacement: Sendable, Hashable {
  /// The cells that the map covers.
  public let area: Rect
  /// Rows and columns of data in one pixel; 1 where nothing is pooled.
  public let rowFactor: Int
  public let columnFactor: Int
  /// Columns of cells and half rows of cells that a pixel covers.
  public let pixelWidth: Int
  public let pixelHalfRows: Int

  public var isPooled: Bool { rowFactor > 1 || columnFactor > 1 }

  /// The text row of a data row and the columns of a data column, for gutters.
  public func y(row: Int) -> Int { area.y + row / rowFactor * pixelHalfRows / 2 }
  public func x(column: Int) -> Int { area.x + column / columnFactor * pixelWidth }
}
