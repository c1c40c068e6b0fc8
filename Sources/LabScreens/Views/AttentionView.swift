// Attention of one head: the map, the row and the column of the cursor in full, and what the head does on this text. Not here: all heads
// together (HeadsView).
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  /// The attention operation that the views of heads show: the current one, else the pattern of the nearest block.
  func attentionOperation(_ trace: Trace) -> Operation? {
    if isAttentionMap { return operation }
    let layers = trace.model.transformer.configuration.layerCount
    let layer = operation?.layer ?? (operation?.kind == .embed ? 0 : layers - 1)
    return trace.operations.first { $0.layer == layer && $0.kind == .softmax }
  }

  func drawAttention(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    guard area.width >= 20, area.height >= 6 else { return }
    var body = drawPipeline(&frame, area, trace)
    guard let operation = attentionOperation(trace), let stage = AttentionStage(operation.kind), let layer = operation.layer,
      let tensor = trace.output(of: operation), let slice = TensorSlice(map: tensor, head: cursor.head)
    else { return }
    let axis = TokenAxis(self, trace)
    body = drawHeadWords(&frame, body, trace, layer, stage, slice)
    let parts = body.rows([.share(1), .fixed(1), .fixed(1)])
    let isTall = parts[0].height >= 14
    let list = min(48, max(26, body.width * 2 / 5))
    let sides = parts[0].columns([.share(1), .fixed(list)], gap: 2)
    let used = drawAttentionMap(&frame, sides[0], slice, stage, axis)
    let left = min(sides[1].x, used.right + 3)
    let lists = Rect(x: left, y: parts[0].y, width: min(body.right - left, 64), height: parts[0].height)
    if isTall {
      let both = lists.rows([.share(3), .share(2)], gap: 1)
      drawRowList(&frame, both[0], slice, stage, axis)
      drawColumnList(&frame, both[1], slice, stage, axis)
    } else {
      drawRowList(&frame, lists, slice, stage, axis)
    }
    drawScale(&frame, parts[1], stage.scale(slice), notes: mapNotes(slice, stage))
    mapReadout(slice, stage, trace).draw(&frame, parts[2])
  }

  /// Which head, how focused the row is, what the head does most, and what that does not mean.
  private func drawHeadWords(
    _ frame: inout Frame, _ area: Rect, _ trace: Trace, _ layer: Int, _ stage: AttentionStage, _ slice: TensorSlice
  ) -> Rect {
    let name = Bilingual(zh: "第 \(layer) 层 第 \(cursor.head) 头", en: "layer \(layer), head \(cursor.head)")[language]
    var text = StyledText(DisplayText(name), theme.heading)
    if stage != .pattern {
      let title = OperationKind(stage).title(in: trace.model.transformer.configuration)
      text.append(DisplayText("\(dot)\(title[language])"), theme.warning)
    }
    var isPlain = true
    if cover != .pattern {
      let row = RankedWeights((0..<min(slice.columns, cursor.row + slice.past + 1)).map { ($0, slice[cursor.row, $0]) })
      if stage == .pattern {
        let bits = Numbers.fixed(row.entropy, decimals: 2)
        let even = Numbers.fixed(row.evenEntropy, decimals: 2)
        text.append(
          DisplayText(Bilingual(zh: "\(dot)本行熵 \(bits) 比特（均匀时 \(even)）", en: "\(dot)row entropy \(bits) bits (even: \(even))")[language]))
      }
      let heads = trace.headPatterns
      if heads.indices.contains(layer), heads[layer].indices.contains(cursor.head), let kind = heads[layer][cursor.head].strongest {
        let score = percent(heads[layer][cursor.head].scores[kind] ?? 0)
        text.append(DisplayText("\(dot)\(kind.name[language]) \(score)"), theme.strong)
        text.append(DisplayText("  \(kind.explanation[language])"), theme.dim)
        isPlain = false
      }
    }
    if isPlain { text.append(DisplayText(Bilingual(zh: "\(dot)没有突出的模式", en: "\(dot)no pattern stands out")[language]), theme.dim) }
    text.append(DisplayText(Bilingual(zh: "  注意力权重只描述，不是解释。", en: "  Attention describes; it does not explain.")[language]), theme.dim)
    let lines = text.wrapped(to: max(1, area.width)).prefix(3)
    for (row, line) in lines.enumerated() { frame.draw(line, at: Point(x: area.x, y: area.y + row), in: area) }
    return area.cut(top: lines.count + (area.height > 24 ? 1 : 0)).1
  }
}

extension OperationKind {
  init(_ stage: AttentionStage) {
    switch stage {
    case .scores: self = .scores
    case .masked: self = .mask
    case .pattern: self = .softmax
    }
  }
}
