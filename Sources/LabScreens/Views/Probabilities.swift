// The next token's probabilities: the model's own, what each filter cuts, what is left, and the random draw. It always says which probability it shows.
import Inference
import Insight
import Languages
import Terminal

extension SamplingFilter {
  /// The filter with its setting, as the stage line shows it.
  func label(_ settings: SamplingSettings) -> String {
    switch self {
    case .repetitionPenalty: "penalty \(Numbers.fixed(settings.repetitionPenalty, decimals: 2))"
    case .topK: "top-k \(settings.topK)"
    case .topP: "top-p \(Numbers.fixed(settings.topP, decimals: 2))"
    case .minP: "min-p \(Numbers.fixed(settings.minP, decimals: 2))"
    case .temperature: "T \(Numbers.fixed(settings.temperature, decimals: 1))"
    }
  }

  /// Whether the settings leave it without effect.
  func isOff(_ settings: SamplingSettings) -> Bool {
    switch self {
    case .repetitionPenalty: settings.repetitionPenalty == 1
    case .topK: settings.topK == 0
    case .topP: settings.topP >= 1
    case .minP: settings.minP == 0
    case .temperature: settings.temperature == 1
    }
  }
}

extension ScreenState {
  /// Candidates that the view lists at most.
  static let candidateLimit = 200

  func drawProbabilities(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    let body = drawPipeline(&frame, area, trace)
    let position = cursor.row
    // Where a token was sampled, the filters are those of that draw.
    let settings = walkStep(after: position)?.settings ?? sampling
    guard let next = trace.nextToken(at: position, settings: settings, top: ScreenState.candidateLimit) else { return }
    let isCovered = cover == .probabilities || (cover == .sample && position == trace.ids.count - 1)
    let (head, rest) = body.cut(top: 3)
    drawContext(&frame, head, trace, next, settings, isCovered: isCovered)
    guard !isCovered else { return drawCover(&frame, rest) }
    let (list, foot) = rest.cut(bottom: 3)
    drawCandidates(&frame, list, trace, next)
    drawDraw(&frame, foot, trace, next)
  }

  /// What is predicted, from what, and through which filters.
  private func drawContext(
    _ frame: inout Frame, _ area: Rect, _ trace: Trace, _ next: NextToken, _ settings: SamplingSettings, isCovered: Bool
  ) {
    let position = next.position
    var line = StyledText(DisplayText(Bilingual(zh: "位置 \(position) 之后：", en: "after position \(position): ")[language]), theme.dim)
    // The last few tokens of the context, cut at the left.
    var context = StyledText()
    var width = line.width + 6
    for index in (0...position).reversed() {
      let text = DisplayText(trace.tokens[index])
      width += text.width
      guard width < area.width else { break }
      context = StyledText(text, index == position ? theme.strong : theme.text) + context
    }
    line.append(context)
    line.append(DisplayText(theme.glyphMode == .ascii ? " > ?" : " › ?"), theme.accent)
    frame.draw(line, at: area.origin, in: area)

    var stages = StyledText(DisplayText(Bilingual(zh: "过滤器  ", en: "filters  ")[language]), theme.dim)
    // A filter that is off has no place in the chain.
    let chain = next.stages.filter { !$0.filter.isOff(settings) }
    if chain.isEmpty { stages.append(DisplayText(Bilingual(zh: "无", en: "none")[language]), theme.dim) }
    for (index, stage) in chain.enumerated() {
      if index > 0 { stages.append(DisplayText(theme.glyphMode == .ascii ? " > " : " › "), theme.dim) }
      let kept = stage.isActive && stage.keptCount < stage.beforeCount ? " (\(stage.keptCount))" : ""
      stages.append(DisplayText(stage.filter.label(settings) + kept), stage.isActive ? theme.strong : theme.dim)
    }
    frame.draw(stages, at: Point(x: area.x, y: area.y + 1), in: area)

    guard !isCovered else { return }
    let columns = Bilingual(
      zh: "  #  词元             模型概率（过滤前）          logit  过滤后", en: "  #  token            p of the model (unfiltered)   logit  after")
    frame.draw(DisplayText(columns[language]), at: Point(x: area.x, y: area.y + 2), theme.dim, in: area)
  }

  private func drawCover(_ frame: inout Frame, _ area: Rect) {
    let text = Bilingual(
      zh: "结果被遮住了：先按 a 猜一猜，再按 r 揭晓。", en: "Covered: guess first (a), then uncover it (r).")
    frame.draw(DisplayText(text[language]), at: Point(x: area.x + 2, y: area.y + area.height / 2), theme.accent, in: area)
  }

  private func drawCandidates(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ next: NextToken) {
    // The last row is for everything that is not listed.
    let height = max(1, area.height - 1)
    let selected = min(cursor.column, next.entries.count - 1)
    var list = ListState()
    list.select(selected, count: next.entries.count, height: height)
    let actual = trace.ids.indices.contains(next.position + 1) ? trace.ids[next.position + 1] : nil
    let rows = list.visible(count: next.entries.count, height: height)
    for (row, index) in rows.enumerated() {
      let line = area.row(row)
      drawCandidate(
        &frame, line, next.entries[index], rank: index + 1, isSelected: index == selected, isActual: next.entries[index].id == actual)
    }
    let shownMass = next.entries[..<rows.upperBound].reduce(0) { $0 + $1.probability }
    let left = next.entries.count - rows.upperBound + next.otherCount
    let others = Bilingual(
      zh: "其余 \(left) 个词元合计 \(Numbers.fixed(max(0, 1 - shownMass) * 100, decimals: 2)) %",
      en: "the other \(left) tokens together \(Numbers.fixed(max(0, 1 - shownMass) * 100, decimals: 2)) %")
    frame.draw(DisplayText(others[language]), at: Point(x: area.x + 5, y: area.y + min(height, rows.count)), theme.dim, in: area)
  }

  private func drawCandidate(
    _ frame: inout Frame, _ line: Rect, _ entry: NextToken.Entry, rank: Int, isSelected: Bool, isActual: Bool
  ) {
    let isCut = entry.cutBy != nil
    let style = isCut ? theme.dim.with(.strikethrough) : theme.text
    let rankText = String(repeating: " ", count: max(0, 3 - "\(rank)".count)) + "\(rank)"
    frame.draw(DisplayText((isSelected ? (theme.glyphMode == .ascii ? ">" : "▶") : " ") + rankText), at: line.origin, theme.dim, in: line)
    let name = Rect(x: line.x + 5, y: line.y, width: 16, height: 1)
    frame.draw(DisplayText(entry.text), row: 0, of: name, isSelected ? style.with(.bold) : style)
    let barWidth = max(6, min(36, line.width - 62))
    let bar = Rect(x: line.x + 22, y: line.y, width: barWidth, height: 1)
    frame.drawBar(entry.probability, in: bar, isCut ? theme.dim : theme.accent, theme: theme)
    let numbers = DisplayText(
      "\(pad(Numbers.fixed(entry.probability * 100, decimals: 2), 6)) % \(pad(Numbers.fixed(entry.logit, decimals: 3), 9))")
    var x = bar.right + 1
    x += frame.draw(numbers, at: Point(x: x, y: line.y), isCut ? theme.dim : theme.text, in: line) + 2
    if let filter = entry.cutBy {
      frame.draw(DisplayText((theme.glyphMode == .ascii ? "x " : "✂ ") + filter.rawValue), at: Point(x: x, y: line.y), theme.dim, in: line)
    } else {
      let final = DisplayText("\(pad(Numbers.fixed(entry.finalProbability * 100, decimals: 2), 6)) %")
      x += frame.draw(final, at: Point(x: x, y: line.y), theme.strong, in: line)
    }
    if isActual {
      let mark = Bilingual(zh: " ◀ 实际", en: " ◀ actual")[language]
      let text = DisplayText(theme.glyphMode == .ascii ? mark.replacing("◀", with: "<") : mark)
      frame.draw(text, at: Point(x: max(x, line.right - text.width), y: line.y), theme.good, in: line)
    }
  }

  /// The cumulative bar with the random draw on it, and what is about to be done.
  private func drawDraw(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ next: NextToken) {
    frame.rule(area.row(0), glyph: theme.borders.horizontal, theme.border)
    let step = walkStep(after: next.position)
    let (choice, seed) = (step?.choice, (step?.settings ?? sampling).seed)
    let summary = Bilingual(
      zh: "熵 \(Numbers.fixed(next.entropy, decimals: 2)) 比特 · 留下 \(next.survivorCount) 个 · 种子 \(seed)",
      en: "entropy \(Numbers.fixed(next.entropy, decimals: 2)) bits · \(next.survivorCount) left · seed \(seed)")
    let bar = area.row(1)
    if next.isGreedy {
      let text = Bilingual(zh: "温度 0：不抽签，直接取第一名", en: "temperature 0: no draw, the first is taken")
      frame.draw(DisplayText(text[language]), at: bar.origin, theme.dim, in: bar)
    } else {
      drawCumulative(&frame, bar, next, draw: choice?.draw)
    }
    var line = StyledText(DisplayText(summary[language]), theme.dim)
    if let choice {
      let drawn = choice.draw.map {
        Bilingual(zh: " · u = \(Numbers.fixed($0, decimals: 4)) → ", en: " · u = \(Numbers.fixed($0, decimals: 4)) → ")
      }
      line.append(DisplayText((drawn ?? Bilingual(same: " → "))[language]), theme.dim)
      line.append(DisplayText(model?.tokenizer.displayText(of: choice.id) ?? ""), theme.strong)
    }
    frame.draw(line, at: Point(x: area.x, y: area.y + 2), in: area)
  }

  private func drawCumulative(_ frame: inout Frame, _ line: Rect, _ next: NextToken, draw: Double?) {
    let width = line.width
    for (index, segment) in next.segments.enumerated() {
      let start = Int(segment.range.lowerBound * Double(width))
      let end = min(width, Int(segment.range.upperBound * Double(width)))
      guard end > start else { continue }
      let cell = Rect(x: line.x + start, y: line.y, width: end - start, height: 1)
      // Neighbours differ by reverse video, which needs no colour.
      let style = index.isMultiple(of: 2) ? theme.selection : theme.text
      frame.fill(cell, style)
      frame.draw(DisplayText(model?.tokenizer.displayText(of: segment.id) ?? ""), row: 0, of: cell, style)
    }
    if let draw {
      let x = line.x + min(width - 1, Int(draw * Double(width)))
      frame.put(Glyph(theme.glyphMode == .ascii ? "^" : "▲"), at: Point(x: x, y: line.y), theme.error.with(.bold), in: line)
    }
  }

  /// How the token after a position was chosen, when it was sampled here.
  func walkStep(after position: Int) -> WalkStep? {
    let index = position + 1 - promptTokenCount
    return walk.indices.contains(index) ? walk[index] : nil
  }

  private func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
}
