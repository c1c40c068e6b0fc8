// "Why": what else could have stood at a token of an answer, with the model's probability and what the filters left. Not here: computing it (ChatWork).
import Chat
import Languages
import Terminal

enum ChatWhyPanel {
  /// A line of title and eight alternatives.
  static let height = 9

  static func draw(_ frame: inout Frame, _ area: Rect, _ state: ScreenState) {
    guard let why = state.chat.why, let record = state.chat.conversation?[why.message]?.answer, record.ids.indices.contains(why.token),
      let tokenizer = state.model?.tokenizer
    else { return }
    let (theme, language) = (state.theme, state.language)
    frame.rule(area.row(0), glyph: theme.borders.horizontal, theme.border)
    let title =
      record.parts[why.token] == .result
      ? Bilingual(zh: " 这里由计算器写入；模型自己会写 ", en: " the calculator wrote this; the model itself would have written ")
      : Bilingual(zh: " 这里还可能是：模型（过滤前）· 过滤后 ", en: " what else could stand here: model (unfiltered), after filters ")
    frame.draw(
      StyledText(DisplayText(title[language]), theme.strong).truncated(to: area.width - 4, ellipsis: theme.ellipsis),
      at: Point(x: area.x + 2, y: area.y), in: area)
    guard let answer = why.answer else {
      let text = Bilingual(zh: "正在计算…", en: "computing…")
      return frame.draw(DisplayText(text[language]), row: 1, of: area.inset(horizontal: 2, vertical: 0), theme.dim)
    }
    let actual = record.ids[why.token]
    var shown = Array(answer.alternatives.prefix(max(0, area.height - 1)))
    // The token that stands there is never cut off.
    if let own = answer.alternatives.first(where: { $0.id == actual }), !shown.contains(own), !shown.isEmpty {
      shown[shown.count - 1] = own
    }
    for (index, alternative) in shown.enumerated() {
      let line = area.row(index + 1)
      let isActual = alternative.id == actual
      let style = isActual ? theme.strong : alternative.kept == nil ? theme.dim : theme.text
      frame.draw(isActual ? theme.sign(.pointer) : " ", at: Point(x: line.x + 1, y: line.y), theme.accent, in: line)
      let name = DisplayText(PlainGlyphs.text(tokenizer.displayText(of: alternative.id), theme.glyphMode))
      frame.draw(name.truncated(to: 16, ellipsis: theme.ellipsis), at: Point(x: line.x + 3, y: line.y), style, in: line)
      let bar = Rect(x: line.x + 20, y: line.y, width: max(6, min(36, line.width - 48)), height: 1)
      frame.drawBar(alternative.probability, in: bar, alternative.kept == nil ? theme.dim : theme.accent, theme: theme)
      let kept = alternative.kept.map { percent($0) } ?? Bilingual(zh: "被过滤", en: "cut")[language]
      frame.draw(
        DisplayText("\(percent(alternative.probability))   \(kept)"), at: Point(x: bar.right + 1, y: line.y), style, in: line)
    }
  }

  private static func percent(_ probability: Double) -> String {
    let text = Numbers.fixed(probability * 100, decimals: 2)
    return String(repeating: " ", count: max(0, 6 - text.count)) + text + " %"
  }
}
