// Wide rows and large maps made to fit: each cell of the picture stands for a block of the tensor. Not here: choosing sizes, colours.

/// What a pooled cell keeps of its block.
public enum PoolingRule: Sendable, Hashable {
  /// The largest element: a mean would hide single strong links of an attention map.
  case largest
  /// The element farthest from 0, with its sign.
  case largestMagnitude
}

/// A matrix reduced to a size that can be drawn. `rowFactor` and `columnFactor` must be said on the screen when above 1.
public struct PooledMap: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// Rows of the tensor that one row of the picture stands for.
  public let rowFactor: Int
  public let columnFactor: Int
  /// Row-major. NaN wins over everything, so that it is never hidden; −∞ loses.
  public let values: [Float]

  /// - Parameters:
  ///   - data: rows × columns, row-major.
  ///   - square: one factor for both directions, so that a map keeps its shape.
  public init(
    _ data: UnsafeBufferPointer<Float>, rows sourceRows: Int, columns sourceColumns: Int, fitting maxRows: Int, by maxColumns: Int,
    rule: PoolingRule, square: Bool = false
  ) {
    precondition(sourceRows >= 0 && sourceColumns >= 0 && sourceRows * sourceColumns <= data.count, "the data fills the matrix")
    func factor(_ size: Int, _ limit: Int) -> Int { max(1, (size + max(1, limit) - 1) / max(1, limit)) }
    let (tall, wide) = (factor(sourceRows, maxRows), factor(sourceColumns, maxColumns))
    let (rowFactor, columnFactor) = square ? (max(tall, wide), max(tall, wide)) : (tall, wide)
    rows = (sourceRows + rowFactor - 1) / rowFactor
    columns = (sourceColumns + columnFactor - 1) / columnFactor
    (self.rowFactor, self.columnFactor) = (rowFactor, columnFactor)
    var pooled = [Float](repeating: -.infinity, count: rows * columns)
    var isEmpty = [Bool](repeating: true, count: pooled.count)
    for row in 0..<sourceRows {
      let target = row / rowFactor * columns
      for column in 0..<sourceColumns {
        let (value, cell) = (data[row * sourceColumns + column], target + column / columnFactor)
        if isEmpty[cell] || rule.prefers(value, to: pooled[cell]) { pooled[cell] = value }
        isEmpty[cell] = false
      }
    }
    values = pooled
  }

  public init(
    _ values: [Float], rows: Int, columns: Int, fitting maxRows: Int, by maxColumns: Int, rule: PoolingRule, square: Bool = false
  ) {
    self = values.withUnsafeBufferPointer {
      PooledMap($0, rows: rows, columns: columns, fitting: maxRows, by: maxColumns, rule: rule, square: square)
    }
  }

  public subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

  public var isPooled: Bool { rowFactor > 1 || columnFactor > 1 }
}

extension PoolingRule {
  fileprivate func prefers(_ value: Float, to kept: Float) -> Bool {
    if kept.isNaN { return false }
    if value.isNaN { return true }
    switch self {
    case .largest: return value > kept
    case .largestMagnitude:
      // A masked cell says less than any number.
      if value == -.infinity || kept == -.infinity { return kept == -.infinity && value != -.infinity }
      return value.magnitude > kept.magnitude
    }
  }
}
