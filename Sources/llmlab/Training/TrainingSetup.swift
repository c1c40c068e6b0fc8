// From the words of `llmlab train` or of the training view to a recipe, a folder and a trainer. Not here: running it (Train, TrainingThread).
import Assets
import Inference
import LabScreens
import Languages
import ModelFiles
import Tokenization
import Training

/// Which run is meant, and how it begins.
struct TrainingSetup {
  var recipe: String
  var corpus: String?
  var out: String?
  var from: String?
  var steps: Int?
  var seed: UInt64?
  /// nil keeps what the run kept before.
  var keep: Int?
  /// Go on from a checkpoint: always, never, or where there is one.
  var resume: Bool?

  /// What the view trains when nothing is named: small enough to be watched.
  static let smallRecipe = "sprout-nano"

  init(recipe: String) { self.recipe = recipe }

  /// A request of the view. Where only a folder is named, its own recipe is meant.
  init(_ request: TrainingRequest) throws {
    let inFolder =
      request.recipe == nil ? try request.out.flatMap { try Checkpoint.latest(in: $0).found }.map { "\($0.path)/recipe.yaml" } : nil
    recipe = request.recipe ?? inFolder ?? Self.smallRecipe
    (corpus, out, from, steps, keep) = (request.corpus, request.out, request.from, request.steps, request.keep)
  }

  func readRecipe() throws -> Recipe {
    // A run's folder often has its recipe's name.
    let isName = !recipe.contains("/") && !recipe.hasPrefix(".") && (!ModelPlace.exists(recipe) || WholeFile.isFolder(recipe))
    let path = isName ? "\(Assets.recipes)/\(recipe).yaml" : recipe
    if isName && !ModelPlace.exists(path) {
      let names = ((try? WholeFile.names(in: Assets.recipes)) ?? []).filter { $0.hasSuffix(".yaml") }.map { $0.dropLast(5) }
      throw FileError(
        file: recipe, place: "recipe", problem: Bilingual(zh: "没有这个配方文件或名称", en: "there is no such recipe file or name"),
        mend: Bilingual(
          zh: "请检查路径；内置配方：\(names.joined(separator: ", "))", en: "Check the path; built-in recipes: \(names.joined(separator: ", "))"))
    }
    var read = try Recipe(yaml: try WholeFile.text(path, limit: 1 << 20), file: path)
    if let steps { read.steps = steps }
    if let seed { read.seed = seed }
    return read
  }

  func folder(of recipe: Recipe) -> String { out ?? "\(ModelPlace.userFolder)/\(recipe.name)" }

  func readCorpus() throws -> Corpus { try Corpus(folder: corpus ?? Assets.corpus) }

  /// The checkpoint to go on from.
  func checkpoint(in folder: String) throws -> (found: Checkpoint?, skipped: [Bilingual]) {
    let latest = try Checkpoint.latest(in: folder)
    if resume == true && latest.found == nil {
      let reason = latest.skipped.first
      throw FileError(
        file: folder, place: "--resume",
        problem: reason ?? Bilingual(zh: "这里没有可以继续的检查点", en: "there is no checkpoint to go on from"),
        mend: Bilingual(zh: "请检查 --out，或去掉 --resume 从头训练", en: "Check --out, or leave out --resume to begin anew"))
    }
    if resume == false, let found = latest.found {
      throw Failure(TrainingError.folderInUse(path: found.path, step: found.step).message)
    }
    return latest
  }

  /// - Parameter learning: entries of the vocabulary so far, where a tokenizer has to be trained.
  /// - Returns: nil when cancelled meanwhile.
  func makeTrainer(
    _ recipe: Recipe, _ corpus: Corpus, _ found: Checkpoint?, _ teacher: LoadedModel?, isCancelled: () -> Bool,
    learning: (_ done: Int, _ total: Int) -> Void
  ) throws -> Trainer? {
    let trainer: Trainer
    if let found {
      trainer = try found.resume(corpus)
      guard trainer.recipe == recipe else {
        throw Failure(
          zh: "\(found.path) 属于另一个配方（或另一个 --steps、--seed）。请用原来的设置继续，或换一个 --out。",
          en:
            "\(found.path) belongs to another recipe, or another --steps or --seed. Go on with the same settings, or choose another --out.")
      }
    } else if let from {
      trainer = try self.trainer(from: try ModelChoice(from), recipe, corpus)
    } else if let teacher {
      trainer = Trainer(recipe, corpus, teacher.tokenizer)
    } else {
      let tokenizer = try BPETrainer.sprout(texts: corpus.texts, vocabularySize: recipe.shape.vocabulary) { learning($0, $1) }
      if isCancelled() { return nil }
      trainer = Trainer(recipe, corpus, tokenizer)
    }
    if let keep { trainer.keep = keep }
    return trainer
  }

  /// A fresh run on a model that has learned already; its shape must be the recipe's.
  private func trainer(from choice: ModelChoice, _ recipe: Recipe, _ corpus: Corpus) throws -> Trainer {
    let model = try choice.load()
    guard model.transformer.configuration == recipe.configuration else {
      throw FileError(
        file: choice.path, place: "--from",
        problem: Bilingual(zh: "模型的形状与配方 \(recipe.name) 不同", en: "the model's shape differs from that of the recipe \(recipe.name)"),
        mend: Bilingual(zh: "请把配方的 shape 改成模型的形状", en: "Give the recipe the model's shape"))
    }
    return Trainer(recipe, corpus, model.tokenizer, parameters: FlatParameters(model.transformer.merged))
  }
}
