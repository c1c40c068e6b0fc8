// Two weights files compared: every pair of tensors with its error, worst first, and what has no partner. Not here: the numbers (Insight).
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawDifference(_ frame: inout Frame, _ area: Rect) {
    guard let difference = weights.difference else {
      let text = Bilingual(zh: "正在打开第二个文件…", en: "opening the second file…")
      drawLines(&frame, area, [StyledText(DisplayText(text[language]), theme.dim)])
      return
    }
    let used = drawLines(&frame, area, differenceHead(difference, width: area.width))
    let notes = unmatchedLines(difference)
    let (list, foot) = area.cut(top: used).1.cut(bottom: min(notes.count + 3, area.height / 3))
    drawDifferences(&frame, list, difference)
    frame.rule(foot.row(0), glyph: theme.borders.horizontal, theme.border)
    var lines: [StyledText] = []
    if difference.differences.indices.contains(weights.differenceRow) {
      lines.append(differenceDetail(difference.differences[weights.differenceRow], difference))
    }
    drawLines(&frame, foot.cut(top: 1).1, lines + notes)
  }

  private func differenceHead(_ difference: WeightsDifference, width: Int) -> [StyledText] {
    let (left, right) = (fileName(difference.left.path), fileName(difference.right.path))
    var title = StyledText(DisplayText(left), theme.heading)
    title.append(DisplayText(Bilingual(zh: " 与 ", en: " and ")[language]), theme.dim)
    title.append(DisplayText(right), theme.heading)
    let state: Bilingual
    if difference.isDone {
      let equal = difference.differences.count(where: \.isEqual)
      let total = difference.differences.count
      state =
        total == 0
        ? WeightWords.noPairs
        : equal == total
          ? Bilingual(zh: "\(total) 对张量逐数相同", en: "all \(total) pairs of tensors are equal, number for number")
          : Bilingual(
            zh: "\(total) 对张量，其中 \(equal) 对相同；误差大的在前", en: "\(total) pairs of tensors, \(equal) of them equal; largest error first")
    } else {
      let percent = Int(difference.fraction * 100)
      state = Bilingual(zh: "正在比较 \(percent) %…", en: "comparing \(percent) %…")
    }
    return [title.truncated(to: width, ellipsis: theme.ellipsis), StyledText(DisplayText(state[language]), theme.dim)]
  }

  private func drawDifferences(_ frame: inout Frame, _ area: Rect, _ difference: WeightsDifference) {
    guard area.height >= 2 else { return }
    let columns = [Bilingual(zh: "相对误差", en: "error"), Bilingual(zh: "最大差", en: "max diff"), Bilingual(zh: "平均差", en: "mean diff")]
    let numbers = 3 * 11
    let typeWidth = area.width >= 90 ? 14 : 0
    let nameWidth = min(48, max(12, area.width - numbers - typeWidth - 9))
    for (column, name) in columns.enumerated() {
      frame.draw(
        DisplayText(name[language]), row: 0, of: Rect(x: area.x + nameWidth + column * 11, y: area.y, width: 10, height: 1), theme.dim,
        .right)
    }
    let list = area.cut(top: 1).1
    let all = difference.differences
    let worst = all.first { $0.relative.isFinite }?.relative ?? 0
    let shown = window(of: all.count, showing: list.height, around: weights.differenceRow)
    for (line, index) in shown.enumerated() {
      let (one, row) = (all[index], Rect(x: list.x, y: list.y + line, width: list.width, height: 1))
      let isSelected = index == weights.differenceRow
      if isSelected { frame.draw(DisplayText(rowPointer), at: row.origin, theme.accent.with(.bold), in: row) }
      let (left, right) = (difference.left.tensors[one.pair.left], difference.right.tensors[one.pair.right])
      frame.draw(
        DisplayText(oneLine(difference.name(of: one.pair))).truncatedAtStart(to: nameWidth - 1, ellipsis: theme.ellipsis),
        at: Point(x: row.x + 1, y: row.y),
        isSelected ? theme.strong.with(.reverse) : theme.text, in: row)
      for (column, value) in WeightWords.errors(one).enumerated() {
        frame.draw(
          DisplayText(value), row: 0, of: Rect(x: row.x + nameWidth + column * 11, y: row.y, width: 10, height: 1),
          column == 0 ? theme.strong : theme.dim,
          .right)
      }
      var x = row.x + nameWidth + numbers
      if typeWidth > 0 {
        let arrow = theme.glyphMode == .ascii ? "->" : "→"
        let types = left.typeName == right.typeName ? left.typeName : "\(left.typeName) \(arrow) \(right.typeName)"
        frame.draw(DisplayText(types), at: Point(x: x, y: row.y), theme.dim, in: Rect(x: x, y: row.y, width: typeWidth - 1, height: 1))
        x += typeWidth
      }
      let bar = Rect(x: x, y: row.y, width: min(24, row.right - x), height: 1)
      if bar.width >= 3, worst > 0, !one.relative.isNaN { frame.drawBar(min(1, one.relative / worst), in: bar, theme.accent, theme: theme) }
    }
  }

  private func differenceDetail(_ one: TensorDifference, _ difference: WeightsDifference) -> StyledText {
    let tensor = difference.left.tensors[one.pair.left]
    let cosine = one.cosine.map { Numbers.fixed($0, decimals: 6) } ?? "—"
    var facts: [Bilingual] = []
    if one.relative.isNaN {
      facts.append(WeightWords.leftOut(one))
    } else if one.isEqual {
      facts.append(Bilingual(zh: "两个张量逐数相同", en: "both are equal, number for number"))
    } else {
      if let element = one.largestElement {
        facts.append(
          Bilingual(
            zh: "最大的差 \(WeightWords.number(one.largest)) 在 \(tensor.place(of: element))",
            en: "largest difference \(WeightWords.number(one.largest)) at \(tensor.place(of: element))"))
      }
      facts.append(
        Bilingual(
          zh: "差的均方根 \(WeightWords.number(one.rootMeanSquare))", en: "RMS of the difference \(WeightWords.number(one.rootMeanSquare))"))
      facts.append(Bilingual(zh: "夹角余弦 \(cosine)", en: "cosine \(cosine)"))
    }
    if one.nonFiniteCount > 0, !one.relative.isNaN { facts.append(WeightWords.leftOut(one)) }
    return StyledText(DisplayText(facts.map { $0[language] }.joined(separator: dot)))
  }

  private func unmatchedLines(_ difference: WeightsDifference) -> [StyledText] {
    let matching = difference.matching
    func names(_ indices: [Int], _ catalog: WeightsCatalog) -> String {
      let shown = indices.prefix(4).map { oneLine(catalog.tensors[$0].name) }.joined(separator: ", ")
      return indices.count > 4 ? shown + ", …" : shown
    }
    var notes: [Bilingual] = []
    for (indices, catalog) in [(matching.onlyLeft, difference.left), (matching.onlyRight, difference.right)] where !indices.isEmpty {
      let (file, list) = (fileName(catalog.path), names(indices, catalog))
      notes.append(Bilingual(zh: "只有 \(file) 有（\(indices.count) 个）：\(list)", en: "only in \(file) (\(indices.count)): \(list)"))
    }
    for refusal in matching.refusals.prefix(2) {
      let name = oneLine(difference.name(of: refusal))
      notes.append(Bilingual(zh: "\(name)：\(refusal.reason.zh)", en: "\(name): \(refusal.reason.en)"))
    }
    return notes.map { StyledText(DisplayText(PlainGlyphs.text($0[language], theme.glyphMode)), theme.warning) }
  }
}
