// GPT-2's byte alphabet: how byte-level vocabularies spell arbitrary bytes as printable characters. Not here: merges, special tokens.
// Source: openai/gpt-2 `encoder.py`, `bytes_to_unicode`.

enum ByteAlphabet {
  /// Printable Latin-1 bytes stand for themselves, the others are moved to U+0100 and up in byte order.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0..<256).map { (byte: UInt32) in
      if isPrintable(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      // U+0100…U+0143 are all scalars, so the fallback is never taken.
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  /// Bytes sorted by their character: the order in which trained vocabularies list the single bytes.
  static let bytesInOrder: [UInt8] = (UInt8.min...UInt8.max).sorted { scalars[Int($0)] < scalars[Int($1)] }

  /// By scalar value: the byte, -1 outside the alphabet, which ends at U+0143.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  private static func isPrintable(_ byte: UInt32) -> Bool {
    (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
  }

  static func spelling(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// The bytes that a spelling stands for, nil where a character is outside the alphabet.
  static func bytes(of spelling: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(spelling.utf8.count)
    for scalar in spelling.unicodeScalars {
      guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }
}
