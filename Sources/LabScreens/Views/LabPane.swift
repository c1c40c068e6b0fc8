// The lab's pane: frame, tabs of the views, and whichever view is chosen. Each view is in its own file.
import Course
import Languages
import Terminal

extension ScreenState {
  /// Names of the views in their order, which is that of their keys.
  static let viewNames: [(view: LabView, name: Bilingual)] = [
    (.stepper, Bilingual(zh: "步进", en: "stepper")), (.attention, Bilingual(zh: "注意力", en: "attention")),
    (.heads, Bilingual(zh: "所有头", en: "heads")), (.probabilities, Bilingual(zh: "概率", en: "probabilities")),
    (.text, Bilingual(zh: "文本", en: "text")), (.weights, Bilingual(zh: "权重", en: "weights")), (.chat, Bilingual(zh: "对话", en: "chat")),
    (.training, Bilingual(zh: "训练", en: "training")),
  ]

  func drawLab(_ frame: inout Frame, _ area: Rect) {
    var inner = area
    if !isZoomed {
      inner = frame.box(area, glyphs: theme.borders, style: visiblePane == .lab ? theme.focusedBorder : theme.border)
      drawViewTabs(&frame, Rect(x: area.x + 1, y: area.y, width: max(0, area.width - 2), height: 1))
    }
    switch (view, trace) {
    // The file can be read where nothing has run.
    case (.weights, _): drawWeights(&frame, inner)
    case (.chat, _): drawChat(&frame, inner)
    case (.training, _): drawTraining(&frame, inner)
    case (_, nil): drawEmptyLab(&frame, inner)
    case (.stepper, let trace?): drawStepper(&frame, inner, trace)
    case (.attention, let trace?): drawAttention(&frame, inner, trace)
    case (.heads, let trace?): drawHeads(&frame, inner, trace)
    case (.probabilities, let trace?): drawProbabilities(&frame, inner, trace)
    case (.text, let trace?): drawText(&frame, inner, trace)
    }
  }

  /// How much of the tabs' names there is room for.
  private enum TabRoom: CaseIterable { case wide, narrow, short, numbers }

  /// The views with their keys, set into the top border. Where the names do not fit, they move together,
  /// then the longest is cut; else the keys of the other views still do.
  private func drawViewTabs(_ frame: inout Frame, _ area: Rect) {
    func tab(_ index: Int, _ room: TabRoom) -> DisplayText {
      let (view, name) = ScreenState.viewNames[index]
      let isShown = view == self.view
      let word = room == .short ? ScreenState.shortViewNames[view].map { $0[language] } ?? name[language] : name[language]
      let text = room != .numbers || isShown ? "\(index + 1) \(word)" : "\(index + 1)"
      if room == .narrow || room == .short { return DisplayText(isShown ? "[\(text)] " : "\(text) ") }
      return DisplayText(isShown ? "[\(text)]" : " \(text) ")
    }
    func tabs(_ room: TabRoom) -> [DisplayText] { ScreenState.viewNames.indices.map { tab($0, room) } }
    func width(_ room: TabRoom) -> Int { tabs(room).reduce(0) { $0 + $1.width } }
    let room = TabRoom.allCases.first { width($0) <= area.width } ?? .numbers
    var x = area.x + (width(room) + 2 <= area.width ? 1 : 0)
    for (index, text) in tabs(room).enumerated() {
      let isShown = ScreenState.viewNames[index].view == view
      x += frame.draw(text, at: Point(x: x, y: area.y), isShown ? theme.strong : theme.dim, in: area)
    }
  }

  /// Where the border is short of room.
  private static let shortViewNames: [LabView: Bilingual] = [.probabilities: Bilingual(zh: "概率", en: "probs")]

  private func drawEmptyLab(_ frame: inout Frame, _ area: Rect) {
    let text: Bilingual =
      switch activity {
      case .loading: Bilingual(zh: "正在打开模型…", en: "opening the model…")
      case .tracing, .writing: Bilingual(zh: "模型正在计算…", en: "the model is computing…")
      case .idle:
        modelProblem
          ?? Bilingual(
            zh: "按 e 输入提示词，看模型怎样一步步算出下一个词元。", en: "Press e, type a prompt, and watch the model compute the next token step by step.")
      }
    for (row, line) in StyledText(DisplayText(text[language]), theme.dim).wrapped(to: max(1, area.width - 4)).enumerated() {
      frame.draw(line, at: Point(x: area.x + 2, y: area.y + 1 + row), in: area)
    }
  }
}
