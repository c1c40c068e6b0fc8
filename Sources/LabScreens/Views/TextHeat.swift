// The text with its surprisal: what the model did not expect stands out. Below, the token under the cursor and what would have stood there.
import Insight
import Languages
import Terminal

extension ScreenState {
  /// Bits at which the colour is full; one in a thousand.
  private static let fullBits: Float = 10

  func drawText(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    let body = drawPipeline(&frame, area, trace)
    let (text, foot) = body.cut(bottom: min(11, max(6, body.height / 2)))
    let scale = ColorScale.sequential(0, ScreenState.fullBits)
    drawTokens(&frame, text, trace, scale)
    drawPrediction(&frame, foot, trace, scale)
  }

  private func drawTokens(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ scale: ColorScale) {
    // Without colours each line of text has a line of glyphs below it that says the same.
    let hasColors = theme.colorMode.hasColorMaps
    let places = TextFlow(trace.tokens.map(DisplayText.init), width: area.width, lineHeight: hasColors ? 1 : 2)
    guard places.origins.indices.contains(cursor.row) else { return }
    // The row of the cursor stays in sight.
    let offset = max(0, min(places.origins[cursor.row].y - area.height / 2, places.rowCount - area.height))
    for (index, surprisal) in trace.surprisals.enumerated() {
      let origin = places.origins[index]
      let y = area.y + origin.y - offset
      guard y >= area.y, y < area.bottom else { continue }
      var style = theme.text
      if let prediction = surprisal.prediction {
        if hasColors {
          let color = scale.color(Float(prediction.bits), mode: theme.colorMode)
          style = Style(foreground: color.readable, background: color)
        } else {
          drawRamp(&frame, area, places.parts[index], y: y, glyph: scale.glyph(Float(prediction.bits), glyphs: theme.glyphMode))
        }
        // The least expected tenth is underlined, so that it is seen without colour.
        if prediction.isBottomDecile { style = style.with(.underline) }
      } else {
        style = theme.dim
      }
      if index == cursor.row { style = theme.selection.with(.bold) }
      if index >= promptTokenCount { style = style.with(.bold) }
      for part in places.parts[index] {
        frame.draw(part.text, at: Point(x: area.x + part.x, y: y + part.y), style, in: area)
      }
    }
  }

  private func drawRamp(_ frame: inout Frame, _ area: Rect, _ parts: [TextFlow.Part], y: Int, glyph: Unicode.Scalar) {
    for part in parts {
      let line = Rect(x: area.x + part.x, y: y + part.y + 1, width: part.text.width, height: 1).intersection(area)
      frame.fill(line, theme.dim, glyph: glyph)
    }
  }

  private func drawPrediction(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ scale: ColorScale) {
    frame.rule(area.row(0), glyph: theme.borders.horizontal, theme.border)
    let surprisal = trace.surprisals[cursor.row]
    var line = StyledText(DisplayText("[\(surprisal.position)] "), theme.dim)
    line.append(DisplayText(surprisal.text), theme.strong)
    guard let prediction = surprisal.prediction else {
      line.append(
        DisplayText(Bilingual(zh: "  第一个词元，没有上文可供预测", en: "  the first token: nothing comes before it to predict it")[language]), theme.dim)
      frame.draw(line, at: Point(x: area.x, y: area.y + 1), in: area)
      return
    }
    let facts = Bilingual(
      zh:
        "  意外程度 \(Numbers.fixed(prediction.bits, decimals: 2)) 比特 · p = \(Numbers.significant(prediction.probability)) · 第 \(prediction.rank) 名",
      en:
        "  surprisal \(Numbers.fixed(prediction.bits, decimals: 2)) bits · p = \(Numbers.significant(prediction.probability)) · rank \(prediction.rank)"
    )
    line.append(DisplayText(facts[language]))
    frame.draw(line, at: Point(x: area.x, y: area.y + 1), in: area)
    let title = Bilingual(
      zh: "模型在这里的预测（过滤前）：", en: "what the model expected here (unfiltered):")
    frame.draw(DisplayText(title[language]), at: Point(x: area.x, y: area.y + 2), theme.dim, in: area)
    let rows = max(0, area.height - 4)
    for (index, alternative) in prediction.alternatives.prefix(rows).enumerated() {
      let y = area.y + 3 + index
      let isActual = alternative.id == surprisal.id
      frame.draw(
        DisplayText(alternative.text), row: 0, of: Rect(x: area.x + 2, y: y, width: 16, height: 1), isActual ? theme.strong : theme.text)
      let bar = Rect(x: area.x + 19, y: y, width: max(6, min(40, area.width - 40)), height: 1)
      frame.drawBar(alternative.probability, in: bar, theme.accent, theme: theme)
      let mark = isActual ? Bilingual(zh: "  ← 实际", en: "  ← actual")[language] : ""
      frame.draw(
        DisplayText("\(Numbers.fixed(alternative.probability * 100, decimals: 2)) %\(mark)"), at: Point(x: bar.right + 1, y: y),
        isActual ? theme.strong : theme.text, in: area)
    }
    let legend = area.row(area.height - 1)
    frame.drawColorBar(
      scale, in: legend, unit: DisplayText(Bilingual(zh: "比特", en: "bits")[language]),
      note: DisplayText(Bilingual(zh: "固定刻度 · 下划线 = 最意外的十分之一", en: "fixed scale · underlined = least expected tenth")[language]),
      theme: theme)
  }
}

/// Tokens one after another over lines of a width, broken where they do not fit.
struct TextFlow {
  struct Part {
    let text: DisplayText
    /// Column, and rows below the token's first.
    let x: Int
    let y: Int
  }

  /// Where each token begins; x is unused where it is broken at once.
  private(set) var origins: [Point] = []
  private(set) var parts: [[Part]] = []
  private(set) var rowCount = 1

  /// - Parameter lineHeight: rows from one line of text to the next.
  init(_ tokens: [DisplayText], width: Int, lineHeight: Int = 1) {
    var (x, y) = (0, 0)
    let width = max(2, width)
    for token in tokens {
      // A visible newline ends its line, as the newline does in the text.
      let endsLine = token.string.hasSuffix("⏎") || token.string.hasSuffix("↵")
      if x > 0, x + token.width > width { (x, y) = (0, y + lineHeight) }
      origins.append(Point(x: x, y: y))
      var pieces: [Part] = []
      var rest = Substring(token.string)
      while !rest.isEmpty {
        var (piece, used) = (Substring(), 0)
        while let next = rest.first {
          let cells = DisplayText(String(next)).width
          guard used + cells <= width - x || (piece.isEmpty && x == 0) else { break }
          piece.append(next)
          used += cells
          rest.removeFirst()
        }
        pieces.append(Part(text: DisplayText(piece), x: x, y: y - (origins.last?.y ?? 0)))
        x += used
        if !rest.isEmpty { (x, y) = (0, y + lineHeight) }
      }
      parts.append(pieces)
      if endsLine { (x, y) = (0, y + lineHeight) }
    }
    rowCount = y + lineHeight
  }
}
