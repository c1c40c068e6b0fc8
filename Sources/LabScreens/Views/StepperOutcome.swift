// The stepper at the end of the pass: logits as a ranked list, and sampling with what each filter leaves and, where a token was drawn, the
// draw on the cumulative bar. Not here: the probabilities view, which shows all filters.
import Inference
import Insight
import Languages
import Models
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ScreenState {
  /// Logits of the current row, largest first; the cursor's token is always among them.
  func drawLogits(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    drawTokenLine(&frame, area.row(0), trace)
    let area = area.cut(top: 1).1
    guard area.height > 2 else { return }
    if isCovered(.logits) { return drawCovered(&frame, area) }
    let count = area.height - 2
    guard let next = trace.nextToken(at: cursor.row, settings: sampling, top: max(1, count)) else { return }
    let axis = TokenAxis(self, trace)
    var items = next.entries.prefix(count).map { entry in
      RankedItem(
        index: entry.id, token: axis.text(ofToken: entry.id), values: [number(entry.logit), DisplayText(percent(entry.probability))],
        fraction: entry.probability, isSelected: entry.id == cursor.column)
    }
    let logits = trace.logits(at: cursor.row)
    if !items.contains(where: \.isSelected), logits.indices.contains(cursor.column), !items.isEmpty {
      // Far down the list: it takes the last line.
      let logit = Double(logits[cursor.column])
      let probability = next.entries[0].probability * exp(logit - next.entries[0].logit)
      items[items.count - 1] = RankedItem(
        index: cursor.column, token: axis.text(ofToken: cursor.column), values: [number(logit), DisplayText(percent(probability))],
        fraction: probability, isSelected: true)
    }
    let shown = items.reduce(0.0) { $0 + $1.fraction }
    drawRanked(&frame, area, items, titles: ["logit", "p"])
    let rest = logits.count - items.count
    let note = Bilingual(
      zh: "另有 \(rest) 个词元，共 \(percent(max(0, 1 - shown)))", en: "\(rest) other tokens: \(percent(max(0, 1 - shown)))")[language]
    frame.draw(DisplayText(note), row: min(items.count + 1, area.height - 1), of: area.inset(horizontal: 1, vertical: 0), theme.dim)
  }

  /// What will be drawn after the current row, or what was.
  func drawSampling(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    drawTokenLine(&frame, area.row(0), trace)
    var area = area.cut(top: 1).1
    guard area.height > 4 else { return }
    if isCovered(.sample) { return drawCovered(&frame, area) }
    let outcome = SampleOutcome(self, trace, top: area.height)
    for line in [filterLine(outcome), outcomeLine(outcome, TokenAxis(self, trace))] {
      for piece in line.wrapped(to: max(1, area.width)).prefix(2) {
        frame.draw(piece, at: area.origin, in: area)
        area = area.cut(top: 1).1
      }
    }
    if !outcome.isGreedy, area.height > 8 {
      drawCumulative(&frame, Rect(x: area.x, y: area.y, width: area.width, height: 2), outcome)
      area = area.cut(top: 2).1
    }
    guard area.height > 2 else { return }
    let axis = TokenAxis(self, trace)
    let count = area.height - 2
    var items = outcome.candidates.prefix(count).map { item(outcome, $0, axis) }
    // The drawn token and the cursor's are listed in any case, in the last lines.
    var last = items.count - 1
    for wanted in [cursor.column, outcome.chosen] {
      guard let wanted, last > 0, !items.contains(where: { $0.index == wanted }) else { continue }
      guard let candidate = outcome.candidates.first(where: { $0.id == wanted }) else { continue }
      items[last] = item(outcome, candidate, axis)
      last -= 1
    }
    drawRanked(
      &frame, area, items,
      titles: [DisplayText(Bilingual(zh: "模型", en: "model")[language]), DisplayText(Bilingual(zh: "过滤后", en: "after")[language])])
    let others = outcome.vocabulary - items.count
    let kept = max(0, outcome.keptCount - items.count { !$0.isCut })
    let note = Bilingual(zh: "另有 \(others) 个词元，其中 \(kept) 个可能被抽中", en: "\(others) other tokens, \(kept) of which can be drawn")[language]
    frame.draw(DisplayText(note), row: min(items.count + 1, area.height - 1), of: area.inset(horizontal: 1, vertical: 0), theme.dim)
  }

  private func item(_ outcome: SampleOutcome, _ candidate: SampleOutcome.Candidate, _ axis: TokenAxis) -> RankedItem {
    var item = RankedItem(
      index: candidate.id, token: axis.text(ofToken: candidate.id),
      values: [DisplayText(percent(candidate.before)), candidate.after.map { DisplayText(percent($0)) } ?? "-"],
      fraction: candidate.after ?? 0, isSelected: candidate.id == cursor.column, isCut: candidate.after == nil)
    if outcome.chosen == candidate.id {
      item.note = DisplayText(Bilingual(zh: "抽中", en: "drawn")[language])
    } else if let filter = candidate.cutBy {
      item.note = DisplayText(Bilingual(zh: "被 \(filter.rawValue) 去掉", en: "cut by \(filter.rawValue)")[language])
    }
    return item
  }

  private func filterLine(_ outcome: SampleOutcome) -> StyledText {
    var text = StyledText(DisplayText(Bilingual(zh: "过滤器  ", en: "filters  ")[language]), theme.dim)
    var parts: [String] = []
    for filter in sampling.order {
      switch filter {
      case .repetitionPenalty: if sampling.repetitionPenalty != 1 { parts.append("\(filter.rawValue) \(sampling.repetitionPenalty)") }
      case .topK: if sampling.topK > 0 { parts.append("top-k \(sampling.topK)") }
      case .topP: if sampling.topP < 1 { parts.append("top-p \(sampling.topP)") }
      case .minP: if sampling.minP > 0 { parts.append("min-p \(sampling.minP)") }
      case .temperature: parts.append("temperature \(sampling.temperature)")
      }
    }
    text.append(DisplayText(parts.joined(separator: theme.glyphMode == .ascii ? " > " : " › ")))
    text.append(
      DisplayText(Bilingual(zh: "\(dot)剩下 \(outcome.keptCount) 个", en: "\(dot)\(outcome.keptCount) stay")[language]), theme.strong)
    return text
  }

  private func outcomeLine(_ outcome: SampleOutcome, _ axis: TokenAxis) -> StyledText {
    guard let chosen = outcome.chosen else {
      return StyledText(
        DisplayText(
          outcome.isGreedy
            ? Bilingual(zh: "温度为 0：直接取第一个，不抽签。按 s 采样。", en: "Temperature 0: the first is taken, nothing is drawn. s samples.")[language]
            : Bilingual(zh: "还没有抽：按 s，用一个 0 到 1 的随机数抽出一个。", en: "Not drawn yet: s draws one with a random number between 0 and 1.")[
              language]))
    }
    var text = StyledText()
    if let draw = outcome.draw {
      text.append(DisplayText(Bilingual(zh: "随机数 u = ", en: "random draw u = ")[language]))
      text.append(DisplayText(Numbers.significant(draw)), theme.strong)
      text.append(DisplayText(theme.glyphMode == .ascii ? " -> " : " → "))
    } else {
      text.append(DisplayText(Bilingual(zh: "取了最可能的：", en: "the most probable was taken: ")[language]))
    }
    text.append(quoted(axis.text(ofToken: chosen)), theme.strong)
    return text
  }

  /// Candidates one behind another from 0 to 1, in alternating shades, with the draw above.
  private func drawCumulative(_ frame: inout Frame, _ area: Rect, _ outcome: SampleOutcome) {
    let width = max(1, min(area.width - 4, 100))
    let bar = Rect(x: area.x + 2, y: area.y + 1, width: width, height: 1)
    let ascii = theme.glyphMode == .ascii
    frame.draw(DisplayText("0"), at: Point(x: area.x, y: bar.y), theme.dim, in: area)
    frame.draw(DisplayText("1"), at: Point(x: bar.right + 1, y: bar.y), theme.dim, in: area)
    var cumulative = 0.0
    var shades: [Unicode.Scalar] = Array(repeating: ascii ? "." : "░", count: width)
    for (index, after) in outcome.candidates.compactMap(\.after).filter({ $0 > 0 }).sorted(by: >).enumerated() {
      let (start, end) = (Int(cumulative * Double(width)), min(width, Int((cumulative + after) * Double(width))))
      cumulative += after
      guard start < end else { continue }
      for x in start..<end { shades[x] = ascii ? (index % 2 == 0 ? "#" : "=") : (index % 2 == 0 ? "█" : "▒") }
    }
    for (x, shade) in shades.enumerated() { frame.put(Glyph(shade), at: Point(x: bar.x + x, y: bar.y), theme.accent, in: area) }
    if let draw = outcome.draw {
      let x = bar.x + min(width - 1, Int(draw * Double(width)))
      frame.draw(DisplayText("\(columnPointer) u"), at: Point(x: x, y: area.y), theme.strong, in: area)
    }
  }

  func drawCovered(_ frame: inout Frame, _ area: Rect) {
    for row in 0..<min(3, area.height) { frame.draw(DisplayText("  ?  ????????  ??.? %"), row: row, of: area, theme.dim) }
    frame.draw(coverNote, row: min(3, area.height - 1), of: area, theme.strong)
  }

  func number(_ value: Double) -> DisplayText { DisplayText(Numbers.significant(value)) }
}

/// Candidates before and after the filters: those of a draw that happened, or those of the one to come.
struct SampleOutcome {
  struct Candidate {
    let id: Int
    let before: Double
    /// nil when cut.
    let after: Double?
    let cutBy: SamplingFilter?
  }

  private(set) var candidates: [Candidate] = []
  private(set) var keptCount = 0
  private(set) var vocabulary = 0
  private(set) var isGreedy = false
  private(set) var draw: Double?
  private(set) var chosen: Int?

  init(_ state: ScreenState, _ trace: Trace, top: Int) {
    let drawn = state.walkStep(after: state.cursor.row)
    (draw, chosen) = (drawn?.choice.draw, drawn?.choice.id)
    // The settings may have changed since: what counts is what the draw saw.
    let settings = drawn?.settings ?? state.sampling
    let wanted = max(top, settings.topK + 1, 64)
    guard let next = trace.nextToken(at: state.cursor.row, settings: settings, top: wanted) else { return }
    vocabulary = next.entries.count + next.otherCount
    keptCount = next.survivorCount
    isGreedy = next.isGreedy
    candidates = next.entries.map {
      Candidate(id: $0.id, before: $0.probability, after: $0.cutBy == nil ? $0.finalProbability : nil, cutBy: $0.cutBy)
    }
  }
}
