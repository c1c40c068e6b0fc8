// Normalizers: what happens to text before it is cut. Not here: cutting (PreTokenizer). Steps are those of huggingface/tokenizers,
// `normalizers`, and what SentencePiece does in its place.

/// Steps, each of which rewrites the text of the one before.
struct Normalizer: Sendable, Hashable {
  enum Step: Sendable, Hashable {
    case form(UnicodeNormalization)
    case lowercase
    case stripAccents
    case replace(SplitPattern, String)
    case prepend(String)
    case strip(left: Bool, right: Bool)
    case bert(cleansText: Bool, separatesChinese: Bool, stripsAccents: Bool, lowercases: Bool)
    case precompiled(CharacterMap)
  }

  var steps: [Step] = []

  /// SentencePiece's own: "▁" for spaces and before the text.
  static func sentencePiece(prependsSpace: Bool, collapsesSpaces: Bool = false, map: CharacterMap? = nil) -> Normalizer {
    var steps: [Step] = map.map { [.precompiled($0)] } ?? []
    // Plain spaces only: what else is white space, the map has replaced. At the end SentencePiece takes written "▁" for spaces as well.
    if collapsesSpaces {
      steps += [.replace(SplitPattern(builtIn: #"\A +|[ \x{2581}]+\z"#), ""), .replace(SplitPattern(builtIn: " {2,}"), " ")]
    }
    if prependsSpace { steps.append(.prepend("\u{2581}")) }
    guard let space = try? SplitPattern(literal: " ") else { return Normalizer(steps: steps) }
    return Normalizer(steps: steps + [.replace(space, "\u{2581}")])
  }

  /// Replacements of a hostile file could double a text at each step: beyond 64 times its size they leave it as it is.
  func normalized(_ text: AlignedText) -> AlignedText {
    let limit = 1024 + 64 * text.bytes.count
    var text = text
    for step in steps where !text.isEmpty { text = step.applied(to: text, limit: limit) }
    return text
  }
}

extension Normalizer.Step {
  fileprivate func applied(to text: AlignedText, limit: Int) -> AlignedText {
    switch self {
    case .form(let form): return form.normalized(text)
    case .lowercase: return Self.lowercased(text)
    case .stripAccents: return Self.filtered(text) { !Self.isMark($0) }
    case .replace(let pattern, let content):
      let content = Array(content.utf8)
      return text.rewritten(limit: limit) { source, target in
        var end = 0
        pattern.forEachMatch(in: source.bytes, 0..<source.bytes.count) { match in
          target.copy(end..<match.lowerBound, of: source)
          target.replace(match, of: source, by: content)
          end = match.upperBound
        }
        target.copy(end..<source.bytes.count, of: source)
      }
    case .prepend(let prefix):
      return text.rewritten(limit: limit) { source, target in
        target.replace(0..<0, of: source, by: prefix.utf8)
        target.copy(0..<source.bytes.count, of: source)
      }
    case .strip(let left, let right):
      let range = Self.stripped(text, left, right)
      return range.count == text.bytes.count ? text : text.rewritten { source, target in target.copy(range, of: source) }
    case .bert(let cleansText, let separatesChinese, let stripsAccents, let lowercases):
      var text = text
      if cleansText || separatesChinese { text = Self.cleaned(text, cleansText, separatesChinese) }
      if stripsAccents {
        text = Self.filtered(UnicodeNormalization.nfd.normalized(text)) { $0.properties.generalCategory != .nonspacingMark }
      }
      return lowercases ? Self.lowercased(text) : text
    case .precompiled(let map): return map.normalized(text, limit: limit)
    }
  }

  private static func lowercased(_ text: AlignedText) -> AlignedText {
    text.rewritten { source, target in
      source.forEachScalar { scalar, position, length in
        guard let scalar, Self.changesWhenLowercased(scalar) else { return target.copy(position..<position + length, of: source) }
        target.append(scalar.properties.lowercaseMapping.utf8, from: position)
      }
    }
  }

  private static func changesWhenLowercased(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80 ? (0x41...0x5A).contains(scalar.value) : scalar.properties.changesWhenLowercased
  }

  private static func filtered(_ text: AlignedText, _ isKept: (Unicode.Scalar) -> Bool) -> AlignedText {
    text.rewritten { source, target in
      source.forEachScalar { scalar, position, length in
        if length == 1 || scalar.map(isKept) ?? true { target.copy(position..<position + length, of: source) }
      }
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func stripped(_ text: AlignedText, _ left: Bool, _ right: Bool) -> Range<Int> {
    var start = left ? text.bytes.count : 0
    var end = right ? 0 : text.bytes.count
    text.forEachScalar { scalar, position, length in
      guard !(scalar?.properties.isWhitespace ?? false) else { return }
      if left { start = min(start, position) }
      if right { end = position + length }
    }
    return start < end ? start..<end : 0..<0
  }

  /// BERT's cleaning (google-research/bert `tokenization.py`): no control characters, plain spaces, spaces around Chinese characters.
  private static func cleaned(_ text: AlignedText, _ cleansText: Bool, _ separatesChinese: Bool) -> AlignedText {
    text.rewritten { source, target in
      source.forEachScalar { scalar, position, length in
        guard let scalar else {
          if !cleansText { target.copy(position..<position + length, of: source) }
          return
        }
        if cleansText {
          if isRemoved(scalar) { return }
          if isSpace(scalar) { return target.append([0x20], from: position) }
        }
        let isChinese = separatesChinese && isChinese(scalar)
        if isChinese { target.append([0x20], from: position) }
        target.copy(position..<position + length, of: source)
        if isChinese { target.append([0x20], from: position) }
      }
    }
  }

  private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0, 0xFFFD: return true
    case 0x09, 0x0A, 0x0D, 0x20...0x7E: return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse: return true
    default: return false
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80 ? scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
  }

  /// The CJK ideograph blocks, with the gap before U+2B920 that the reference has.
  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
