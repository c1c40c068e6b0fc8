// The line under the pipeline strip: which operation of how many, the tensor it makes, and what it cost in this run. And what the operation does,
// in one sentence. Not here: the strip itself.
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  /// Operation n/N, hook, shape, type, measured time, FLOPs, bytes: on one line where it fits, else on two. Returns the rest of the area.
  func drawOperationLine(_ frame: inout Frame, _ area: Rect, _ trace: Trace) -> Rect {
    guard let operation else { return area }
    var facts: [String] = []
    if showsTimes, let nanoseconds = trace.nanoseconds(of: operation) { facts.append(duration(nanoseconds)) }
    facts.append(measure(trace.floatingPointOperations(of: operation), "FLOP"))
    facts.append(measure(trace.bytesMoved(of: operation), "B"))
    var lines = [StyledText(DisplayText("\(operation.index + 1)/\(trace.operations.count) "), theme.strong)]
    if let tensor = trace.output(of: operation), let hook = operation.output {
      lines[0].append(DisplayText(hook.name + " "))
      lines[0].append(DisplayText("[" + tensor.shape.map(String.init).joined(separator: ",") + "] f32"))
    } else {
      lines[0].append(DisplayText(Bilingual(zh: "不产生张量", en: "makes no tensor")[language]))
    }
    // Dots between the facts give way first; then the line breaks, between facts.
    let isTight = facts.reduce(lines[0].width) { $0 + dot.count + $1.count } > area.width
    for fact in facts {
      let gap = isTight ? "  " : dot
      if lines[lines.count - 1].width + gap.count + fact.count > area.width, lines.count < 2 {
        lines.append(StyledText("  "))
      } else {
        lines[lines.count - 1].append(DisplayText(gap), theme.dim)
      }
      lines[lines.count - 1].append(DisplayText(fact), theme.dim)
    }
    for (row, line) in lines.enumerated() { frame.draw(line, at: Point(x: area.x, y: area.y + row), in: area) }
    return area.cut(top: lines.count).1
  }

  /// The operation's name and what it does in one sentence; returns the rest of the area.
  func drawOperationWords(_ frame: inout Frame, _ area: Rect) -> Rect {
    guard let kind = operation?.kind, let configuration = trace?.model.transformer.configuration else { return area }
    var text = StyledText(DisplayText(kind.title(in: configuration)[language]), theme.heading)
    text.append("  ")
    text.append(DisplayText(PlainGlyphs.text(kind.explanation(in: configuration)[language], theme.glyphMode)))
    let lines = text.wrapped(to: max(1, area.width)).prefix(3)
    for (row, line) in lines.enumerated() { frame.draw(line, at: Point(x: area.x, y: area.y + row), in: area) }
    return area.cut(top: lines.count).1
  }

  /// 25.6 kFLOP, 512 B.
  private func measure(_ count: Int, _ unit: String) -> String {
    let text = Numbers.count(Double(count))
    return text.contains(" ") ? text + unit : text + " " + unit
  }

  private func duration(_ nanoseconds: Int) -> String {
    let value = Double(nanoseconds)
    let (scaled, unit) =
      value < 1e3
      ? (value, "ns")
      : value < 1e6 ? (value / 1e3, theme.glyphMode == .ascii ? "us" : "µs") : value < 1e9 ? (value / 1e6, "ms") : (value / 1e9, "s")
    return "\(value < 1e3 ? "\(nanoseconds)" : Numbers.significant(scaled, digits: 3)) \(unit)"
  }
}
