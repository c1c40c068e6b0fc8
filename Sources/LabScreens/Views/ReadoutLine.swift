// The readout: the cell under the cursor in words and digits. Colour is the hint, this line is the truth. Not here: how the number came about
// (CardView).
import Insight
import Languages
import Models
import Terminal

/// Pieces of a line in the order of their weight: what does not fit is left out whole, from the end.
struct Readout {
  private(set) var pieces: [StyledText] = []
  /// The first pieces name the cell and its value: they are cut rather than left out.
  var firm = 5

  mutating func append(_ text: Bilingual, _ language: Language, _ style: Style = .plain) {
    pieces.append(StyledText(DisplayText(text[language]), style))
  }

  mutating func append(_ text: DisplayText, _ style: Style = .plain) { pieces.append(StyledText(text, style)) }

  func draw(_ frame: inout Frame, _ area: Rect) {
    guard !area.isEmpty else { return }
    var x = area.x
    for (index, piece) in pieces.enumerated() {
      if index >= firm, x + piece.width > area.right { return }
      x += frame.draw(piece, at: Point(x: x, y: area.y), in: area.row(0))
    }
  }
}

extension ScreenState {
  /// A cell of tokens × dimensions.
  func tensorReadout(_ slice: TensorSlice, _ trace: Trace) -> Readout {
    let axis = TokenAxis(self, trace)
    let value = slice[cursor.row, cursor.column]
    let row = slice.row(cursor.row)
    let axes = operation?.kind.axes.map { $0[language] } ?? []
    var text = Readout()
    text.append(DisplayText("\(rowPointer) "), theme.accent)
    text.append(Bilingual(zh: "词元 \(cursor.row) ", en: "token \(cursor.row) "), language)
    text.append(quoted(axis, cursor.row), theme.strong)
    let head = slice.head.map { axes.count == 3 ? "\(dot)\(axes[1]) \($0.index)" : "" } ?? ""
    text.append(DisplayText("\(head)\(dot)\(axes.last ?? "") \(cursor.column) "))
    text.append(DisplayText("= \(Numbers.significant(Double(value)))"), theme.strong)
    guard value.isFinite else {
      text.append(Bilingual(zh: "  不是有限的数", en: "  not a finite number"), language, theme.error)
      return text
    }
    let rank = row.reduce(1) { $0 + (abs($1) > abs(value) ? 1 : 0) }
    text.append(Bilingual(zh: "\(dot)按大小第 \(rank)/\(row.count)", en: "\(dot)size rank \(rank) of \(row.count)"), language, theme.dim)
    let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
    if squares > 0 {
      let share = percent(Double(value) * Double(value) / squares)
      text.append(Bilingual(zh: "\(dot)占本行平方和的 \(share)", en: "\(dot)\(share) of the row's squares"), language, theme.dim)
    }
    return text
  }

  /// The current row as a whole.
  func rowStatistics(_ slice: TensorSlice) -> Readout {
    let row = slice.row(cursor.row)
    let statistics = TensorStatistics(row)
    func text(_ value: Double) -> String { Numbers.significant(value, digits: 4) }
    var line = Readout()
    line.firm = 1
    line.append(Bilingual(zh: "  本行", en: "  this row"), language, theme.dim)
    line.append(Bilingual(zh: "\(dot)范数 \(text(statistics.norm))", en: "\(dot)norm \(text(statistics.norm))"), language)
    line.append(Bilingual(zh: "\(dot)均值 \(text(statistics.mean))", en: "\(dot)mean \(text(statistics.mean))"), language)
    line.append(
      Bilingual(zh: "\(dot)标准差 \(text(statistics.standardDeviation))", en: "\(dot)deviation \(text(statistics.standardDeviation))"),
      language)
    for (name, value) in [(Bilingual(zh: "最小", en: "min"), statistics.minimum), (Bilingual(zh: "最大", en: "max"), statistics.maximum)] {
      let place = row.firstIndex(of: value).map { Bilingual(zh: "（第 \($0) 维）", en: " (dim \($0))")[language] } ?? ""
      line.append(DisplayText("\(dot)\(name[language]) \(text(Double(value)))\(place)"))
    }
    return line
  }

  /// A cell of queries × keys.
  func mapReadout(_ slice: TensorSlice, _ stage: AttentionStage, _ trace: Trace) -> Readout {
    let axis = TokenAxis(self, trace)
    let value = slice[cursor.row, cursor.column]
    let query = slice.past + cursor.row
    var text = Readout()
    text.append(DisplayText("\(rowPointer) "), theme.accent)
    text.append(Bilingual(zh: "查询 \(query) ", en: "query \(query) "), language)
    text.append(quoted(axis, query), theme.strong)
    let arrow = theme.glyphMode == .ascii ? " -> " : " → "
    text.append(Bilingual(zh: "\(arrow)键 \(cursor.column) ", en: "\(arrow)key \(cursor.column) "), language)
    text.append(quoted(axis, cursor.column), theme.strong)
    if stage == .pattern, isCovered(.softmax) {
      text.append("  = ?", theme.strong)
      text.append(coverNote, theme.dim)
      return text
    }
    let isLater = cursor.column > query
    if isLater, stage != .scores {
      text.append(Bilingual(zh: "  被遮蔽：键在查询之后", en: "  masked: the key comes after the query"), language, theme.dim)
      return text
    }
    text.append(DisplayText("  = \(Numbers.significant(Double(value)))"), theme.strong)
    if stage == .pattern { text.append(DisplayText("\(dot)\(percent(Double(value)))"), theme.dim) }
    let seen = slice.row(cursor.row).prefix(stage == .scores ? slice.columns : query + 1)
    let rank = seen.reduce(1) { $0 + ($1 > value ? 1 : 0) }
    text.append(Bilingual(zh: "\(dot)本行第 \(rank)/\(seen.count)", en: "\(dot)rank \(rank) of \(seen.count)"), language, theme.dim)
    if isLater { text.append(Bilingual(zh: "\(dot)下一步会被遮蔽", en: "\(dot)the mask will remove it"), language, theme.dim) }
    return text
  }

  /// A token of the vocabulary.
  func logitReadout(_ trace: Trace, logits: [Float]) -> Readout {
    let axis = TokenAxis(self, trace)
    let id = min(max(0, cursor.column), max(0, logits.count - 1))
    var text = Readout()
    text.append(DisplayText("\(rowPointer) "), theme.accent)
    text.append(Bilingual(zh: "候选 ", en: "candidate "), language)
    text.append(quoted(axis.text(ofToken: id)), theme.strong)
    text.append(DisplayText(" id \(id)"))
    guard logits.indices.contains(id) else { return text }
    let logit = logits[id]
    let rank = logits.indices.reduce(1) { $0 + (logits[$1] > logit || (logits[$1] == logit && $1 < id) ? 1 : 0) }
    text.append(DisplayText("\(dot)logit \(Numbers.significant(Double(logit)))"), theme.strong)
    text.append(Bilingual(zh: "\(dot)第 \(rank)/\(logits.count)", en: "\(dot)rank \(rank) of \(logits.count)"), language, theme.dim)
    return text
  }

  private func quoted(_ axis: TokenAxis, _ position: Int) -> DisplayText { quoted(axis.text(position)) }

  /// A token between quotation marks.
  func quoted(_ text: DisplayText) -> DisplayText {
    DisplayText(theme.glyphMode == .ascii ? "\"\(text.string)\"" : "“\(text.string)”")
  }

  var dot: String { theme.glyphMode == .ascii ? " | " : " · " }

  /// How a cover is lifted.
  var coverNote: DisplayText {
    DisplayText(
      coverCheck == nil
        ? Bilingual(zh: "  已遮住，按 r 揭晓", en: "  covered: r uncovers it")[language]
        : Bilingual(zh: "  已遮住：先猜（a），再揭晓（r）", en: "  covered: guess (a), then uncover (r)")[language])
  }
}
