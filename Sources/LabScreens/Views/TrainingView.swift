// The training view: status, loss, axis of checkpoints, rate and gradient, the numbers at the cursor, answers. This file decides what goes where, and
// draws status and readout. Not here: curves (TrainingCurves), answers (TrainingAnswersView), the plan (TrainingPlanView).
import Languages
import Terminal

/// Rows of the view at its size.
struct TrainingLayout {
  /// Columns for the numbers of the axis.
  static let gutter = 8

  let status: Rect
  let legend: Rect
  let plot: Rect
  let axis: Rect
  let small: Rect
  let readout: Rect
  /// Empty where there are no answers.
  let answers: Rect

  /// - Parameter answerCount: of one evaluation.
  init(_ area: Rect, answerCount: Int) {
    let isRoomy = area.height >= 34
    let smallRows = isRoomy ? 4 : 1
    let wanted = answerCount == 0 ? 0 : isRoomy ? min(area.height / 3, 1 + 3 * answerCount) : min(area.height / 3, 3 + answerCount)
    let parts = area.rows([.fixed(1), .fixed(1), .share(1, minimum: 4), .fixed(2), .fixed(smallRows), .fixed(2), .fixed(wanted)])
    (status, legend, plot, axis, small, readout, answers) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6])
  }
}

extension ScreenState {
  /// Steps from the left to the right edge of the curve.
  var trainingRange: ClosedRange<Int> {
    let record = training.record
    let end = training.isWhole ? max(record.totalSteps, record.lastStep) : record.lastStep
    let start = min(record.firstStep, end)
    // From the very beginning, unless only the end of a log is there.
    return (start < max(20, end / 10) ? 0 : start)...max(end, 1)
  }

  /// Columns of the curve.
  var trainingPlotWidth: Int { max(1, Layout(self).labInner(isZoomed: isZoomed).width - TrainingLayout.gutter - 1) }

  func drawTraining(_ frame: inout Frame, _ area: Rect) {
    guard area.width >= 30, area.height >= 12 else { return }
    let record = training.record
    guard !record.isEmpty, !training.showsPlan || training.plan == nil else { return drawTrainingPlan(&frame, area) }
    let answers = record.answers(at: training.step)
    let layout = TrainingLayout(area, answerCount: answers?.now.answers.count ?? 0)
    drawTrainingStatus(&frame, layout.status)
    drawTrainingCurves(&frame, layout)
    drawTrainingReadout(&frame, layout.readout)
    if let answers { drawTrainingAnswers(&frame, layout.answers, answers.now, answers.before) }
  }

  // MARK: Status

  /// Name, phase, step n/N, stage, rate, time left: as many as fit.
  func drawTrainingStatus(_ frame: inout Frame, _ area: Rect) {
    let (record, plan) = (training.record, training.plan)
    var facts = [trainingPhaseWords]
    let total = max(record.totalSteps, plan?.steps ?? 0)
    // Where a run that stands still would go on: what came after its checkpoint is gone.
    let reached = training.phase == .ready ? plan?.doneSteps : record.points.last?.step ?? plan?.doneSteps
    let step = reached ?? record.lastStep
    if total > 0 { facts.append(Bilingual(zh: "第 \(step)/\(total) 步", en: "step \(step)/\(total)")) }
    if let plan, let stage = plan.stage(at: max(1, step)), plan.stages.count > 1 {
      facts.append(Bilingual(zh: "阶段 \(stage + 1)/\(plan.stages.count)", en: "stage \(stage + 1)/\(plan.stages.count)"))
    }
    if let rate = record.recentRate {
      let isGoing = training.phase == .running || training.watched?.isLive == true
      let speed = Numbers.count(rate.tokensPerSecond)
      facts.append(Bilingual(zh: "\(speed) 词元/秒", en: "\(speed) tokens/s"))
      if isGoing, step < total {
        let left = TrainingWords.duration(rate.secondsPerStep * Double(total - step))
        facts.append(Bilingual(zh: "还要 \(left)", en: "\(left) left"))
      }
    }
    if let opened = training.opened { facts.append(Bilingual(zh: "实验台：\(opened.step)", en: "in the lab: \(opened.step)")) }
    let name = StyledText(DisplayText(training.name), theme.heading)
    let line = name + StyledText(DisplayText(dot)) + factLine(facts, width: area.width - 2 - name.width - 3)
    frame.draw(line.truncated(to: area.width - 2, ellipsis: theme.ellipsis), at: Point(x: area.x + 1, y: area.y), in: area)
  }

  private var trainingPhaseWords: Bilingual {
    switch training.phase {
    case .closed, .planning: Bilingual(zh: "正在查看", en: "looking")
    case .ready:
      (training.plan?.doneSteps ?? 0) > 0
        ? Bilingual(zh: "已停下，s 继续", en: "stopped, s goes on") : Bilingual(zh: "未开始，s 开始", en: "not started, s starts")
    case .preparing:
      training.preparation.map { words in
        let count = words.total > 0 ? " \(words.done)/\(words.total)" : ""
        return Bilingual(zh: "\(words.words.zh)\(count)", en: "\(words.words.en)\(count)")
      } ?? Bilingual(zh: "准备中", en: "preparing")
    case .running: Bilingual(zh: "训练中", en: "running")
    case .pausing: Bilingual(zh: "这一步之后暂停", en: "pausing after this step")
    case .paused: Bilingual(zh: "已暂停，p 继续", en: "paused, p goes on")
    case .stopping: Bilingual(zh: "这一步之后停下", en: "stopping after this step")
    case .finished: Bilingual(zh: "已完成", en: "finished")
    case .watching:
      training.watched?.isLive == true
        ? Bilingual(zh: "观看中：另一个进程在训练", en: "watching: another process trains") : Bilingual(zh: "观看中：没有在训练", en: "watching: nobody trains")
    }
  }

  // MARK: Readout

  /// The exact numbers at the cursor, and what Enter does there.
  private func drawTrainingReadout(_ frame: inout Frame, _ area: Rect) {
    let (record, step) = (training.record, training.step)
    var first = Readout()
    first.firm = 3
    first.append(DisplayText("\(rowPointer) "), theme.accent)
    if let index = record.index(at: step) {
      let point = record.points[index]
      let mean = record.smoothed(halfLife: record.halfLife)[index]
      first.append(Bilingual(zh: "第 \(point.step) 步", en: "step \(point.step)"), language, theme.strong)
      first.append(
        Bilingual(zh: "  损失 \(TrainingWords.number(point.loss))", en: "  loss \(TrainingWords.number(point.loss))"), language, theme.strong)
      first.append(Bilingual(zh: " 均值 \(TrainingWords.number(mean))", en: " mean \(TrainingWords.number(mean))"), language)
      let rate = Numbers.significant(point.learningRate)
      first.append(Bilingual(zh: "  学习率 \(rate)", en: "  rate \(rate)"), language)
      first.append(
        Bilingual(zh: "  梯度范数 \(TrainingWords.number(point.gradientNorm))", en: "  gradient \(TrainingWords.number(point.gradientNorm))"),
        language)
      let speed = Numbers.count(point.tokensPerSecond)
      first.append(Bilingual(zh: "  \(speed) 词元/秒", en: "  \(speed) tokens/s"), language, theme.dim)
    } else {
      first.append(Bilingual(zh: "第 \(step) 步", en: "step \(step)"), language, theme.strong)
      first.append(Bilingual(zh: "  没有每一步的数值", en: "  no numbers of single steps"), language, theme.dim)
    }
    first.draw(&frame, area.row(0))
    var second = Readout()
    second.append(DisplayText("  "))
    if let evaluation = record.evaluation(at: step) {
      let bits = TrainingWords.number(evaluation.bitsPerByte)
      second.append(
        Bilingual(zh: "留出集（第 \(evaluation.step) 步）每字节 \(bits) 比特", en: "held out (step \(evaluation.step)) \(bits) bits per byte"), language
      )
      if evaluation.loss.isFinite {
        let loss = TrainingWords.number(evaluation.loss)
        second.append(Bilingual(zh: "，损失 \(loss)", en: ", loss \(loss)"), language)
      }
      second.append(DisplayText(dot))
    }
    if let checkpoint = training.checkpoint {
      let key = key(.checkpointOpen)
      second.append(
        Bilingual(zh: "\(key) 打开检查点 \(checkpoint.step)", en: "\(key) opens checkpoint \(checkpoint.step)"), language, theme.accent)
    } else {
      second.append(Bilingual(zh: "还没有检查点", en: "no checkpoint yet"), language, theme.dim)
    }
    second.firm = second.pieces.count
    second.draw(&frame, area.row(1))
  }

  /// The most useful keys of the view.
  var trainingHints: [KeyHint] {
    let going = KeyHint(
      keys: key(.trainingPause),
      words: Bilingual(zh: training.phase == .paused ? "继续" : "暂停", en: training.phase == .paused ? "go on" : "pause"))
    let list: [KeyHint?] = [
      hint(.trainingStart), hint(.trainingPause) == nil ? nil : going, hint(.trainingStop),
      pair(.trainingLeft, .trainingRight, "步", "step"),
      pair(.checkpointPrevious, .checkpointNext, "检查点", "checkpoint"),
      training.checkpoint == nil ? nil : KeyHint(keys: key(.checkpointOpen), words: Bilingual(zh: "打开", en: "open")),
      hint(.checkpointHome), training.record.isEmpty ? nil : hint(.trainingPlan), hint(.trainingScale),
    ]
    return list.compactMap { $0 }
  }
}

/// Numbers of training in words. Read by the training view and by `llmlab train`, so that both say the same.
public enum TrainingWords {
  static func number(_ value: Double) -> String { value.isFinite ? Numbers.significant(value, digits: 4) : "—" }

  /// Hours, minutes and seconds: 1:02:03, 2:03.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "—" }
    let total = max(0, Int(seconds.rounded()))
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}
