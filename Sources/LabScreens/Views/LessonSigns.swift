// The few signs of the interface, each with an ASCII twin, and small helpers for styled lines. Not here: styles (Theme), glyphs of maps and bars.
import Languages
import Terminal

/// Signs that carry a meaning beside colour.
enum Sign {
  case open, done, wrong, coming, play, next, term, bullet, innerBullet, here, other, dot, bar, pointer

  func text(_ mode: GlyphMode) -> String {
    let isASCII = mode == .ascii
    return switch self {
    case .open: isASCII ? "o" : "○"
    case .done: isASCII ? "v" : "✓"
    case .wrong: isASCII ? "x" : "✗"
    case .coming: isASCII ? "." : "·"
    case .play: isASCII ? ">" : "▶"
    case .next: isASCII ? "->" : "→"
    case .term: isASCII ? "*" : "°"
    case .bullet: isASCII ? "*" : "•"
    case .innerBullet: isASCII ? "-" : "◦"
    case .here: isASCII ? "@" : "●"
    case .other: isASCII ? "o" : "○"
    case .dot: isASCII ? "-" : "·"
    case .bar: isASCII ? "|" : "│"
    case .pointer: isASCII ? ">" : "▸"
    }
  }
}

extension Theme {
  func sign(_ sign: Sign) -> DisplayText { DisplayText(sign.text(glyphMode)) }

  /// The mark of text that was cut.
  var ellipsis: Unicode.Scalar { glyphMode == .ascii ? "~" : "…" }

  /// Live values of the run: never confused with written text, with or without colour.
  var live: Style { accent.with(.bold) }
}

extension StyledText {
  /// Lines behind a lead: `first` on the first line, spaces of its width (or `rest`) on the others. `width` counts the lead.
  func hanging(_ first: StyledText, rest: StyledText? = nil, width: Int) -> [StyledText] {
    let indent = rest ?? StyledText(DisplayText(String(repeating: " ", count: first.width)))
    return wrapped(to: max(1, width - first.width)).enumerated().map { ($0 == 0 ? first : indent) + $1 }
  }

  /// Filled with spaces to `width` cells.
  func padded(to width: Int, _ alignment: TextAlignment = .left) -> StyledText {
    let space = max(0, width - self.width)
    let before =
      switch alignment {
      case .left: 0
      case .center: space / 2
      case .right: space
      }
    func spaces(_ count: Int) -> StyledText { StyledText(DisplayText(String(repeating: " ", count: count))) }
    return spaces(before) + self + spaces(space - before)
  }

  /// At most `width` cells, with an ellipsis in the style of where it is cut.
  func truncated(to width: Int, ellipsis: Unicode.Scalar) -> StyledText {
    guard self.width > width else { return self }
    var result = StyledText()
    var room = width
    for run in runs {
      if run.text.width >= room {
        // A run that ends exactly at the edge is followed by more: it gives up its last cell.
        result.append((run.text + "   ").truncated(to: room, ellipsis: ellipsis), run.style)
        return result
      }
      result.append(run.text, run.style)
      room -= run.text.width
    }
    return result
  }

  func restyled(_ change: (Style) -> Style) -> StyledText { StyledText(runs.map { Run($0.text, change($0.style)) }) }
}

extension StyledText: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self.init(DisplayText(value)) }
}
