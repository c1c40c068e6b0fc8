// A string compared by its bytes. Not here: any normalization.

/// A dictionary key with byte-for-byte equality.
///
/// Swift's `String` compares by canonical equivalence: "Å" (U+00C5) equals U+212B and "A" + U+030A. Vocabularies and tensor names hold such
/// strings as different entries, and hashing them as `String` normalizes every one, which is slow.
public struct ExactString: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let string: String

  public init(_ string: String) { self.string = string }
  public init(stringLiteral value: String) { self.init(value) }
  public var description: String { string }

  public static func == (a: ExactString, b: ExactString) -> Bool { a.string.utf8.elementsEqual(b.string.utf8) }

  public func hash(into hasher: inout Hasher) {
    let whole: Void? = string.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    if whole == nil { for byte in string.utf8 { hasher.combine(byte) } }
    hasher.combine(string.utf8.count)
  }
}
