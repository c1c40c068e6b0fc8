// What the weights view asks of the engine and what comes back. Long work is done a stretch at a time: each answer carries the work that is left, and
// `update` asks for the next stretch while somebody still wants it. So progress shows, and what is no longer wanted simply is not asked for again.
import Insight
import Languages

/// Work on weights files.
public enum WeightsWork: Sendable {
  case open(path: String)
  /// Statistics of a tensor: from the start, or the next stretch.
  case survey(request: Int, StoredTensor, TensorSurvey?)
  /// The bytes around one element.
  case block(file: Int, tensor: Int, StoredTensor, element: Int)
  case compare(comparison: Int, WeightsCatalog, path: String)
  /// The next stretch of a comparison.
  case compareOn(comparison: Int, WeightsDifference)
}

/// Answers.
public enum WeightsReport: Sendable {
  case opened(path: String, WeightsContents)
  case notOpened(path: String, Bilingual)
  case surveyed(request: Int, TensorSurvey)
  case summary(request: Int, TensorSummary)
  case notSurveyed(request: Int, Bilingual)
  case block(file: Int, tensor: Int, BlockDecode?)
  case noBlock(file: Int, tensor: Int, Bilingual)
  case compared(comparison: Int, WeightsDifference)
  case notCompared(comparison: Int, Bilingual)
}

extension WeightsWork {
  /// Does one piece of work. Every failure is an answer.
  func perform() -> WeightsReport {
    do {
      switch self {
      case .open(let path): return .opened(path: path, try WeightsContents(path: path))
      case .survey(let request, let tensor, let started):
        var survey = try started ?? TensorSurvey(tensor)
        if let summary = try survey.advance() { return .summary(request: request, summary) }
        return .surveyed(request: request, survey)
      case .block(let file, let index, let tensor, let element):
        return .block(file: file, tensor: index, try BlockDecode.read(tensor, element: element))
      case .compare(let comparison, let left, let path):
        return .compared(comparison: comparison, WeightsDifference(left, try WeightsCatalog(path: path)))
      case .compareOn(let comparison, var difference):
        try difference.advance()
        return .compared(comparison: comparison, difference)
      }
    } catch {
      return failed((error as? any BilingualError)?.message ?? Bilingual(same: String(describing: error)))
    }
  }

  private func failed(_ message: Bilingual) -> WeightsReport {
    switch self {
    case .open(let path): .notOpened(path: path, message)
    case .survey(let request, _, _): .notSurveyed(request: request, message)
    case .block(let file, let tensor, _, _): .noBlock(file: file, tensor: tensor, message)
    case .compare(let comparison, _, _), .compareOn(let comparison, _): .notCompared(comparison: comparison, message)
    }
  }
}

extension ScreenEffect {
  /// Whether this makes an effect that still waits pointless: only the last tensor and the last element looked at count.
  public func supersedes(_ waiting: ScreenEffect) -> Bool {
    if case .openModel = self, case .openModel = waiting { return true }
    if case .chat(.why) = self, case .chat(.why) = waiting { return true }
    guard case .weights(let new) = self, case .weights(let old) = waiting else { return false }
    return switch (new, old) {
    case (.survey, .survey), (.block, .block), (.open, .open), (.compare, .compare), (.compare, .compareOn): true
    default: false
    }
  }
}
