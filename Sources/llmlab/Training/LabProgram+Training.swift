// The lab, opened on the training view: `llmlab train --view` and `--watch`. Not here: the view (LabScreens).
import Inference
import LabScreens
import Languages
import Store

extension LabProgram {
  /// The lab has its usual model until a checkpoint takes the place.
  static func onTraining(_ request: TrainingRequest, _ common: CommonOptions) -> LabProgram {
    let path = LabPaths().store
    let kept = common.lang == nil ? LabOptions.keptLanguage(path) : .success(nil)
    var program = LabProgram(
      language: common.lang ?? (try? kept.get()) ?? .current, color: .auto, glyphs: .block, courseFolder: CourseFolder.builtIn,
      loadModel: { try LoadedModel(path: try ModelPlace.path(nil)) })
    program.training = request
    program.keeper = { StoreKeeper(LabStore(path: path)) }
    program.conversations = { ConversationStore(LabStore(path: path)) }
    if case .failure(let error) = kept { program.warning = error.message }
    return program
  }
}
