// How the elements of a tensor are spread: counts in bins of equal width. Not here: drawing it.

/// Bins from the smallest to the largest finite element; the last one includes its upper end.
public struct TensorHistogram: Sendable, Hashable {
  public let minimum: Float
  public let maximum: Float
  /// Counts of finite elements, `binCount` of them; one bin when all are equal, none when there are none.
  public internal(set) var counts: [Int]

  /// Divisible by 2, 3, 4, 6 and 8, so that `merged` finds a width near the one asked for.
  static let binCount = 96

  private let perUnit: Double

  init(minimum: Float, maximum: Float, isEmpty: Bool) {
    (self.minimum, self.maximum) = (minimum, maximum)
    let width = Double(maximum) - Double(minimum)
    perUnit = width > 0 ? Double(Self.binCount) / width : 0
    counts = [Int](repeating: 0, count: isEmpty ? 0 : width > 0 ? Self.binCount : 1)
  }

  /// The bin of a finite element.
  func bin(of value: Float) -> Int { min(counts.count - 1, max(0, Int((Double(value) - Double(minimum)) * perUnit))) }

  /// Neighbouring bins together, so that at most `width` are left and all are equally wide.
  public func merged(to width: Int) -> [Int] {
    guard counts.count > max(1, width) else { return counts }
    let factor = (1...counts.count).first { counts.count % $0 == 0 && counts.count / $0 <= max(1, width) } ?? counts.count
    return stride(from: 0, to: counts.count, by: factor).map { counts[$0..<$0 + factor].reduce(0, +) }
  }
}
