// Unicode normalization forms (UAX 15) of bytes that may be broken UTF-8. The tables are Foundation's: the standard library has canonical
// equivalence but no public normalization, and no compatibility forms. Not here: which model asks for which form.
import Foundation

enum UnicodeNormalization: String, Sendable, CaseIterable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  /// Foundation sorts combining marks in quadratic time: longer stretches are cut, before a letter if one comes in time.
  private static let chunk = 256
  private static let longestChunk = 1024

  /// Text without the characters that a form changes is copied, the stretches between are normalized, each with the character before it.
  func normalized(_ text: AlignedText) -> AlignedText {
    guard text.bytes.contains(where: { $0 >= 0x80 }), !isNormal(text) else { return text }
    return text.rewritten { source, target in
      var copied = 0
      var start = 0
      var count = 0
      func flush(_ end: Int) {
        if count > 0 {
          target.copy(copied..<start, of: source)
          target.append(form(String(decoding: source.bytes[start..<end], as: UTF8.self)).utf8, from: start)
          copied = end
        }
        start = end
        count = 0
      }
      source.forEachScalar { scalar, position, length in
        guard let scalar else {
          flush(position)
          start = position + length
          return
        }
        let isStable = isStable(scalar)
        if isStable || count >= Self.longestChunk || (count >= Self.chunk && startsCluster(scalar)) { flush(position) }
        if !isStable { count += 1 }
      }
      flush(source.bytes.count)
      target.copy(copied..<source.bytes.count, of: source)
    }
  }

  private func startsCluster(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic && scalar.properties.canonicalCombiningClass == .notReordered
  }

  private func form(_ text: String) -> String {
    switch self {
    case .nfc: text.precomposedStringWithCanonicalMapping
    case .nfd: text.decomposedStringWithCanonicalMapping
    // Foundation on Linux leaves what its compatibility mapping made combinable: a half-width ka and its voicing mark.
    case .nfkc: text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
    case .nfkd: text.decomposedStringWithCompatibilityMapping
    }
  }

  /// Whether the scalar is its own form and never combines with what is before it.
  private func isStable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x80, 0x4E00...0x9FFF: true
    // Latin, Cyrillic, Arabic letters, punctuation, kana, Hangul syllables, full width, emoji.
    case 0x80..<0x300, 0x400...0x482, 0x48A...0x52F, 0x621...0x64A, 0x2010...0x2027, 0x2030...0x205E, 0x3001...0x3020, 0x3041...0x3094,
      0x30A1...0x30FA, 0xAC00...0xD7A3, 0xFF01...0xFF60, 0x1F300...0x1F64F, 0x1F900...0x1F9FF:
      self == .nfc
    default: false
    }
  }

  private func isNormal(_ text: AlignedText) -> Bool {
    var isNormal = true
    text.forEachScalar { scalar, _, _ in isNormal = isNormal && scalar.map(isStable) ?? true }
    return isNormal
  }
}
