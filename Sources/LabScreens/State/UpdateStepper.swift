// Moving about in a finished run: operations, layers, heads, tokens, cells; and which view shows it. Not here: changing the run.
import Course
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  mutating func move(_ command: Command) -> [ScreenEffect] {
    guard let trace else { return [] }
    let last = trace.operations.count - 1
    switch command {
    case .nextOperation: step(to: cursor.operation + 1, last)
    case .previousOperation: step(to: cursor.operation - 1, last)
    case .firstOperation: step(to: 0, last)
    case .lastOperation: step(to: last, last)
    case .nextLayer: moveLayer(by: 1)
    case .previousLayer: moveLayer(by: -1)
    case .nextHead: moveHead(by: 1)
    case .previousHead: moveHead(by: -1)
    case .nextToken: cursor.row += 1
    case .previousToken: cursor.row -= 1
    case .cellDown: moveDown(by: 1)
    case .cellUp: moveDown(by: -1)
    case .cellLeft: moveColumn(by: -1)
    case .cellRight: moveColumn(by: 1)
    default: break
    }
    clampCursor()
    return record(.movedCursor(labCursor))
  }

  private mutating func step(to index: Int, _ last: Int) {
    if index < 0 { notice = Notice(Bilingual(zh: "这是第一个运算", en: "this is the first operation")) }
    if index > last { notice = Notice(Bilingual(zh: "到头了：按 s 采样下一个词元", en: "this is the end: press s to sample the next token")) }
    cursor.operation = min(max(0, index), last)
  }

  /// The same kind of operation in the neighbouring block; in the views of heads, simply the block.
  private mutating func moveLayer(by step: Int) {
    guard let trace, let operation else { return }
    let layers = model?.transformer.configuration.layerCount ?? 0
    guard let layer = operation.layer else {
      // Outside the blocks: into the first or the last one.
      let target = trace.operations.first { $0.layer == (step > 0 && operation.kind == .embed ? 0 : layers - 1) }
      if operation.kind == .embed, step < 0 { return }
      if operation.kind != .embed, step > 0 { return }
      cursor.operation = target?.index ?? cursor.operation
      return
    }
    if let target = trace.operations.first(where: { $0.layer == layer + step && $0.kind == operation.kind }) {
      cursor.operation = target.index
    } else {
      cursor.operation = step > 0 ? trace.operations.count - 3 : 0
    }
  }

  private mutating func moveHead(by step: Int) {
    let count = max(1, model?.transformer.configuration.headCount ?? 1)
    cursor.head = (cursor.head + step + count) % count
  }

  /// Down a list of candidates where there is one, else down the rows.
  private mutating func moveDown(by step: Int) {
    if view == .probabilities || (view == .stepper && operation?.output == nil) {
      cursor.column = max(0, cursor.column + step)
      return
    }
    cursor.row += step
  }

  private mutating func moveColumn(by step: Int) { cursor.column += step }

  mutating func show(_ view: LabView) -> [ScreenEffect] {
    self.view = view
    if view == .attention || view == .heads, let trace, !isAttentionMap {
      // These views are about patterns: the cursor goes to the pattern of the block it is in.
      let layer = operation?.layer ?? 0
      cursor.operation = trace.operations.first { $0.layer == layer && $0.kind == .softmax }?.index ?? cursor.operation
      cursor.column = min(cursor.column, cursor.row)
      clampCursor()
    }
    if pane == .lesson && lesson != nil && size.columns < Layout.sideBySideColumns { pane = .lab }
    return record(.openedView(view))
  }

  mutating func openUnderCursor() -> [ScreenEffect] {
    switch view {
    case .heads: return show(.attention)
    case .attention: return show(.stepper)
    case .text: return show(.probabilities)
    case .probabilities: return perform(.sample, nil)
    case .stepper:
      if operation?.kind == .sample { return perform(.sample, nil) }
      if isAttentionMap { return show(.attention) }
      return move(.nextOperation)
    }
  }

  /// Brings the stepper to where a lesson points.
  mutating func apply(_ setup: LabSetup) {
    if let view = setup.view { self.view = view }
    if let head = setup.head { cursor.head = head }
    guard let trace else { return }
    func position(_ index: Int) -> Int { max(0, min(trace.ids.count - 1, index < 0 ? index + trace.ids.count : index)) }
    let layer = setup.layer ?? operation?.layer ?? 0
    if let name = setup.operation {
      // What enters a block is what the one before it left.
      let (name, layer) = name == "hook_resid_pre" ? (layer == 0 ? "hook_embed" : "hook_resid_post", layer - 1) : (name, layer)
      cursor.operation = trace.operations.first { $0.isNamed(name, layer: layer) }?.index ?? cursor.operation
    } else if let layer = setup.layer, let kind = operation?.kind {
      cursor.operation = trace.operations.first { $0.layer == layer && $0.kind == kind }?.index ?? cursor.operation
    }
    cursor.row = setup.token.map(position) ?? (setup.prompt == nil ? cursor.row : trace.ids.count - 1)
    if let key = setup.key { cursor.column = position(key) }
    if self.view == .attention || self.view == .heads { _ = show(self.view) }
    clampCursor()
  }
}

extension Operation {
  /// Whether a lesson's word for an operation means this one: a hook's name without its block, or `sample`.
  func isNamed(_ name: String, layer: Int) -> Bool {
    switch output {
    case .block(let own, let hook): own == layer && hook.rawValue == name
    case .some(let hook): hook.name == name
    case nil: name == "sample"
    }
  }
}
