// The chat view: what the model can do, the messages, the panel "why", a status line, the input line. Not here: the messages' lines (ChatLines), the
// panel (ChatWhyPanel).
import Chat
import Inference
import Languages
import Terminal

extension ScreenState {
  func drawChat(_ frame: inout Frame, _ area: Rect) {
    guard let model else {
      let text = modelProblem ?? Bilingual(zh: "正在打开模型…", en: "opening the model…")
      for (row, line) in StyledText(DisplayText(text[language]), theme.dim).wrapped(to: max(1, area.width - 4)).enumerated() {
        frame.draw(line, at: Point(x: area.x + 2, y: area.y + 1 + row), in: area)
      }
      return
    }
    let (top, rest) = area.cut(top: 1)
    frame.draw(
      StyledText(DisplayText(model.manners[language]), theme.dim).truncated(to: top.width - 2, ellipsis: theme.ellipsis),
      at: Point(x: top.x + 1, y: top.y), in: top)
    let inputRows = min(5, max(1, chat.editor.layout(width: max(4, area.width - 4)).lines.count))
    let (above, input) = rest.cut(bottom: inputRows)
    let (upper, status) = above.cut(bottom: 1)
    drawChatInput(&frame, input)
    drawChatStatus(&frame, status)
    var messages = upper
    if chat.focus == .messages, chat.currentAnswer != nil, !chat.isAnswering {
      let (rest, readout) = messages.cut(bottom: 1)
      drawTokenReadout(&frame, readout)
      messages = rest
    }
    if chat.why != nil {
      let (rest, panel) = messages.cut(bottom: min(ChatWhyPanel.height, max(4, messages.height / 2)))
      ChatWhyPanel.draw(&frame, panel, self)
      messages = rest
    }
    drawMessages(&frame, messages.inset(horizontal: 1, vertical: 0))
  }

  private func drawMessages(_ frame: inout Frame, _ area: Rect) {
    let lines = ChatLines(self, width: area.width - 1)
    guard !lines.lines.isEmpty else { return drawInvitation(&frame, area) }
    var scroll = ScrollState()
    scroll.reveal(lines.lines.count - 1, content: lines.lines.count, height: area.height)
    if chat.focus == .messages, !chat.isAnswering, let cursor = lines.cursor {
      // The message's first line, then the line of its cursor, which counts more.
      scroll.reveal(lines.start ?? cursor, content: lines.lines.count, height: area.height, margin: 1)
      scroll.reveal(cursor, content: lines.lines.count, height: area.height, margin: 1)
    }
    for (row, line) in lines.lines.dropFirst(scroll.offset).prefix(area.height).enumerated() {
      frame.draw(line, at: Point(x: area.x, y: area.y + row), in: area)
    }
    frame.scrollBar(
      Rect(x: area.right, y: area.y, width: 1, height: area.height), offset: scroll.offset, content: lines.lines.count, theme: theme)
  }

  /// What one could ask.
  private func drawInvitation(_ frame: inout Frame, _ area: Rect) {
    let examples: [Bilingual] =
      model?.isSprout == true
      ? [
        Bilingual(zh: "可以试试：", en: "You could try:"), Bilingual(zh: "  什么是注意力？", en: "  What is attention?"),
        Bilingual(zh: "  讲一个关于猫和雨伞的故事", en: "  Tell me a story about a cat and an umbrella"),
        Bilingual(zh: "  48乘17等于几", en: "  What is 48 times 17?"),
        Bilingual(zh: "  用英文说：我喜欢下雨天", en: "  Say in Chinese: I like rainy days"),
      ] : [Bilingual(zh: "写点什么，按 Enter 发送。", en: "Write something; Enter sends it.")]
    for (row, line) in examples.enumerated() {
      frame.draw(DisplayText(line[language]), at: Point(x: area.x + 1, y: area.y + 1 + row), theme.dim, in: area)
    }
  }

  private func drawChatInput(_ frame: inout Frame, _ area: Rect) {
    let isFocused = visiblePane == .lab && chat.focus == .input && overlay == nil
    let sign = chat.editing == nil ? ">" : "e"
    frame.draw(DisplayText(sign), at: Point(x: area.x + 1, y: area.y), isFocused ? theme.key : theme.dim, in: area)
    let field = Rect(x: area.x + 3, y: area.y, width: max(4, area.width - 4), height: area.height)
    let invitation =
      chat.focus == .input
      ? Bilingual(zh: "写消息；Enter 发送，Ctrl-J 换行，Esc 看回答", en: "write; Enter sends, Ctrl-J newline, Esc looks into answers")
      : Bilingual(zh: "按 i 写消息", en: "i writes a message")
    frame.draw(chat.editor, in: field, placeholder: DisplayText(invitation[language]), isFocused: isFocused, theme: theme)
  }

  // MARK: Status

  /// Context used and left, speeds, seed.
  private func drawChatStatus(_ frame: inout Frame, _ area: Rect) {
    frame.rule(area.row(0), glyph: theme.borders.horizontal, theme.border)
    let record = chat.progress?.builder?.record ?? chat.path.last?.answer ?? chat.lastAnswer?.answer
    let used = record?.sequence.count ?? 0
    let limit = max(1, chat.contextLength)
    var line = StyledText(" ")
    line.append(DisplayText(Bilingual(zh: "上下文 ", en: "context ")[language]), theme.dim)
    let share = min(1, Double(used) / Double(limit))
    let bar = Bar.text(share, width: 8, glyphs: theme.glyphMode)
    let isTight = used + ContextBudget.reserve(limit: limit) > limit
    line.append(bar, isTight ? theme.warning : theme.accent)
    line.append(DisplayText(String(repeating: theme.glyphMode == .ascii ? "." : "·", count: max(0, 8 - bar.width))), theme.dim)
    line.append(DisplayText(" \(used)/\(chat.contextLength)"), isTight ? theme.warning : theme.text)
    if let record, showsTimes, record.generationSeconds > 0 || record.promptSeconds > 0 {
      let (read, wrote) = (Int(record.promptTokensPerSecond), Int(record.tokensPerSecond))
      let decode = record.generationSeconds > 0 ? Bilingual(zh: "\(dot)生成 \(wrote)", en: "\(dot)decode \(wrote)")[language] : ""
      let unit = Bilingual(zh: " 词元/秒", en: " tokens/s")[language]
      line.append(
        DisplayText(Bilingual(zh: "\(dot)预填 \(read)", en: "\(dot)prefill \(read)")[language] + decode + unit), theme.dim)
    }
    let seed = record?.sampling.seed ?? sampling.seed
    line.append(
      DisplayText(
        Bilingual(zh: "\(dot)种子 \(seed)\(dot)温度 ", en: "\(dot)seed \(seed)\(dot)T ")[language]
          + Numbers.fixed(sampling.temperature, decimals: 1)),
      theme.dim)
    line.append(" ")
    frame.draw(line.truncated(to: area.width - 2, ellipsis: theme.ellipsis), at: Point(x: area.x + 1, y: area.y), in: area)
  }

  /// The token under the cursor in full.
  private func drawTokenReadout(_ frame: inout Frame, _ area: Rect) {
    guard let (_, record) = chat.currentAnswer, let tokenizer = model?.tokenizer else { return }
    let index = min(chat.token, record.ids.count - 1)
    let id = record.ids[index]
    var text = Readout()
    text.append(DisplayText("\(theme.sign(.pointer).string) "), theme.accent)
    text.append(Bilingual(zh: "词元 \(index + 1)/\(record.ids.count) ", en: "token \(index + 1)/\(record.ids.count) "), language)
    text.append(quoted(DisplayText(PlainGlyphs.text(tokenizer.displayText(of: id), theme.glyphMode))), theme.strong)
    text.append(DisplayText(" id \(id)"), theme.dim)
    if record.probabilities.indices.contains(index) {
      text.append(
        DisplayText("\(dot)p = \(Numbers.fixed(record.probabilities[index] * 100, decimals: 2)) %"),
        record.parts[index] == .answer ? theme.text : theme.dim)
    }
    switch record.parts[index] {
    case .answer: break
    case .call: text.append(Bilingual(zh: "\(dot)调用计算器", en: "\(dot)calls the calculator"), language, theme.accent)
    case .result:
      text.append(Bilingual(zh: "\(dot)计算器写的", en: "\(dot)written by the calculator"), language, theme.accent)
    }
    text.draw(&frame, area.inset(horizontal: 1, vertical: 0))
  }
}
