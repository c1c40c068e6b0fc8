// A matrix of any size reduced to a picture while it streams by. Not here: a map that is in memory (PooledMap).

/// Each cell stands for `rowFactor` × `columnFactor` elements and holds the one farthest from 0, with its sign; NaN wins over all.
public struct PooledTile: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  public let rowFactor: Int
  public let columnFactor: Int
  /// Row-major.
  public internal(set) var values: [Float]

  /// Enough for every screen, and small enough to keep many.
  static let (rowLimit, columnLimit, vectorLimit) = (96, 160, 2048)

  init(rows sourceRows: Int, columns sourceColumns: Int) {
    func factor(_ size: Int, _ limit: Int) -> Int { max(1, size / limit + (size % limit > 0 ? 1 : 0)) }
    func cells(_ size: Int, _ factor: Int) -> Int { size / factor + (size % factor > 0 ? 1 : 0) }
    rowFactor = factor(sourceRows, Self.rowLimit)
    columnFactor = factor(sourceColumns, sourceRows <= 1 ? Self.vectorLimit : Self.columnLimit)
    rows = sourceColumns == 0 ? 0 : cells(sourceRows, rowFactor)
    columns = sourceRows == 0 ? 0 : cells(sourceColumns, columnFactor)
    values = [Float](repeating: 0, count: rows * columns)
  }

  mutating func keep(_ value: Float, _ cell: Int) {
    if value.isNaN || value.magnitude > values[cell].magnitude { values[cell] = value }
  }
}
