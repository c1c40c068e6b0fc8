// How far the tensors of two files are apart: two checkpoints, or one model in two types. Streams both files a stretch at a time. Not here: which
// tensors belong together (TensorMatching).
import ModelFiles

/// One pair of tensors compared. Elements that are not finite in both are counted and left out.
public struct TensorDifference: Sendable, Hashable {
  public let pair: TensorMatching.Pair
  public let count: Int
  public internal(set) var nonFiniteCount = 0
  public internal(set) var largest: Float = 0
  /// The left file's element where the largest difference is; nil when there is none.
  public internal(set) var largestElement: Int?
  public internal(set) var meanAbsolute = 0.0
  /// Root mean square of the difference.
  public internal(set) var rootMeanSquare = 0.0
  /// That, divided by the root mean square of the left tensor: 0.01 is an error of one percent. Infinite when only the left one is all zeros.
  public internal(set) var relative = 0.0
  /// Of the angle between both; nil when one is all zeros.
  public internal(set) var cosine: Double?

  public var isEqual: Bool { largest == 0 && nonFiniteCount == 0 }
}

/// The comparison as resumable work.
public struct WeightsDifference: Sendable {
  public let left: WeightsCatalog
  public let right: WeightsCatalog
  public let matching: TensorMatching
  /// Of the pairs that are done, largest relative difference first; of equal ones in the order of the left file.
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
    elements == 0 ? (isDone ? 1 : 0) : Double(elementsDone + (current?.position ?? 0)) / Double(elements)
  }

  /// Reads one stretch of one pair.
  public mutating func advance() throws(FileError) {
    if current == nil {
      guard next < matching.pairs.count else { return }
      let pair = matching.pairs[next]
      next += 1
      current = try PairReader(pair, left.tensors[pair.left], right.tensors[pair.right])
    }
    guard let difference = try current?.advance() else { return }
    elementsDone += difference.count
    current = nil
    let place = differences.firstIndex { $0.relative < difference.relative || ($0.relative.isNaN && !difference.relative.isNaN) }
    differences.insert(difference, at: place ?? differences.count)
  }
}

/// Two tensors, read in step.
private struct PairReader {
  private let left: StoredTensor
  private let right: StoredTensor
  private let readers: (StretchReader, StretchReader)
  private let count: Int
  private var difference: TensorDifference
  private(set) var position = 0
  private var (absolute, squares, leftSquares, rightSquares, product) = (0.0, 0.0, 0.0, 0.0, 0.0)

  init(_ pair: TensorMatching.Pair, _ left: StoredTensor, _ right: StoredTensor) throws(FileError) {
    (self.left, self.right) = (left, right)
    readers = (try StretchReader(path: left.file), try StretchReader(path: right.file))
    count = left.elementCount ?? 0
    difference = TensorDifference(pair: pair, count: count)
  }

  /// The result comes with the last stretch.
  mutating func advance() throws(FileError) -> TensorDifference? {
    let end = min(count, position + TensorSurvey.stretch)
    if let size = difference.pair.headSize {
      // Row by row, because the other file has them elsewhere; a stretch ends with a row.
      while position < end {
        let row = position / left.columns
        let other = difference.pair.isRightPaired ? Self.paired(row, size) : Self.halved(row, size)
        for start in stride(from: 0, to: left.columns, by: TensorSurvey.stretch) {
          let part = start..<min(left.columns, start + TensorSurvey.stretch)
          try compare(row * left.columns + part.lowerBound, other * left.columns + part.lowerBound, part.count)
        }
        position += left.columns
      }
    } else {
      try compare(position, position, end - position)
      position = end
    }
    return position >= count ? result : nil
  }

  private mutating func compare(_ first: Int, _ second: Int, _ count: Int) throws(FileError) {
    let a = try left.floats(first..<first + count, readers.0)
    let b = try right.floats(second..<second + count, readers.1)
    for index in 0..<count {
      guard a[index].isFinite, b[index].isFinite else {
        difference.nonFiniteCount += 1
        continue
      }
      let (x, y) = (Double(a[index]), Double(b[index]))
      let distance = (x - y).magnitude
      absolute += distance
      squares += distance * distance
      leftSquares += x * x
      rightSquares += y * y
      product += x * y
      if distance > Double(difference.largest) { (difference.largest, difference.largestElement) = (Float(distance), first + index) }
    }
  }

  private var result: TensorDifference {
    var result = difference
    let finite = Double(count - difference.nonFiniteCount)
    guard finite > 0 else { return result }
    result.meanAbsolute = absolute / finite
    result.rootMeanSquare = (squares / finite).squareRoot()
    result.relative = squares == 0 ? 0 : (squares / leftSquares).squareRoot()
    if leftSquares > 0, rightSquares > 0 {
      // Rounding must not make it more than 1. The product cannot overflow: squares of f32 are below 1e77.
      result.cosine = squares == 0 ? 1 : max(-1, min(1, product / (leftSquares * rightSquares).squareRoot()))
    }
    return result
  }

  /// Where a row of Hugging Face's order is in GGUF's: the pair (i, i + size/2) of a head becomes (2i, 2i + 1).
  static func paired(_ row: Int, _ size: Int) -> Int {
    let (head, inner) = (row / size, row % size)
    return head * size + 2 * (inner % (size / 2)) + inner / (size / 2)
  }

  /// The way back.
  static func halved(_ row: Int, _ size: Int) -> Int {
    let (head, inner) = (row / size, row % size)
    return head * size + inner % 2 * (size / 2) + inner / 2
  }
}
