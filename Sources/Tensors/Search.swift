// Searching long rows of numbers: a vocabulary has many, and what is looked for is rare in it.
import CKernels

/// Calls `found` for each index whose value is above what `found` last returned, in order; comparison starts at `threshold`. NaN is never above.
@inlinable
public func visit(_ values: UnsafeBufferPointer<Float>, above threshold: Float, _ found: (_ index: Int, _ value: Float) -> Float) {
  var (threshold, index) = (threshold, 0)
  while true {
    index = firstIndex(in: values, from: index, above: threshold)
    if index >= values.count { return }
    threshold = found(index, values[index])
    index += 1
  }
}

/// The index of the largest value, the first of equals; 0 where nothing is above −∞.
public func indexOfLargest(_ values: UnsafeBufferPointer<Float>) -> Int {
  var best = 0
  visit(values, above: -.infinity) { index, value in
    best = index
    return value
  }
  return best
}

@usableFromInline
func firstIndex(in values: UnsafeBufferPointer<Float>, from start: Int, above threshold: Float) -> Int {
  guard let base = values.baseAddress, start < values.count else { return values.count }
  return ck_first_above(base, start, values.count, threshold)
}
