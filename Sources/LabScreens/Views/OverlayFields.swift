// Overlays that hold a text field: prompt, command line, search, answers and guesses. Not here: editing (LineEditor), lists (OverlayLists).
import Course
import Languages
import Terminal

extension ScreenState {
  func drawPromptEditor(_ frame: inout Frame, _ body: Rect, _ editor: LineEditor) {
    let width = min(96, overlayRoom(body).columns)
    let lines = editor.layout(width: width).lines.count
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: width, rows: max(6, lines + 3)),
      title: Bilingual(zh: "提示词", en: "Prompt")[language], note: promptKeys)
    let field = Rect(x: inner.x, y: inner.y, width: inner.width, height: inner.height - 2)
    let invitation = Bilingual(zh: "写点什么，模型会接着写下去", en: "write something for the model to continue")
    frame.draw(editor, in: field, placeholder: DisplayText(invitation[language]), isFocused: true, theme: theme)
    let footer = Rect(x: inner.x, y: inner.bottom - 1, width: inner.width, height: 1)
    frame.rule(Rect(x: inner.x, y: footer.y - 1, width: inner.width, height: 1), glyph: theme.borders.horizontal, theme.border)
    let how =
      format == .raw
      ? Bilingual(zh: "原文：模型直接接着写", en: "raw: the model goes on from this text")
      : Bilingual(zh: "对话：作为用户的一轮放进对话模板", en: "chat: your turn in the chat template")
    let (length, isTooLong) = promptLength(editor.text, editor.characters.count)
    let count = DisplayText(length)
    frame.draw(count, at: Point(x: footer.right - count.width, y: footer.y), isTooLong ? theme.error : theme.dim, in: footer)
    frame.draw(
      DisplayText(how[language]).truncated(to: footer.width - count.width - 2, ellipsis: theme.ellipsis), at: footer.origin, theme.dim,
      in: footer)
  }

  private var promptKeys: String {
    let keys = overlayHints(.prompt(LineEditor())).map { "\($0.keys) \($0.words[language])" }
    return keys.joined(separator: " \(theme.sign(.dot).string) ")
  }

  /// Characters, and tokens of the context where the text is short enough to be encoded on every key.
  private func promptLength(_ text: String, _ characters: Int) -> (text: String, isTooLong: Bool) {
    let plain = Bilingual(zh: "\(characters) 个字符", en: "\(characters) characters")[language]
    guard let model, characters <= 2000, !text.isEmpty else { return (plain, false) }
    let tokens = model.encode(text, format).count
    let limit = model.transformer.configuration.contextLength
    let unit = Bilingual(zh: "词元", en: "tokens")[language]
    return ("\(plain) \(theme.sign(.dot).string) \(tokens)/\(limit) \(unit)", tokens > limit)
  }

  // MARK: One line

  func drawCommandLine(_ frame: inout Frame, _ line: Rect, _ editor: LineEditor) {
    drawLineField(&frame, line, ":", editor)
    let word = editor.text.split(separator: " ", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    guard !word.isEmpty, !editor.text.contains(" ") else { return }
    let found = CommandTable.entries.filter { $0.command.rawValue.hasPrefix(word) }.prefix(6)
    guard !found.isEmpty else { return }
    let names = found.map { DisplayText($0.command.rawValue) }
    let width = names.map(\.width).max() ?? 0
    let area = Rect(x: line.x, y: line.y - found.count, width: line.width, height: found.count)
    frame.fill(area)
    for (row, entry) in found.enumerated() {
      let reason = CommandTable.reasonDisabled(entry.command, self)
      var text = StyledText(names[row], reason == nil ? theme.strong : theme.dim).padded(to: width + 2)
      text.append(DisplayText((reason ?? entry.help)[language]), theme.dim)
      frame.draw(text.truncated(to: area.width - 2, ellipsis: theme.ellipsis), at: Point(x: area.x + 1, y: area.y + row), in: area)
    }
  }

  /// A field in the bottom line, behind a sign.
  func drawLineField(_ frame: inout Frame, _ line: Rect, _ sign: String, _ editor: LineEditor) {
    frame.fill(line)
    let keys = hintLine(overlayHints(.search(editor)), width: line.width / 3)
    let noteWidth = notice == nil ? keys.width : 0
    if notice == nil { frame.draw(keys, at: Point(x: line.right - 1 - noteWidth, y: line.y), in: line) }
    frame.draw(DisplayText(sign), at: Point(x: line.x, y: line.y), theme.key, in: line)
    let field = Rect(x: line.x + 1, y: line.y, width: max(4, line.width - noteWidth - 4), height: 1)
    frame.draw(editor, in: field, isFocused: true, theme: theme)
  }

  // MARK: Answers

  /// The question with a field below it, at the bottom, so that the lab stays in sight.
  func drawAnswer(_ frame: inout Frame, _ body: Rect, _ id: String, _ editor: LineEditor) {
    guard let check = lesson?.check(id) else { return }
    let drawing = overlayDrawing(body)
    let question = drawing.lines(check.ask[language])
    let rows = min(question.count, max(1, overlayRoom(body).rows - 2))
    let title: Bilingual
    let invitation: Bilingual
    switch check.kind {
    case .predict(let predict) where predict.guess == .number:
      title = Bilingual(zh: "先猜一猜", en: "Your guess")
      invitation = Bilingual(zh: "一个数", en: "a number")
    case .predict:
      title = Bilingual(zh: "先猜一猜", en: "Your guess")
      invitation = Bilingual(zh: "一个词元", en: "a token")
    case .number:
      title = Bilingual(zh: "你的答案", en: "Your answer")
      invitation = Bilingual(zh: "一个数，例如 0.25", en: "a number such as 0.25")
    default:
      title = Bilingual(zh: "你的答案", en: "Your answer")
      invitation = Bilingual(zh: "一个词元", en: "a token")
    }
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: drawing.width, rows: rows + 2), title: title[language], at: .bottom)
    for (row, line) in question.prefix(rows).enumerated() { frame.draw(line, at: Point(x: inner.x, y: inner.y + row), in: inner) }
    let field = Rect(x: inner.x + 2, y: inner.bottom - 1, width: inner.width - 2, height: 1)
    frame.draw(">", at: Point(x: inner.x, y: field.y), theme.key, in: inner)
    frame.draw(editor, in: field, placeholder: DisplayText(invitation[language]), isFocused: true, theme: theme)
  }

  /// For questions in a box.
  func overlayDrawing(_ body: Rect) -> MarkdownDrawing {
    MarkdownDrawing(
      theme: theme, language: language, width: min(84, overlayRoom(body).columns), values: LiveValues(run: reading, memo: liveValues))
  }
}
