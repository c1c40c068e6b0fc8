// The tokens of the run as labels: gutters beside maps, and the line that shows the sequence with the current token marked. Not here: values.
import Insight
import Languages
import Terminal
import Tokenization

/// ASCII twins of the signs that views and cards draw; letters of any script stay as they are.
enum PlainGlyphs {
  static func text(_ text: String, _ glyphs: GlyphMode) -> String {
    guard glyphs == .ascii, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    return text.map { twins[$0] ?? String($0) }.joined()
  }

  /// For a frame's cells, where a sign has one column and no more.
  static let cells: [Unicode.Scalar: Unicode.Scalar] = [
    "…": "~", "·": "|", "•": "*", "←": "<", "→": ">", "↑": "^", "↓": "v", "▸": ">", "◂": "<", "−": "-", "–": "-", "—": "-", "“": "\"",
    "”": "\"",
    "’": "'",
  ]

  private static let twins: [Character: String] = [
    "␣": "_", "⏎": "\\n", "⇥": "\\t", "␡": "^?", "⟨": "<", "⟩": ">", "·": "*", "−": "-", "√": "sqrt ", "Σ": "sum", "∞": "inf", "²": "^2",
    "ᵢ": "i", "₊": "+", "ₕ": "h", "′": "'", "θ": "t", "ε": "eps", "–": "-", "“": "\"", "”": "\"", "µ": "u", "×": "x",
  ]
}

/// Positions of a run and how their tokens look, every byte visible.
struct TokenAxis {
  let ids: [Int]
  let tokenizer: Tokenizer?
  let glyphs: GlyphMode
  let ellipsis: Unicode.Scalar

  init(_ state: ScreenState, _ trace: Trace) {
    (ids, tokenizer, glyphs) = (trace.ids, state.model?.tokenizer, state.theme.glyphMode)
    ellipsis = state.theme.ellipsis
  }

  var count: Int { ids.count }

  /// The token at a position, with visible glyphs for spaces, newlines and partial bytes.
  func text(_ position: Int) -> DisplayText { ids.indices.contains(position) ? text(ofToken: ids[position]) : .empty }

  func text(ofToken id: Int) -> DisplayText {
    DisplayText(PlainGlyphs.text(tokenizer?.displayText(of: id) ?? "\(id)", glyphs))
  }

  /// Digits of the largest index.
  var indexWidth: Int { TokenAxis.digits(max(0, count - 1)) }

  static func digits(_ number: Int) -> Int { String(number).utf8.count }

  /// The longest token among `positions` in cells, at most `limit`.
  func textWidth(_ positions: Range<Int>, limit: Int) -> Int {
    var width = 1
    for position in positions.clamped(to: 0..<count) where width < limit { width = max(width, text(position).width) }
    return min(width, limit)
  }

  /// `12 ␣upon` in exactly `width` cells: the index right-aligned, the end of the token where it is too long.
  func label(_ position: Int, width: Int) -> DisplayText {
    let index = DisplayText("\(position)").fitted(to: indexWidth, .right)
    let room = width - indexWidth - 1
    guard room > 0 else { return index.truncatedAtStart(to: width, ellipsis: ellipsis) }
    return (index + " " + text(position).truncatedAtStart(to: room, ellipsis: ellipsis)).fitted(to: width)
  }
}

extension ScreenState {
  /// Glyphs that point at the current row, column and item, also where there are no colours.
  var rowPointer: String { theme.glyphMode == .ascii ? ">" : "▸" }
  /// Whether a cell can show two pixels.
  var canHalve: Bool { theme.colorMode.hasColorMaps && theme.glyphMode != .ascii }
  var columnPointer: String { theme.glyphMode == .ascii ? "v" : "▾" }

  /// The sequence on one line with the current token between marks, as much around it as fits.
  func drawTokenLine(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    guard area.width > 8, !area.isEmpty else { return }
    let axis = TokenAxis(self, trace)
    let current = StyledText(axis.text(cursor.row).truncated(to: area.width - 6, ellipsis: axis.ellipsis), theme.strong.with(.reverse))
    var before: [DisplayText] = []
    var after: [DisplayText] = []
    var room = area.width - current.width - 2
    // Grow to both sides until the line is full; what is left out shows as an ellipsis.
    var (left, right) = (cursor.row - 1, cursor.row + 1)
    var grows = true
    while grows {
      grows = false
      if left >= 0, axis.text(left).width + 1 <= room - 4 {
        before.append(axis.text(left))
        room -= axis.text(left).width + 1
        left -= 1
        grows = true
      }
      if right < axis.count, axis.text(right).width + 1 <= room - 4 {
        after.append(axis.text(right))
        room -= axis.text(right).width + 1
        right += 1
        grows = true
      }
    }
    var line = StyledText()
    if left >= 0 { line.append(DisplayText("\(axis.ellipsis) "), theme.dim) }
    for text in before.reversed() { line.append(text + " ", theme.text) }
    line.append(DisplayText(rowPointer), theme.accent)
    line.append(current)
    line.append(" ")
    for text in after { line.append(text + " ", theme.dim) }
    if right < axis.count { line.append(DisplayText("\(axis.ellipsis)"), theme.dim) }
    frame.draw(line, at: area.origin, in: area.row(0))
  }
}
