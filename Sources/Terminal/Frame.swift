// The cell grid that views draw into. A frame knows nothing of a terminal: it is compared in tests, printed as text and handed to the screen.
// Not here: escapes and plain text (FrameText), boxes and bars (Drawing and the widgets).

/// One cell: a glyph and its style. The right half of a wide glyph is a cell of width 0.
public struct Cell: Sendable, Hashable {
  public var scalar: Unicode.Scalar
  public var marks: Glyph.Marks
  public var style: Style
  /// 1, 2 for the left half of a wide glyph, 0 for its right half.
  public var width: UInt8

  public init(_ glyph: Glyph, _ style: Style) {
    scalar = glyph.scalar
    marks = glyph.marks
    width = UInt8(glyph.width)
    self.style = style
  }

  public static func blank(_ style: Style = .plain) -> Cell { Cell(.space, style) }

  public var isContinuation: Bool { width == 0 }
}

/// A screen's content: cells row by row, and where the terminal's cursor should be, if it should be seen.
///
/// Every drawing call takes a clip; nothing is ever written outside clip and frame, and a wide glyph that the edge cuts becomes a space.
public struct Frame: Sendable, Hashable {
  public let size: Size
  public private(set) var cells: [Cell]
  public var cursor: Point?

  public init(_ size: Size, style: Style = .plain) {
    self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
    cells = [Cell](repeating: .blank(style), count: self.size.columns * self.size.rows)
  }

  public var bounds: Rect { Rect(size) }

  /// The cell at a place; a blank outside the frame.
  public subscript(x: Int, y: Int) -> Cell {
    bounds.contains(Point(x: x, y: y)) ? cells[y * size.columns + x] : .blank()
  }

  // MARK: Text

  /// Draws on one line from `point` and returns the columns the text takes, clipped or not, so that calls chain.
  @discardableResult
  public mutating func draw(_ text: DisplayText, at point: Point, _ style: Style = .plain, in clip: Rect? = nil) -> Int {
    let area = clip.map { $0.intersection(bounds) } ?? bounds
    var x = point.x
    for glyph in text.glyphs {
      put(glyph, x: x, y: point.y, style, area)
      x += glyph.width
    }
    return x - point.x
  }

  @discardableResult
  public mutating func draw(_ text: StyledText, at point: Point, in clip: Rect? = nil) -> Int {
    var x = point.x
    for run in text.runs { x += draw(run.text, at: Point(x: x, y: point.y), run.style, in: clip) }
    return x - point.x
  }

  /// Draws text in one row of `area`, shortened with an ellipsis where it does not fit.
  public mutating func draw(_ text: DisplayText, row: Int = 0, of area: Rect, _ style: Style = .plain, _ alignment: TextAlignment = .left) {
    let line = area.row(row)
    let short = text.truncated(to: line.width)
    let space = line.width - short.width
    let x =
      switch alignment {
      case .left: line.x
      case .center: line.x + space / 2
      case .right: line.x + space
      }
    draw(short, at: Point(x: x, y: line.y), style, in: line)
  }

  // MARK: Cells

  /// Puts one glyph; what of it lies outside `clip` is not drawn.
  public mutating func put(_ glyph: Glyph, at point: Point, _ style: Style = .plain, in clip: Rect? = nil) {
    put(glyph, x: point.x, y: point.y, style, clip.map { $0.intersection(bounds) } ?? bounds)
  }

  /// Puts other glyphs of one column in the place of some, everywhere.
  public mutating func replace(_ twins: [Unicode.Scalar: Unicode.Scalar]) {
    for index in cells.indices where cells[index].width == 1 && !cells[index].scalar.isASCII {
      if let twin = twins[cells[index].scalar] { cells[index].scalar = twin }
    }
  }

  /// `area` lies within the bounds.
  private mutating func put(_ glyph: Glyph, x: Int, y: Int, _ style: Style, _ area: Rect) {
    guard area.width > 0, y >= area.y, y < area.bottom, x < area.right, x + glyph.width > area.x else { return }
    let row = y * size.columns
    if glyph.width == 1 {
      clearHalves(row, x, x)
      cells[row + x] = Cell(glyph, style)
    } else if x >= area.x, x + 1 < area.right {
      clearHalves(row, x, x + 1)
      var cell = Cell(glyph, style)
      cells[row + x] = cell
      cell.width = 0
      cell.scalar = " "
      cell.marks = Glyph.Marks()
      cells[row + x + 1] = cell
    } else {
      let visible = x < area.x ? x + 1 : x
      clearHalves(row, visible, visible)
      cells[row + visible] = .blank(style)
    }
  }

  /// Half of a wide glyph cannot stay: where one edge of first…last cuts a wide glyph, its other half becomes a space.
  private mutating func clearHalves(_ row: Int, _ first: Int, _ last: Int) {
    if cells[row + first].width == 0, first > 0 { blank(row + first - 1) }
    if cells[row + last].width == 2, last + 1 < size.columns { blank(row + last + 1) }
  }

  private mutating func blank(_ index: Int) { cells[index] = .blank(cells[index].style) }

  // MARK: Areas

  /// Fills an area with a glyph of width 1.
  public mutating func fill(_ area: Rect, _ style: Style = .plain, glyph: Unicode.Scalar = " ") {
    let area = area.intersection(bounds)
    guard !area.isEmpty else { return }
    var cell = Cell(Glyph(glyph), style)
    if cell.width != 1 { cell = .blank(style) }
    for y in area.y..<area.bottom {
      let row = y * size.columns
      clearHalves(row, area.x, area.right - 1)
      for x in area.x..<area.right { cells[row + x] = cell }
    }
  }

  /// Changes styles in an area and leaves the glyphs.
  public mutating func restyle(_ area: Rect, _ change: (inout Style) -> Void) {
    let area = area.intersection(bounds)
    guard !area.isEmpty else { return }
    for y in area.y..<area.bottom {
      for x in area.x..<area.right { change(&cells[y * size.columns + x].style) }
    }
  }

  /// Copies another frame to `point`, and its cursor if it lies inside the clip.
  public mutating func draw(_ other: Frame, at point: Point, in clip: Rect? = nil) {
    let area = (clip ?? bounds).intersection(bounds)
    let target = Rect(x: point.x, y: point.y, width: other.size.columns, height: other.size.rows).intersection(area)
    guard !target.isEmpty else { return }
    for y in target.y..<target.bottom {
      for x in (target.x - 1)..<target.right {
        // A wide glyph may begin one column left of the clip.
        let source = other[x - point.x, y - point.y]
        guard source.width > 0, x >= target.x || source.width == 2 else { continue }
        var glyph = Glyph(source.scalar)
        glyph.marks = source.marks
        put(glyph, x: x, y: y, source.style, target)
      }
    }
    if let wanted = other.cursor {
      let place = Point(x: wanted.x + point.x, y: wanted.y + point.y)
      if target.contains(place) { cursor = place }
    }
  }
}
