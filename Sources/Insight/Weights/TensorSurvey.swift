// The statistics of one tensor, read from the file in two passes of small stretches: memory stays the same for a gigabyte, and the work can be
// shown, paused and dropped between any two stretches. Not here: tensors in memory (TensorStatistics).
import ModelFiles

/// What is known of a tensor's elements. Elements that are not finite are counted and left out of all other fields but `first` and `tile`.
public struct TensorSummary: Sendable, Hashable {
  /// An element that stands out.
  public struct Extreme: Sendable, Hashable {
    /// In row-major order.
    public let element: Int
    public let value: Float
  }

  /// The norm of a row and which row it is.
  public struct RowNorm: Sendable, Hashable {
    public let row: Int
    public let norm: Double
  }

  public internal(set) var count = 0
  public internal(set) var nanCount = 0
  public internal(set) var infiniteCount = 0
  /// Zeros of both signs.
  public internal(set) var zeroCount = 0
  /// These are 0 when there is no finite element.
  public internal(set) var minimum: Float = 0
  public internal(set) var maximum: Float = 0
  public internal(set) var mean = 0.0
  /// Of the population, not of a sample.
  public internal(set) var standardDeviation = 0.0
  public internal(set) var rootMeanSquare = 0.0
  /// The largest magnitudes, largest first; of equal ones the earlier.
  public internal(set) var largest: [Extreme] = []
  /// Euclidean norms of the rows; nil for a vector or nothing.
  public internal(set) var smallestRow: RowNorm?
  public internal(set) var largestRow: RowNorm?
  public internal(set) var histogram: TensorHistogram
  public internal(set) var tile: PooledTile
  /// The first elements in row-major order.
  public internal(set) var first: [Float] = []

  public var finiteCount: Int { count - nanCount - infiniteCount }
}

/// Reads a tensor once for everything but deviation and histogram, and a second time for these, which need the mean and the range.
public struct TensorSurvey: Sendable {
  public let tensor: StoredTensor
  private let reader: OpenFile
  private let count: Int
  private var summary: TensorSummary
  private var pass = 1
  /// The next element.
  private var position = 0
  private var sum = 0.0
  private var squares = 0.0
  private var rowSquares = 0.0

  /// Elements of one stretch: 4 MiB as f32, a few milliseconds. A whole number of blocks of every type.
  static let stretch = 1 << 20
  static let (extremes, firstCount) = (5, 8)

  /// Opens the file. A tensor of a type that is only listed is an error.
  public init(_ tensor: StoredTensor) throws(FileError) {
    self.tensor = tensor
    reader = try OpenFile(path: tensor.file)
    count = tensor.elementCount ?? 0
    _ = try tensor.floats(0..<0, reader)
    let tile = PooledTile(rows: tensor.rows, columns: tensor.columns)
    summary = TensorSummary(histogram: TensorHistogram(minimum: 0, maximum: 0, isEmpty: true), tile: tile)
    summary.count = count
  }

  /// 0…1.
  public var fraction: Double {
    count == 0 ? 1 : (Double(pass - 1) * Double(count) + Double(position)) / (2 * Double(count))
  }

  /// Reads one stretch; the summary comes with the last one.
  public mutating func advance() throws(FileError) -> TensorSummary? {
    let range = position..<min(count, position + Self.stretch)
    let values = try tensor.floats(range, reader)
    values.withUnsafeBufferPointer { if pass == 1 { readFirst($0) } else { readSecond($0) } }
    position = range.upperBound
    guard position == count else { return nil }
    if pass == 1 {
      endFirst()
      (pass, position) = (2, 0)
      return count == 0 ? summary : nil
    }
    let finite = summary.finiteCount
    summary.standardDeviation = finite == 0 ? 0 : (squares / Double(finite)).squareRoot()
    return summary
  }

  // MARK: First pass

  private mutating func readFirst(_ values: UnsafeBufferPointer<Float>) {
    if position == 0 { summary.first = Array(values.prefix(Self.firstCount)) }
    let columns = tensor.columns
    var index = 0
    while index < values.count {
      // One row, or the part of it that is in this stretch.
      let element = position + index
      let (row, column) = (element / columns, element % columns)
      let end = min(values.count, index + columns - column)
      readRow(UnsafeBufferPointer(rebasing: values[index..<end]), element: element, row: row, column: column)
      if column + end - index == columns { endRow(row) }
      index = end
    }
  }

  private mutating func readRow(_ values: UnsafeBufferPointer<Float>, element: Int, row: Int, column: Int) {
    let factor = summary.tile.columnFactor
    let tileRow = row / summary.tile.rowFactor * summary.tile.columns
    var index = 0
    while index < values.count {
      // The elements of one cell of the tile.
      let cell = (column + index) / factor
      let end = min(values.count, (cell + 1) * factor - column)
      for place in index..<end {
        let value = values[place]
        guard value.isFinite else {
          if value.isNaN { summary.nanCount += 1 } else { summary.infiniteCount += 1 }
          summary.tile.keep(value, tileRow + cell)
          continue
        }
        let double = Double(value)
        sum += double
        rowSquares += double * double
        if value == 0 { summary.zeroCount += 1 }
        if value < low { low = value }
        if value > high { high = value }
        summary.tile.keep(value, tileRow + cell)
        if value.magnitude > threshold { keepExtreme(TensorSummary.Extreme(element: element + place, value: value)) }
      }
      index = end
    }
  }

  private var low = Float.infinity
  private var high = -Float.infinity
  /// What an element must exceed to be among the largest.
  private var threshold: Float = -1

  private mutating func keepExtreme(_ extreme: TensorSummary.Extreme) {
    let place = summary.largest.firstIndex { $0.value.magnitude < extreme.value.magnitude } ?? summary.largest.count
    summary.largest.insert(extreme, at: place)
    guard summary.largest.count >= Self.extremes else { return }
    summary.largest.removeSubrange(Self.extremes...)
    threshold = summary.largest[Self.extremes - 1].value.magnitude
  }

  private mutating func endRow(_ row: Int) {
    squares += rowSquares
    let norm = TensorSummary.RowNorm(row: row, norm: rowSquares.squareRoot())
    rowSquares = 0
    guard tensor.rows > 1 else { return }
    if summary.smallestRow.map({ norm.norm < $0.norm }) ?? true { summary.smallestRow = norm }
    if summary.largestRow.map({ norm.norm > $0.norm }) ?? true { summary.largestRow = norm }
  }

  private mutating func endFirst() {
    let finite = Double(summary.finiteCount)
    if finite > 0 {
      (summary.minimum, summary.maximum) = (low, high)
      summary.mean = sum / finite
      summary.rootMeanSquare = (squares / finite).squareRoot()
    }
    squares = 0
    summary.histogram = TensorHistogram(minimum: summary.minimum, maximum: summary.maximum, isEmpty: finite == 0)
  }

  // MARK: Second pass

  private mutating func readSecond(_ values: UnsafeBufferPointer<Float>) {
    let mean = summary.mean
    for value in values where value.isFinite {
      let deviation = Double(value) - mean
      squares += deviation * deviation
      summary.histogram.counts[summary.histogram.bin(of: value)] += 1
    }
  }
}
