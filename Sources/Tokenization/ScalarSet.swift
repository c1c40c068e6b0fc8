// Sets of Unicode scalars, as character classes of split patterns describe them. Not here: how classes are written (SplitPatternParser).

/// A set of scalars: a bitmap for ASCII and a union of parts for the rest.
struct ScalarSet: Sendable {
  /// One part of the scalars beyond ASCII.
  struct Part: Sendable {
    /// Bit n stands for the general category n of `ScalarCategory`.
    var categories: UInt32 = 0
    var ranges: [ClosedRange<UInt32>] = []
    /// Scalars with the property Alphabetic.
    var hasAlphabetic = false
    var isInverted = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      if categories != 0, categories >> UInt32(ScalarCategory.of(scalar)) & 1 == 1 { return !isInverted }
      for range in ranges where range.contains(scalar.value) { return !isInverted }
      if hasAlphabetic, scalar.properties.isAlphabetic { return !isInverted }
      return isInverted
    }
  }

  private(set) var low: UInt64 = 0
  private(set) var high: UInt64 = 0
  private(set) var parts: [Part] = []

  init() {}

  init(categories: UInt32, hasAlphabetic: Bool = false) {
    for value in UInt8(0)..<128 {
      let scalar = Unicode.Scalar(value)
      let isMember = categories >> UInt32(ScalarCategory.of(scalar)) & 1 == 1 || (hasAlphabetic && scalar.properties.isAlphabetic)
      if isMember { insertASCII(value) }
    }
    parts = [Part(categories: categories, hasAlphabetic: hasAlphabetic)]
  }

  init(_ range: ClosedRange<UInt32>) {
    if range.lowerBound < 128 {
      for value in range.lowerBound...min(range.upperBound, 127) { insertASCII(UInt8(value)) }
    }
    if range.upperBound >= 128 { parts = [Part(ranges: [max(range.lowerBound, 128)...range.upperBound])] }
  }

  private mutating func insertASCII(_ value: UInt8) {
    if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
  }

  /// All scalars that are not in the set; nil where the set is a union whose complement would need an intersection.
  var inverted: ScalarSet? {
    guard parts.count <= 1 else { return nil }
    var result = ScalarSet()
    (result.low, result.high) = (~low, ~high)
    var part = parts.first ?? Part()
    part.isInverted.toggle()
    result.parts = [part]
    return result
  }

  mutating func formUnion(_ other: ScalarSet) {
    low |= other.low
    high |= other.high
    for part in other.parts {
      guard let last = parts.indices.last, !parts[last].isInverted, !part.isInverted else {
        parts.append(part)
        continue
      }
      parts[last].categories |= part.categories
      parts[last].ranges += part.ranges
      parts[last].hasAlphabetic = parts[last].hasAlphabetic || part.hasAlphabetic
    }
  }

  /// Adds what differs from a member by case only, as `(?i:…)` asks for (simple case folding).
  mutating func closeOverCase() {
    for value in UInt8(0x41)...0x5A where containsASCII(value) || containsASCII(value | 0x20) {
      insertASCII(value)
      insertASCII(value | 0x20)
    }
    // The two scalars beyond ASCII that fold to ASCII letters: long s and the Kelvin sign.
    if containsASCII(0x73) { formUnion(ScalarSet(0x17F...0x17F)) }
    if containsASCII(0x6B) { formUnion(ScalarSet(0x212A...0x212A)) }
    for range in parts.flatMap(\.ranges) where range.count == 1 {
      guard let properties = Unicode.Scalar(range.lowerBound)?.properties else { continue }
      for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] where mapping.unicodeScalars.count == 1 {
        for scalar in mapping.unicodeScalars { formUnion(ScalarSet(scalar.value...scalar.value)) }
      }
    }
  }

  @inline(__always) func containsASCII(_ byte: UInt8) -> Bool {
    (byte < 64 ? low >> UInt64(byte) : high >> UInt64(byte - 64)) & 1 == 1
  }

  func containsWide(_ scalar: Unicode.Scalar) -> Bool {
    for part in parts where part.contains(scalar) { return true }
    return false
  }

  /// Whether any scalar beyond ASCII may be a member.
  var mayBeWide: Bool { !parts.isEmpty }

  func contains(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 128 ? containsASCII(UInt8(scalar.value)) : containsWide(scalar) }
}

/// General categories by number, so that sets of them are bits of one integer.
enum ScalarCategory {
  /// Control characters with White_Space; the others with it are the separators.
  static let controlSpace = 30
  private static let order: [(name: String, category: Unicode.GeneralCategory)] = [
    ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter), ("Lo", .otherLetter),
    ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark), ("Nd", .decimalNumber), ("Nl", .letterNumber),
    ("No", .otherNumber), ("Pc", .connectorPunctuation), ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation),
    ("Pi", .initialPunctuation), ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
    ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator), ("Zp", .paragraphSeparator),
    ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse), ("Cn", .unassigned),
  ]
  private static let otherSymbol = 21

  static func of(_ scalar: Unicode.Scalar) -> Int {
    // Most of what we read beyond ASCII; saves the table look-up.
    if (0x4E00...0x9FA5).contains(scalar.value) { return 4 }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter: return 0
    case .lowercaseLetter: return 1
    case .titlecaseLetter: return 2
    case .modifierLetter: return 3
    case .otherLetter: return 4
    case .nonspacingMark: return 5
    case .spacingMark: return 6
    case .enclosingMark: return 7
    case .decimalNumber: return 8
    case .letterNumber: return 9
    case .otherNumber: return 10
    case .connectorPunctuation: return 11
    case .dashPunctuation: return 12
    case .openPunctuation: return 13
    case .closePunctuation: return 14
    case .initialPunctuation: return 15
    case .finalPunctuation: return 16
    case .otherPunctuation: return 17
    case .mathSymbol: return 18
    case .currencySymbol: return 19
    case .modifierSymbol: return 20
    case .otherSymbol: return 21
    case .spaceSeparator: return 22
    case .lineSeparator: return 23
    case .paragraphSeparator: return 24
    case .control: return (9...13).contains(scalar.value) || scalar.value == 0x85 ? controlSpace : 25
    case .format: return 26
    case .surrogate: return 27
    case .privateUse: return 28
    case .unassigned: return 29
    @unknown default: return 29
    }
  }

  static let space: UInt32 = mask("Z") | 1 << UInt32(controlSpace)
  /// `\w`: alphabetic scalars, marks, decimal digits, connectors (Unicode TR 18, annex C); Oniguruma adds the number characters of Latin-1.
  static let word: ScalarSet = {
    var set = ScalarSet(categories: mask("L") | mask("M") | mask("Nd") | mask("Pc"), hasAlphabetic: true)
    for range in [UInt32(0xB2)...0xB3, 0xB9...0xB9, 0xBC...0xBE] { set.formUnion(ScalarSet(range)) }
    return set
  }()

  /// `\w` of Rust's `regex`, by which the `tokenizers` library knows whole words: without those number characters, with the joiners.
  static let wordOfRust: ScalarSet = {
    var set = ScalarSet(categories: mask("L") | mask("M") | mask("Nd") | mask("Pc"), hasAlphabetic: true)
    set.formUnion(ScalarSet(0x200C...0x200D))
    return set
  }()
  /// Bytes that are not UTF-8 count as symbols.
  static let broken = otherSymbol

  /// The bits of a category or a group of categories: `Lu`, `L`; 0 for unknown names.
  static func mask(_ name: String) -> UInt32 {
    var mask: UInt32 = 0
    for (index, entry) in order.enumerated() where entry.name == name || (name.count == 1 && entry.name.hasPrefix(name)) {
      mask |= 1 << UInt32(index)
    }
    if name == "C" || name == "Cc" { mask |= 1 << UInt32(controlSpace) }
    return mask
  }
}
