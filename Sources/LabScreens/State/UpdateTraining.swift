// The training view: opening it, its keys, reports of the run. Not here: opening checkpoints in the lab (UpdateCheckpoints).
import Course
import Languages
import Terminal

extension ScreenState {
  /// Whether the training view has the keys.
  var isInTraining: Bool { view == .training && visiblePane == .lab }

  /// Opens the view; with an argument on another run. Nothing starts.
  mutating func showTraining(_ argument: String?) -> [ScreenEffect] {
    let effects = show(.training)
    pane = .lab
    guard let argument else { return effects + (training.phase == .closed ? planTraining(TrainingRequest()) : []) }
    do throws(TrainingRequest.Mistake) { return effects + planTraining(try TrainingRequest(argument)) } catch {
      notice = Notice(error.message, .failure)
      return effects + (training.phase == .closed ? planTraining(TrainingRequest()) : [])
    }
  }

  mutating func planTraining(_ request: TrainingRequest) -> [ScreenEffect] {
    if training.isActive {
      notice = Notice(
        Bilingual(zh: "这里正在训练 \(training.name)；先用 x 停下", en: "\(training.name) is being trained here; stop it with x first"), .failure)
      return []
    }
    let (opened, home) = (training.opened, training.home)
    training = TrainingState()
    (training.opened, training.home, training.phase) = (opened, home, .planning)
    return [.training(.plan(request))]
  }

  mutating func performTraining(_ command: Command) -> [ScreenEffect] {
    switch command {
    case .trainingStart:
      training.problem = nil
      (training.phase, training.showsPlan, training.cursor) = (.preparing, false, nil)
      training.preparation = (Bilingual(zh: "准备", en: "preparing"), 0, 0)
      return [.training(.start)]
    case .trainingPause:
      if training.phase == .paused {
        training.phase = .running
        return [.training(.resume)]
      }
      training.phase = .pausing
      return [.training(.pause)]
    case .trainingStop:
      training.phase = .stopping
      return [.training(.stop)]
    case .trainingScale: training.isLinear.toggle()
    case .trainingRange: training.isWhole.toggle()
    case .trainingPlan: training.showsPlan.toggle()
    case .trainingLeft: moveTraining(by: -1)
    case .trainingRight: moveTraining(by: 1)
    case .trainingFirst: training.cursor = training.record.firstStep
    case .trainingLast: training.cursor = nil
    case .trainingUp: moveAnswer(by: -1)
    case .trainingDown: moveAnswer(by: 1)
    case .checkpointOpen: return openCheckpoint(training.checkpoint)
    case .checkpointHome: return returnHome()
    case .checkpointPrevious: return moveCheckpoint(by: -1)
    case .checkpointNext: return moveCheckpoint(by: 1)
    default: break
    }
    return []
  }

  /// Over one column of the curve, but always over a point at least.
  private mutating func moveTraining(by direction: Int) {
    let record = training.record
    let stops = record.points.isEmpty ? record.checkpoints.map(\.step) : record.points.map(\.step)
    guard !stops.isEmpty else { return }
    let (here, range) = (training.step, trainingRange)
    let width = max(1, trainingPlotWidth)
    let column = max(1, Int((Double(range.upperBound - range.lowerBound) / Double(width)).rounded(.down)))
    let target = here + direction * column
    let ahead = stops.filter { direction > 0 ? $0 > here : $0 < here }
    let next = ahead.min { abs($0 - target) < abs($1 - target) } ?? (direction > 0 ? stops.last : stops.first) ?? here
    // At the end the cursor follows the run again.
    training.cursor = next >= record.lastStep ? nil : next
  }

  private mutating func moveAnswer(by direction: Int) {
    let count = training.record.answers(at: training.step)?.now.answers.count ?? 0
    training.answer = max(0, min(training.answer + direction, count - 1))
  }

  // MARK: Reports

  mutating func receive(_ report: TrainingReport) -> [ScreenEffect] {
    switch report {
    case .planned(let plan, let record):
      (training.plan, training.record, training.watched) = (plan, record, nil)
      training.phase = plan.doneSteps >= plan.steps ? .finished : .ready
    case .watching(let name, let folder, let plan, let record, let isLive):
      (training.phase, training.record, training.watched) = (.watching, record, (name, folder, isLive))
      training.plan = plan
    case .preparing(let words, let done, let total):
      guard training.phase == .preparing else { return [] }
      training.preparation = (words, done, total)
    case .began(let step):
      training.preparation = nil
      if training.phase == .preparing { training.phase = .running }
      training.record.rewind(to: step)
      training.record.totalSteps = training.plan?.steps ?? training.record.totalSteps
    case .point(let point): training.record.add(point)
    case .evaluated(let evaluation): training.record.add(evaluation)
    case .answered(let answers): training.record.add(answers)
    case .checkpoints(let list): training.record.checkpoints = list
    case .paused: if training.phase == .pausing { training.phase = .paused }
    case .resumed: if training.phase == .paused { training.phase = .running }
    case .stopped(let step):
      (training.phase, training.preparation) = (.ready, nil)
      training.plan?.doneSteps = step
      if let rate = training.record.recentRate { training.plan?.tokensPerSecond = rate.tokensPerSecond }
      if step > 0 {
        notice = Notice(Bilingual(zh: "训练停在第 \(step) 步，已保存；s 继续", en: "training stopped at step \(step), saved; s goes on"), .good)
      }
    case .finished:
      training.phase = .finished
      if let steps = training.plan?.steps { training.plan?.doneSteps = steps }
      notice = Notice(Bilingual(zh: "\(training.name) 训练完成", en: "\(training.name) is trained"), .good)
    case .watched(let record, let isLive):
      training.record = record
      training.watched?.isLive = isLive
    case .warning(let message): notice = Notice(message, .failure)
    case .failed(let message):
      // A run that failed can be started again from its last checkpoint.
      training.phase = training.plan == nil ? .closed : .ready
      (training.problem, training.preparation) = (message, nil)
      notice = Notice(message, .failure)
    }
    return []
  }
}
