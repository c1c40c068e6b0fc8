// The readout: the cell under the cursor in words and digits. Colour is the hint, this line is the truth. Not here: how the number came about
// (CardView).
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  /// One line about a cell of tokens × dimensions.
  func tensorReadout(_ slice: TensorSlice, _ trace: Trace) -> StyledText {
    let axis = TokenAxis(self, trace)
    let value = slice[cursor.row, cursor.column]
    let row = slice.row(cursor.row)
    var text = readoutStart(axis, cursor.row)
    let axes = operation?.kind.axes.map { $0[language] } ?? []
    if let head = slice.head, axes.count == 3 { text.append(DisplayText("\(dot)\(axes[1]) \(head.index)")) }
    text.append(DisplayText("\(dot)\(axes.last ?? "") \(cursor.column) "))
    text.append(DisplayText("= \(Numbers.significant(Double(value)))"), theme.strong)
    guard value.isFinite else {
      text.append(DisplayText(Bilingual(zh: "  不是有限的数", en: "  not a finite number")[language]), theme.error)
      return text
    }
    let rank = row.reduce(1) { $0 + (abs($1) > abs(value) ? 1 : 0) }
    text.append(DisplayText(Bilingual(zh: "\(dot)按大小第 \(rank)/\(row.count)", en: "\(dot)size rank \(rank) of \(row.count)")[language]), theme.dim)
    let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
    if squares > 0 {
      let share = percent(Double(value) * Double(value) / squares)
      text.append(DisplayText(Bilingual(zh: "\(dot)占本行平方和 \(share)", en: "\(dot)\(share) of the row's sum of squares")[language]), theme.dim)
    }
    return text
  }

  /// One line about a cell of queries × keys.
  func mapReadout(_ slice: TensorSlice, _ stage: AttentionStage, _ trace: Trace) -> StyledText {
    let axis = TokenAxis(self, trace)
    let value = slice[cursor.row, cursor.column]
    var text = StyledText(DisplayText("\(rowPointer) "), theme.accent)
    text.append(DisplayText(Bilingual(zh: "查询 \(slice.past + cursor.row) ", en: "query \(slice.past + cursor.row) ")[language]))
    text.append(quoted(axis, slice.past + cursor.row), theme.strong)
    text.append(DisplayText(theme.glyphMode == .ascii ? " -> " : " → "))
    text.append(DisplayText(Bilingual(zh: "键 \(cursor.column) ", en: "key \(cursor.column) ")[language]))
    text.append(quoted(axis, cursor.column), theme.strong)
    if isCovered(operation?.kind ?? .embed) {
      text.append(DisplayText("  = ?"), theme.strong)
      text.append(coverNote, theme.dim)
      return text
    }
    let isLater = cursor.column > cursor.row + slice.past
    if isLater, stage != .scores {
      text.append(DisplayText(Bilingual(zh: "  被遮蔽：键在查询之后", en: "  masked: the key comes after the query")[language]), theme.dim)
      return text
    }
    text.append(DisplayText("  = \(Numbers.significant(Double(value)))"), theme.strong)
    let seen = slice.row(cursor.row).prefix(stage == .scores ? slice.columns : cursor.row + slice.past + 1)
    let rank = seen.reduce(1) { $0 + ($1 > value ? 1 : 0) }
    text.append(DisplayText(Bilingual(zh: "\(dot)本行第 \(rank)/\(seen.count)", en: "\(dot)rank \(rank) of \(seen.count)")[language]), theme.dim)
    if stage == .pattern { text.append(DisplayText("\(dot)\(percent(Double(value)))"), theme.dim) }
    if isLater {
      text.append(DisplayText(Bilingual(zh: "\(dot)下一步会被遮蔽", en: "\(dot)the mask will remove it")[language]), theme.dim)
    }
    return text
  }

  /// One line about a token of the vocabulary.
  func logitReadout(_ trace: Trace, logits: [Float]) -> StyledText {
    let axis = TokenAxis(self, trace)
    let id = min(max(0, cursor.column), max(0, logits.count - 1))
    var text = StyledText(DisplayText("\(rowPointer) "), theme.accent)
    text.append(DisplayText(Bilingual(zh: "候选 ", en: "candidate ")[language]))
    text.append(DisplayText("“\(axis.text(ofToken: id).string)”"), theme.strong)
    text.append(DisplayText(" id \(id)"))
    guard logits.indices.contains(id) else { return text }
    let logit = logits[id]
    let rank = logits.indices.reduce(1) { $0 + (logits[$1] > logit || (logits[$1] == logit && $1 < id) ? 1 : 0) }
    text.append(DisplayText("\(dot)logit \(Numbers.significant(Double(logit)))"), theme.strong)
    text.append(DisplayText(Bilingual(zh: "\(dot)第 \(rank)/\(logits.count)", en: "\(dot)rank \(rank) of \(logits.count)")[language]), theme.dim)
    return text
  }

  private func readoutStart(_ axis: TokenAxis, _ position: Int) -> StyledText {
    var text = StyledText(DisplayText("\(rowPointer) "), theme.accent)
    text.append(DisplayText("token \(position) "))
    text.append(quoted(axis, position), theme.strong)
    return text
  }

  private func quoted(_ axis: TokenAxis, _ position: Int) -> DisplayText { DisplayText("“\(axis.text(position).string)”") }

  var dot: String { theme.glyphMode == .ascii ? " | " : " · " }

  /// How a cover is lifted.
  var coverNote: DisplayText {
    DisplayText(
      coverCheck == nil
        ? Bilingual(zh: "  已遮住，按 r 揭晓", en: "  covered: r uncovers it")[language]
        : Bilingual(zh: "  已遮住：先猜（a），再揭晓（r）", en: "  covered: guess (a), then uncover (r)")[language])
  }
}
