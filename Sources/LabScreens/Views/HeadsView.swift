// All heads as small maps, layers downwards and heads across, each with its number, the entropy of its last row and the mark of its strongest
// pattern. Maps are max-pooled, because a mean hides single strong links. Not here: one head in full (AttentionView).
import Insight
import Languages
import Models
import Terminal

/// Where the small maps go: all of them, or a window that follows the cursor.
struct HeadsLayout {
  let area: Rect
  let layers: Range<Int>
  let heads: Range<Int>
  /// Cells of one map with its label line and gap.
  let tile: Size

  init(area: Rect, layers: Int, heads: Int, layer: Int, head: Int) {
    self.area = area
    // Below this a map shows nothing.
    let smallest = Size(columns: 8, rows: 3)
    self.heads = window(of: heads, showing: max(1, area.width / smallest.columns), around: head)
    self.layers = window(of: layers, showing: max(1, area.height / smallest.rows), around: layer)
    let columns = min(26, area.width / max(1, self.heads.count))
    // A label, a square map (cells are twice as high as wide), a gap.
    let rows = min(area.height / max(1, self.layers.count), (columns - 1) / 2 + 2)
    tile = Size(columns: columns, rows: max(1, rows))
  }

  /// What the maps take of the area.
  var used: Int { layers.count * tile.rows }

  func tile(layer: Int, head: Int) -> Rect {
    Rect(
      x: area.x + (head - heads.lowerBound) * tile.columns, y: area.y + (layer - layers.lowerBound) * tile.rows, width: tile.columns - 1,
      height: tile.rows
    ).intersection(area)
  }
}

extension HeadPatternKind {
  /// One letter for a small map; the legend has the words.
  var mark: String {
    switch self {
    case .previousToken: "P"
    case .duplicateToken: "D"
    case .induction: "I"
    case .sink: "S"
    }
  }
}

extension ScreenState {
  func drawHeads(_ frame: inout Frame, _ area: Rect, _ trace: Trace) {
    guard area.width >= 20, area.height >= 6 else { return }
    let body = drawPipeline(&frame, area, trace)
    let c = trace.model.transformer.configuration
    guard let operation = attentionOperation(trace), let layer = operation.layer, c.headCount > 0 else { return }
    // With many layers every line goes to the maps; the words fit on one.
    let isTight = (body.height - 4) / c.layerCount < 4
    let (grid, foot) = body.cut(bottom: isTight ? 1 : 4)
    let layout = HeadsLayout(area: grid, layers: c.layerCount, heads: c.headCount, layer: layer, head: cursor.head)
    let patterns = trace.headPatterns
    for own in layout.layers {
      guard let tensor = trace.tensor(.block(own, .pattern)) else { continue }
      for head in layout.heads {
        guard let slice = TensorSlice(map: tensor, head: head) else { continue }
        let pattern = patterns.indices.contains(own) && patterns[own].indices.contains(head) ? patterns[own][head] : nil
        drawTile(&frame, layout.tile(layer: own, head: head), slice, pattern, layer: own, isCurrent: own == layer && head == cursor.head)
      }
    }
    drawPreview(&frame, grid.cut(top: layout.used + 1).1, trace, layer)
    drawHeadsFoot(&frame, foot, trace, layout, layer)
  }

  /// The current head larger, where the small maps leave room.
  private func drawPreview(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ layer: Int) {
    guard area.height >= 7, let tensor = trace.tensor(.block(layer, .pattern)), let slice = TensorSlice(map: tensor, head: cursor.head)
    else { return }
    let axis = TokenAxis(self, trace)
    let sides = area.columns([.share(1), .fixed(min(48, max(26, area.width * 2 / 5)))], gap: 2)
    let used = drawAttentionMap(&frame, sides[0], slice, .pattern, axis)
    let left = min(sides[1].x, used.right + 3)
    drawRowList(&frame, Rect(x: left, y: area.y, width: min(area.right - left, 64), height: area.height), slice, .pattern, axis)
  }

  /// `2.5 P 1.3` over the map; the current one is pointed at and reversed.
  private func drawTile(
    _ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ pattern: HeadPattern?, layer: Int, isCurrent: Bool
  ) {
    guard !area.isEmpty else { return }
    let head = slice.head?.index ?? 0
    var label = "\(isCurrent ? rowPointer : "")\(layer).\(head)"
    let isHidden = cover == .pattern
    if let pattern, !isHidden {
      let entropy = Numbers.fixed(pattern.lastEntropy, decimals: 1)
      let mark = pattern.strongest?.mark ?? ""
      // Words go before they are cut: first the entropy, then the mark.
      let fitting = [" \(entropy)\(mark)", " \(mark)"].first { DisplayText(label + $0).width <= area.width }
      label += fitting ?? ""
    }
    frame.draw(DisplayText(label), row: 0, of: area, isCurrent ? theme.accent.with([.bold, .reverse]) : theme.text)
    let map = area.cut(top: 1).1
    guard !map.isEmpty else { return }
    if isHidden {
      frame.fill(map, theme.dim, glyph: "?")
      return
    }
    // Square where there is room: a half block is as high as a cell is wide.
    let lines = min(map.height, max(1, map.width / 2))
    let pixels = slice.resampled(height: lines * (canHalve ? 2 : 1), width: map.width, scale: .probability)
    frame.draw(pixels, in: Rect(x: map.x, y: map.y, width: map.width, height: lines), theme: theme, maximumPixel: 1)
  }

  /// The current head in words, the legend, and what attention does not say.
  private func drawHeadsFoot(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ layout: HeadsLayout, _ layer: Int) {
    let patterns = trace.headPatterns
    let pattern = patterns.indices.contains(layer) && patterns[layer].indices.contains(cursor.head) ? patterns[layer][cursor.head] : nil
    var current = Readout()
    current.firm = 3
    current.append(DisplayText("\(rowPointer) "), theme.accent)
    current.append(Bilingual(zh: "第 \(layer) 层第 \(cursor.head) 头", en: "layer \(layer), head \(cursor.head)"), language, theme.heading)
    let warning = Bilingual(zh: "注意力权重只描述，不是解释。", en: "Attention describes; it does not explain.")
    if cover == .pattern {
      current.append(coverNote, theme.strong)
    } else if let pattern {
      if let kind = pattern.strongest {
        let score = percent(pattern.scores[kind] ?? 0)
        current.append(DisplayText("\(dot)\(kind.mark) \(kind.name[language]) \(score)"), theme.strong)
      }
      if area.height == 1 { current.append(DisplayText("\(dot)\(warning[language])"), theme.dim) }
      let (last, mean) = (Numbers.fixed(pattern.lastEntropy, decimals: 2), Numbers.fixed(pattern.meanEntropy, decimals: 2))
      current.append(
        Bilingual(zh: "\(dot)末行熵 \(last) 比特（平均 \(mean)）", en: "\(dot)entropy of the last row \(last) bits (mean \(mean))"), language)
    }
    current.draw(&frame, area)
    guard area.height > 1 else { return }
    var scores = Readout()
    scores.firm = 1
    scores.append(Bilingual(zh: "  各模式的得分", en: "  scores"), language, theme.dim)
    for kind in HeadPatternKind.allCases where cover != .pattern {
      guard let score = pattern?.scores[kind] else { continue }
      scores.append(
        DisplayText("\(dot)\(kind.mark) \(kind.name[language]) \(percent(score))"), kind == pattern?.strongest ? theme.strong : theme.dim)
    }
    scores.draw(&frame, area.cut(top: 1).1)
    let c = trace.model.transformer.configuration
    var scope = ""
    if layout.layers.count < c.layerCount || layout.heads.count < c.headCount {
      let dash = theme.glyphMode == .ascii ? "-" : "–"
      let (l, h) = (layout.layers, layout.heads)
      scope =
        Bilingual(
          zh:
            "显示第 \(l.lowerBound)\(dash)\(l.upperBound - 1) 层（共 \(c.layerCount)）、第 \(h.lowerBound)\(dash)\(h.upperBound - 1) 头（共 \(c.headCount)）。",
          en:
            "Layers \(l.lowerBound)\(dash)\(l.upperBound - 1) of \(c.layerCount), heads \(h.lowerBound)\(dash)\(h.upperBound - 1) of \(c.headCount). "
        )[language]
    }
    let legend = Bilingual(
      zh: "\(scope)小图上方：层.头、末行熵、最突出的模式。亮度 0–1，按最大值缩小。\(warning.zh)",
      en: "\(scope)Over each map: layer.head, entropy of the last row, strongest pattern. Fixed 0–1, max-pooled. \(warning.en)")
    for (row, line) in StyledText(DisplayText(legend[language]), theme.dim).wrapped(to: max(1, area.width)).prefix(2).enumerated() {
      frame.draw(line, at: Point(x: area.x, y: area.y + 2 + row), in: area)
    }
  }
}
