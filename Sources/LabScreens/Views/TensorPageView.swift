// The page of one tensor: what it is for, its statistics, how its values are spread, a picture of its rows and columns, and the number under the
// cursor. Not here: how that number is stored (StoredBlockView).
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawTensorPage(_ frame: inout Frame, _ area: Rect, _ catalog: WeightsCatalog, _ index: Int) {
    let tensor = catalog.tensors[index]
    let lines = tensorLines(catalog, index, area)
    let (body, foot) = area.cut(bottom: 1)
    switch weights.summaries[index] {
    case .success(let summary):
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

  /// What stands above the pictures.
  private func tensorLines(_ catalog: WeightsCatalog, _ index: Int, _ area: Rect) -> [StyledText] {
    let tensor = catalog.tensors[index]
    let name = DisplayText(oneLine(tensor.name)).truncatedAtStart(to: area.width, ellipsis: theme.ellipsis)
    var lines = [StyledText(name, theme.heading), factLine(WeightWords.facts(tensor), width: area.width)]
    lines += roleLines(catalog.places[index], width: area.width).prefix(area.height < 16 ? 2 : 4)
    guard case .success(let summary)? = weights.summaries[index] else { return lines }
    lines += WeightWords.statistics(summary, of: tensor).flatMap { statisticLines($0, width: area.width).prefix(1) }
    if let warning = WeightWords.warning(summary) { lines.append(StyledText(DisplayText(warning[language]), theme.error)) }
    return lines
  }

  /// Rows and columns of the chosen tensor behind one cell of its picture as it is drawn now; nil where there is none.
  var pictureStep: (rows: Int, columns: Int)? {
    guard let catalog = weights.contents?.catalog, let index = weights.tensorIndex, case .success(let summary)? = weights.summaries[index]
    else { return nil }
    let area = WeightsLayout(Layout(self).labInner(isZoomed: isZoomed)).page
    let body = area.cut(bottom: 1).0
    let used = min(body.height, lineCount(tensorLines(catalog, index, area), width: body.width))
    guard let picture = TensorPictures(body.cut(top: used).1, summary).picture else { return nil }
    return summary.tile.factors(in: picture, theme: theme)
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
    let places = TensorPictures(area, summary)
    if let title = places.histogramTitle {
      drawTitle(&frame, title, Bilingual(zh: "数值的分布：越高，这样大小的数越多", en: "how the values are spread: the higher, the more numbers"))
    }
    guard let histogram = places.histogram else { return }
    frame.drawHistogram(summary.histogram, in: histogram, theme: theme)
    guard let picture = places.picture else { return }
    let scale = summary.tile.scale
    let element = weights.focus == .tensor ? (weights.element / max(1, tensor.columns), weights.element % max(1, tensor.columns)) : nil
    guard let factors = frame.drawTile(summary.tile, in: picture, scale: scale, element: element, theme: theme) else { return }
    // The legend stands right below the picture, which may be smaller than its room.
    let height = summary.tile.rows == 1 ? picture.height : summary.tile.placement(in: picture, theme: theme)?.area.height ?? picture.height
    frame.drawColorBar(scale, in: Rect(x: picture.x, y: picture.y + height, width: picture.width, height: 1), theme: theme)
    drawTitle(
      &frame, Rect(x: picture.x, y: picture.y - 1, width: picture.width, height: 1), WeightWords.tileTitle(summary, tensor, factors, scale))
  }

  private func drawTitle(_ frame: inout Frame, _ area: Rect, _ title: Bilingual) {
    let text = DisplayText(PlainGlyphs.text(title[language], theme.glyphMode)).truncated(to: area.width, ellipsis: theme.ellipsis)
    frame.draw(text, row: 0, of: area, theme.dim)
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
      } else if let problem = weights.currentBlockProblem {
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

/// Where the pictures of a tensor go; nil where there is no room for them.
private struct TensorPictures {
  /// A wider histogram says no more.
  private static let histogramWidth = 96

  private(set) var histogramTitle: Rect?
  private(set) var histogram: Rect?
  /// The rows and columns, with a line for their title above and one for the colours below.
  private(set) var picture: Rect?

  init(_ area: Rect, _ summary: TensorSummary) {
    guard area.height >= 3, !summary.histogram.counts.isEmpty else { return }
    let isTight = area.height < 12
    // The histogram first; the picture needs at least four lines with its title.
    let height = area.height < 8 ? (area.height < 6 ? area.height : 3) : min(9, max(4, area.height / 3))
    var rest = area
    if !isTight {
      let (title, below) = rest.cut(top: 1).1.cut(top: 1)
      (histogramTitle, rest) = (title, below)
    }
    histogram = Rect(x: rest.x, y: rest.y, width: min(rest.width, Self.histogramWidth), height: height)
    rest = rest.cut(top: height + (isTight ? 0 : 1)).1
    if rest.height >= 3 { picture = rest.cut(top: 1).1.cut(bottom: 1).0 }
  }
}
