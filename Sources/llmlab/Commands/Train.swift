// `llmlab train`: a recipe and a corpus to a model, with checkpoints that a killed run goes on from. Not here: the loop (Training), its lines (TrainingProgress).
import ArgumentParser
import Assets
import Inference
import LabScreens
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
      --view opens the run in the lab: its curve, its answers, its checkpoints in the stepper; nothing starts before a key. The log is log.jsonl in --out.
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
  @Option(help: "Checkpoints that stay, spread evenly over the run, beside the newest two and the best. · 沿全程均匀留下的检查点数，另留最新两个和最好的一个。")
  var keep: Int?
  @Flag(help: "Open the run in the lab's training view; a key starts it there. · 在实验室的训练视图里打开，按键才开始。") var view = false
  @Option(
    help: "Watch the run in this folder, of another process, in the training view. · 在训练视图里观看这个目录中的训练（另一个进程的）。", completion: .directory)
  var watch: String?
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let keep, !(0...1000).contains(keep) { throw Failure.usage(zh: "--keep 应为 0 到 1000", en: "--keep must be 0 to 1000") }
    if (view || watch != nil) && (json || dryRun || resume != nil || seed != nil || teacher != nil) {
      throw Failure.usage(
        zh: "--view、--watch 不能和 --json、--dry-run、--resume、--seed、--teacher 合用",
        en: "--view and --watch do not go with --json, --dry-run, --resume, --seed, --teacher")
    }
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

  private var setup: TrainingSetup {
    var setup = TrainingSetup(recipe: recipe)
    (setup.corpus, setup.out, setup.from, setup.steps, setup.seed) = (corpus, out, from, steps, seed)
    (setup.keep, setup.resume) = (keep, resume)
    return setup
  }

  func run() throws {
    let setup = setup
    var recipe = try setup.readRecipe()
    let master = try teacher.map { try ModelChoice($0).load() }
    if let master {
      recipe.distillation = Recipe.Distillation(temperature: teacherTemperature, share: teacherShare, teacher: master)
    } else if recipe.distillation != nil {
      throw Failure(TrainingError.wrongTeacher.message)
    }
    if let threads { Kernels.threadCount = threads }
    if view || watch != nil { return try LabProgram.onTraining(request, common).run() }
    let text = try setup.readCorpus()
    let folder = setup.folder(of: recipe)
    let found = try setup.checkpoint(in: folder)
    if dryRun { return describe(recipe, text, folder, found) }
    // A run that takes hours must not die of its reader; what it learned is saved first.
    signal(SIGPIPE, SIG_IGN)
    Interrupt.expect([SIGTERM, SIGHUP])

    let progress = TrainingProgress(json: json, evaluateEvery: recipe.evaluateEvery)
    let log = RunLog(folder: folder)
    if found.found == nil { for reason in found.skipped { Output.note(reason) } }
    let made = try setup.makeTrainer(recipe, text, found.found, master, isCancelled: { Interrupt.isRequested }) {
      progress.tokenizer($0, $1)
    }
    guard let trainer = made else { throw ExitCode.interrupted }
    if let master { try trainer.learn(from: master) }
    if found.found != nil { progress.report(.resumed(step: trainer.step, skipped: found.skipped)) }
    let last = try train(trainer, folder, log, progress)
    try progress.finish(last)
    if trainer.step < recipe.steps {
      Output.note(
        Bilingual(
          zh: "已在第 \(trainer.step) 步停下，进度保存在 \(last)。再次执行同一命令即可继续。",
          en: "Stopped at step \(trainer.step); saved in \(last). Run the same command again to go on."))
      throw ExitCode.interrupted
    }
  }

  private func train(_ trainer: Trainer, _ folder: String, _ log: RunLog, _ progress: TrainingProgress) throws -> String {
    var options = RunOptions()
    options.prompts = TrainingSample.prompts
    var isLogging = true
    do {
      return try trainer.run(folder: folder, options: options, isCancelled: { Interrupt.isRequested || progress.failure != nil }) { event in
        progress.report(event)
        guard isLogging else { return }
        // The log is for watching; a run goes on without it.
        do throws(FileError) { try log.append(event) } catch {
          isLogging = false
          Output.note(error.message)
        }
      }
    } catch let error as FileError { throw Failure(writing: error) }
  }

  /// The same run in the words of the view.
  private var request: TrainingRequest {
    var request = TrainingRequest()
    (request.recipe, request.corpus, request.out, request.from) = (recipe, corpus, out, from)
    (request.steps, request.keep) = (steps, keep)
    if watch != nil { request = TrainingRequest() }
    request.watch = watch
    return request
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
