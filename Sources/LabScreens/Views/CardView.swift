// The arithmetic card of the cell under the cursor: its equations in aligned columns, and the numbers it was computed from as strips, so that
// a reader sees both where a number comes from and how. Not here: the arithmetic (Insight).
import Insight
import Languages
import Models
import Tensors
import Terminal

/// Lines of a card in three columns: label, expression, result. A group of terms flows into as many such columns as fit beside each other.
struct CardTable {
  struct Row {
    let label: DisplayText
    let expression: DisplayText
    let result: DisplayText
    let role: CardLine.Role
    var isResult = false
  }

  let rows: [Row]
  /// How many rows stand beside each other.
  let columns: Int
  let labelWidth: Int
  let expressionWidth: Int
  let resultWidth: Int
  private static let gap = 3

  init(_ rows: [Row], width: Int, flows: Bool) {
    self.rows = rows
    resultWidth = rows.map(\.result.width).max() ?? 0
    let (label, expression) = (rows.map(\.label.width).max() ?? 0, rows.map(\.expression.width).max() ?? 0)
    // Labels give way to equations, down to a few cells.
    labelWidth = min(label, max(8, width - expression - resultWidth - 5))
    expressionWidth = max(0, min(expression, width - labelWidth - resultWidth - 5))
    let own = 2 + labelWidth + 2 + expressionWidth + 1 + resultWidth
    columns = flows ? max(1, (width + CardTable.gap) / (own + CardTable.gap)) : 1
  }

  var width: Int { 2 + labelWidth + 2 + expressionWidth + 1 + resultWidth }
  var height: Int { (rows.count + columns - 1) / columns }
  /// Distance from one column to the next.
  var pitch: Int { width + CardTable.gap }

  /// The card's lines as tables: terms of one sum together, everything else together.
  static func tables(_ card: ArithmeticCard, language: Language, glyphs: GlyphMode, width: Int) -> [CardTable] {
    func text(_ text: String) -> DisplayText { DisplayText(PlainGlyphs.text(text, glyphs)) }
    var groups: [[Row]] = []
    for (index, line) in card.lines.enumerated() {
      let row = Row(
        label: text(line.label[language]), expression: text(line.parts.isEmpty ? "" : line.parts.map(\.text).joined() + " ="),
        result: text(line.result.text), role: line.role, isResult: index == card.lines.count - 1)
      if let last = groups.last?.last, (last.role == .term) == (row.role == .term) {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    return groups.map { CardTable($0, width: width, flows: $0[0].role == .term) }
  }
}

extension ScreenState {
  /// The card of the cell under the cursor; nil where it is covered or there is none.
  func cardUnderCursor(_ trace: Trace) -> ArithmeticCard? {
    guard let operation, !isCovered(operation.kind) else { return nil }
    let cell = operation.kind == .sample ? [cursor.row, cursor.column] : cell
    return trace.card(operation: operation.index, at: cell)
  }

  /// Whether the learner is still to guess what this operation made.
  func isCovered(_ kind: OperationKind) -> Bool {
    switch cover {
    case .pattern: kind == .softmax
    case .probabilities: kind == .logits || kind == .sample
    case .sample: kind == .sample
    case nil: false
    }
  }

  /// Title, formula and as many lines as fit. What does not fit is counted, and the last line, the result, is always there.
  func drawCard(_ frame: inout Frame, _ area: Rect, _ card: ArithmeticCard) {
    guard area.height > 1, area.width > 20 else { return }
    var title = StyledText(DisplayText(card.name), theme.strong)
    let formula = DisplayText(PlainGlyphs.text(card.formula, theme.glyphMode))
    if title.width + 3 + formula.width <= area.width {
      title.append("   ")
      title.append(formula, theme.accent)
    }
    frame.draw(title, at: area.origin, in: area)
    let body = area.cut(top: 1).1
    let tables = CardTable.tables(card, language: language, glyphs: theme.glyphMode, width: body.width)
    let height = tables.reduce(0) { $0 + $1.height }
    // Where not all fits: the first lines, a count of those left out, the result.
    let limit = height <= body.height ? height : max(0, body.height - 2)
    var (line, shown) = (0, 0)
    for table in tables {
      for row in 0..<table.height where line < limit {
        for column in 0..<table.columns {
          let index = column * table.height + row
          guard index < table.rows.count else { continue }
          let x = body.x + column * table.pitch
          let cells = Rect(x: x, y: body.y + line, width: min(table.width, body.right - x), height: 1)
          draw(&frame, cells, table, table.rows[index])
          shown += 1
        }
        line += 1
      }
    }
    guard limit < height, let last = tables.last, let result = last.rows.last else { return }
    let left = card.lines.count - shown - 1
    if body.height > 1 {
      let text = Bilingual(zh: "  \(theme.ellipsis) 还有 \(left) 行", en: "  \(theme.ellipsis) \(left) more line\(left == 1 ? "" : "s")")[
        language]
      frame.draw(DisplayText(text), row: body.height - 2, of: body, theme.dim)
    }
    draw(&frame, body.row(body.height - 1), last, result)
  }

  private func draw(_ frame: inout Frame, _ area: Rect, _ table: CardTable, _ row: CardTable.Row) {
    let lead = row.isResult ? (theme.glyphMode == .ascii ? "=" : "⇒") : (row.role == .total ? (theme.glyphMode == .ascii ? "S" : "Σ") : " ")
    frame.draw(DisplayText(lead), at: area.origin, theme.accent, in: area)
    let label = Rect(x: area.x + 2, y: area.y, width: table.labelWidth, height: 1)
    frame.draw(row.label, row: 0, of: label.intersection(area), row.role == .others ? theme.dim : theme.text)
    let expression = Rect(x: label.right + 2, y: area.y, width: table.expressionWidth, height: 1)
    frame.draw(row.expression, row: 0, of: expression.intersection(area), theme.text, .right)
    let result = Rect(x: expression.right + 1, y: area.y, width: table.resultWidth, height: 1)
    frame.draw(row.result, row: 0, of: result.intersection(area), row.isResult ? theme.strong : theme.text, .right)
  }

  // MARK: Sources

  /// One line for each tensor that the card reads: its cells as a strip, those written out in the card with a dot.
  func drawSources(_ frame: inout Frame, _ area: Rect, _ card: ArithmeticCard, _ trace: Trace) {
    let listed = Set(card.lines.flatMap(\.cells))
    let names = card.sources.map { DisplayText(sourceName($0)) }
    let heading = DisplayText(Bilingual(zh: "读取", en: "reads")[language])
    let width = min(names.map(\.width).max() ?? 0, area.width / 2)
    for (row, source) in card.sources.enumerated() where row < area.height {
      let line = area.row(row)
      if row == 0 { frame.draw(heading, at: line.origin, theme.dim, in: line) }
      let x = line.x + heading.width + 1
      if row == area.height - 1, card.sources.count > area.height {
        let left = card.sources.count - row
        frame.draw(
          DisplayText(Bilingual(zh: "还有 \(left) 项", en: "\(left) more")[language]), at: Point(x: x, y: line.y), theme.dim, in: line)
        return
      }
      frame.draw(names[row], row: 0, of: Rect(x: x, y: line.y, width: width, height: 1), theme.text)
      let rest = Rect(x: x + width + 1, y: line.y, width: max(0, line.right - x - width - 1), height: 1)
      drawSource(&frame, rest, source, listed, trace)
    }
  }

  private func drawSource(_ frame: inout Frame, _ area: Rect, _ source: CardSource, _ listed: Set<TensorCell>, _ trace: Trace) {
    guard let numbers = sourceNumbers(source.tensor, trace) else {
      // Token ids are names, not amounts.
      if case .tokens = source.tensor, let first = source.region.first?.first {
        let axis = TokenAxis(self, trace)
        frame.draw(DisplayText("= \(trace.ids.indices.contains(first) ? trace.ids[first] : 0) ") + axis.text(first), row: 0, of: area)
      }
      return
    }
    // A single cell lights up in its row; its number stands in front.
    let isSingle = source.region.allSatisfy { $0.count == 1 } && numbers.columns > 1
    let shown = isSingle ? CardSource(source.tensor, source.region.dropLast() + [0..<numbers.columns]) : source
    guard let cells = SourceCells(shown, numbers) else { return }
    var area = area
    if isSingle, let element = cells.element(of: source.region.map(\.lowerBound)) {
      let text = DisplayText("= " + Numbers.significant(Double(cells.values[element]))).fitted(to: 11)
      frame.draw(text, row: 0, of: area)
      area = area.cut(left: text.width).1
    }
    if cells.values.count > area.width, area.width > 12 {
      // Pooled strips say by how much.
      let factor = (cells.values.count + area.width - 5) / (area.width - 4)
      let (strip, end) = area.cut(left: area.width - 4)
      frame.draw(DisplayText("1:\(factor)"), row: 0, of: end, theme.dim, .right)
      area = strip
    }
    guard let placement = frame.drawStrip(cells.values, in: area, scale: .diverging(of: cells.values), theme: theme) else { return }
    let marks = isSingle ? [source.region.map(\.lowerBound)] : listed.filter { $0.tensor == source.tensor }.map(\.indices)
    for indices in marks {
      guard let element = cells.element(of: indices) else { continue }
      let point = placement.point(of: element)
      let background = frame[point.x, point.y].style.background
      let dot: Unicode.Scalar = theme.glyphMode == .ascii ? "*" : "•"
      frame.put(Glyph(dot), at: point, Style(foreground: background.readable, background: background, .bold), in: area)
    }
  }

  private func sourceNumbers(_ source: CardTensor, _ trace: Trace) -> SourceNumbers? {
    switch source {
    case .hook(let hook): return trace.tensor(hook).map(SourceNumbers.tensor)
    case .weight(let name):
      guard let operation, let weight = trace.model.transformer.weight(of: operation) else { return nil }
      if weight.name == name { return .weight(weight.weight) }
      return weight.bias?.name == name ? weight.bias.map { .tensor($0.tensor) } : nil
    case .tokens: return nil
    }
  }

  /// `attn.hook_q[5, 2, 0–31]`: the block is in the title already.
  private func sourceName(_ source: CardSource) -> String {
    var name = source.tensor.name
    if let layer = operation?.layer {
      for prefix in ["blocks.\(layer).", "model.layers.\(layer)."] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
    }
    let dash = theme.glyphMode == .ascii ? "-" : "–"
    let region = source.region.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)\(dash)\($0.upperBound - 1)" }
    return name + "[" + region.joined(separator: ", ") + "]"
  }
}

/// Where the numbers of a source are: a recorded tensor, or a weight, of which only the rows that are shown are decoded.
private enum SourceNumbers {
  case tensor(Tensor)
  case weight(Weight)

  var shape: [Int] {
    switch self {
    case .tensor(let tensor): tensor.shape
    case .weight(let weight): weight.shape
    }
  }

  var columns: Int { shape.last ?? 1 }

  /// A stretch of one row; rows are counted over all dimensions but the last.
  func values(row: Int, _ range: Range<Int>) -> some Collection<Float> {
    switch self {
    case .tensor(let tensor): Array(UnsafeBufferPointer(start: tensor.data + row * columns + range.lowerBound, count: range.count))
    case .weight(let weight): Array(weight.row(row)[range])
    }
  }
}

/// The numbers of a source, flattened, and where in them a cell of its tensor stands.
private struct SourceCells {
  private(set) var values: [Float] = []
  private let region: [Range<Int>]

  init?(_ source: CardSource, _ numbers: SourceNumbers) {
    region = source.region
    guard !region.isEmpty, region.count == numbers.shape.count,
      zip(region, numbers.shape).allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= $1 })
    else {
      return nil
    }
    values.reserveCapacity(region.reduce(1) { $0 * $1.count })
    collect(numbers, dimension: 0, offset: 0)
    guard !values.isEmpty else { return nil }
  }

  private mutating func collect(_ numbers: SourceNumbers, dimension: Int, offset: Int) {
    guard dimension < region.count - 1 else {
      values += numbers.values(row: offset, region[dimension])
      return
    }
    for index in region[dimension] { collect(numbers, dimension: dimension + 1, offset: offset * numbers.shape[dimension] + index) }
  }

  /// The place of full indices among the values; nil outside the region.
  func element(of indices: [Int]) -> Int? {
    guard indices.count == region.count else { return nil }
    var element = 0
    for (index, range) in zip(indices, region) {
      guard range.contains(index) else { return nil }
      element = element * range.count + index - range.lowerBound
    }
    return element
  }
}
