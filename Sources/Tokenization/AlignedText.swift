// Text on its way to tokens: bytes that remember where in the original text each came from, so that every token finds its author.
// Not here: what changes the text (Normalizer, PreTokenizer).

/// Bytes and the byte of the original text at which each begins.
struct AlignedText {
  private(set) var bytes: [UInt8]
  /// nil while nothing was changed: every byte then comes from its own place.
  private var origins: [Int]?
  /// Whether byte 0 is where the whole text begins, and not what follows a token that was cut out.
  private(set) var startsText: Bool

  init(_ bytes: [UInt8], startsText: Bool) {
    self.bytes = bytes
    self.startsText = startsText
  }

  var isEmpty: Bool { bytes.isEmpty }
  func origin(of position: Int) -> Int { origins?[position] ?? position }

  /// A text that takes over this one's origins as it is written; `self` stays readable meanwhile.
  /// - Parameter limit: what replacements may make of the text, in bytes.
  func rewritten(capacity: Int? = nil, limit: Int = .max, _ body: (_ source: AlignedText, _ target: inout Writer) -> Void) -> AlignedText {
    var writer = Writer(capacity: capacity ?? bytes.count + 16, limit: limit)
    body(self, &writer)
    var result = AlignedText(writer.bytes, startsText: startsText)
    result.origins = writer.places.map { origin(of: min($0, max(0, bytes.count - 1))) }
    return result
  }

  /// The bytes of a new text, each with the byte of the old text that it stands for.
  struct Writer {
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate var places: [Int] = []
    private let limit: Int

    fileprivate init(capacity: Int, limit: Int) {
      self.limit = limit
      bytes.reserveCapacity(capacity)
      places.reserveCapacity(capacity)
    }

    mutating func append(_ new: some Sequence<UInt8>, from place: Int) {
      for byte in new {
        bytes.append(byte)
        places.append(place)
      }
    }

    mutating func append(_ scalar: Unicode.Scalar, from place: Int) {
      if scalar.value < 0x80 {
        bytes.append(UInt8(scalar.value))
        places.append(place)
      } else if let encoded = UTF8.encode(scalar) {
        append(encoded, from: place)
      }
    }

    /// Other bytes in the place of some, which stay where the text would grow beyond its limit.
    mutating func replace(_ range: Range<Int>, of source: AlignedText, by new: some Collection<UInt8>) {
      let length = bytes.count + new.count + source.bytes.count - range.upperBound
      if new.count > range.count, length > limit { copy(range, of: source) } else { append(new, from: range.lowerBound) }
    }

    /// Bytes that stay as they are.
    @inline(__always) mutating func copy(_ range: Range<Int>, of source: AlignedText) {
      // A call for every character: appending slices would cost more than the bytes.
      guard range.count > 4 else {
        for place in range {
          bytes.append(source.bytes[place])
          places.append(place)
        }
        return
      }
      bytes += source.bytes[range]
      places += range
    }
  }
}

extension AlignedText {
  /// A part of the text, which keeps its origins.
  func slice(_ range: Range<Int>) -> AlignedText {
    var slice = rewritten(capacity: range.count) { source, target in target.copy(range, of: source) }
    slice.startsText = startsText && range.lowerBound == 0
    return slice
  }

  /// Calls `body` with every scalar, its byte and its length; nil and 1 for a byte that is not UTF-8.
  @inline(__always) func forEachScalar(in range: Range<Int>? = nil, _ body: (Unicode.Scalar?, Int, Int) -> Void) {
    var position = range?.lowerBound ?? 0
    let end = range?.upperBound ?? bytes.count
    while position < end {
      let found = UTF8Scalar.decode(bytes, at: position, end: end)
      let length = found?.length ?? 1
      body(found?.scalar, position, length)
      position += length
    }
  }
}
