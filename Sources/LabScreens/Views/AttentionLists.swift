// The row and the column of a map in full, as ranked lists: what the query looks at, and who looks at the key. Not here: the map.
import Insight
import Languages
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Cells of a row or column, largest first.
struct RankedWeights {
  let places: [(position: Int, value: Float)]
  /// Of all, masked ones left out.
  let total: Double

  init(_ cells: [(position: Int, value: Float)]) {
    places = cells.filter { $0.value != -.infinity }.sorted { $0.value != $1.value ? $0.value > $1.value : $0.position < $1.position }
    total = places.reduce(0) { $0 + Double($1.value) }
  }

  /// How many of the largest hold at least `share` of the total.
  func count(holding share: Double) -> Int {
    var sum = 0.0
    for (index, place) in places.enumerated() {
      sum += Double(place.value)
      if sum >= share * total { return index + 1 }
    }
    return places.count
  }

  func share(ofFirst count: Int) -> Double { total == 0 ? 0 : places.prefix(count).reduce(0) { $0 + Double($1.value) } / total }

  /// −Σ p log₂ p, in bits.
  var entropy: Double { places.reduce(0) { $1.value > 0 ? $0 - Double($1.value) * log2(Double($1.value)) : $0 } }
  /// What it would be if all were equal.
  var evenEntropy: Double { log2(Double(max(1, places.count))) }
}

extension ScreenState {
  /// What the current query looks at; the last line sums up what is not listed.
  func drawRowList(_ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ stage: AttentionStage, _ axis: TokenAxis) {
    let end = stage.isCausal ? cursor.row + slice.past + 1 : slice.columns
    let weights = RankedWeights((0..<min(end, slice.columns)).map { ($0, slice[cursor.row, $0]) })
    let query = slice.past + cursor.row
    var title = StyledText(DisplayText(Bilingual(zh: "查询 \(query) ", en: "query \(query) ")[language]))
    title.append(axis.text(query), theme.strong)
    title.append(
      DisplayText(
        stage == .pattern ? Bilingual(zh: " 看向", en: " looks at")[language] : Bilingual(zh: " 的分数", en: " scores")[language]))
    drawWeights(&frame, area, weights, title, stage, axis, selected: cursor.column, kind: Bilingual(zh: "个键", en: "keys"))
  }

  /// Who looks at the current key.
  func drawColumnList(_ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ stage: AttentionStage, _ axis: TokenAxis) {
    let start = stage.isCausal ? max(0, cursor.column - slice.past) : 0
    let weights = RankedWeights((min(start, slice.rows)..<slice.rows).map { ($0, slice[$0, cursor.column]) })
    var title = StyledText(DisplayText(Bilingual(zh: "键 \(cursor.column) ", en: "key \(cursor.column) ")[language]))
    title.append(axis.text(cursor.column), theme.strong)
    title.append(
      DisplayText(
        stage == .pattern ? Bilingual(zh: " 被谁看", en: " is looked at by")[language] : Bilingual(zh: " 的分数", en: " scores")[language]))
    drawWeights(&frame, area, weights, title, stage, axis, selected: cursor.row, kind: Bilingual(zh: "个查询", en: "queries"))
  }

  private func drawWeights(
    _ frame: inout Frame, _ area: Rect, _ weights: RankedWeights, _ title: StyledText, _ stage: AttentionStage, _ axis: TokenAxis,
    selected: Int, kind: Bilingual
  ) {
    guard area.height > 1, area.width > 12 else { return }
    frame.draw(title, at: area.origin, in: area)
    var body = area.cut(top: 1).1
    if cover == .pattern, stage == .pattern { return drawCovered(&frame, body) }
    let isRow = kind.en == "keys"
    if stage == .pattern, isRow, body.height > 3 {
      let count = weights.count(holding: 0.9)
      let share = percent(weights.share(ofFirst: count))
      let text = Bilingual(
        zh: "\(count) 个键占这一行的 \(share)", en: count == 1 ? "1 key holds \(share) of this row" : "\(count) keys hold \(share) of this row")
      frame.draw(DisplayText(text[language]), row: 0, of: body, theme.accent)
      body = body.cut(top: 1).1
    }
    let all = weights.places
    let limit = all.count <= body.height ? all.count : max(0, body.height - 1)
    let largest = all.lazy.map { abs(Double($0.value)) }.filter(\.isFinite).max() ?? 1
    func item(_ place: (position: Int, value: Float)) -> RankedItem {
      let value = Double(place.value)
      return RankedItem(
        index: place.position, token: axis.text(place.position), values: [DisplayText(Numbers.significant(value, digits: 3))],
        fraction: stage == .pattern ? value : max(0, value / max(largest, 1e-30)), isSelected: place.position == selected)
    }
    var items = all.prefix(limit).map(item)
    if let place = all.first(where: { $0.position == selected }), !items.contains(where: \.isSelected), !items.isEmpty {
      items[items.count - 1] = item(place)
    }
    drawRanked(&frame, body, items, tokenLimit: max(4, min(14, area.width / 3)))
    guard all.count > limit else { return }
    let left = all.count - items.count
    var text = language == .zh ? "还有 \(left) \(kind.zh)" : "\(left) more \(kind.en)"
    if stage == .pattern, isRow {
      let shown = Set(items.map(\.index))
      let rest = all.filter { !shown.contains($0.position) }.reduce(0.0) { $0 + Double($1.value) }
      text += language == .zh ? "，共 \(percent(rest))" : " hold \(percent(rest))"
    }
    frame.draw(DisplayText(text), row: body.height - 1, of: body.inset(horizontal: 1, vertical: 0), theme.dim)
  }
}
