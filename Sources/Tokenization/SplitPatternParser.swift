// The syntax of split patterns → tree. A construct outside the subset is an error that names it. Not here: meaning, matching.
// Syntax: Oniguruma's `doc/RE` with its Ruby syntax, in which `^` and `$` are ends of lines.

struct SplitPatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false

  init(_ source: String) throws(SplitPatternError) {
    guard source.utf8.count <= SplitPattern.maximumLength else { throw SplitPatternError("\(source.utf8.count) bytes") }
    scalars = Array(source.unicodeScalars)
  }

  mutating func whole() throws(SplitPatternError) -> SplitNode {
    let node = try alternatives(depth: 0)
    guard position == scalars.count else { throw SplitPatternError(")") }
    return node
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func alternatives(depth: Int) throws(SplitPatternError) -> SplitNode {
    guard depth <= SplitPattern.maximumDepth else { throw SplitPatternError("((((…") }
    var found = [try sequence(depth: depth)]
    while take("|") { found.append(try sequence(depth: depth)) }
    return found.count == 1 ? found[0] : .alternatives(found)
  }

  private mutating func sequence(depth: Int) throws(SplitPatternError) -> SplitNode {
    var nodes: [SplitNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      nodes.append(try quantified(try atom(depth: depth)))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  // MARK: Atoms

  private mutating func atom(depth: Int) throws(SplitPatternError) -> SplitNode {
    guard let scalar = next else { throw SplitPatternError("") }
    switch scalar {
    case "(": return try group(depth: depth)
    case "[": return .set(folded(try characterClass(depth: depth)))
    case "\\":
      position += 1
      return try escape()
    case "*", "+", "?": throw SplitPatternError(String(scalar))
    default: break
    }
    position += 1
    switch scalar {
    case ".":
      guard let set = ScalarSet(0x0A...0x0A).inverted else { throw SplitPatternError(".") }
      return .set(set)
    case "^": return .assertion(.lineStart)
    case "$": return .assertion(.lineEnd)
    default: return .set(folded(ScalarSet(scalar.value...scalar.value)))
    }
  }

  private func folded(_ set: ScalarSet) -> ScalarSet {
    guard ignoresCase else { return set }
    var set = set
    set.closeOverCase()
    return set
  }

  private mutating func group(depth: Int) throws(SplitPatternError) -> SplitNode {
    let outer = ignoresCase
    defer { ignoresCase = outer }
    let kinds: [(opening: String, wrap: (SplitNode) -> SplitNode)] = [
      ("(?:", { $0 }), ("(?i:", { $0 }), ("(?-i:", { $0 }), ("(?>", { .atomic($0) }),
      ("(?=", { .lookahead($0, isNegative: false) }), ("(?!", { .lookahead($0, isNegative: true) }),
    ]
    for kind in kinds where take(kind.opening) {
      if kind.opening == "(?i:" { ignoresCase = true }
      if kind.opening == "(?-i:" { ignoresCase = false }
      let node = try alternatives(depth: depth + 1)
      guard take(")") else { throw SplitPatternError(kind.opening) }
      if kind.opening == "(?=" || kind.opening == "(?!", node.isUnbounded { throw SplitPatternError(kind.opening + "…+)") }
      return kind.wrap(node)
    }
    guard !take("(?") else { throw SplitPatternError("(?" + (next.map(String.init) ?? "")) }
    position += 1
    let node = try alternatives(depth: depth + 1)
    guard take(")") else { throw SplitPatternError("(") }
    return node
  }

  private mutating func escape() throws(SplitPatternError) -> SplitNode {
    switch next {
    case "b": position += 1; return .assertion(.wordBoundary)
    case "B": position += 1; return .assertion(.noWordBoundary)
    case "A": position += 1; return .assertion(.textStart)
    case "z": position += 1; return .assertion(.textEnd)
    case "Z": position += 1; return .assertion(.lastLineEnd)
    default: return .set(folded(try escapedSet()))
    }
  }

  /// What stands for one scalar after a backslash, in a class and outside.
  private mutating func escapedSet() throws(SplitPatternError) -> ScalarSet {
    guard let scalar = next else { throw SplitPatternError("\\") }
    position += 1
    func categories(_ mask: UInt32, isInverted: Bool = false) throws(SplitPatternError) -> ScalarSet {
      let set = ScalarSet(categories: mask)
      guard isInverted else { return set }
      guard let inverted = set.inverted else { throw SplitPatternError("\\\(scalar)") }
      return inverted
    }
    switch scalar {
    case "s": return try categories(ScalarCategory.space)
    case "S": return try categories(ScalarCategory.space, isInverted: true)
    case "d": return try categories(ScalarCategory.mask("Nd"))
    case "D": return try categories(ScalarCategory.mask("Nd"), isInverted: true)
    case "w": return ScalarCategory.word
    case "W":
      guard let inverted = ScalarCategory.word.inverted else { throw SplitPatternError("\\W") }
      return inverted
    case "p", "P": return try property(isInverted: scalar == "P")
    case "n": return ScalarSet(0x0A...0x0A)
    case "r": return ScalarSet(0x0D...0x0D)
    case "t": return ScalarSet(0x09...0x09)
    case "f": return ScalarSet(0x0C...0x0C)
    case "v": return ScalarSet(0x0B...0x0B)
    case "x", "u":
      let value = try hexadecimal(after: scalar)
      return ScalarSet(value...value)
    case "a"..."z", "A"..."Z", "0"..."9": throw SplitPatternError("\\\(scalar)")
    default: return ScalarSet(scalar.value...scalar.value)
    }
  }

  /// `{Lu}` after `\p`.
  private mutating func property(isInverted: Bool) throws(SplitPatternError) -> ScalarSet {
    guard take("{"), let end = scalars[position...].firstIndex(of: "}") else { throw SplitPatternError("\\p") }
    let isNegated = take("^")
    let name = String(String.UnicodeScalarView(scalars[position..<end]))
    position = end + 1
    let mask = ScalarCategory.mask(name)
    let isAlphabetic = name == "Alphabetic"
    guard mask != 0 || isAlphabetic else { throw SplitPatternError("\\p{\(name)}") }
    let set = ScalarSet(categories: mask, hasAlphabetic: isAlphabetic)
    guard isInverted != isNegated else { return set }
    guard let inverted = set.inverted else { throw SplitPatternError("\\P{\(name)}") }
    return inverted
  }

  /// `\x41`, `\x{1F600}`, `\u0041`.
  private mutating func hexadecimal(after kind: Unicode.Scalar) throws(SplitPatternError) -> UInt32 {
    var digits = ""
    if kind == "x", take("{") {
      while let scalar = next, scalar != "}", digits.count < 8 {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      guard take("}") else { throw SplitPatternError("\\x{") }
    } else {
      for _ in 0..<(kind == "x" ? 2 : 4) {
        guard let scalar = next else { break }
        digits.unicodeScalars.append(scalar)
        position += 1
      }
    }
    guard let value = UInt32(digits, radix: 16), Unicode.Scalar(value) != nil else { throw SplitPatternError("\\\(kind)\(digits)") }
    return value
  }

  // MARK: Classes

  /// `[…]`: items, ranges, escapes, classes inside. Intersections (`&&`) and POSIX brackets are outside the subset.
  private mutating func characterClass(depth: Int) throws(SplitPatternError) -> ScalarSet {
    guard depth <= SplitPattern.maximumDepth else { throw SplitPatternError("[[[[…") }
    position += 1
    let isInverted = take("^")
    var set = ScalarSet()
    var isFirst = true
    while true {
      guard let scalar = next else { throw SplitPatternError("[") }
      if scalar == "]", !isFirst { break }
      isFirst = false
      if take("&&") { throw SplitPatternError("&&") }
      if take("[:") { throw SplitPatternError("[[:") }
      if scalar == "[" {
        set.formUnion(try characterClass(depth: depth + 1))
        continue
      }
      let item = try classItem()
      guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        set.formUnion(item.set)
        continue
      }
      position += 1
      guard let low = item.value, let high = try classItem().value, low <= high else { throw SplitPatternError("[…-…]") }
      set.formUnion(ScalarSet(low...high))
    }
    position += 1
    guard isInverted else { return set }
    if ignoresCase { set.closeOverCase() }
    guard let inverted = set.inverted else { throw SplitPatternError("[^…[^…]…]") }
    return inverted
  }

  /// One item and, where it is a single scalar, its value.
  private mutating func classItem() throws(SplitPatternError) -> (set: ScalarSet, value: UInt32?) {
    guard let scalar = next else { throw SplitPatternError("[") }
    position += 1
    guard scalar == "\\" else { return (ScalarSet(scalar.value...scalar.value), scalar.value) }
    if take("b") { return (ScalarSet(8...8), 8) }
    let kind = next
    let set = try escapedSet()
    switch kind {
    case "s", "S", "d", "D", "w", "W", "p", "P": return (set, nil)
    default: return (set, set.only)
    }
  }

  // MARK: Quantifiers

  private mutating func quantified(_ atom: SplitNode) throws(SplitPatternError) -> SplitNode {
    var (node, stacked) = (atom, 0)
    while let quantifier = try quantifier() {
      stacked += 1
      guard stacked <= 4 else { throw SplitPatternError("a{1}{1}{1}…") }
      let (minimum, maximum) = (quantifier.minimum, quantifier.maximum)
      if case .assertion = node { throw SplitPatternError("^*") }
      if case .lookahead = node { throw SplitPatternError("(?=…)*") }
      var mode = SplitNode.Mode.greedy
      // In Ruby's syntax `{1,3}+` repeats the repetition.
      if take("?") { mode = .lazy } else if !quantifier.hasBraces, take("+") { mode = .possessive }
      guard maximum != nil || !node.canBeEmpty else { throw SplitPatternError("(…*)*") }
      node = .repeated(node, minimum: minimum, maximum: maximum, mode)
    }
    return node
  }

  private mutating func quantifier() throws(SplitPatternError) -> (minimum: Int, maximum: Int?, hasBraces: Bool)? {
    if take("?") { return (0, 1, false) }
    if take("*") { return (0, nil, false) }
    if take("+") { return (1, nil, false) }
    let start = position
    guard take("{") else { return nil }
    let low = number()
    let hasComma = take(",")
    let high = hasComma ? number() : low
    guard take("}"), low != nil || high != nil else {
      // Not a quantifier: a brace is text.
      position = start
      return nil
    }
    let cap = SplitPattern.maximumRepeats
    guard low ?? 0 <= cap, high ?? 0 <= cap, high.map({ $0 >= low ?? 0 }) ?? true else { throw SplitPatternError("{…}") }
    return (low ?? 0, high, true)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), SplitPattern.maximumRepeats + 1)
      position += 1
    }
    return value
  }
}

extension ScalarSet {
  /// The member of a set of one.
  fileprivate var only: UInt32? {
    if low.nonzeroBitCount + high.nonzeroBitCount == 1 {
      return UInt32(low != 0 ? low.trailingZeroBitCount : 64 + high.trailingZeroBitCount)
    }
    return parts.first?.ranges.first?.lowerBound
  }
}
