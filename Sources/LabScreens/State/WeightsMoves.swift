// Moving about in the weights view: the tree, the elements of a tensor, lists. Not here: what the view shows (Views), reading files (UpdateWeights).
import Insight
import Languages
import Terminal

extension ScreenState {
  mutating func moveInWeights(_ command: Command) -> [ScreenEffect] {
    switch weights.page {
    case .metadata: weights.metadataRow = moved(weights.metadataRow, command, count: weights.contents?.catalog.metadata.count ?? 0)
    case .difference: weights.differenceRow = moved(weights.differenceRow, command, count: weights.difference?.differences.count ?? 0)
    case .block: moveElement(command, coarse: (WeightsLayout.valuesPerLine, 1))
    case .browse where weights.focus == .tensor: moveElement(command, coarse: pictureStep ?? (1, 1))
    case .browse: return moveInTree(command)
    }
    return readBlock()
  }

  /// A row of a list.
  private func moved(_ row: Int, _ command: Command, count: Int) -> Int {
    let target =
      switch command {
      case .nextLayer, .cellDown: row + 1
      case .previousLayer, .cellUp: row - 1
      case .nextOperation, .nextToken: row + 10
      case .previousOperation, .previousToken: row - 10
      case .firstOperation: 0
      case .lastOperation: count - 1
      default: row
      }
    return max(0, min(target, count - 1))
  }

  // MARK: Tree

  private mutating func moveInTree(_ command: Command) -> [ScreenEffect] {
    let rows = weights.rows
    guard let place = rows.firstIndex(of: weights.row) else { return [] }
    func top(_ row: WeightsState.Row) -> Bool {
      if case .tensor(let tensor) = row { return weights.contents?.tree.group(of: tensor) == nil }
      return true
    }
    switch command {
    case .nextLayer, .cellDown: weights.row = rows[min(place + 1, rows.count - 1)]
    case .previousLayer, .cellUp: weights.row = rows[max(place - 1, 0)]
    case .nextToken: weights.row = rows[(place + 1)...].first(where: top) ?? weights.row
    case .previousToken: weights.row = rows[..<place].last(where: top) ?? weights.row
    case .firstOperation: weights.row = rows[0]
    case .lastOperation: weights.row = rows[rows.count - 1]
    case .nextOperation, .cellRight: return openRow()
    case .previousOperation, .cellLeft: foldRow()
    default: break
    }
    weights.element = 0
    return measure()
  }

  /// Enter: unfolds or folds a branch, goes into a tensor.
  mutating func openInWeights() -> [ScreenEffect] {
    switch weights.page {
    case .metadata: return []
    case .block:
      weights.page = .browse
      return []
    case .difference: return openDifference()
    case .browse: break
    }
    if weights.focus == .tensor { return performWeights(.weightsBlock, nil) }
    if case .group(let group) = weights.row, weights.unfolded.contains(group) {
      weights.unfolded.remove(group)
      return []
    }
    return openRow()
  }

  private mutating func openRow() -> [ScreenEffect] {
    switch weights.row {
    case .file:
      if let next = weights.rows.dropFirst().first { weights.row = next }
    case .group(let group): weights.unfolded.insert(group)
    case .tensor: weights.focus = .tensor
    }
    return measure() + readBlock()
  }

  private mutating func foldRow() {
    switch weights.row {
    case .file: break
    case .group(let group): weights.unfolded.remove(group)
    case .tensor(let tensor):
      if let group = weights.contents?.tree.group(of: tensor) { weights.row = .group(group) } else { weights.row = .file }
    }
  }

  /// Chooses a tensor wherever it is, its branch unfolded.
  private mutating func choose(_ tensor: Int) -> [ScreenEffect] {
    if let group = weights.contents?.tree.group(of: tensor) { weights.unfolded.insert(group) }
    weights.row = .tensor(tensor)
    weights.element = 0
    return measure()
  }

  private mutating func openDifference() -> [ScreenEffect] {
    guard let differences = weights.difference?.differences, differences.indices.contains(weights.differenceRow) else { return [] }
    let difference = differences[weights.differenceRow]
    (weights.page, weights.focus) = (.browse, .tensor)
    let effects = choose(difference.pair.left)
    weights.element = difference.largestElement ?? 0
    return effects + readBlock()
  }

  /// The next tensor whose name, or what it is called in either language, holds the text.
  mutating func findTensor(_ text: String) -> (isFound: Bool, effects: [ScreenEffect]) {
    guard let contents = weights.contents else { return (false, []) }
    let wanted = text.lowercased()
    if weights.page == .metadata {
      let entries = contents.catalog.metadata
      let order = Array(entries.indices.dropFirst(weights.metadataRow + 1)) + Array(entries.indices.prefix(weights.metadataRow + 1))
      guard let row = order.first(where: { entries[$0].key.lowercased().contains(wanted) }) else { return (false, []) }
      weights.metadataRow = row
      return (true, [])
    }
    let all = contents.order
    let here = weights.tensorIndex.flatMap { all.firstIndex(of: $0) } ?? -1
    let found = (all[(here + 1)...] + all[..<(here + 1)]).first { index in
      let place = contents.catalog.places[index]
      let words = [contents.catalog.tensors[index].name, place.title?.zh ?? "", place.title?.en ?? ""]
      return words.contains { $0.lowercased().contains(wanted) }
    }
    guard let found else { return (false, []) }
    weights.page = .browse
    weights.focus = .tree
    return (true, choose(found))
  }

  // MARK: Elements

  /// - Parameter coarse: what the arrows move by; letters move by one.
  private mutating func moveElement(_ command: Command, coarse: (rows: Int, columns: Int)) {
    guard let tensor = weights.tensor, let count = tensor.elementCount, count > 0 else { return }
    if weights.page == .block {
      let size = weights.currentBlock?.range.count ?? 1
      switch command {
      case .cellDown, .nextLayer: weights.element += coarse.rows
      case .cellUp, .previousLayer: weights.element -= coarse.rows
      case .cellRight, .nextOperation: weights.element += 1
      case .cellLeft, .previousOperation: weights.element -= 1
      case .nextToken: weights.element += size
      case .previousToken: weights.element -= size
      case .firstOperation: weights.element = 0
      case .lastOperation: weights.element = count - 1
      default: break
      }
      weights.element = max(0, min(weights.element, count - 1))
      return
    }
    let columns = max(1, tensor.columns)
    var (row, column) = (weights.element / columns, weights.element % columns)
    switch command {
    case .cellDown: row += 1
    case .cellUp: row -= 1
    case .cellRight: column += 1
    case .cellLeft: column -= 1
    case .nextLayer: row += coarse.rows
    case .previousLayer: row -= coarse.rows
    case .nextOperation: column += coarse.columns
    case .previousOperation: column -= coarse.columns
    case .firstOperation: (row, column) = (0, 0)
    case .lastOperation: (row, column) = (tensor.rows - 1, columns - 1)
    default: break
    }
    weights.element = max(0, min(row, tensor.rows - 1)) * columns + max(0, min(column, columns - 1))
  }
}
