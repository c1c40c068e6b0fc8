// The tree of a weights file: one line a branch or tensor with its size, a bar for its share of the file, and its place in the list. Not here: the
// page beside it.
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawWeightTree(_ frame: inout Frame, _ area: Rect, _ contents: WeightsContents) {
    let rows = weights.rows
    guard let selected = rows.firstIndex(of: weights.row) else { return }
    let shown = window(of: rows.count, showing: area.height, around: selected)
    let hasBar = rows.count > area.height
    let width = area.width - (hasBar ? 2 : 1)
    for (line, index) in shown.enumerated() {
      let row = Rect(x: area.x, y: area.y + line, width: width, height: 1)
      drawTreeRow(&frame, row, rows[index], contents, isSelected: index == selected)
    }
    frame.scrollBar(
      Rect(x: area.right - 1, y: area.y, width: 1, height: area.height), offset: shown.lowerBound, content: rows.count, theme: theme)
  }

  private func drawTreeRow(_ frame: inout Frame, _ area: Rect, _ row: WeightsState.Row, _ contents: WeightsContents, isSelected: Bool) {
    let (label, bytes) = treeLabel(row, contents)
    let hasFocus = isSelected && weights.focus == .tree
    if isSelected { frame.draw(DisplayText(rowPointer), at: area.origin, theme.accent.with(.bold), in: area) }
    // Size and bar stand right, so that they form columns.
    let bar = area.width >= 40 ? 8 : area.width >= 28 ? 5 : 0
    let size = DisplayText(WeightWords.bytes(bytes))
    let right = area.right - (bar > 0 ? bar + 1 : 0)
    let name = Rect(x: area.x + 1, y: area.y, width: max(0, right - 9 - area.x - 1), height: 1)
    let style = hasFocus ? theme.strong.with(.reverse) : isSelected ? theme.strong : theme.text
    // What tells tensors apart stands at the end of their names.
    let room = max(0, name.width - label.indent)
    let text =
      label.isName
      ? label.text.truncatedAtStart(to: room, ellipsis: theme.ellipsis) : label.text.truncated(to: room, ellipsis: theme.ellipsis)
    frame.draw(text, at: Point(x: name.x + label.indent, y: name.y), style, in: name)
    frame.draw(size, row: 0, of: Rect(x: right - 8, y: area.y, width: 8, height: 1), theme.dim, .right)
    guard bar > 0, row != .file, contents.catalog.byteCount > 0 else { return }
    let share = Double(bytes) / Double(contents.catalog.byteCount)
    frame.drawBar(share, in: Rect(x: right + 1, y: area.y, width: bar, height: 1), isSelected ? theme.accent : theme.dim, theme: theme)
  }

  /// A line's text and how far it is set in.
  private typealias TreeLabel = (text: DisplayText, indent: Int, isName: Bool)

  private func treeLabel(_ row: WeightsState.Row, _ contents: WeightsContents) -> (TreeLabel, Int) {
    switch row {
    case .file: return ((DisplayText(fileName(contents.catalog.path)), 0, false), contents.catalog.byteCount)
    case .group(let index):
      let group = contents.tree.groups[index]
      let mark = weights.unfolded.contains(index) ? "−" : "+"
      return ((DisplayText("\(mark) " + groupName(group, contents)), 0, false), group.byteCount)
    case .tensor(let index):
      let (tensor, place) = (contents.catalog.tensors[index], contents.catalog.places[index])
      // Inside its branch the name goes on behind the number of the block.
      let prefix = place.block.map { place.stack.isEmpty ? "\($0)." : "\(place.stack).\($0)." } ?? ""
      var name = prefix.isEmpty || !tensor.name.hasPrefix(prefix) ? tensor.name : String(tensor.name.dropFirst(prefix.count))
      // Nearly all names end so; the page has them in full.
      if name.hasSuffix(".weight") { name.removeLast(7) }
      return ((DisplayText(oneLine(name)), prefix.isEmpty ? 0 : 4, true), tensor.byteCount)
    }
  }

  func groupName(_ group: WeightTree.Group, _ contents: WeightsContents) -> String {
    let name = Bilingual(zh: "第 \(group.block) 块", en: "block \(group.block)")[language]
    return contents.tree.hasSeveralStacks ? "\(name) \(oneLine(group.stack))" : name
  }

  /// The last part of a path.
  func fileName(_ path: String) -> String { oneLine(path.split(separator: "/").last.map(String.init) ?? path) }

  /// Names from outside stay on their line.
  func oneLine(_ text: String) -> String {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: "⏎")
  }
}
