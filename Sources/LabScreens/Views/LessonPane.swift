// The lesson's pane: frame, text in sight, scroll bar, steps. Not here: the text itself (LessonPage).
import Course
import Languages
import Terminal

extension ScreenState {
  func drawLesson(_ frame: inout Frame, _ area: Rect) {
    guard let lesson else { return }
    let page = LessonPage(self)
    // A zoomed pane has no frame, so that what is selected in it copies clean.
    let inner = area.inset()
    if !isZoomed {
      let isFocused = visiblePane == .lesson
      frame.box(
        area, title: DisplayText(lesson.title[language]), glyphs: theme.borders, style: isFocused ? theme.focusedBorder : theme.border,
        titleStyle: isFocused ? theme.strong : theme.dim)
      drawStepDots(&frame, Rect(x: area.x + 2, y: area.bottom - 1, width: max(0, area.width - 4), height: 1))
      frame.scrollBar(
        Rect(x: area.right - 1, y: inner.y, width: 1, height: inner.height), offset: lessonScroll.offset, content: page.lineCount,
        theme: theme)
    }
    var scroll = lessonScroll
    scroll.clamp(content: page.lineCount, height: inner.height)
    let text = inner.inset(horizontal: 1, vertical: 0)
    for (row, line) in page.lines.dropFirst(scroll.offset).prefix(text.height).enumerated() {
      frame.draw(line, at: Point(x: text.x, y: text.y + row), in: text)
    }
  }

  /// One sign a step: done, here, or other; set into the bottom border.
  private func drawStepDots(_ frame: inout Frame, _ area: Rect) {
    guard let lesson, area.width > 2 * lesson.steps.count + 2 else { return }
    var x = area.x
    x += frame.draw(" ", at: Point(x: x, y: area.y), in: area)
    for (index, step) in lesson.steps.enumerated() {
      let isDone = !step.checks.isEmpty && step.checks.allSatisfy(passed.contains)
      let isHere = index == stepIndex
      let sign = isHere ? theme.sign(.here) : isDone ? theme.sign(.done) : theme.sign(.other)
      x += frame.draw(sign, at: Point(x: x, y: area.y), isHere ? theme.strong : isDone ? theme.good : theme.dim, in: area)
      x += frame.draw(" ", at: Point(x: x, y: area.y), in: area)
    }
  }
}
