// How the number under the cursor is stored: the bytes of its block in hex, what they are, the rule in words, and the arithmetic from its code to
// its value, digit for digit; below it all values of the block. Not here: taking the block apart (Insight).
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawStoredBlock(_ frame: inout Frame, _ area: Rect, _ catalog: WeightsCatalog) {
    guard let index = weights.tensorIndex, let tensor = weights.tensor else { return }
    var title = StyledText(DisplayText(oneLine(tensor.name)), theme.heading)
    title.append(DisplayText(" \(tensor.place(of: weights.element))"), theme.strong)
    title.append(DisplayText("  \(tensor.typeName)\(dot)\(PlainGlyphs.text(tensor.shapeText, theme.glyphMode))"), theme.dim)
    guard let block = weights.currentBlock else {
      let text: Bilingual
      if let problem = weights.currentBlockProblem {
        text = problem
      } else if weights.blockTensor == index, weights.block == nil {
        text =
          tensor.elementCount == 0
          ? Bilingual(zh: "没有元素", en: "no elements")
          : Bilingual(zh: "程序还不会拆解类型 \(tensor.typeName)", en: "the program cannot take the type \(tensor.typeName) apart yet")
      } else {
        text = Bilingual(zh: "正在读取…", en: "reading…")
      }
      drawLines(&frame, area, [title, StyledText(), StyledText(DisplayText(text[language]), theme.dim)])
      return
    }
    let place = weights.element - block.range.lowerBound
    var lines = [title.truncated(to: area.width, ellipsis: theme.ellipsis)]
    lines += StyledText(DisplayText(block.words[language]), theme.dim).wrapped(to: area.width)
    lines.append(StyledText(DisplayText(PlainGlyphs.text(block.formula, theme.glyphMode)), theme.accent))
    lines.append(StyledText())
    lines += elementLines(block, place)
    lines.append(StyledText())
    let used = drawLines(&frame, area, lines)
    let rest = area.cut(top: used).1
    let width = rest.width >= 100 ? 32 : 16
    let rows = min((block.bytes.count + width - 1) / width, max(1, (rest.height - 1) / 2))
    drawBytes(&frame, rest.cut(top: rows).0, block, place, width)
    drawParts(&frame, rest.cut(top: rows).0, block, place, left: 3 * min(width, block.bytes.count) + 6)
    if block.elements.count > 1 { drawValues(&frame, rest.cut(top: rows + 1).1, block, place) }
  }

  /// "element 5 of 32 · byte 7 = 0xB3 · code 11", and the equation.
  private func elementLines(_ block: BlockDecode, _ place: Int) -> [StyledText] {
    let element = block.elements[place]
    let bytes = element.places.map { "0x" + BlockDecode.hex([block.bytes[$0]]) }.joined(separator: " ")
    let numbers = element.places.map(String.init).joined(separator: ", ")
    var facts: [Bilingual] = []
    if block.elements.count > 1 {
      facts.append(
        Bilingual(zh: "本块第 \(place) 个，共 \(block.elements.count) 个", en: "number \(place) of the block's \(block.elements.count)"))
    }
    facts.append(Bilingual(zh: "第 \(numbers) 字节 = \(bytes)", en: "byte \(numbers) = \(bytes)"))
    if let code = element.code { facts.append(Bilingual(zh: "编码 \(code)", en: "code \(code)")) }
    let equation = PlainGlyphs.text(element.equation, theme.glyphMode)
    return [StyledText(DisplayText(facts.map { $0[language] }.joined(separator: dot)))] + bitLines(element)
      + [StyledText(DisplayText("\(rowPointer) "), theme.accent) + StyledText(DisplayText(equation), theme.strong)]
  }

  /// The fields of a float, one a line.
  private func bitLines(_ element: BlockElement) -> [StyledText] {
    let bits: String
    switch element.rule {
    case .binary(_, _, let all), .special(let all): bits = all
    case .linear, .table: return []
    }
    let fields = bits.split(separator: " ").map(String.init)
    guard fields.count == 3, let exponent = Int(fields[1], radix: 2) else { return [] }
    let sign = fields[0] == "1" ? Bilingual(zh: "负", en: "negative") : Bilingual(zh: "正", en: "positive")
    let rows: [(Bilingual, String, String)] = [
      (Bilingual(zh: "符号", en: "sign"), fields[0], sign[language]), (Bilingual(zh: "指数", en: "exponent"), fields[1], "= \(exponent)"),
      (Bilingual(zh: "小数", en: "fraction"), fields[2], ""),
    ]
    return rows.map { name, bits, meaning in
      StyledText(DisplayText("  " + name[language]), theme.dim).padded(to: 12) + StyledText(DisplayText(bits + "  " + meaning))
    }
  }

  /// Hex lines that follow the cursor, its bytes reversed.
  private func drawBytes(_ frame: inout Frame, _ area: Rect, _ block: BlockDecode, _ place: Int, _ width: Int) {
    let count = (block.bytes.count + width - 1) / width
    let current = block.elements[place].places
    let shown = window(of: count, showing: area.height, around: (current.last ?? 0) / width)
    for (line, row) in shown.enumerated() {
      let start = row * width
      let label = "\(start)"
      frame.draw(
        DisplayText(String(repeating: " ", count: max(0, 3 - label.count)) + label), at: Point(x: area.x, y: area.y + line), theme.dim,
        in: area)
      for index in start..<min(start + width, block.bytes.count) {
        let isScale = block.parts.contains { $0.value != nil && $0.bytes.contains(index) }
        let style = current.contains(index) ? theme.strong.with(.reverse) : isScale ? theme.accent : theme.text
        frame.draw(
          DisplayText(BlockDecode.hex([block.bytes[index]])), at: Point(x: area.x + 4 + 3 * (index - start), y: area.y + line), style,
          in: area)
      }
    }
  }

  /// What the bytes are, beside them where there is room.
  private func drawParts(_ frame: inout Frame, _ area: Rect, _ block: BlockDecode, _ place: Int, left: Int) {
    let room = Rect(x: area.x + left, y: area.y, width: area.width - left, height: area.height)
    guard room.width >= 16 else { return }
    let current = block.elements[place].places
    for (row, part) in block.parts.enumerated() {
      let range = part.bytes.count == 1 ? "\(part.bytes.lowerBound)" : "\(part.bytes.lowerBound)–\(part.bytes.upperBound - 1)"
      var text = StyledText(DisplayText(range), theme.dim).padded(to: 8)
      let isHere = current.contains { part.bytes.contains($0) }
      text.append(DisplayText(part.name[language]), isHere ? theme.strong : theme.text)
      if let value = part.value, block.elements.count > 1 { text.append(DisplayText(" = \(WeightWords.number(value))"), theme.accent) }
      frame.draw(text.truncated(to: room.width, ellipsis: theme.ellipsis), at: Point(x: room.x, y: room.y + row), in: room)
    }
  }

  /// All values of the block around the cursor.
  private func drawValues(_ frame: inout Frame, _ area: Rect, _ block: BlockDecode, _ place: Int) {
    let columns = WeightsLayout.valuesPerLine
    let rows = (block.elements.count + columns - 1) / columns
    guard area.height >= 1 else { return }
    let cell = min(12, (area.width - 4) / columns)
    let shown = window(of: rows, showing: area.height, around: place / columns)
    for (line, row) in shown.enumerated() {
      let y = area.y + line
      frame.draw(DisplayText("\(row * columns)"), row: 0, of: Rect(x: area.x, y: y, width: 3, height: 1), theme.dim, .right)
      for index in row * columns..<min(block.elements.count, (row + 1) * columns) {
        let text = DisplayText(Numbers.significant(Double(block.elements[index].value), digits: cell >= 10 ? 4 : 3))
        let room = Rect(x: area.x + 4 + (index - row * columns) * cell, y: y, width: cell - 1, height: 1).intersection(area)
        frame.draw(text, row: 0, of: room, index == place ? theme.strong.with(.reverse) : theme.text, .right)
      }
    }
  }
}
