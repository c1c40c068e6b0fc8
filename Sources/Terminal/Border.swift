// Boxes, rules and scroll bars.

/// The eight glyphs of a box.
public struct BorderGlyphs: Sendable, Hashable {
  public let horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight: Unicode.Scalar

  public static let line = BorderGlyphs(
    horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘")
  public static let ascii = BorderGlyphs(
    horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+")
}

extension Frame {
  /// Draws a box with a title in its top edge and a note at the right of its bottom edge, and returns the area inside.
  @discardableResult
  public mutating func box(
    _ area: Rect, title: DisplayText = .empty, note: DisplayText = .empty, glyphs: BorderGlyphs = .line, style: Style = .plain,
    titleStyle: Style? = nil
  ) -> Rect {
    guard area.width >= 2, area.height >= 2 else { return Rect(x: area.x, y: area.y, width: 0, height: 0) }
    rule(Rect(x: area.x, y: area.y, width: area.width, height: 1), glyph: glyphs.horizontal, style)
    rule(Rect(x: area.x, y: area.bottom - 1, width: area.width, height: 1), glyph: glyphs.horizontal, style)
    for y in (area.y + 1)..<(area.bottom - 1) {
      put(Glyph(glyphs.vertical), at: Point(x: area.x, y: y), style)
      put(Glyph(glyphs.vertical), at: Point(x: area.right - 1, y: y), style)
    }
    put(Glyph(glyphs.topLeft), at: area.origin, style)
    put(Glyph(glyphs.topRight), at: Point(x: area.right - 1, y: area.y), style)
    put(Glyph(glyphs.bottomLeft), at: Point(x: area.x, y: area.bottom - 1), style)
    put(Glyph(glyphs.bottomRight), at: Point(x: area.right - 1, y: area.bottom - 1), style)
    let room = area.width - 6
    if !title.isEmpty, room > 0 {
      let short = title.truncated(to: room)
      draw(DisplayText(sanitized: " \(short.string) "), at: Point(x: area.x + 2, y: area.y), titleStyle ?? style)
    }
    if !note.isEmpty, room > 0 {
      let short = note.truncated(to: room)
      draw(DisplayText(sanitized: " \(short.string) "), at: Point(x: area.right - 4 - short.width, y: area.bottom - 1), style)
    }
    return area.inset()
  }

  /// A line of one glyph through an area.
  public mutating func rule(_ area: Rect, glyph: Unicode.Scalar = "─", _ style: Style = .plain) { fill(area, style, glyph: glyph) }

  /// A scroll bar in a column: which part of `content` rows is in sight. Draws nothing where all is.
  public mutating func scrollBar(_ area: Rect, offset: Int, content: Int, theme: Theme) {
    guard area.height > 0, content > area.height else { return }
    let length = max(1, area.height * area.height / content)
    let range = content - area.height
    let top = (area.height - length) * min(max(0, offset), range) / range
    for y in 0..<area.height {
      let inside = y >= top && y < top + length
      let glyph: Unicode.Scalar = theme.glyphMode == .ascii ? (inside ? "#" : "|") : (inside ? "█" : "│")
      put(Glyph(glyph), at: Point(x: area.x, y: area.y + y), inside ? theme.text : theme.border)
    }
  }
}
