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

  /// Text without the characters that a form changes is copied, the stretches between are normalized.
  func normalized(_ text: AlignedText) -> AlignedText {
    guard text.bytes.contains(where: { $0 >= 0x80 }), !isNormal(text) else { return text }
    return text.rewritten { source, target in
      var start = 0
      var scalars = String.UnicodeScalarView()
      var count = 0
      func flush(_ end: Int) {
        if count > 0 { target.append(form(String(scalars)).utf8, from: start) }
        start = end
        scalars = String.UnicodeScalarView()
        count = 0
      }
      source.forEachScalar { scalar, position, length in
        guard let scalar else {
          flush(position)
          target.copy(position..<position + length, of: source)
          start = position + length
          return
        }
        if isStable(scalar)
          || (count >= Self.chunk && scalar.properties.isAlphabetic && scalar.properties.canonicalCombiningClass == .notReordered)
          || count >= Self.longestChunk
        {
          flush(position)
        }
        scalars.append(scalar)
        count += 1
      }
      flush(source.bytes.count)
    }
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
    case 0x80..<0x300: self == .nfc
    default: false
    }
  }

  private func isNormal(_ text: AlignedText) -> Bool {
    var isNormal = true
    text.forEachScalar { scalar, _, _ in isNormal = isNormal && scalar.map(isStable) ?? true }
    return isNormal
  }
}
