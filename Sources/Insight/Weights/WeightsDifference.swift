// How far the tensors of two files are apart: two checkpoints, or one model in two types. Streams both files a stretch at a time. Not here: which
// tensors belong together (TensorMatching), how their rows lie (ParameterReader).
import ModelFiles
import Models

/// One pair of tensors compared, as the model reads them. Elements that are not finite in either are counted and left out.
public struct TensorDifference: Sendable, Hashable {
  public let pair: TensorMatching.Pair
  public let count: Int
  public internal(set) var nonFiniteCount = 0
  public internal(set) var largest: Float = 0
  /// The left file's element where the largest difference is; nil when there is none.
  public internal(set) var largestElement: Int?
  /// This and the next two are NaN when nothing could be compared, because nothing is finite.
  public internal(set) var meanAbsolute = 0.0
  /// Root mean square of the difference.
  public internal(set) var rootMeanSquare = 0.0
  /// That, divided by the root mean square of the left tensor: 0.01 is an error of one percent. Infinite when only the left one is all zeros.
  public internal(set) var relative = 0.0
  /// Of the angle between both; nil when one is all zeros.
  public internal(set) var cosine: Double?

  public var isEqual: Bool { largest == 0 && nonFiniteCount == 0 }

  /// What cannot be told comes before everything that can.
  func isWorse(than other: TensorDifference) -> Bool {
    relative.isNaN ? !other.relative.isNaN : relative > other.relative
  }
}

/// The comparison as resumable work.
public struct WeightsDifference: Sendable {
  public let left: WeightsCatalog
  public let right: WeightsCatalog
  public let matching: TensorMatching
  /// Of the pairs that are done, what cannot be told first, then largest relative difference first; of equal ones in the order of the left file.
  public private(set) var differences: [TensorDifference] = []
  private var current: PairReader?
  private var next = 0
  private var elementsDone = 0
  private let elements: Int

  public init(_ left: WeightsCatalog, _ right: WeightsCatalog) {
    (self.left, self.right) = (left, right)
    matching = TensorMatching(left, right)
    // In floating point, so that no sum overflows.
    elements = Int(min(1e18, matching.pairs.reduce(0.0) { $0 + Double(left.tensors[$1.left].elementCount ?? 0) }))
  }

  public var isDone: Bool { current == nil && next == matching.pairs.count }

  /// 0…1.
  public var fraction: Double {
    isDone ? 1 : elements == 0 ? 0 : min(1, Double(elementsDone + (current?.position ?? 0)) / Double(elements))
  }

  /// The name to show for a pair: the left file's, unless that tensor holds more than what is compared.
  public func name(of pair: TensorMatching.Pair) -> String { name(pair.left, pair.right, pair.isPartOfLeft) }
  public func name(of refusal: TensorMatching.Refusal) -> String { name(refusal.left, refusal.right, refusal.isPartOfLeft) }

  private func name(_ first: Int, _ second: Int, _ isPartOfLeft: Bool) -> String {
    isPartOfLeft ? right.tensors[second].name : left.tensors[first].name
  }

  /// Reads one stretch of one pair.
  public mutating func advance() throws(FileError) {
    if current == nil {
      guard next < matching.pairs.count else { return }
      let pair = matching.pairs[next]
      next += 1
      current = try PairReader(pair, left.tensors[pair.left], right.tensors[pair.right], matching.maps)
    }
    guard let difference = try current?.advance() else { return }
    elementsDone += difference.count
    current = nil
    let place = differences.firstIndex { difference.isWorse(than: $0) }
    differences.insert(difference, at: place ?? differences.count)
  }
}

/// Two tensors, read in step.
private struct PairReader {
  /// The parameters in both, or both tensors as they lie.
  private let parts: [(left: ParameterReader, right: ParameterReader)]
  /// What the model adds to the numbers of both files: left out of differences, so that these stay exact.
  private let common: Double
  private var difference: TensorDifference
  private(set) var position = 0
  private var (part, row, column) = (0, 0, 0)
  private var (absolute, squares, leftSquares, rightSquares, product) = (0.0, 0.0, 0.0, 0.0, 0.0)

  init(
    _ pair: TensorMatching.Pair, _ left: StoredTensor, _ right: StoredTensor, _ maps: (left: ParameterMap, right: ParameterMap)?
  ) throws(FileError) {
    let files = (try OpenFile(path: left.file), try OpenFile(path: right.file))
    var (parts, common): ([(left: ParameterReader, right: ParameterReader)], Float) = ([], 0)
    if let maps {
      parts = pair.parameters.compactMap { name in
        guard let a = ParameterReader(name, in: left, maps.left, files.0), let b = ParameterReader(name, in: right, maps.right, files.1)
        else { return nil }
        return (a, b)
      }
    }
    if let first = parts.first, first.left.offset == first.right.offset {
      common = first.left.offset
      for index in parts.indices { (parts[index].left.offset, parts[index].right.offset) = (0, 0) }
    }
    if parts.isEmpty || Self.isAlike(pair, left, right, maps) {
      parts = [(ParameterReader(whole: left, files.0), ParameterReader(whole: right, files.1))]
    }
    (self.parts, self.common) = (parts, Double(common))
    difference = TensorDifference(pair: pair, count: parts.reduce(0) { $0 + $1.left.rows * $1.left.columns })
  }

  /// Whether both lie in the same way: then there is nothing to sort.
  private static func isAlike(
    _ pair: TensorMatching.Pair, _ left: StoredTensor, _ right: StoredTensor, _ maps: (left: ParameterMap, right: ParameterMap)?
  ) -> Bool {
    guard let maps, let a = maps.left[left.name], let b = maps.right[right.name] else { return false }
    return a.isTransposed == b.isTransposed && a.parts.map(\.name) == b.parts.map(\.name) && a.shape == b.shape
      && maps.left.hasRowOrder(of: maps.right) && maps.left.offset(of: a.parts[0].name) == maps.right.offset(of: b.parts[0].name)
  }

  /// The result comes with the last stretch.
  mutating func advance() throws(FileError) -> TensorDifference? {
    while part < parts.count, parts[part].left.rows * parts[part].left.columns == 0 { part += 1 }
    guard part < parts.count else { return result }
    let (left, right) = parts[part]
    // Many rows, or a piece of one.
    let rows = row..<min(left.rows, row + max(1, TensorSurvey.stretch / left.columns))
    let columns = column..<min(left.columns, column + TensorSurvey.stretch)
    compare(try left.floats(rows, columns), try right.floats(rows, columns), left, rows.lowerBound, columns)
    position += rows.count * columns.count
    column = columns.upperBound
    if column == left.columns { (row, column) = (rows.upperBound, 0) }
    if row == left.rows { (part, row) = (part + 1, 0) }
    return part == parts.count ? result : nil
  }

  private mutating func compare(_ a: [Float], _ b: [Float], _ reader: ParameterReader, _ row: Int, _ columns: Range<Int>) {
    var farthest: Int?
    for index in a.indices {
      guard a[index].isFinite, b[index].isFinite else {
        difference.nonFiniteCount += 1
        continue
      }
      let distance = (Double(a[index]) - Double(b[index])).magnitude
      let (x, y) = (Double(a[index]) + common, Double(b[index]) + common)
      absolute += distance
      squares += distance * distance
      leftSquares += x * x
      rightSquares += y * y
      product += x * y
      if distance > Double(difference.largest) { (difference.largest, farthest) = (Float(distance), index) }
    }
    guard let farthest else { return }
    difference.largestElement = reader.element(
      row: row + farthest / columns.count, column: columns.lowerBound + farthest % columns.count)
  }

  private var result: TensorDifference {
    var result = difference
    let finite = Double(difference.count - difference.nonFiniteCount)
    guard finite > 0 else {
      if difference.count > 0 { (result.meanAbsolute, result.rootMeanSquare, result.relative) = (.nan, .nan, .nan) }
      return result
    }
    result.meanAbsolute = absolute / finite
    result.rootMeanSquare = (squares / finite).squareRoot()
    result.relative = squares == 0 ? 0 : (squares / leftSquares).squareRoot()
    if leftSquares > 0, rightSquares > 0 {
      // Rounding must not make it more than 1. The product cannot overflow: squares of f32 are below 1e77.
      result.cosine = squares == 0 ? 1 : max(-1, min(1, product / (leftSquares * rightSquares).squareRoot()))
    }
    return result
  }
}
