// What lies over the panes: which overlay is drawn where, and the box that holds it. Not here: the overlays (Overlay…, Help…), keys (UpdateOverlay).
import Course
import Languages
import Terminal

extension ScreenState {
  func drawOverlay(_ frame: inout Frame, _ layout: Layout) {
    frame.cursor = nil
    let body = overlayBody
    switch overlay {
    case .help(let scroll): drawHelp(&frame, body, scroll)
    case .palette(let editor, let selected): drawPalette(&frame, body, editor, selected)
    case .commandLine(let editor): drawCommandLine(&frame, layout.hints, editor)
    case .search(let editor): drawLineField(&frame, layout.hints, "/", editor)
    case .lessons(let selected): drawLessons(&frame, body, selected)
    case .chats(let list, let selected): drawChats(&frame, body, list, selected)
    case .prompt(let editor): drawPromptEditor(&frame, body, editor)
    case .answer(let check, let editor), .guess(let check, let editor): drawAnswer(&frame, answerBody, check, editor)
    case .choice(let check, let selected): drawChoice(&frame, answerBody, check, selected)
    case nil: break
    }
  }

  /// Everything between title and hints.
  var overlayBody: Rect { Rect(x: 0, y: 1, width: size.columns, height: max(0, size.rows - 2)) }

  enum OverlayPlace { case center, bottom }

  /// Where questions are answered: over the lesson where both panes are in sight, so that the lab can be read.
  var answerBody: Rect {
    let layout = Layout(self)
    return layout.isSideBySide ? layout.lesson : overlayBody
  }

  /// The widest and highest inside of a box in an area: boxes stay within the panes' frames.
  func overlayRoom(_ body: Rect) -> Size { Size(columns: max(1, body.width - 8), rows: max(1, body.height - 4)) }

  /// Clears an area of at most the wanted size with a column beside it, frames it, and returns what is inside. `size` counts the inside
  /// without its margin of one column.
  func overlayBox(
    _ frame: inout Frame, in body: Rect, inside size: Size, title: String, note: String = "", at place: OverlayPlace = .center
  ) -> Rect {
    let room = overlayRoom(body)
    var area = body.inset(horizontal: 2).centered(Size(columns: min(size.columns, room.columns) + 4, rows: min(size.rows, room.rows) + 2))
    if place == .bottom { area.y = body.bottom - 1 - area.height }
    frame.fill(Rect(x: area.x - 1, y: area.y, width: area.width + 2, height: area.height))
    let inner = frame.box(
      area, title: DisplayText(title), note: DisplayText(note), glyphs: theme.borders, style: theme.focusedBorder, titleStyle: theme.strong)
    return inner.inset(horizontal: 1, vertical: 0)
  }

  /// Lines of a list with the selected one in reverse, scrolled so that it is in sight.
  func drawList(_ frame: inout Frame, _ area: Rect, _ lines: [StyledText], selected: Range<Int>?) {
    var scroll = ScrollState()
    if let selected {
      scroll.reveal(selected.upperBound - 1, content: lines.count, height: area.height, margin: 2)
      scroll.reveal(selected.lowerBound, content: lines.count, height: area.height, margin: 1)
    }
    for (row, line) in lines.dropFirst(scroll.offset).prefix(area.height).enumerated() {
      frame.draw(line.truncated(to: area.width, ellipsis: theme.ellipsis), at: Point(x: area.x, y: area.y + row), in: area)
      if selected?.contains(row + scroll.offset) == true {
        frame.restyle(Rect(x: area.x - 1, y: area.y + row, width: area.width + 2, height: 1)) { $0.attributes.formUnion(.reverse) }
      }
    }
    frame.scrollBar(
      Rect(x: area.right + 1, y: area.y, width: 1, height: area.height), offset: scroll.offset, content: lines.count, theme: theme)
  }

  /// Keys of an overlay, for the bottom line.
  func overlayHints(_ overlay: Overlay) -> [KeyHint] {
    func hint(_ key: Key, _ zh: String, _ en: String) -> KeyHint {
      KeyHint(keys: CommandTable.glyph(key, theme.glyphMode), words: Bilingual(zh: zh, en: en))
    }
    let choose = KeyHint(
      keys: [Key.up, .down].map { CommandTable.glyph($0, theme.glyphMode) }.joined(separator: theme.glyphMode == .ascii ? "/" : ""),
      words: Bilingual(zh: "选择", en: "choose"))
    let close = hint(.escape, "关闭", "close")
    switch overlay {
    case .help:
      return [
        KeyHint(keys: choose.keys, words: Bilingual(zh: "滚动", en: "scroll")), hint(.pageDown, "翻页", "page"),
        hint(.character("L"), "English", "中文"), close,
      ]
    case .palette: return [choose, hint(.enter, "执行", "run"), close]
    case .lessons, .chats: return [choose, hint(.enter, "打开", "open"), close]
    case .choice:
      return [choose, hint(.enter, "就选这个", "this one"), KeyHint(keys: "1-9", words: Bilingual(zh: "直接选", en: "by number")), close]
    case .prompt:
      return [
        hint(.enter, "运行", "run"), hint(.control("j"), "换行", "newline"), hint(.control("g"), "编辑器", "editor"),
        hint(.escape, "取消", "cancel"),
      ]
    case .commandLine: return [hint(.enter, "执行", "run"), hint(.tab, "补全", "complete"), close]
    case .search, .answer, .guess: return [hint(.enter, "确定", "done"), hint(.escape, "取消", "cancel")]
    }
  }
}
