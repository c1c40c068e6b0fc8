// The arithmetic for every count, size and offset that comes from a file. Not here: limits.

/// A non-negative integer that remembers an overflow instead of wrapping or trapping, as NaN does for floating point.
///
/// Wrapping products of dimensions are the classic hole of model readers (CVE-2025-53630, and its second try CVE-2026-27940), so a reader
/// computes with this type only and takes the `Int` out through `atMost`.
struct FileSize: Sendable {
  /// Nil after an overflow.
  private let value: Int?

  init(_ value: Int) { self.value = value >= 0 ? value : nil }
  init(_ value: UInt64) { self.value = Int(exactly: value) }
  private init(_ value: Int?) { self.value = value }

  static func + (a: FileSize, b: FileSize) -> FileSize {
    guard let x = a.value, let y = b.value else { return FileSize(nil) }
    let (sum, overflow) = x.addingReportingOverflow(y)
    return FileSize(overflow ? nil : sum)
  }

  static func * (a: FileSize, b: FileSize) -> FileSize {
    guard let x = a.value, let y = b.value else { return FileSize(nil) }
    let (product, overflow) = x.multipliedReportingOverflow(by: y)
    return FileSize(overflow ? nil : product)
  }

  /// The next multiple of `step`, a power of two.
  func roundedUp(to step: Int) -> FileSize {
    guard let sum = (self + FileSize(step - 1)).value else { return FileSize(nil) }
    return FileSize(sum & ~(step - 1))
  }

  /// The product of all; 1 for none. A zero does not hide an overflow before or after it.
  static func product(_ factors: some Sequence<FileSize>) -> FileSize { factors.reduce(FileSize(1), *) }

  /// The number, unless it overflowed or exceeds `limit`.
  func atMost(_ limit: Int) -> Int? {
    guard let value, value <= limit else { return nil }
    return value
  }
}
