// Overlays that are lists: palette, lessons, options of a choice. Not here: their keys (UpdateOverlay), the box (Overlay).
import Chat
import Course
import Languages
import Terminal

extension ScreenState {
  func drawPalette(_ frame: inout Frame, _ body: Rect, _ editor: LineEditor, _ selected: Int) {
    let matches = Palette.matches(editor.text, language: language)
    let width = min(88, overlayRoom(body).columns)
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: width, rows: 18),
      title: Bilingual(zh: "命令", en: "Commands")[language],
      note: matches.isEmpty ? "" : "\(min(selected, matches.count - 1) + 1)/\(matches.count)")
    frame.draw(">", at: inner.origin, theme.key, in: inner)
    let field = Rect(x: inner.x + 2, y: inner.y, width: inner.width - 2, height: 1)
    let invitation = Bilingual(zh: "输入几个字母", en: "type a few letters")
    frame.draw(editor, in: field, placeholder: DisplayText(invitation[language]), isFocused: true, theme: theme)
    let list = Rect(x: inner.x, y: inner.y + 2, width: inner.width, height: inner.height - 2)
    guard !matches.isEmpty else {
      frame.draw(DisplayText(Bilingual(zh: "没有这样的命令", en: "no such command")[language]), row: 0, of: list, theme.dim)
      return
    }
    let titleWidth = min(20, CommandTable.entries.map { DisplayText($0.title[language]).width }.max() ?? 0)
    let keysWidth = matches.map { keyText($0).width }.max() ?? 0
    let lines = matches.map { entry -> StyledText in
      let reason = CommandTable.reasonDisabled(entry.command, self)
      let title = fitted(entry.title[language], titleWidth)
      let help = fitted((reason ?? entry.help)[language], list.width - titleWidth - keysWidth - 4)
      return StyledText(title, reason == nil ? theme.strong : theme.dim) + "  "
        + StyledText(help, theme.dim) + "  " + StyledText(keyText(entry), reason == nil ? theme.key : theme.dim)
    }
    let row = min(selected, matches.count - 1)
    drawList(&frame, list, lines, selected: row..<(row + 1))
  }

  /// All keys of a command.
  func keyText(_ entry: CommandEntry) -> DisplayText {
    DisplayText(entry.keys.map { CommandTable.glyph($0, theme.glyphMode) }.joined(separator: " "))
  }

  /// Exactly `width` cells: cut or filled.
  private func fitted(_ text: String, _ width: Int) -> DisplayText {
    DisplayText(text).truncated(to: width, ellipsis: theme.ellipsis).fitted(to: max(0, width))
  }

  // MARK: Lessons

  /// Conversations that were kept, each with the number of its messages.
  func drawChats(_ frame: inout Frame, _ body: Rect, _ list: [ConversationSummary], _ selected: Int) {
    let width = min(72, overlayRoom(body).columns)
    let lines = list.map { entry in
      let count = DisplayText(Bilingual(zh: "\(entry.messageCount) 条", en: "\(entry.messageCount) messages")[language])
      let title = StyledText(DisplayText(entry.title)).truncated(to: width - count.width - 2, ellipsis: theme.ellipsis)
      return title.padded(to: width - count.width) + StyledText(count, theme.dim)
    }
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: width, rows: max(3, lines.count)),
      title: Bilingual(zh: "以前的对话", en: "Old chats")[language], note: "\(list.count)")
    drawList(&frame, inner, lines, selected: selected..<(selected + 1))
  }

  func drawLessons(_ frame: inout Frame, _ body: Rect, _ selected: Int) {
    let entries = course?.entries ?? []
    let width = min(100, overlayRoom(body).columns)
    let written = entries.filter(\.isWritten)
    let done = written.count { completed.contains($0.id) }
    let note = Bilingual(
      zh: "完成 \(done)/\(written.count)，待写 \(entries.count - written.count)",
      en: "\(done)/\(written.count) done, \(entries.count - written.count) to come")
    var lines: [StyledText] = []
    var selectedLine: Int?
    let titleWidth = min(width / 2, entries.map { DisplayText($0.title[language]).width }.max() ?? 0)
    var index = 0
    for chapter in course?.chapters ?? [] {
      if !lines.isEmpty { lines.append(StyledText()) }
      lines.append(StyledText(DisplayText(chapter.title[language]), theme.heading))
      for entry in chapter.lessons {
        if index == selected { selectedLine = lines.count }
        lines.append(lessonLine(entry, titleWidth: titleWidth, width: width))
        index += 1
      }
    }
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: width, rows: max(3, lines.count)),
      title: Bilingual(zh: "课程目录", en: "Lessons")[language], note: note[language])
    guard !lines.isEmpty else {
      frame.draw(DisplayText(Bilingual(zh: "没有课程", en: "there are no lessons")[language]), row: 0, of: inner, theme.dim)
      return
    }
    drawList(&frame, inner, lines, selected: selectedLine.map { $0..<($0 + 1) })
  }

  private func lessonLine(_ entry: Course.Entry, titleWidth: Int, width: Int) -> StyledText {
    let isDone = completed.contains(entry.id)
    let isHere = entry.id == lesson?.id
    let sign: StyledText =
      isDone
      ? StyledText(theme.sign(.done), theme.good)
      : entry.isWritten ? StyledText(theme.sign(isHere ? .here : .open), theme.accent) : StyledText(theme.sign(.coming), theme.dim)
    let title = StyledText(fitted(entry.title[language], titleWidth), entry.isWritten ? theme.strong : theme.dim)
    var topic = entry.topic[language]
    if !entry.isWritten { topic = Bilingual(zh: "待写：\(topic)", en: "to come: \(topic)")[language] }
    let room = max(0, width - titleWidth - 6)
    let text = DisplayText(topic).truncated(to: room, ellipsis: theme.ellipsis)
    return "  " + sign + " " + title + "  " + StyledText(text, theme.dim)
  }

  // MARK: Choice

  func drawChoice(_ frame: inout Frame, _ body: Rect, _ id: String, _ selected: Int) {
    guard let check = lesson?.check(id) else { return }
    let drawing = overlayDrawing(body)
    var lines = drawing.lines(check.ask[language]) + [StyledText()]
    var chosen: Range<Int>?
    for (index, option) in check.options(seed: lesson?.seed ?? 0).enumerated() {
      let lead = StyledText(DisplayText(String(index + 1)), theme.key) + "  "
      let indent = StyledText(DisplayText(String(repeating: " ", count: lead.width)))
      let text = drawing.narrower(by: lead.width).lines(option.text[language])
      if index == selected { chosen = lines.count..<(lines.count + text.count) }
      lines += text.enumerated().map { ($0 == 0 ? lead : indent) + $1 }
    }
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: drawing.width, rows: lines.count),
      title: Bilingual(zh: "选一项", en: "Choose")[language], at: .bottom)
    drawList(&frame, inner, lines, selected: chosen)
  }
}
