// The stepper: one operation of the run, from its picture down to the arithmetic of the cell under the cursor. This file decides what goes where;
// each part is drawn by its own file.
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  /// Pipeline, operation, tensor, readout, arithmetic.
  func drawStepper(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    guard let operation, area.width >= 20, area.height >= 6 else { return }
    var body = drawPipeline(&frame, area, trace)
    body = drawOperationLine(&frame, body, trace)
    body = drawOperationWords(&frame, body)
    // A blank line where there is room to breathe.
    if body.height > 24 { body = body.cut(top: 1).1 }
    switch operation.kind {
    case .logits, .sample: drawOutcome(&frame, body, trace, operation)
    case .scores, .mask, .softmax: drawMapStep(&frame, body, trace, operation)
    default: drawTensorStep(&frame, body, trace, operation)
    }
  }

  private func drawTensorStep(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ operation: Operation) {
    guard let tensor = trace.output(of: operation), let slice = TensorSlice(tensor, head: headInTensor) else { return }
    let axis = TokenAxis(self, trace)
    let scale = slice.diverging
    let card = cardUnderCursor(trace)
    let statistics = area.height > 24 ? 1 : 0
    let plan = StepperPlan(
      height: area.height, fixed: 5 + statistics, picture: slice.rows, minimum: 3, lines: cardHeight(card, area.width),
      sources: card?.sources.count ?? 0, canHalve: canHalve)
    let parts = area.rows(
      [.fixed(1), .fixed(plan.picture), .fixed(1), .fixed(2), .fixed(1), .fixed(statistics), .fixed(plan.sources), .share(1)])
    let layout = TensorRowsLayout(slice, axis, cursor: cursor, area: parts[1], theme: theme)
    drawTensorRuler(&frame, parts[0], slice, layout)
    drawTensorRows(&frame, slice, layout, axis, scale: scale)
    drawScale(&frame, parts[2], scale, notes: tensorNotes(slice, layout))
    drawTensorNumbers(&frame, parts[3], slice, gutter: layout.gutter, scale: scale)
    tensorReadout(slice, trace).draw(&frame, parts[4])
    rowStatistics(slice).draw(&frame, parts[5])
    drawWork(&frame, parts[6], parts[7], card, trace)
  }

  private func drawMapStep(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ operation: Operation) {
    guard let stage = AttentionStage(operation.kind), let tensor = trace.output(of: operation),
      let slice = TensorSlice(map: tensor, head: cursor.head)
    else { return }
    let axis = TokenAxis(self, trace)
    let card = cardUnderCursor(trace)
    let plan = StepperPlan(
      height: area.height, fixed: 2, picture: slice.rows, header: 1, minimum: canHalve ? 7 : 9, lines: cardHeight(card, area.width),
      sources: card?.sources.count ?? 0, canHalve: canHalve)
    let parts = area.rows([.fixed(plan.picture), .fixed(1), .fixed(1), .fixed(plan.sources), .share(1)])
    let list = min(44, max(24, area.width * 2 / 5))
    let sides = parts[0].columns([.share(1), .fixed(list)], gap: 2)
    let used = drawAttentionMap(&frame, sides[0], slice, stage, axis)
    // The list stands beside the map, not at the far edge.
    let left = min(sides[1].x, used.right + 3)
    drawRowList(&frame, Rect(x: left, y: parts[0].y, width: min(area.right - left, 60), height: parts[0].height), slice, stage, axis)
    drawScale(&frame, parts[1], stage.scale(slice), notes: mapNotes(slice, stage))
    mapReadout(slice, stage, trace).draw(&frame, parts[2])
    drawWork(&frame, parts[3], parts[4], card, trace)
  }

  private func drawOutcome(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ operation: Operation) {
    let card = cardUnderCursor(trace)
    let plan = StepperPlan(
      height: area.height, fixed: 1, picture: 24, minimum: operation.kind == .sample ? 12 : 9, lines: cardHeight(card, area.width),
      sources: card?.sources.count ?? 0, canHalve: false)
    let parts = area.rows([.fixed(plan.picture), .fixed(1), .fixed(plan.sources), .share(1)])
    if operation.kind == .logits { drawLogits(&frame, parts[0], trace) } else { drawSampling(&frame, parts[0], trace) }
    guard !isCovered(operation.kind) else { return }
    logitReadout(trace, logits: trace.logits(at: cursor.row)).draw(&frame, parts[1])
    drawWork(&frame, parts[2], parts[3], card, trace)
  }

  /// Lines that a card takes in full, its title with them.
  private func cardHeight(_ card: ArithmeticCard?, _ width: Int) -> Int {
    guard let card else { return 0 }
    return CardTable.tables(card, language: language, glyphs: theme.glyphMode, width: width).reduce(1) { $0 + $1.height }
  }

  private func drawWork(_ frame: inout Frame, _ sources: Rect, _ area: Rect, _ card: ArithmeticCard?, _ trace: Trace) {
    guard let card else { return }
    drawSources(&frame, sources, card, trace)
    let gap = area.height > 14 ? 1 : 0
    drawCard(&frame, area.cut(top: gap).1, card)
  }

  /// Colour bar and what must be said about it; the notes stand in the order of their weight, and the last give way.
  func drawScale(_ frame: inout Frame, _ area: Rect, _ scale: ColorScale, notes: [Bilingual]) {
    // The bar itself needs a dozen cells beside its two numbers.
    let ends = [scale.minimum, scale.maximum].map { Numbers.significant(Double($0), digits: 3).utf8.count }
    let room = area.width - ends[0] - ends[1] - 3 - 12
    var text = ""
    for note in notes {
      let longer = text + dot + PlainGlyphs.text(note[language], theme.glyphMode)
      if DisplayText(longer).width <= room || text.isEmpty { text = longer }
    }
    frame.drawColorBar(scale, in: area.row(0), note: DisplayText(String(text.dropFirst())), theme: theme)
  }

  private func tensorNotes(_ slice: TensorSlice, _ layout: TensorRowsLayout) -> [Bilingual] {
    var notes: [Bilingual] = []
    if layout.tokens.count < slice.rows {
      let (first, last) = (layout.tokens.lowerBound, layout.tokens.upperBound - 1)
      notes.append(Bilingual(zh: "词元 \(first)–\(last)，共 \(slice.rows)", en: "tokens \(first)–\(last) of \(slice.rows)"))
    }
    if layout.factor > 1 {
      notes.append(Bilingual(zh: "1 格 = \(layout.factor) 维中最大者", en: "1 cell = largest of \(layout.factor) dims"))
    }
    if let head = slice.head {
      notes.append(Bilingual(zh: "头 \(head.index)，共 \(head.count)（, . 切换）", en: "head \(head.index) of \(head.count) (keys , .)"))
    } else {
      notes.append(Bilingual(zh: "全张量同一范围", en: "one scale for all rows"))
    }
    return notes
  }

  func mapNotes(_ slice: TensorSlice, _ stage: AttentionStage) -> [Bilingual] {
    let head = slice.head ?? (0, 1)
    let range = stage == .pattern ? Bilingual(zh: "固定 0–1", en: "fixed 0–1") : Bilingual(zh: "本头的范围", en: "this head's range")
    return [range, Bilingual(zh: "头 \(head.index)，共 \(head.count)（, . 切换）", en: "head \(head.index) of \(head.count) (keys , .)")]
  }
}

extension AttentionStage {
  init?(_ kind: OperationKind) {
    switch kind {
    case .scores: self = .scores
    case .mask: self = .masked
    case .softmax: self = .pattern
    default: return nil
    }
  }
}

/// How many rows picture, sources and card get.
struct StepperPlan {
  let picture: Int
  let sources: Int

  /// - Parameters:
  ///   - fixed: rows of rulers, scale and readout.
  ///   - wanted: rows of the picture when each stands on its own line.
  ///   - header: lines of the picture that are no rows.
  ///   - minimum: lines below which the picture says nothing.
  ///   - lines: what the card takes in full.
  init(
    height: Int, fixed: Int, picture wanted: Int, header: Int = 0, minimum: Int, lines: Int, sources: Int, canHalve: Bool
  ) {
    let room = max(0, height - fixed)
    let sources = min(sources, room >= 9 ? 3 : 0)
    // The card gets what it needs up to half of the room, the picture the rest.
    let left = max(min(minimum, room), room - sources - min(lines, max(5, room / 2)))
    // Rows that do not all have a line of their own share lines, two by two: half of them are enough then.
    let needed = wanted + header <= left || !canHalve ? wanted + header : (wanted + 1) / 2 + header
    picture = min(needed, left)
    self.sources = min(sources, max(0, room - picture))
  }
}
