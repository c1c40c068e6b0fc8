// view(state) -> Frame: pure. Title, panes, overlay, hints. Each view has its own file.
import Course
import Languages
import Terminal

extension ScreenState {
  /// The screen as it should look now.
  public func frame() -> Frame {
    var frame = Frame(size)
    guard size.columns >= Layout.minimum.columns, size.rows >= Layout.minimum.rows else {
      drawTooSmall(&frame)
      return frame
    }
    let layout = Layout(self)
    drawTitle(&frame, layout.title)
    if !layout.lesson.isEmpty { drawLesson(&frame, layout.lesson) }
    if !layout.lab.isEmpty { drawLab(&frame, layout.lab) }
    drawHints(&frame, layout.hints)
    if overlay != nil { drawOverlay(&frame, layout) }
    // What a view has drawn itself is ASCII already; this is for marks in texts, which both modes share.
    if theme.glyphMode == .ascii { frame.replace(PlainGlyphs.cells) }
    return frame
  }

  private func drawTooSmall(_ frame: inout Frame) {
    let text = Bilingual(
      zh: "窗口太小（\(size.columns)×\(size.rows)），llmlab 至少需要 80×24。请放大窗口。",
      en: "The window is too small (\(size.columns)×\(size.rows)): llmlab needs at least 80×24. Please enlarge it.")[language]
    for (row, line) in StyledText(DisplayText(text)).wrapped(to: max(1, size.columns)).enumerated() {
      frame.draw(line, at: Point(x: 0, y: row))
    }
  }
}
