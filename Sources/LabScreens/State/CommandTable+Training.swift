// The training view's own rows of the command table, and when they can be used. In this view their keys come before those that work everywhere.
import Languages
import Terminal

extension CommandTable {
  private static func c(_ character: Character) -> Key { .character(character) }

  static let training: [CommandEntry] = [
    CommandEntry(
      .trainingStart, .training, [c("s")], ("开始训练", "start training"), ("开始训练，或从检查点继续", "start the run, or go on from its checkpoint")),
    CommandEntry(
      .trainingPause, .training, [c("p"), c(" ")], ("暂停/继续", "pause/go on"), ("这一步之后暂停，再按继续", "pause after this step; again goes on")),
    CommandEntry(
      .trainingStop, .training, [c("x")], ("停止训练", "stop training"), ("这一步之后停下并保存检查点", "stop after this step and save a checkpoint")),
    CommandEntry(.trainingLeft, .training, [.left, c("h")], ("更早", "earlier"), ("光标移到更早的步", "the cursor to earlier steps")),
    CommandEntry(.trainingRight, .training, [.right, c("l")], ("更晚", "later"), ("光标移到更晚的步", "the cursor to later steps")),
    CommandEntry(.trainingFirst, .training, [.home, c("g")], ("最早", "earliest"), ("光标到最早的步", "the cursor to the first step")),
    CommandEntry(.trainingLast, .training, [.end, c("G")], ("最新", "newest"), ("光标跟着训练走", "the cursor follows the run")),
    CommandEntry(.trainingUp, .training, [.up, c("k")], ("上一个样例", "sample above"), ("选择上面的样例", "choose the sample above")),
    CommandEntry(.trainingDown, .training, [.down, c("j")], ("下一个样例", "sample below"), ("选择下面的样例", "choose the sample below")),
    CommandEntry(
      .checkpointOpen, .training, [.enter], ("打开检查点", "open checkpoint"),
      ("实验台换成这个检查点，训练照常进行", "the lab's model becomes it; training goes on")),
    CommandEntry(
      .checkpointHome, .training, [.backspace], ("换回原模型", "own model"), ("实验台换回自己的模型", "the lab takes its own model back")),
    CommandEntry(
      .trainingScale, .training, [c("y")], ("对数/线性", "log/linear"), ("损失轴：对数或线性", "the axis of the loss: logarithmic or linear")),
    CommandEntry(
      .trainingRange, .training, [c("f")], ("全程/至今", "whole/so far"), ("步数轴：到训练结束，或到现在", "the axis of steps: to the run's end, or so far")),
    CommandEntry(.trainingPlan, .training, [c("i")], ("配方与代价", "recipe"), ("配方和代价，或曲线", "the recipe and its cost, or the curve")),
    CommandEntry(
      .checkpointPrevious, .lab, [c("<")], ("上个检查点", "checkpoint before"),
      ("训练视图里移动光标；在别处打开它", "moves the cursor in the training view; elsewhere opens it")),
    CommandEntry(
      .checkpointNext, .lab, [c(">")], ("下个检查点", "checkpoint after"),
      ("训练视图里移动光标；在别处打开它", "moves the cursor in the training view; elsewhere opens it")),
  ]

  /// Why a command of the training view cannot be used now; nil when it can.
  static func trainingReason(_ command: Command, _ state: ScreenState) -> Bilingual? {
    let training = state.training
    switch command {
    case .checkpointPrevious, .checkpointNext:
      return training.record.checkpoints.isEmpty ? noCheckpoints(training) : nil
    default: break
    }
    if state.view != .training { return Bilingual(zh: "先按 8 打开训练视图", en: "press 8 for the training view first") }
    switch command {
    case .trainingStart:
      switch training.phase {
      case .ready: return nil
      case .finished: return Bilingual(zh: "已经训练完成；:train 可换配方或 --steps", en: "it is trained; :train takes another recipe or --steps")
      case .watching: return Bilingual(zh: "这里只是观看；:train 配方 在这里训练", en: "this only watches; :train RECIPE trains here")
      case .closed, .planning: return training.problem ?? Bilingual(zh: "还没有配方", en: "there is no recipe yet")
      default: return Bilingual(zh: "正在训练；p 暂停，x 停止", en: "it is running; p pauses, x stops")
      }
    case .trainingPause:
      return [.running, .paused].contains(training.phase) ? nil : Bilingual(zh: "没有在训练", en: "nothing is being trained")
    case .trainingStop:
      return training.isActive && training.phase != .stopping ? nil : Bilingual(zh: "没有在训练", en: "nothing is being trained")
    case .trainingPlan: return training.plan == nil ? Bilingual(zh: "没有配方", en: "there is no recipe") : nil
    case .trainingUp, .trainingDown:
      return training.record.answers.isEmpty ? Bilingual(zh: "还没有样例", en: "there are no samples yet") : nil
    case .checkpointOpen: return training.checkpoint == nil ? noCheckpoints(training) : nil
    case .checkpointHome:
      return training.home == nil ? Bilingual(zh: "实验台用的就是自己的模型", en: "the lab has its own model") : nil
    default: return training.record.isEmpty ? Bilingual(zh: "还没有曲线", en: "there is no curve yet") : nil
    }
  }

  private static func noCheckpoints(_ training: TrainingState) -> Bilingual {
    Bilingual(zh: "还没有检查点（8 打开训练视图）", en: "there are no checkpoints yet (8 is the training view)")
  }
}
