// Points, sizes and rectangles in terminal cells, and the ways to cut a rectangle into panes. Not here: what is drawn in them.

/// A cell's place: column `x` from the left and row `y` from the top, both from 0.
public struct Point: Sendable, Hashable {
  public var x: Int
  public var y: Int

  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// Columns and rows of a screen or a pane.
public struct Size: Sendable, Hashable {
  public var columns: Int
  public var rows: Int

  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }
}

/// A rectangle of cells. Width and height are never negative.
public struct Rect: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public private(set) var width: Int
  public private(set) var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  public init(_ size: Size) { self.init(x: 0, y: 0, width: size.columns, height: size.rows) }

  public var origin: Point { Point(x: x, y: y) }
  public var size: Size { Size(columns: width, rows: height) }
  public var isEmpty: Bool { width == 0 || height == 0 }
  /// First column and row after the rectangle.
  public var right: Int { x + width }
  public var bottom: Int { y + height }

  public func contains(_ point: Point) -> Bool { point.x >= x && point.x < right && point.y >= y && point.y < bottom }

  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(x: left, y: top, width: min(right, other.right) - left, height: min(bottom, other.bottom) - top)
  }

  /// The rectangle without a margin of `horizontal` columns and `vertical` rows on each side.
  public func inset(horizontal: Int = 1, vertical: Int = 1) -> Rect {
    Rect(
      x: x + min(horizontal, width), y: y + min(vertical, height),
      width: width - 2 * horizontal, height: height - 2 * vertical)
  }

  /// A rectangle of at most `size` in the middle of this one.
  public func centered(_ size: Size) -> Rect {
    let width = min(size.columns, self.width)
    let height = min(size.rows, self.height)
    return Rect(x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
  }

  /// Row `index` from the top as a rectangle of height 1 (0 where there is no such row).
  public func row(_ index: Int) -> Rect {
    Rect(x: x, y: y + index, width: width, height: index >= 0 && index < height ? 1 : 0)
  }
}

// MARK: - Cutting

/// What one part of a split asks for, in cells along the cut.
public enum Extent: Sendable, Hashable {
  /// Exactly this many cells, as long as there is room.
  case fixed(Int)
  /// A share of what the fixed parts leave, in proportion to the weight, and at least `minimum`.
  case share(Int, minimum: Int = 0)
}

extension Rect {
  /// Cuts into columns from left to right; the widths add up to at most this width.
  public func columns(_ extents: [Extent], gap: Int = 0) -> [Rect] {
    var left = x
    return Rect.lengths(extents, total: width, gap: gap).map { length in
      defer { left += length + gap }
      return Rect(x: min(left, right), y: y, width: length, height: height)
    }
  }

  /// Cuts into rows from top to bottom; the heights add up to at most this height.
  public func rows(_ extents: [Extent], gap: Int = 0) -> [Rect] {
    var top = y
    return Rect.lengths(extents, total: height, gap: gap).map { length in
      defer { top += length + gap }
      return Rect(x: x, y: min(top, bottom), width: width, height: length)
    }
  }

  /// The top `count` rows and the rest.
  public func cut(top count: Int) -> (Rect, Rect) {
    let parts = rows([.fixed(count), .share(1)])
    return (parts[0], parts[1])
  }

  /// All but the bottom `count` rows, and those rows.
  public func cut(bottom count: Int) -> (Rect, Rect) {
    let parts = rows([.fixed(height - min(count, height)), .share(1)])
    return (parts[0], parts[1])
  }

  /// The left `count` columns and the rest.
  public func cut(left count: Int) -> (Rect, Rect) {
    let parts = columns([.fixed(count), .share(1)])
    return (parts[0], parts[1])
  }

  /// Fixed parts first, then the minimums of shares; what is left goes to the shares in proportion, and the last one takes what rounding leaves.
  static func lengths(_ extents: [Extent], total: Int, gap: Int) -> [Int] {
    var left = max(0, total - gap * max(0, extents.count - 1))
    var lengths = [Int](repeating: 0, count: extents.count)
    for (index, extent) in extents.enumerated() {
      guard case .fixed(let cells) = extent else { continue }
      lengths[index] = min(max(0, cells), left)
      left -= lengths[index]
    }
    let shared = left
    var weights = 0
    for (index, extent) in extents.enumerated() {
      guard case .share(let weight, let minimum) = extent else { continue }
      lengths[index] = min(max(0, minimum), left)
      left -= lengths[index]
      weights += max(0, weight)
    }
    guard weights > 0 else { return lengths }
    var last = 0
    for (index, extent) in extents.enumerated() {
      guard case .share(let weight, _) = extent else { continue }
      let added = min(left, max(0, shared * max(0, weight) / weights - lengths[index]))
      lengths[index] += added
      left -= added
      last = index
    }
    lengths[last] += left
    return lengths
  }
}
