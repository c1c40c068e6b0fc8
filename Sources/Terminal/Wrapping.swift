// Cutting text into lines, shortening and padding it, by cells. Line breaking is a small part of UAX #14 plus the Chinese and Japanese rules
// (no line starts with a closing mark or ends with an opening one, GB/T 15834 and JIS X 4051). Not here: hyphenation, justification.

public enum TextAlignment: Sendable { case left, center, right }

extension DisplayText {
  /// The lines of the text at the given width. Newlines end lines; a word longer than a line is cut. A line is wider than `width` only where a
  /// wide character stands alone in one column. Spaces at a break are swallowed.
  public func wrapped(to width: Int) -> [DisplayText] {
    lines.flatMap { line in
      let glyphs = Array(line.glyphs)
      return LineBreaker.lines(glyphs, width: width).map { DisplayText(glyphs: glyphs[$0]) }
    }
  }

  /// The text cut at its newlines.
  public var lines: [DisplayText] {
    string.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { DisplayText(sanitized: String($0)) }
  }

  /// At most `width` cells; where something is left out, the last cell is an ellipsis.
  public func truncated(to width: Int, ellipsis: Unicode.Scalar = "…") -> DisplayText {
    guard width > 0 else { return .empty }
    var columns = 0
    var kept: [Glyph] = []
    var room = 0
    for glyph in glyphs {
      columns += glyph.width
      if columns <= width - 1 {
        room = kept.count + 1
      }
      if columns > width { return DisplayText(glyphs: kept[..<room] + [Glyph(ellipsis)]) }
      kept.append(glyph)
    }
    return self
  }

  /// The last cells of the text where it is wider than `width`, after an ellipsis: for paths and for text that grows at its end.
  public func truncatedAtStart(to width: Int, ellipsis: Unicode.Scalar = "…") -> DisplayText {
    guard width > 0 else { return .empty }
    let all = Array(glyphs)
    var columns = all.reduce(0) { $0 + $1.width }
    guard columns > width else { return self }
    var start = 0
    while start < all.count, columns > width - 1 {
      columns -= all[start].width
      start += 1
    }
    return DisplayText(glyphs: [Glyph(ellipsis)] + all[start...])
  }

  /// Exactly `width` cells: shortened or filled with spaces.
  public func fitted(to width: Int, _ alignment: TextAlignment = .left) -> DisplayText {
    let short = truncated(to: width)
    let space = max(0, width - short.width)
    let before =
      switch alignment {
      case .left: 0
      case .center: space / 2
      case .right: space
      }
    return DisplayText(
      sanitized: String(repeating: " ", count: before) + short.string + String(repeating: " ", count: space - before))
  }
}

/// Greedy line breaking over glyphs.
enum LineBreaker {
  /// Ranges of the glyphs of each line; what lies between two ranges are spaces that the break swallows. One empty range for no glyphs.
  static func lines(_ glyphs: [Glyph], width: Int) -> [Range<Int>] {
    let width = max(1, width)
    var lines: [Range<Int>] = []
    var start = 0
    var columns = 0
    /// The last place where the line may end, as the index of the next line's first glyph.
    var breakAt: Int?
    var index = 0
    var hangs = false
    while index < glyphs.count {
      let glyph = glyphs[index]
      if index > start, isBreakAllowed(before: index, in: glyphs) { breakAt = index }
      if columns + glyph.width > width, index > start {
        // A space that does not fit hangs beyond the edge: the break swallows it.
        if isSpace(glyph) {
          index += 1
          hangs = true
          continue
        }
        let end = breakAt ?? forcedBreak(at: index, from: start, in: glyphs)
        lines.append(start..<trimmed(end, from: start, in: glyphs))
        start = end
        breakAt = nil
        columns = 0
        index = start
        continue
      }
      columns += glyph.width
      index += 1
    }
    lines.append(start..<(lines.isEmpty && !hangs ? glyphs.count : trimmed(glyphs.count, from: start, in: glyphs)))
    return lines
  }

  /// Inside a word that is longer than the line: here, or a little earlier, so that a mark does not come to stand on the wrong line.
  private static func forcedBreak(at index: Int, from start: Int, in glyphs: [Glyph]) -> Int {
    var end = index
    while end > start + 1, isClosing(glyphs[end].scalar) || isOpening(glyphs[end - 1].scalar) { end -= 1 }
    return isClosing(glyphs[end].scalar) || isOpening(glyphs[end - 1].scalar) ? index : end
  }

  private static func isSpace(_ glyph: Glyph) -> Bool { glyph.scalar == " " && glyph.marks.isEmpty }

  private static func trimmed(_ end: Int, from start: Int, in glyphs: [Glyph]) -> Int {
    var end = end
    while end > start, isSpace(glyphs[end - 1]) { end -= 1 }
    return end
  }

  /// Whether a line may end between the glyphs `index - 1` and `index`.
  static func isBreakAllowed(before index: Int, in glyphs: [Glyph]) -> Bool {
    let next = glyphs[index].scalar
    let previous = glyphs[index - 1].scalar
    if isSpace(glyphs[index]) { return false }
    if isSpace(glyphs[index - 1]) { return true }
    if isGlue(previous) || isGlue(next) || isClosing(next) || isOpening(previous) { return false }
    // A dash or an ellipsis of two characters is one mark in Chinese.
    if previous == next, previous == "—" || previous == "…" { return false }
    if glyphs[index - 1].width == 2 || glyphs[index].width == 2 { return true }
    if previous == "-" { return index > 1 && isLetter(glyphs[index - 2].scalar) && isLetter(next) }
    return previous == "—" || previous == "/"
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic }

  private static func isGlue(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\u{A0}" || scalar == "\u{202F}" || scalar == "\u{2007}" || scalar == "\u{2011}"
  }

  private static let closing = Set(
    ("!%),.:;?]}¢°’”†‡›℃∶、。〃々〉》」』】〕〗〙〟ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶー・ヽヾゝゞ！％），．：；？］｝～｝｠｡｣､･"
      + "…—–·‐").unicodeScalars)
  private static let opening = Set("([{£¥‘“‹〈《「『【〔〖〘〝（［｛｟｢＄￥$#".unicodeScalars)

  static func isClosing(_ scalar: Unicode.Scalar) -> Bool { closing.contains(scalar) }
  static func isOpening(_ scalar: Unicode.Scalar) -> Bool { opening.contains(scalar) }
}
