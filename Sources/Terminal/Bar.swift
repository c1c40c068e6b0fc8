// Horizontal bars with a resolution of an eighth of a cell.

public enum Bar {
  private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  /// A bar of `fraction` (0…1) of `width` cells; anything above zero shows at least the thinnest line. Not padded.
  public static func text(_ fraction: Double, width: Int, glyphs: GlyphMode) -> DisplayText {
    guard width > 0, fraction > 0 else { return .empty }
    let fraction = min(1, fraction)
    if glyphs == .ascii {
      return DisplayText(String(repeating: "#", count: max(1, Int((fraction * Double(width)).rounded()))))
    }
    let parts = max(1, Int((fraction * Double(8 * width)).rounded()))
    var text = String(repeating: "█", count: parts / 8)
    if parts % 8 > 0 { text.append(eighths[parts % 8 - 1]) }
    return DisplayText(text)
  }
}

extension Frame {
  /// A bar in a row, from the left edge.
  public mutating func drawBar(_ fraction: Double, in area: Rect, _ style: Style = .plain, theme: Theme) {
    draw(Bar.text(fraction, width: area.width, glyphs: theme.glyphMode), at: area.origin, style, in: area.row(0))
  }

  /// A bar around zero in the middle of a row: `fraction` −1…1, to the left where negative. Orange and blue beside the direction.
  public mutating func drawBalance(_ fraction: Double, in area: Rect, theme: Theme) {
    guard area.width >= 3, !area.isEmpty else { return }
    let half = (area.width - 1) / 2
    let middle = area.x + half
    let color = ColorScale.diverging(limit: 1).color(fraction < 0 ? -0.8 : 0.8, mode: theme.colorMode)
    let style = Style(foreground: color)
    let ascii = theme.glyphMode == .ascii
    put(Glyph(ascii ? "|" : "│"), at: Point(x: middle, y: area.y), theme.dim, in: area)
    if fraction > 0 {
      drawBar(fraction, in: Rect(x: middle + 1, y: area.y, width: half, height: 1), style, theme: theme)
    } else if fraction < 0 {
      let text = Bar.text(-fraction, width: half, glyphs: theme.glyphMode)
      let parts = max(1, Int((min(1, -fraction) * Double(8 * half)).rounded()))
      draw(
        DisplayText(String(repeating: ascii ? "#" : "█", count: ascii ? text.width : parts / 8)),
        at: Point(x: middle - (ascii ? text.width : parts / 8), y: area.y), style, in: area)
      // Eighth blocks grow from the left: the block of what is missing, with colours exchanged, grows from the right.
      if !ascii, parts % 8 > 0, let rest = Bar.text(Double(8 - parts % 8) / 8, width: 1, glyphs: .block).string.unicodeScalars.first {
        put(Glyph(rest), at: Point(x: middle - parts / 8 - 1, y: area.y), style.with(.reverse), in: area)
      }
    }
  }
}
