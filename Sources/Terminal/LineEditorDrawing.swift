// A text field in cells: its lines at a width, and where the cursor is.

extension LineEditor {
  public struct Layout: Sendable, Hashable {
    public let lines: [DisplayText]
    /// Column and row of the cursor within the lines.
    public let cursor: Point
  }

  /// The lines of the field at `width` cells. Lines are cut at the edge, not at words, so that nothing moves while one types.
  public func layout(width: Int) -> Layout {
    let width = max(2, width)
    var lines: [DisplayText] = []
    var line = ""
    var column = 0
    var place = Point(x: 0, y: 0)
    for index in 0...characters.count {
      let character = index < characters.count ? characters[index] : nil
      var piece = character.map { $0 == "\n" ? DisplayText.empty : DisplayText(String($0)) } ?? .empty
      if character == "\t" { piece = DisplayText(String(repeating: " ", count: 4 - column % 4)) }
      // The cursor at the end of a full line stands at the start of the next, as the next character will.
      if column + max(piece.width, index == cursor ? 1 : 0) > width {
        lines.append(DisplayText(line))
        line = ""
        column = 0
      }
      if index == cursor { place = Point(x: column, y: lines.count) }
      line += piece.string
      column += piece.width
      if character == "\n" {
        lines.append(DisplayText(line))
        line = ""
        column = 0
      }
    }
    lines.append(DisplayText(line))
    return Layout(lines: lines, cursor: place)
  }
}

extension Frame {
  /// Draws a field in an area, scrolled so that the cursor is in sight, and sets the frame's cursor where `isFocused`.
  public mutating func draw(
    _ editor: LineEditor, in area: Rect, style: Style = .plain, placeholder: DisplayText = .empty, isFocused: Bool, theme: Theme
  ) {
    guard !area.isEmpty else { return }
    if let search = editor.search {
      drawSearch(search, editor.history, in: area, isFocused: isFocused, theme: theme)
      return
    }
    let layout = editor.layout(width: area.width)
    let top = max(0, min(layout.cursor.y, layout.cursor.y - area.height + 1))
    for (row, line) in layout.lines.dropFirst(top).prefix(area.height).enumerated() {
      draw(line, at: Point(x: area.x, y: area.y + row), style, in: area)
    }
    if editor.isEmpty { draw(placeholder, row: 0, of: area, theme.dim) }
    if isFocused { cursor = Point(x: area.x + layout.cursor.x, y: area.y + layout.cursor.y - top) }
  }

  private mutating func drawSearch(_ search: LineEditor.Search, _ history: History, in area: Rect, isFocused: Bool, theme: Theme) {
    let found = search.match.map { DisplayText(history.entries[$0]) } ?? .empty
    let failed = search.match == nil && !search.query.isEmpty
    var x = area.x
    x += draw(failed ? "C-r ✗ " : "C-r ", at: Point(x: x, y: area.y), failed ? theme.error : theme.key, in: area)
    x += draw(DisplayText(search.query), at: Point(x: x, y: area.y), theme.strong, in: area)
    if isFocused, x < area.right { cursor = Point(x: x, y: area.y) }
    draw(found, at: Point(x: x + 1, y: area.y), theme.dim, in: area)
  }
}
