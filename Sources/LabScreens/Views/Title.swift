// The top line: where one is, with which model, in which language. In a narrow window also the two panes as tabs. Not here: panes.
import Course
import Languages
import Terminal

extension ScreenState {
  func drawTitle(_ frame: inout Frame, _ area: Rect) {
    let right = titleRight
    let rightWidth = min(right.width, area.width / 2)
    frame.draw(
      right.truncated(to: rightWidth, ellipsis: theme.ellipsis), at: Point(x: area.right - 1 - rightWidth, y: area.y), in: area)
    let room = area.width - rightWidth - 4
    // The chapter is the first to go where there is little room.
    let full = titleLeft(withChapter: true)
    let left = full.width <= room ? full : titleLeft(withChapter: false)
    frame.draw(left.truncated(to: room, ellipsis: theme.ellipsis), at: Point(x: area.x + 1, y: area.y), in: area)
  }

  private var titleDot: StyledText { StyledText(theme.sign(.dot), theme.dim).padded(to: 3, .center) }

  private func titleLeft(withChapter: Bool) -> StyledText {
    var text = StyledText("llmlab", theme.heading)
    guard let lesson else { return text }
    if !Layout(self).isSideBySide { text.append("  " + paneTabs + " ") } else { text.append(titleDot) }
    if withChapter, let id = course?[lesson.id]?.chapter, let chapter = course?.chapters.first(where: { $0.id == id }) {
      text.append(StyledText(DisplayText(chapter.title[language]), theme.dim) + titleDot)
    }
    text.append(DisplayText(lesson.title[language]), theme.strong)
    let place = "\(stepIndex + 1)/\(lesson.steps.count)"
    text.append(titleDot + StyledText(DisplayText(Bilingual(zh: "第 \(place) 节", en: "step \(place)")[language]), theme.dim))
    return text
  }

  /// `[Lesson] Lab`: brackets mark the pane in sight, so that colour is not needed.
  private var paneTabs: StyledText {
    let names: [(Pane, Bilingual)] = [(.lesson, Bilingual(zh: "课程", en: "Lesson")), (.lab, Bilingual(zh: "实验台", en: "Lab"))]
    return names.reduce(StyledText()) { text, tab in
      let isShown = visiblePane == tab.0
      let name = tab.1[language]
      return text + StyledText(DisplayText(isShown ? "[\(name)]" : " \(name) "), isShown ? theme.strong : theme.dim)
    }
  }

  private var titleRight: StyledText {
    let name = model?.name ?? Bilingual(zh: "没有模型", en: "no model")[language]
    let shown = model == nil && activity == .loading ? String(theme.ellipsis) : name
    return StyledText(DisplayText(shown)) + titleDot
      + StyledText(DisplayText(Bilingual(zh: "中文", en: "English")[language]), theme.dim)
  }
}
