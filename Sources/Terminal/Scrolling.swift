// Which part of something long is in sight. Pure values that a view's state holds; nothing is drawn here.

/// A scrolled text: the first row in sight.
public struct ScrollState: Sendable, Hashable {
  public private(set) var offset = 0

  public init() {}

  /// Keeps the offset within `content` rows seen through `height` rows: call it when either changed.
  public mutating func clamp(content: Int, height: Int) { offset = min(max(0, offset), max(0, content - height)) }

  /// Scrolls as little as brings `row` into sight, with `margin` rows around it where there is room.
  public mutating func reveal(_ row: Int, content: Int, height: Int, margin: Int = 0) {
    let margin = min(margin, max(0, (height - 1) / 2))
    if row - margin < offset { offset = row - margin }
    if row + margin >= offset + height { offset = row + margin - height + 1 }
    clamp(content: content, height: height)
  }

  /// Moves by the keys of the interface; whether the key was one of them.
  public mutating func handle(_ key: Key, content: Int, height: Int) -> Bool {
    switch key {
    case .up, .character("k"): offset -= 1
    case .down, .character("j"): offset += 1
    case .pageUp: offset -= max(1, height - 1)
    case .pageDown: offset += max(1, height - 1)
    case .control("u"): offset -= max(1, height / 2)
    case .control("d"): offset += max(1, height / 2)
    case .home, .character("g"): offset = 0
    case .end, .character("G"): offset = content
    default: return false
    }
    clamp(content: content, height: height)
    return true
  }
}

/// A list with a selected row.
public struct ListState: Sendable, Hashable {
  public private(set) var selected = 0
  public private(set) var scroll = ScrollState()

  public init() {}

  /// Selects a row of `count` and brings it into sight.
  public mutating func select(_ row: Int, count: Int, height: Int) {
    selected = min(max(0, row), max(0, count - 1))
    scroll.reveal(selected, content: count, height: height)
  }

  /// Rows in sight.
  public func visible(count: Int, height: Int) -> Range<Int> {
    let start = min(max(0, scroll.offset), max(0, count - height))
    return start..<min(count, start + max(0, height))
  }

  /// Moves by the keys of the interface; whether the key was one of them.
  public mutating func handle(_ key: Key, count: Int, height: Int) -> Bool {
    let target: Int
    switch key {
    case .up, .character("k"): target = selected - 1
    case .down, .character("j"): target = selected + 1
    case .pageUp: target = selected - max(1, height - 1)
    case .pageDown: target = selected + max(1, height - 1)
    case .control("u"): target = selected - max(1, height / 2)
    case .control("d"): target = selected + max(1, height / 2)
    case .home, .character("g"): target = 0
    case .end, .character("G"): target = count - 1
    default: return false
    }
    select(target, count: count, height: height)
    return true
  }
}
