// Moving about in a finished run: operations, layers, heads, tokens, cells; and which view shows it. Not here: changing the run.
import Course
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  mutating func move(_ command: Command) -> [ScreenEffect] {
    if view == .weights { return moveInWeights(command) }
    guard let trace else { return [] }
    switch view {
    case .heads: moveInHeads(command)
    case .attention: moveInAttention(command)
    case .stepper, .probabilities, .text, .weights, .chat, .training: moveInStepper(command, last: trace.operations.count - 1)
    }
    clampCursor()
    return record(.movedCursor(labCursor))
  }

  private mutating func moveInStepper(_ command: Command, last: Int) {
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
    case .cellDown: moveCell(rows: 1)
    case .cellUp: moveCell(rows: -1)
    case .cellLeft: moveCell(columns: -1)
    case .cellRight: moveCell(columns: 1)
    default: break
    }
  }

  /// Small maps: heads from left to right, layers downwards.
  private mutating func moveInHeads(_ command: Command) {
    let heads = max(1, model?.transformer.configuration.headCount ?? 1)
    switch command {
    case .nextOperation, .cellRight: cursor.head = min(cursor.head + 1, heads - 1)
    case .previousOperation, .cellLeft: cursor.head = max(cursor.head - 1, 0)
    case .nextLayer, .cellDown: moveMapLayer(by: 1)
    case .previousLayer, .cellUp: moveMapLayer(by: -1)
    case .firstOperation: moveMapLayer(by: -(model?.transformer.configuration.layerCount ?? 0))
    case .lastOperation: moveMapLayer(by: model?.transformer.configuration.layerCount ?? 0)
    case .nextHead: moveHead(by: 1)
    case .previousHead: moveHead(by: -1)
    case .nextToken: cursor.row += 1
    case .previousToken: cursor.row -= 1
    default: break
    }
  }

  /// One map: keys from left to right, queries downwards.
  private mutating func moveInAttention(_ command: Command) {
    switch command {
    case .nextOperation, .cellRight: cursor.column += 1
    case .previousOperation, .cellLeft: cursor.column -= 1
    case .nextLayer, .cellDown, .nextToken: cursor.row += 1
    case .previousLayer, .cellUp, .previousToken: cursor.row -= 1
    case .firstOperation: cursor.column = 0
    case .lastOperation: cursor.column = cursor.row
    case .nextHead: moveHead(by: 1)
    case .previousHead: moveHead(by: -1)
    default: break
    }
  }

  private mutating func step(to index: Int, _ last: Int) {
    if index < 0 { notice = Notice(Bilingual(zh: "这是第一个运算", en: "this is the first operation")) }
    if index > last { notice = Notice(Bilingual(zh: "到头了：按 s 采样下一个词元", en: "this is the end: press s to sample the next token")) }
    go(to: min(max(0, index), last))
  }

  /// Moves to an operation, and to a cell that makes sense there: a key that the query can see, the likeliest token.
  private mutating func go(to index: Int) {
    guard index != cursor.operation else { return }
    let (wasMap, wasList) = (isAttentionMap, isTokenList)
    cursor.operation = index
    if isAttentionMap, !wasMap { cursor.column = min(cursor.column, cursor.row) }
    if isTokenList, !wasList { cursor.column = likeliestToken }
  }

  /// After the current row, by the logits.
  private var likeliestToken: Int {
    guard let logits = trace?.logits(at: cursor.row) else { return 0 }
    return logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
  }

  /// Whether the cursor's column is a token of the vocabulary.
  var isTokenList: Bool { operation?.kind == .logits || operation?.kind == .sample }

  /// The same kind of operation in the neighbouring block.
  private mutating func moveLayer(by step: Int) {
    guard let trace, let operation else { return }
    let layers = model?.transformer.configuration.layerCount ?? 0
    guard let layer = operation.layer else {
      // Outside the blocks: into the first or the last one.
      if (operation.kind == .embed) != (step > 0) { return }
      go(to: trace.operations.first { $0.layer == (step > 0 ? 0 : layers - 1) }?.index ?? cursor.operation)
      return
    }
    let target = trace.operations.first { $0.layer == layer + step && $0.kind == operation.kind }
    go(to: target?.index ?? (step > 0 ? trace.operations.count - 3 : 0))
  }

  /// The map of another block; the outermost ones are the end.
  private mutating func moveMapLayer(by step: Int) {
    guard let trace, let current = attentionOperation(trace), let layer = current.layer else { return }
    let target = min(max(0, layer + step), trace.model.transformer.configuration.layerCount - 1)
    cursor.operation = trace.operations.first { $0.layer == target && $0.kind == current.kind }?.index ?? cursor.operation
  }

  private mutating func moveHead(by step: Int) {
    let count = max(1, model?.transformer.configuration.headCount ?? 1)
    cursor.head = (cursor.head + step + count) % count
  }

  private mutating func moveCell(rows: Int = 0, columns: Int = 0) {
    if view == .probabilities {
      cursor.column = max(0, cursor.column + rows + columns)
    } else if view == .stepper, isTokenList {
      moveInRanking(by: rows + columns)
    } else {
      cursor.row += rows
      cursor.column += columns
    }
  }

  /// The next token in the order of the logits, which is how the list shows them.
  private mutating func moveInRanking(by step: Int) {
    guard let logits = trace?.logits(at: cursor.row), logits.indices.contains(cursor.column) else { return }
    func precedes(_ a: Int, _ b: Int) -> Bool { logits[a] != logits[b] ? logits[a] > logits[b] : a < b }
    let here = cursor.column
    let beyond = logits.indices.lazy.filter { step > 0 ? precedes(here, $0) : precedes($0, here) }
    cursor.column = beyond.min { step > 0 ? precedes($0, $1) : precedes($1, $0) } ?? here
  }

  mutating func show(_ view: LabView) -> [ScreenEffect] {
    let previous = self.view
    self.view = view
    if isTokenList, (previous == .probabilities) != (view == .probabilities) {
      // There the column counts ranks, here it is a token of the vocabulary.
      cursor.column = view == .probabilities ? 0 : likeliestToken
    }
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
    case .weights: return openInWeights()
    case .chat: return perform(.chatWhy, nil)
    case .training: return perform(.checkpointOpen, nil)
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
      // From outside the blocks the layer's first operation stands for it.
      let target = trace.operations.first { $0.layer == layer && $0.kind == kind } ?? trace.operations.first { $0.layer == layer }
      cursor.operation = target?.index ?? cursor.operation
    }
    cursor.row = setup.token.map(position) ?? (setup.prompt == nil ? cursor.row : trace.ids.count - 1)
    if let key = setup.key { cursor.column = position(key) }
    if self.view == .attention || self.view == .heads {
      // The lesson stays in sight: it is read first.
      let pane = pane
      _ = show(self.view)
      self.pane = pane
    }
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
