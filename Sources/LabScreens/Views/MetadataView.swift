// The metadata of a weights file: every key with its type and value, long values on the lines below the list. Not here: what keys mean.
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawMetadata(_ frame: inout Frame, _ area: Rect, _ catalog: WeightsCatalog) {
    let entries = catalog.metadata
    guard !entries.isEmpty else {
      let text = Bilingual(zh: "这个文件没有元数据。", en: "This file has no metadata.")
      drawLines(&frame, area, [StyledText(DisplayText(text[language]), theme.dim)])
      return
    }
    let title = Bilingual(
      zh: "元数据：文件对自己的说明，共 \(entries.count) 项", en: "Metadata: what the file says of itself, \(entries.count) keys")
    drawLines(&frame, area, [StyledText(DisplayText(title[language]), theme.heading)])
    let (list, detail) = area.cut(top: 1).1.cut(bottom: min(6, area.height / 3))
    let selected = min(weights.metadataRow, entries.count - 1)
    let shown = window(of: entries.count, showing: list.height, around: selected)
    let keyWidth = min(40, list.width * 9 / 20, (entries[shown].map { DisplayText(oneLine($0.key)).width }.max() ?? 0) + 1)
    for (line, index) in shown.enumerated() {
      let row = Rect(x: list.x, y: list.y + line, width: list.width - 2, height: 1)
      drawEntry(&frame, row, entries[index], keyWidth, isSelected: index == selected)
    }
    frame.scrollBar(
      Rect(x: list.right - 1, y: list.y, width: 1, height: list.height), offset: shown.lowerBound, content: entries.count, theme: theme)
    drawDetail(&frame, detail, entries[selected])
  }

  private func drawEntry(_ frame: inout Frame, _ area: Rect, _ entry: MetadataEntry, _ keyWidth: Int, isSelected: Bool) {
    if isSelected { frame.draw(DisplayText(rowPointer), at: area.origin, theme.accent.with(.bold), in: area) }
    let key = DisplayText(oneLine(entry.key)).truncated(to: keyWidth, ellipsis: theme.ellipsis)
    frame.draw(key, at: Point(x: area.x + 1, y: area.y), isSelected ? theme.strong.with(.reverse) : theme.text, in: area)
    let type = Rect(x: area.x + keyWidth + 2, y: area.y, width: 10, height: 1).intersection(area)
    frame.draw(DisplayText(entry.typeName).truncated(to: type.width, ellipsis: theme.ellipsis), at: type.origin, theme.dim, in: type)
    let value = Rect(x: type.right + 1, y: area.y, width: max(0, area.right - type.right - 1), height: 1)
    var text = StyledText()
    if let count = entry.count { text.append(DisplayText(PlainGlyphs.text("\(count) × ", theme.glyphMode)), theme.accent) }
    text.append(DisplayText(oneLine(entry.text(limit: 200))))
    frame.draw(text.truncated(to: value.width, ellipsis: theme.ellipsis), at: value.origin, in: value)
  }

  /// The chosen entry in full, as far as it fits.
  private func drawDetail(_ frame: inout Frame, _ area: Rect, _ entry: MetadataEntry) {
    frame.rule(area.row(0), glyph: theme.borders.horizontal, theme.border)
    var lead = StyledText(DisplayText(oneLine(entry.key)), theme.strong)
    lead.append(DisplayText(" = "), theme.dim)
    let lines = (lead + StyledText(DisplayText(entry.text(limit: 1000)))).wrapped(to: max(1, area.width))
    let body = area.cut(top: 1).1
    for (row, line) in lines.prefix(body.height).enumerated() {
      // What does not fit is said to be there.
      let isCut = row == body.height - 1 && lines.count > body.height
      let text = isCut ? (line + "     ").truncated(to: min(area.width, line.width + 1), ellipsis: theme.ellipsis) : line
      frame.draw(text, at: Point(x: body.x, y: body.y + row), in: body)
    }
  }
}
