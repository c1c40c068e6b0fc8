// Checkpoints as the lab's model: opening one, its neighbours in time, and the way back to the lab's own model. Prompt and cursor stay, so that one place
// of the model can be watched while it learns. Not here: the run that makes them (UpdateTraining).
import Course
import Inference
import Languages
import Terminal

extension ScreenState {
  mutating func openCheckpoint(_ checkpoint: TrainingCheckpoint?) -> [ScreenEffect] {
    guard let checkpoint else { return [] }
    training.opening = checkpoint
    let shown = view == .training ? show(.stepper) : []
    return shown + [.cancel, .openModel(path: checkpoint.path)]
  }

  /// In the training view the cursor goes to the neighbour; in the others the neighbour is opened.
  mutating func moveCheckpoint(by direction: Int) -> [ScreenEffect] {
    let list = training.record.checkpoints
    let here = view == .training ? training.step : (training.opening ?? training.opened)?.step ?? training.step
    let target = direction > 0 ? list.first { $0.step > here } : list.last { $0.step < here }
    guard let target else {
      notice = Notice(
        direction > 0
          ? Bilingual(zh: "这是最后一个检查点", en: "this is the last checkpoint") : Bilingual(zh: "这是第一个检查点", en: "this is the first checkpoint"))
      return []
    }
    guard view != .training else {
      training.cursor = target.step
      return []
    }
    return openCheckpoint(target)
  }

  mutating func returnHome() -> [ScreenEffect] {
    guard let home = training.home else { return [] }
    (training.home, training.opened, training.opening) = (nil, nil, nil)
    notice = Notice(Bilingual(zh: "实验台又用 \(home.name)", en: "the lab has \(home.name) again"), .good)
    return [.cancel, .useModel(home)] + adopt(home)
  }

  mutating func received(_ model: LoadedModel, path: String) -> [ScreenEffect] {
    // What was asked for since is on its way.
    guard let opening = training.opening, opening.path == path else { return [] }
    training.home = training.home ?? self.model
    (training.opened, training.opening) = (opening, nil)
    notice = Notice(
      Bilingual(
        zh: "实验台的模型：第 \(opening.step) 步的检查点；< > 换步，8 回训练", en: "the lab's model: the checkpoint of step \(opening.step); < > others, 8 back"
      ),
      .good)
    return adopt(model)
  }

  mutating func failedToOpen(_ path: String, _ message: Bilingual) -> [ScreenEffect] {
    guard training.opening?.path == path else { return [] }
    training.opening = nil
    // Pruned meanwhile, or damaged: the view shows what there is.
    notice = Notice(message, .failure)
    return view == .stepper ? show(.training) : []
  }

  private var sampleUnderCursor: TrainingAnswers.Answer? {
    guard let answers = (training.record.answers(at: training.step)?.now ?? training.record.answers.first)?.answers else { return nil }
    return answers.indices.contains(training.answer) ? answers[training.answer] : answers.first
  }

  /// Another model for the same prompt, looked at in the same place.
  private mutating func adopt(_ model: LoadedModel) -> [ScreenEffect] {
    let ids = trace?.ids.prefix(promptTokenCount) ?? []
    let place = cursor
    // What was computed belongs to the model before.
    (trace, walk, done, undone) = (nil, [], [], [])
    (self.model, modelProblem) = (model, nil)
    activity = .idle
    if format == .chat, model.chatTemplate == nil { format = .raw }
    var effects = weightsOfNewModel() + chatOfNewModel()
    if !prompt.isEmpty {
      effects += requestTrace(.prompt(prompt, format))
    } else if let last = ids.max(), last < model.transformer.configuration.vocabularySize {
      effects += requestTrace(.ids(Array(ids), promptTokenCount: ids.count))
    } else if let answer = sampleUnderCursor {
      // Nothing to look at yet: what the run itself asks.
      (prompt, format) = (answer.prompt, model.chatTemplate == nil ? .raw : .chat)
      return effects + requestTrace(.prompt(prompt, format))
    } else {
      return effects
    }
    var setup = LabSetup()
    (setup.token, setup.key) = (place.row, place.column)
    (pendingSetup, cursor) = (setup, place)
    return effects
  }
}
