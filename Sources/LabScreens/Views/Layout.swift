// Where everything goes at a given size. Not here: what is drawn there.
import Languages
import Terminal

/// The areas of one frame.
public struct Layout: Sendable {
  /// From this width on lesson and lab stand side by side; below, one at a time under tabs.
  public static let sideBySideColumns = 100
  public static let minimum = Size(columns: 80, rows: 24)

  public let title: Rect
  /// Empty when the pane is not in sight.
  public let lesson: Rect
  public let lab: Rect
  /// The last line: what keys do, or a notice.
  public let hints: Rect
  public let isSideBySide: Bool

  public init(_ state: ScreenState) {
    let whole = Rect(state.size)
    let (top, rest) = whole.cut(top: 1)
    let (body, bottom) = rest.cut(bottom: 1)
    title = top
    hints = bottom
    let none = Rect(x: 0, y: 0, width: 0, height: 0)
    isSideBySide = state.size.columns >= Layout.sideBySideColumns && state.lesson != nil && !state.isZoomed
    if isSideBySide {
      let width = max(40, state.size.columns * 38 / 100)
      (lesson, lab) = body.cut(left: width)
    } else if state.visiblePane == .lesson {
      (lesson, lab) = (body, none)
    } else {
      (lesson, lab) = (none, body)
    }
  }

  /// Rows of lesson text inside the pane's border.
  public var lessonTextHeight: Int { max(1, lesson.height - 2) }

  /// The lab inside its border.
  public func labInner(isZoomed: Bool) -> Rect { isZoomed ? lab : lab.inset() }

  /// Rows inside an overlay such as the help.
  public var overlayHeight: Int { max(1, max(lesson.height, lab.height) - 4) }
}
