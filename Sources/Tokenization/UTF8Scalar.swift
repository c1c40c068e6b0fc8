// Strict UTF-8 (Unicode 16, table 3-7), one scalar at a time, over bytes that may be broken. Not here: strings.

enum UTF8Scalar {
  /// The scalar at `position`, nil where the bytes up to `end` are not one well-formed scalar.
  @inline(__always)
  static func decode<Bytes: RandomAccessCollection<UInt8>>(
    _ bytes: Bytes, at position: Int, end: Int
  ) -> (scalar: Unicode.Scalar, length: Int)? where Bytes.Index == Int {
    let lead = bytes[position]
    if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
    guard let length = length(lead: lead), position + length <= end,
      secondRange(lead: lead).contains(bytes[position + 1])
    else { return nil }
    var value = UInt32(lead) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    for byte in bytes[position + 1..<position + length] {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    return Unicode.Scalar(value).map { ($0, length) }
  }

  /// How many bytes at the end begin a scalar that further bytes could complete: 0…3.
  static func incompleteSuffixLength(_ bytes: [UInt8]) -> Int {
    for back in stride(from: 1, through: min(3, bytes.count), by: 1) {
      let lead = bytes[bytes.count - back]
      if lead & 0xC0 == 0x80 { continue }
      guard let length = length(lead: lead), length > back else { return 0 }
      let secondFits = back == 1 || secondRange(lead: lead).contains(bytes[bytes.count - back + 1])
      return secondFits ? back : 0
    }
    return 0
  }

  private static func length(lead: UInt8) -> Int? {
    switch lead {
    case 0x00...0x7F: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: nil
    }
  }

  private static func secondRange(lead: UInt8) -> ClosedRange<UInt8> {
    switch lead {
    case 0xE0: 0xA0...0xBF
    case 0xED: 0x80...0x9F
    case 0xF0: 0x90...0xBF
    case 0xF4: 0x80...0x8F
    default: 0x80...0xBF
    }
  }
}
