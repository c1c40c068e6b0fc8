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
    // Cells are twice as high as wide.
    let rows = min(area.height / max(1, self.layers.count), columns / 2 + 2)
    tile = Size(columns: columns, rows: max(1, rows))
  }

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
    var body = drawPipeline(&frame, area, trace)
    let c = trace.model.transformer.configuration
    guard let layer = attentionOperation(trace)?.layer, c.headCount > 0 else { return }
    let (grid, foot) = body.cut(bottom: 3)
    body = grid
    let layout = HeadsLayout(area: body, layers: c.layerCount, heads: c.headCount, layer: layer, head: cursor.head)
    let patterns = trace.headPatterns
    for own in layout.layers {
      guard let tensor = trace.tensor(.block(own, .pattern)) else { continue }
      for head in layout.heads {
        guard let slice = TensorSlice(map: tensor, head: head) else { continue }
        let pattern = patterns.indices.contains(own) && patterns[own].indices.contains(head) ? patterns[own][head] : nil
        drawTile(&frame, layout.tile(layer: own, head: head), slice, pattern, layer: own, isCurrent: own == layer && head == cursor.head)
      }
    }
    drawHeadsFoot(&frame, foot, trace, layout, layer)
  }

  /// `2.5 P 1.3` over the map; the current one is pointed at and reversed.
  private func drawTile(
    _ frame: inout Frame, _ area: Rect, _ slice: TensorSlice, _ pattern: HeadPattern?, layer: Int, isCurrent: Bool
  ) {
    guard !area.isEmpty else { return }
    let head = slice.head?.index ?? 0
    var label = (isCurrent ? rowPointer : "") + "\(layer).\(head)"
    let isHidden = cover == .pattern
    if let pattern, !isHidden {
      let entropy = Numbers.fixed(pattern.lastEntropy, decimals: 1)
      let mark = pattern.strongest?.mark ?? ""
      if label.utf8.count + entropy.utf8.count + mark.utf8.count + 2 <= area.width + (isCurrent ? 2 : 0) {
        label += " " + entropy + (mark.isEmpty ? "" : " " + mark)
      } else if !mark.isEmpty {
        label += " " + mark
      }
    }
    frame.draw(DisplayText(label), row: 0, of: area, isCurrent ? theme.accent.with([.bold, .reverse]) : theme.text)
    let map = area.cut(top: 1).1
    guard !map.isEmpty else { return }
    if isHidden {
      frame.fill(map, theme.dim, glyph: "?")
      return
    }
    let (width, height) = (map.width, map.height * (canHalve ? 2 : 1))
    let factor = max(1, (slice.columns + width - 1) / width, (slice.rows + height - 1) / height)
    let pixels = slice.heatmap(rows: 0..<slice.rows, columns: 0..<slice.columns, factor: factor, isCausal: true, scale: .probability)
    frame.draw(pixels, in: map, theme: theme)
  }

  private func drawHeadsFoot(_ frame: inout Frame, _ area: Rect, _ trace: Trace, _ layout: HeadsLayout, _ layer: Int) {
    let c = trace.model.transformer.configuration
    var current = StyledText(
      DisplayText("\(rowPointer) " + Bilingual(zh: "第 \(layer) 层 第 \(cursor.head) 头", en: "layer \(layer), head \(cursor.head)")[language]),
      theme.heading)
    let patterns = trace.headPatterns
    if cover == .pattern {
      current.append(coverNote, theme.strong)
    } else if patterns.indices.contains(layer), patterns[layer].indices.contains(cursor.head) {
      let pattern = patterns[layer][cursor.head]
      let entropies = (Numbers.fixed(pattern.lastEntropy, decimals: 2), Numbers.fixed(pattern.meanEntropy, decimals: 2))
      current.append(
        DisplayText(
          Bilingual(
            zh: "\(dot)末行熵 \(entropies.0) 比特（平均 \(entropies.1)）", en: "\(dot)entropy of the last row \(entropies.0) bits (mean \(entropies.1))")[
              language]))
      for kind in HeadPatternKind.allCases {
        guard let score = pattern.scores[kind] else { continue }
        current.append(
          DisplayText("\(dot)\(kind.name[language]) \(percent(score))"), kind == pattern.strongest ? theme.strong : theme.dim)
      }
    }
    frame.draw(current, at: area.origin, in: area.row(0))
    var scope = ""
    if layout.layers.count < c.layerCount || layout.heads.count < c.headCount {
      let dash = theme.glyphMode == .ascii ? "-" : "–"
      let (l, h) = (layout.layers, layout.heads)
      scope =
        Bilingual(
          zh: "显示第 \(l.lowerBound)\(dash)\(l.upperBound - 1) 层（共 \(c.layerCount)）、第 \(h.lowerBound)\(dash)\(h.upperBound - 1) 头（共 \(c.headCount)）。",
          en:
            "Layers \(l.lowerBound)\(dash)\(l.upperBound - 1) of \(c.layerCount), heads \(h.lowerBound)\(dash)\(h.upperBound - 1) of \(c.headCount). ")[
          language]
    }
    let legend = Bilingual(
      zh: "\(scope)层.头 熵 标记：P 前一个词元，D 相同 token，I 归纳，S 首 token（注意力汇）。只描述，不是解释。",
      en: "\(scope)layer.head entropy mark: P previous token, D duplicate, I induction, S sink. Attention describes; it does not explain.")
    for (row, line) in StyledText(DisplayText(legend[language]), theme.dim).wrapped(to: max(1, area.width)).prefix(2).enumerated() {
      frame.draw(line, at: Point(x: area.x, y: area.y + 1 + row), in: area)
    }
  }
}
