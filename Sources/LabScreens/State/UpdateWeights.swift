// The weights view: opening it, its pages, answers of the engine. Not here: moving about in it (WeightsMoves).
import Course
import Insight
import Languages
import Terminal

extension ScreenState {
  /// Opens the view on the model's file, or on another one.
  mutating func showWeights(_ path: String?) -> [ScreenEffect] {
    show(.weights) + openWeights(path ?? weights.path ?? model?.path)
  }

  /// A new model brings its own file.
  mutating func weightsOfNewModel() -> [ScreenEffect] {
    weights.restart(nil)
    return view == .weights ? openWeights(model?.path) : []
  }

  private mutating func openWeights(_ path: String?) -> [ScreenEffect] {
    guard let path, path != weights.path || weights.problem != nil else { return [] }
    weights.restart(path)
    return [.weights(.open(path: path))]
  }

  mutating func performWeights(_ command: Command, _ argument: String?) -> [ScreenEffect] {
    switch command {
    case .weightsBlock:
      weights.page = weights.page == .block ? .browse : .block
      return readBlock()
    case .weightsMetadata: weights.page = weights.page == .metadata ? .browse : .metadata
    case .weightsDifference:
      if let argument { return compareWeights(with: argument) }
      if weights.difference == nil, weights.comparing == nil {
        overlay = .commandLine(LineEditor("\(Command.weightsDifference.rawValue) ", isMultiline: false))
      } else {
        weights.page = weights.page == .difference ? .browse : .difference
      }
    default: break
    }
    return []
  }

  private mutating func compareWeights(with path: String) -> [ScreenEffect] {
    guard let catalog = weights.contents?.catalog else { return [] }
    weights.comparison += 1
    (weights.comparing, weights.difference, weights.differenceRow) = (path, nil, 0)
    weights.page = .difference
    return [.weights(.compare(comparison: weights.comparison, catalog, path: path))]
  }

  /// One step out: from a page to the tree, from the elements to the tree; false where there is nothing to leave.
  mutating func stepOutOfWeights() -> Bool {
    if weights.page != .browse {
      weights.page = .browse
    } else if weights.focus == .tensor {
      weights.focus = .tree
    } else {
      return false
    }
    return true
  }

  // MARK: Answers

  mutating func receive(_ report: WeightsReport) -> [ScreenEffect] {
    switch report {
    case .opened(let path, let contents):
      guard path == weights.path else { return [] }
      weights.contents = contents
    case .notOpened(let path, let message):
      guard path == weights.path else { return [] }
      weights.problem = message
    case .surveyed(let request, let survey):
      guard request == weights.request, let tensor = weights.measuring?.tensor else { return [] }
      weights.measuring = (tensor, survey.fraction)
      return [.weights(.survey(request: request, survey.tensor, survey))]
    case .summary(let request, let summary): measured(request, .success(summary))
    case .notSurveyed(let request, let message): measured(request, .failure(SummaryProblem(message: message)))
    case .block(let file, let tensor, let block):
      guard file == weights.file else { return [] }
      (weights.blockTensor, weights.block, weights.blockProblem) = (tensor, block, nil)
    case .noBlock(let file, let tensor, let message):
      guard file == weights.file else { return [] }
      (weights.blockTensor, weights.block, weights.blockProblem) = (tensor, nil, message)
    case .compared(let comparison, let difference):
      guard comparison == weights.comparison else { return [] }
      keep(difference)
      return difference.isDone ? [] : [.weights(.compareOn(comparison: comparison, difference))]
    case .notCompared(let comparison, let message):
      guard comparison == weights.comparison else { return [] }
      weights.comparing = nil
      if weights.difference == nil { weights.page = .browse }
      notice = Notice(message, .failure)
    }
    return []
  }

  private mutating func measured(_ request: Int, _ result: Result<TensorSummary, SummaryProblem>) {
    guard request == weights.request, let tensor = weights.measuring?.tensor else { return }
    weights.measuring = nil
    weights.summaries.keep(result, tensor)
  }

  /// New results move the lines below them: the cursor stays on its tensor, unless it is on the first line, which is the worst.
  private mutating func keep(_ difference: WeightsDifference) {
    if weights.differenceRow > 0, let before = weights.difference?.differences, before.indices.contains(weights.differenceRow) {
      let pair = before[weights.differenceRow].pair
      weights.differenceRow = difference.differences.firstIndex { $0.pair == pair } ?? 0
    }
    weights.difference = difference
    if difference.isDone { weights.comparing = nil }
  }

  // MARK: Reading

  /// Asks for the statistics of the chosen tensor, unless they are known or on their way.
  mutating func measure() -> [ScreenEffect] {
    guard let index = weights.tensorIndex, let tensor = weights.tensor else {
      weights.measuring = nil
      weights.request += 1
      return []
    }
    if weights.summaries[index] != nil || tensor.unreadable != nil {
      // What is being read is no longer looked at.
      if weights.measuring != nil { weights.request += 1 }
      weights.measuring = nil
      return []
    }
    if weights.measuring?.tensor == index { return [] }
    weights.request += 1
    weights.measuring = (index, 0)
    return [.weights(.survey(request: weights.request, tensor, nil))]
  }

  /// Asks for the bytes under the cursor, where they are shown and not known.
  mutating func readBlock() -> [ScreenEffect] {
    guard weights.isOnElements, let index = weights.tensorIndex, let tensor = weights.tensor, weights.currentBlock == nil else { return [] }
    return [.weights(.block(file: weights.file, tensor: index, tensor, element: weights.element))]
  }
}
