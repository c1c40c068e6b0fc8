// Curves of a run: the loss with its mean and the held-out marks, the axis of steps with its checkpoints, learning rate and gradient norm. Not here: dots
// and glyphs (CurvePlot), numbers at the cursor (TrainingView).
import Languages
import Terminal

extension ScreenState {
  func drawTrainingCurves(_ frame: inout Frame, _ layout: TrainingLayout) {
    let (record, range) = (training.record, trainingRange)
    drawLegend(&frame, layout.legend)
    let (gutter, area) = layout.plot.cut(left: TrainingLayout.gutter)
    let shown = record.points.filter { range.contains($0.step) }
    let marks = record.evaluations.filter { range.contains($0.step) }
    guard !shown.isEmpty || !marks.isEmpty else {
      drawNoCurve(&frame, layout.plot)
      drawStepAxis(
        &frame, layout.axis,
        CurvePlot(
          Rect(x: area.x, y: area.y, width: area.width - 1, height: area.height), steps: range, values: [], isLogarithmic: false,
          theme: theme))
      return
    }
    var plot = CurvePlot(
      Rect(x: area.x, y: area.y, width: area.width - 1, height: area.height), steps: range,
      values: shown.map(\.loss) + marks.map(\.bitsPerByte), isLogarithmic: isLossLogarithmic, theme: theme)
    plot.draw(shown.lazy.map { ($0.step, $0.loss) }, .plain)
    let mean = record.smoothed(halfLife: record.halfLife)
    if shown.count > 8 { plot.drawThin(zip(record.points, mean).lazy.map { ($0.step, $1) }, theme.dim) }
    for evaluation in marks { plot.mark(evaluation.step, evaluation.bitsPerByte, heldOutSign, theme.warning) }
    drawValueAxis(&frame, gutter, plot)
    plot.render(&frame, cursor: training.cursor)
    drawStepAxis(&frame, layout.axis, plot)
    drawSmallCurves(&frame, layout.small, range)
  }

  /// Zero and less have no logarithm.
  private var isLossLogarithmic: Bool { !training.isLinear && training.record.points.allSatisfy { $0.loss > 0 || !$0.loss.isFinite } }

  private var heldOutSign: Unicode.Scalar { theme.glyphMode == .ascii ? "x" : "◆" }
  private var isASCII: Bool { theme.glyphMode == .ascii }

  private func drawLegend(_ frame: inout Frame, _ area: Rect) {
    let half = Numbers.fixed(training.record.halfLife, decimals: 0)
    let scale = isLossLogarithmic ? Bilingual(zh: "对数轴", en: "log axis") : Bilingual(zh: "线性轴", en: "linear axis")
    var line =
      StyledText(isASCII ? "# " : "█ ") + StyledText(DisplayText(Bilingual(zh: "损失（奈特/词元）", en: "loss, nats/token")[language]), theme.dim)
    line.append(DisplayText(isASCII ? "  - " : "  ─ "), theme.dim)
    line.append(DisplayText(Bilingual(zh: "均值（半衰 \(half) 步）", en: "mean, half-life \(half)")[language]), theme.dim)
    line.append(DisplayText("  \(heldOutSign) "), theme.warning)
    line.append(DisplayText(Bilingual(zh: "留出集（比特/字节）", en: "held out, bits/byte")[language]), theme.dim)
    line.append(DisplayText("\(dot)\(scale[language])"), theme.dim)
    frame.draw(line.truncated(to: area.width - 2, ellipsis: theme.ellipsis), at: Point(x: area.x + 1, y: area.y), in: area)
  }

  private func drawNoCurve(_ frame: inout Frame, _ area: Rect) {
    let text = Bilingual(
      zh: "这里只有检查点，没有每一步的记录。", en: "There are only checkpoints here, no record of the steps.")
    drawLines(&frame, area.inset(horizontal: 2, vertical: 1), [StyledText(DisplayText(text[language]), theme.dim)])
  }

  private func drawValueAxis(_ frame: inout Frame, _ area: Rect, _ plot: CurvePlot) {
    let last = area.height - 1
    let labelled = Set(last >= 6 ? [0, last / 2, last] : [0, last])
    for row in 0..<area.height {
      let hasLabel = labelled.contains(row)
      if hasLabel {
        let digits = [3, 2, 1].first { Numbers.significant(plot.value(ofRow: row), digits: $0).utf8.count < area.width } ?? 1
        let text = DisplayText(Numbers.significant(plot.value(ofRow: row), digits: digits))
        frame.draw(text, at: Point(x: area.right - 1 - min(text.width, area.width - 1), y: area.y + row), theme.dim, in: area)
      }
      let edge: Unicode.Scalar = isASCII ? (hasLabel ? "+" : "|") : hasLabel ? "┤" : "│"
      frame.put(Glyph(edge), at: Point(x: area.right - 1, y: area.y + row), theme.border, in: area)
    }
  }

  /// Checkpoints as dots on the axis; below, the steps of its ends and of the cursor.
  private func drawStepAxis(_ frame: inout Frame, _ area: Rect, _ plot: CurvePlot) {
    let line = Rect(x: plot.area.x, y: area.y, width: plot.area.width, height: 1)
    frame.put(Glyph(isASCII ? "+" : "└"), at: Point(x: line.x - 1, y: line.y), theme.border, in: area)
    frame.rule(line, glyph: theme.borders.horizontal, theme.border)
    let best = training.record.checkpoints.filter { $0.bitsPerByte != nil }.min { ($0.bitsPerByte ?? 0) < ($1.bitsPerByte ?? 0) }
    let chosen = training.checkpoint
    for checkpoint in training.record.checkpoints where plot.steps.contains(checkpoint.step) {
      let isOpen = checkpoint == training.opened
      let glyph: Unicode.Scalar = isOpen ? (isASCII ? "@" : "◉") : checkpoint == best ? "*" : isASCII ? "o" : "●"
      let style = checkpoint == chosen ? theme.selection : isOpen ? theme.good : theme.accent
      frame.put(Glyph(glyph), at: Point(x: line.x + plot.column(of: checkpoint.step), y: line.y), style, in: line)
    }
    let label = Rect(x: plot.area.x, y: area.y + 1, width: plot.area.width, height: area.height > 1 ? 1 : 0)
    frame.draw(DisplayText("\(plot.steps.lowerBound)"), row: 0, of: label, theme.dim)
    frame.draw(DisplayText("\(plot.steps.upperBound)"), row: 0, of: label, theme.dim, .right)
    // The signs explain themselves where the cursor leaves room.
    let words = Bilingual(zh: "● 检查点  * 留出集最好  ◉ 在实验台", en: "● checkpoint  * best on held-out  ◉ in the lab")[language]
    let legend = DisplayText(isASCII ? words.replacing("●", with: "o").replacing("◉", with: "@") : words)
    guard let cursor = training.cursor else {
      if !training.record.checkpoints.isEmpty, legend.width + 24 <= label.width {
        frame.draw(legend, row: 0, of: label, theme.dim, .center)
      }
      return
    }
    let text = DisplayText("\(isASCII ? "^" : "▲")\(cursor)")
    let x = min(label.right - text.width, label.x + plot.column(of: cursor))
    frame.fill(Rect(x: x - 1, y: label.y, width: text.width + 2, height: 1).intersection(label))
    frame.draw(text, at: Point(x: x, y: label.y), theme.accent, in: label)
  }

  // MARK: Learning rate and gradient norm

  private func drawSmallCurves(_ frame: inout Frame, _ area: Rect, _ range: ClosedRange<Int>) {
    let halves = area.columns([.share(1), .share(1)], gap: 2)
    let points = training.record.points.filter { range.contains($0.step) }
    let now = training.record.point(at: training.step)
    let parts: [(Rect, Bilingual, KeyPath<TrainingPoint, Double>)] = [
      (halves[0], Bilingual(zh: "学习率", en: "rate"), \.learningRate), (halves[1], Bilingual(zh: "梯度范数", en: "gradient"), \.gradientNorm),
    ]
    for (part, name, path) in parts {
      let values = points.map { (step: $0.step, value: $0[keyPath: path]) }
      let text =
        StyledText(DisplayText(name[language]), theme.dim) + " "
        + StyledText(DisplayText(now.map { TrainingWords.number($0[keyPath: path]) } ?? "—"))
      if area.height == 1 {
        frame.draw(text, at: Point(x: part.x + 1, y: part.y), in: part)
        let room = part.width - text.width - 3
        let line = Sparkline.text(ScreenState.columns(values, range, width: room), width: room, glyphs: theme.glyphMode)
        frame.draw(line, at: Point(x: part.x + 2 + text.width, y: part.y), theme.accent, in: part)
        continue
      }
      let (title, body) = part.cut(top: 1)
      frame.draw(text, at: Point(x: title.x + 1, y: title.y), in: title)
      var plot = CurvePlot(
        Rect(x: body.x + TrainingLayout.gutter, y: body.y, width: body.width - TrainingLayout.gutter - 1, height: body.height),
        steps: range,
        values: values.map(\.value), isLogarithmic: false, theme: theme)
      plot.draw(values, theme.accent)
      drawValueAxis(&frame, Rect(x: body.x, y: body.y, width: TrainingLayout.gutter, height: body.height), plot)
      plot.render(&frame, cursor: training.cursor)
    }
  }

  /// One value a column: the last at or before its step; a gap before the first.
  private static func columns(_ values: [(step: Int, value: Double)], _ range: ClosedRange<Int>, width: Int) -> [Float] {
    guard width > 0 else { return [] }
    var index = -1
    return (0..<width).map { column in
      let step = range.lowerBound + Int(Double(column + 1) / Double(width) * Double(range.upperBound - range.lowerBound))
      while index + 1 < values.count, values[index + 1].step <= step { index += 1 }
      return index >= 0 ? Float(values[index].value) : .nan
    }
  }
}
