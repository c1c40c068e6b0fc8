// The page of one tensor: what it is for, its statistics, how its values are spread, a picture of its rows and columns, and the number under the
// cursor. Not here: how that number is stored (StoredBlockView).
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawTensorPage(_ frame: inout Frame, _ area: Rect, _ catalog: WeightsCatalog, _ index: Int) {
    let (tensor, place) = (catalog.tensors[index], catalog.places[index])
    let name = DisplayText(oneLine(tensor.name)).truncatedAtStart(to: area.width, ellipsis: theme.ellipsis)
    var lines = [StyledText(name, theme.heading), factLine(WeightWords.facts(tensor), width: area.width)]
    lines += roleLines(place, width: area.width).prefix(area.height < 16 ? 2 : 4)
    let (body, foot) = area.cut(bottom: 1)
    switch weights.summaries[index] {
    case .success(let summary):
      lines += WeightWords.statistics(summary, of: tensor).flatMap { statisticLines($0, width: area.width).prefix(1) }
      if let warning = WeightWords.warning(summary) { lines.append(StyledText(DisplayText(warning[language]), theme.error)) }
      let used = drawLines(&frame, body, lines)
      drawPictures(&frame, body.cut(top: used).1, summary, tensor)
      drawElement(&frame, foot, tensor, summary)
    case .failure(let problem):
      drawLines(&frame, body, lines + [StyledText(), StyledText(DisplayText(problem.message[language]), theme.error)])
    case nil:
      let text: StyledText
      if let reason = tensor.unreadable {
        text = StyledText(DisplayText(reason[language]), theme.dim)
      } else if let measuring = weights.measuring, measuring.tensor == index {
        let percent = Int(measuring.fraction * 100)
        text = StyledText(
          DisplayText(Bilingual(zh: "正在读取 \(percent) %…", en: "reading \(percent) %…")[language]), theme.accent)
      } else {
        text = StyledText(DisplayText(Bilingual(zh: "按 Enter 读取", en: "Enter reads it")[language]), theme.dim)
      }
      drawLines(&frame, body, lines + [StyledText(), text])
      drawElement(&frame, foot, tensor, nil)
    }
  }

  /// "query projection of block 3. Reads …"
  func roleLines(_ place: TensorPlace, width: Int) -> [StyledText] {
    var lead = StyledText()
    if let title = place.title {
      let block = place.block.map { Bilingual(zh: "第 \($0) 块的\(title.zh)。", en: "\(title.en) of block \($0). ") }
      lead = StyledText(DisplayText((block ?? Bilingual(zh: "\(title.zh)。", en: "\(title.en). "))[language]), theme.strong)
    }
    return (lead + StyledText(DisplayText(place.sentence[language]))).wrapped(to: max(1, width))
  }

  private func drawPictures(_ frame: inout Frame, _ area: Rect, _ summary: TensorSummary, _ tensor: StoredTensor) {
    guard area.height >= 3, !summary.histogram.counts.isEmpty else { return }
    let isTight = area.height < 12
    // The histogram first; the picture of the rows and columns needs at least four lines with its title.
    let height = area.height < 8 ? (area.height < 6 ? area.height : 3) : min(9, max(4, area.height / 3))
    var rest = area
    if !isTight {
      rest = drawTitle(
        &frame, rest.cut(top: 1).1, Bilingual(zh: "数值的分布：越高，这样大小的数越多", en: "how the values are spread: the higher, the more numbers"))
    }
    let width = min(rest.width, TensorPictureSize.histogram)
    frame.drawHistogram(summary.histogram, in: Rect(x: rest.x, y: rest.y, width: width, height: height), theme: theme)
    rest = rest.cut(top: height + (isTight ? 0 : 1)).1
    guard rest.height >= 3 else { return }
    let scale = summary.tile.scale
    let (picture, legend) = rest.cut(top: 1).1.cut(bottom: 1)
    let element = weights.focus == .tensor ? (weights.element / max(1, tensor.columns), weights.element % max(1, tensor.columns)) : nil
    // The legend stands right below the picture, which may be smaller than its room.
    let map = Heatmap(rows: summary.tile.rows, columns: summary.tile.columns, values: summary.tile.values, scale: scale)
    let used = summary.tile.rows == 1 ? nil : map.placement(in: picture, theme: theme, maximumPixel: 2)?.area.height
    guard let factors = frame.drawTile(summary.tile, in: picture, scale: scale, element: element, theme: theme) else { return }
    let bar = used.map { Rect(x: legend.x, y: picture.y + $0, width: legend.width, height: 1) } ?? legend
    frame.drawColorBar(scale, in: bar, theme: theme)
    drawTitle(&frame, rest, WeightWords.tileTitle(summary, tensor, factors, scale))
  }

  @discardableResult
  private func drawTitle(_ frame: inout Frame, _ area: Rect, _ title: Bilingual) -> Rect {
    let text = DisplayText(PlainGlyphs.text(title[language], theme.glyphMode)).truncated(to: area.width, ellipsis: theme.ellipsis)
    frame.draw(text, row: 0, of: area, theme.dim)
    return area.cut(top: 1).1
  }

  /// The number under the cursor; in the tree, the first numbers.
  private func drawElement(_ frame: inout Frame, _ area: Rect, _ tensor: StoredTensor, _ summary: TensorSummary?) {
    var line = Readout()
    line.firm = 3
    if weights.focus == .tensor {
      line.append(DisplayText("\(rowPointer) "), theme.accent)
      line.append(DisplayText(tensor.place(of: weights.element)), theme.strong)
      if let block = weights.currentBlock {
        line.append(DisplayText(" = \(WeightWords.number(block.elements[weights.element - block.range.lowerBound].value))"), theme.strong)
        line.append(Bilingual(zh: "\(dot)Enter 看它怎样存", en: "\(dot)Enter: how it is stored"), language, theme.dim)
      } else if let problem = weights.blockProblem {
        line.append(DisplayText(" " + problem[language]), theme.error)
      }
    } else if let summary, !summary.first.isEmpty {
      line.append(Bilingual(zh: "开头 ", en: "first "), language, theme.dim)
      for value in summary.first { line.append(DisplayText(WeightWords.number(value) + " ")) }
      line.firm = 2
    }
    line.draw(&frame, area)
  }
}

/// Sizes beyond which pictures say no more.
enum TensorPictureSize {
  static let histogram = 96
}
