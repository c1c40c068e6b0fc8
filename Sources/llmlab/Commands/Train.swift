// `llmlab train`: a recipe and a corpus to a model, with checkpoints that a killed run goes on from. Not here: the loop (Training), its lines (TrainingProgress).
import ArgumentParser
import Assets
import Inference
import Languages
import ModelFiles
import Tensors
import Tokenization
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model by a recipe. · 按配方训练模型。",
    discussion: """
      Checkpoints go into folders step-000250 below --out; each is a model that --model opens. Run the same command again to go on; Ctrl-C writes \
      a checkpoint first, a second Ctrl-C leaves at once.
      --json prints one object per logged step {"step", "total_steps", "loss", "learning_rate", "gradient_norm", "tokens_per_second", \
      "seconds_left", "heldout_loss"?, "heldout_bits_per_byte"?} and last {"checkpoint"}.
      检查点保存在 --out 下的 step-000250 之类的目录里，每个都可以用 --model 打开。再次执行同一命令即可继续训练；按 Ctrl-C 会先保存检查点，再按一次立即退出。
      """)

  @Argument(help: "Recipe file, or name of a built-in recipe. · 配方文件，或内置配方名。", completion: .file(extensions: ["yaml"]))
  var recipe = Assets.defaultModel
  @Option(help: "Folder with the corpus; by default the built-in one. · 语料目录，默认用内置语料。", completion: .directory)
  var corpus: String?
  @Option(help: "Folder of the run; by default models/NAME among llmlab's data. · 训练目录，默认为数据目录下的 models/配方名。", completion: .directory)
  var out: String?
  @Option(
    help: ArgumentHelp(
      "Begin with the weights and tokenizer of this model. · 从这个模型的权重和分词器开始。", valueName: "path|name"), completion: .file())
  var from: String?
  @Option(
    help: ArgumentHelp(
      "Learn from this model's probabilities, too (distillation); a fresh run takes its tokenizer. · 同时学习这个教师模型的概率（蒸馏）。",
      valueName: "path|name"), completion: .file())
  var teacher: String?
  @Option(help: "Temperature of student and teacher. · 蒸馏温度。") var teacherTemperature = 2.0
  @Option(help: "Share of the teacher in the loss, 0 to 1. · 教师在损失中所占的比例，0 到 1。") var teacherShare = 0.5
  @Option(help: "Steps of the whole run, instead of the recipe's. · 总步数，代替配方里的值。") var steps: Int?
  @Option(help: "Seed, instead of the recipe's. · 随机种子，代替配方里的值。") var seed: UInt64?
  @Option(help: "Threads of one operation, 1 to 64. · 每个运算的线程数，1 到 64。") var threads: Int?
  @Flag(
    inversion: .prefixedNo,
    help: "Go on from the newest checkpoint; by default if there is one. · 从最新检查点继续；默认有检查点就继续。")
  var resume: Bool?
  @Flag(help: "Say what would be done, and do nothing. · 只说明将做什么，不实际训练。") var dryRun = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let steps, !(1...100_000_000).contains(steps) {
      throw Failure.usage(zh: "--steps 应为 1 到 100000000", en: "--steps must be 1 to 100000000")
    }
    if !(0.05...100).contains(teacherTemperature) {
      throw Failure.usage(zh: "--teacher-temperature 应为 0.05 到 100", en: "--teacher-temperature must be 0.05 to 100")
    }
    if !(0...1).contains(teacherShare) { throw Failure.usage(zh: "--teacher-share 应为 0 到 1", en: "--teacher-share must be 0 to 1") }
    if let threads, !(1...64).contains(threads) {
      throw Failure.usage(zh: "--threads 应为 1 到 64", en: "--threads must be 1 to 64")
    }
  }

  func run() throws {
    var recipe = try readRecipe()
    let master = try teacher.map { try ModelChoice($0).load() }
    if let master {
      recipe.distillation = Recipe.Distillation(temperature: teacherTemperature, share: teacherShare, teacher: master)
    } else if recipe.distillation != nil {
      throw Failure(TrainingError.wrongTeacher.message)
    }
    let text = try Corpus(folder: corpus ?? Assets.corpus)
    let folder = out ?? "\(ModelPlace.userFolder)/\(recipe.name)"
    if let threads { Kernels.threadCount = threads }
    let found = try checkpoint(in: folder)
    if dryRun { return describe(recipe, text, folder, found) }
    // A run that takes hours must not die of its reader; what it learned is saved first.
    signal(SIGPIPE, SIG_IGN)
    Interrupt.expect([SIGTERM, SIGHUP])

    let progress = TrainingProgress(json: json, evaluateEvery: recipe.evaluateEvery)
    let trainer = try makeTrainer(recipe, text, found, master, progress)
    if let master { try trainer.learn(from: master) }
    let last: String
    do {
      last = try trainer.run(folder: folder, isCancelled: { Interrupt.isRequested || progress.failure != nil }) { progress.report($0) }
    } catch let error as FileError { throw Failure(writing: error) }
    try progress.finish(last)
    if trainer.step < recipe.steps {
      Output.note(
        Bilingual(
          zh: "已在第 \(trainer.step) 步停下，进度保存在 \(last)。再次执行同一命令即可继续。",
          en: "Stopped at step \(trainer.step); saved in \(last). Run the same command again to go on."))
      throw ExitCode.interrupted
    }
  }

  private func readRecipe() throws -> Recipe {
    // A run's folder often has its recipe's name.
    let isName = !recipe.contains("/") && !recipe.hasPrefix(".") && (!ModelPlace.exists(recipe) || ModelPlace.isFolder(recipe))
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

  /// The checkpoint to go on from.
  private func checkpoint(in folder: String) throws -> (found: Checkpoint?, skipped: [Bilingual]) {
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

  private func makeTrainer(
    _ recipe: Recipe, _ corpus: Corpus, _ checkpoint: (found: Checkpoint?, skipped: [Bilingual]), _ master: LoadedModel?,
    _ progress: TrainingProgress
  ) throws -> Trainer {
    guard let found = checkpoint.found else {
      for reason in checkpoint.skipped { Output.note(reason) }
      if let from { return try trainer(from: try ModelChoice(from), recipe, corpus) }
      if let master { return Trainer(recipe, corpus, master.tokenizer) }
      let tokenizer = try BPETrainer.sprout(texts: corpus.texts, vocabularySize: recipe.shape.vocabulary) { progress.tokenizer($0, $1) }
      if Interrupt.isRequested { throw ExitCode.interrupted }
      return Trainer(recipe, corpus, tokenizer)
    }
    let trainer = try found.resume(corpus)
    guard trainer.recipe == recipe else {
      throw Failure(
        zh: "\(found.path) 属于另一个配方（或另一个 --steps、--seed）。请用原来的设置继续，或换一个 --out。",
        en: "\(found.path) belongs to another recipe, or another --steps or --seed. Go on with the same settings, or choose another --out.")
    }
    progress.report(.resumed(step: trainer.step, skipped: checkpoint.skipped))
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

  private func describe(_ recipe: Recipe, _ corpus: Corpus, _ folder: String, _ checkpoint: (found: Checkpoint?, skipped: [Bilingual])) {
    let (from, tokens) = (checkpoint.found?.step ?? 0, recipe.batches * recipe.batchTokens)
    Output.note(
      Bilingual(
        zh: "将按配方 \(recipe.name) 训练到第 \(recipe.steps) 步（从第 \(from) 步开始，每步约 \(tokens) 个 token），保存到 \(folder)。",
        en:
          "Would train by the recipe \(recipe.name) to step \(recipe.steps), from step \(from), about \(tokens) tokens a step, into \(folder)."
      ))
  }
}
