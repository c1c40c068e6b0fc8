// The weights view: what lies in the model's file. This file decides which page goes where; each page has its own file.
import Insight
import Languages
import Terminal

/// The first page's tree and page, beside each other where both have room.
struct WeightsLayout {
  static let valuesPerLine = 8
  /// From this width on the page stands beside the tree.
  static let sideBySide = 64

  let tree: Rect
  let page: Rect

  init(_ area: Rect) {
    if area.width >= Self.sideBySide {
      let parts = area.columns([.fixed(min(46, max(30, area.width * 2 / 5))), .share(1)], gap: 2)
      (tree, page) = (parts[0], parts[1])
    } else {
      let parts = area.rows([.fixed(max(4, area.height * 3 / 10)), .share(1)], gap: 1)
      (tree, page) = (parts[0], parts[1])
    }
  }
}

extension ScreenState {
  func drawWeights(_ frame: inout Frame, _ area: Rect) {
    guard area.width >= 20, area.height >= 8 else { return }
    guard let contents = weights.contents else { return drawWeightsProblem(&frame, area) }
    switch weights.page {
    case .browse:
      let layout = WeightsLayout(area)
      drawWeightTree(&frame, layout.tree, contents)
      if layout.page.x > layout.tree.x {
        frame.fill(
          Rect(x: layout.tree.right, y: area.y, width: 1, height: area.height), theme.border, glyph: theme.borders.vertical)
      } else {
        frame.rule(Rect(x: area.x, y: layout.tree.bottom, width: area.width, height: 1), glyph: theme.borders.horizontal, theme.border)
      }
      switch weights.row {
      case .file: drawFilePage(&frame, layout.page, contents)
      case .group(let group): drawGroupPage(&frame, layout.page, contents, contents.tree.groups[group])
      case .tensor(let tensor): drawTensorPage(&frame, layout.page, contents.catalog, tensor)
      }
    case .block: drawStoredBlock(&frame, area, contents.catalog)
    case .metadata: drawMetadata(&frame, area, contents.catalog)
    case .difference: drawDifference(&frame, area)
    }
  }

  private func drawWeightsProblem(_ frame: inout Frame, _ area: Rect) {
    let isLoading = weights.problem == nil && (weights.path != nil || activity == .loading)
    let text =
      isLoading
      ? Bilingual(zh: "正在打开文件…", en: "opening the file…")
      : weights.problem ?? modelProblem ?? Bilingual(zh: "还没有打开模型", en: "no model is open")
    var lines = [StyledText(DisplayText(text[language]), isLoading ? theme.dim : theme.error)]
    if !isLoading {
      let hint = Bilingual(zh: "其他文件可用 :weights 路径 打开。", en: "Another file opens with :weights PATH.")
      lines.append(StyledText(DisplayText(hint[language]), theme.dim))
    }
    drawLines(&frame, area.inset(), lines)
  }

  /// Wrapped lines from the top; returns the rows that they took.
  @discardableResult
  func drawLines(_ frame: inout Frame, _ area: Rect, _ lines: [StyledText]) -> Int {
    var y = 0
    for line in lines.flatMap({ $0.isEmpty ? [$0] : $0.wrapped(to: max(1, area.width)) }) where y < area.height {
      frame.draw(line, at: Point(x: area.x, y: area.y + y), in: area)
      y += 1
    }
    return y
  }

  /// Rows that lines take when they are wrapped.
  func lineCount(_ lines: [StyledText], width: Int) -> Int {
    lines.reduce(0) { $0 + ($1.isEmpty ? 1 : $1.wrapped(to: max(1, width)).count) }
  }

  /// Facts behind each other on one line, as many as fit; the first one always.
  func factLine(_ facts: [Bilingual], width: Int) -> StyledText {
    var line = StyledText()
    for fact in facts {
      let piece = DisplayText((line.isEmpty ? "" : dot) + PlainGlyphs.text(fact[language], theme.glyphMode))
      if !line.isEmpty, line.width + piece.width > width { continue }
      line.append(piece)
    }
    return line
  }

  /// `name value   name value`, names dim; what does not fit goes to the next line.
  func statisticLines(_ facts: [WeightWords.Fact], width: Int) -> [StyledText] {
    var lines = [StyledText()]
    for (name, value) in facts {
      var piece = StyledText(DisplayText(name[language] + (name.en.isEmpty ? "" : " ")), theme.dim)
      piece.append(DisplayText(PlainGlyphs.text(value, theme.glyphMode)))
      if lines[lines.count - 1].isEmpty {
        lines[lines.count - 1] = piece
      } else if lines[lines.count - 1].width + 2 + piece.width <= width {
        lines[lines.count - 1].append("  ")
        lines[lines.count - 1].append(piece)
      } else {
        lines.append(piece)
      }
    }
    return lines
  }
}
