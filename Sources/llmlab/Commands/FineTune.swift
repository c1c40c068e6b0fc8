// `llmlab finetune`: a model and examples to an adapter or a model, with answers and losses before and after. Not here: the work (Training), its report
// (FineTuneReport).
import ArgumentParser
import Assets
import Inference
import Languages
import ModelFiles
import Models
import Tensors
import Tokenization
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct FineTune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Fine-tune a model on examples of your own. · 用自己的例子微调模型。",
    discussion: """
      DATA is a .jsonl file, one example a line: {"messages": [{"role", "content"}…]}, {"conversations": [{"from", "value"}…]}, {"prompt", \
      "completion"}, {"instruction", "input", "output"} or {"text"}; a .json file with an array of these; a .txt or .md file; or a folder of such \
      files. A chat is written by the model's own template, and the loss counts what the assistant says.
      The result lies in --out: a LoRA adapter in PEFT's form, or with --method full a Hugging Face folder. --model OUT opens either. Run the same \
      command again to go on after an interruption.
      --json prints the lines of `llmlab train`, and last {"checkpoint", "out", "merged"?, "parameters", "trainable", "validation": {"before", "after"}, \
      "unrelated": {"before", "after"}, "samples": [{"prompt", "before", "after", "data"?}]}; losses are {"nats", "bits_per_byte"} or null.
      DATA 是 .jsonl（每行一个例子，格式如上）、.json 数组、.txt、.md 文件或它们所在的目录。对话用模型自己的模板书写，只计算助手回答的损失。
      结果在 --out：PEFT 格式的 LoRA 适配器，或（--method full）Hugging Face 目录，都能用 --model 打开。中断后再次执行同一命令即可继续。
      """)

  @Argument(help: "Examples: a file or a folder. · 例子：文件或目录。", completion: .file()) var data: String
  @OptionGroup var model: ModelOptions
  @Option(help: "lora trains an adapter, full all weights. · lora 只训练适配器，full 训练全部权重。") var method = FineTuningSettings.Method.lora
  @Option(help: "Rank of the adapter. · 适配器的秩。") var rank = 8
  @Option(help: "The adapter counts alpha / rank; by default twice the rank. · 适配器的系数为 alpha / rank，默认为秩的两倍。") var alpha: Double?
  @Option(help: "Layers with an adapter: q, k, v, o, gate, up, down. · 加适配器的层。") var targets = AdapterTargets.all
  @Option(help: "Peak learning rate; by default 2e-3 for lora, 2e-4 for full. · 最高学习率。") var rate: Double?
  @Option(help: "Steps; by default three passes over the examples. · 步数，默认把例子过三遍。") var steps: Int?
  @Option(help: "Tokens of a step, about. · 每步大约多少个 token。") var batchTokens = 1024
  @Option(help: "Tokens of a document at most; by default the model's context, up to 512. · 每篇文档最多多少个 token，默认为模型上下文，最多 512。")
  var length: Int?
  @Option(help: "Seed. · 随机种子。") var seed: UInt64 = 0
  @Option(help: "Share of the examples that is held out. · 留出不训练的例子所占比例。") var evalShare = 0.1
  @Option(help: "A prompt to answer before and after; repeatable. · 训练前后各回答一次的提示词；可重复给出。") var sample: [String] = []
  @Option(
    help: "Text for the forgetting meter; by default the built-in corpus, for models of Sprout's kind. · 测量遗忘的无关文本。", completion: .file())
  var unrelated: String?
  @Option(help: "Folder of the result. · 结果目录。", completion: .directory) var out: String?
  @Flag(help: "Also write the model with the adapter merged, into OUT/merged. · 另把合并后的模型写入 OUT/merged。") var merge = false
  @Flag(help: "Say what would be done, and do nothing. · 只说明将做什么。") var dryRun = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    func check(_ holds: Bool, _ name: String, _ range: String) throws {
      if !holds { throw Failure.usage(zh: "\(name) 应为 \(range)", en: "\(name) must be \(range)") }
    }
    try check((1...4096).contains(rank), "--rank", "1…4096")
    try check(alpha.map { $0 > 0 && $0 < 1e6 } ?? true, "--alpha", "0…1e6")
    try check(rate.map { $0 > 0 && $0 <= 1 } ?? true, "--rate", "0…1")
    try check(steps.map { (1...1_000_000).contains($0) } ?? true, "--steps", "1…1000000")
    try check((16...1_000_000).contains(batchTokens), "--batch-tokens", "16…1000000")
    try check(length.map { (8...65536).contains($0) } ?? true, "--length", "8…65536")
    try check((0...0.9).contains(evalShare), "--eval-share", "0…0.9")
    if merge && method == .full {
      throw Failure.usage(zh: "--method full 没有可合并的适配器，去掉 --merge", en: "--method full has no adapter to merge; leave out --merge")
    }
  }

  func run() throws {
    let choice = try model.choice()
    if let adapter = choice.adapter {
      throw Failure(
        zh: "不能在适配器 \(adapter) 之上继续微调。请先用 llmlab export --to hf 合并它，再微调合并后的模型。",
        en:
          "Fine-tuning does not begin on top of the adapter \(adapter). Merge it with llmlab export --to hf, and fine-tune the merged model."
      )
    }
    let loaded = try model.load()
    let fineTuning = try prepare(loaded, base: base(choice.path))
    let folder = out ?? "\(ModelPlace.userFolder)/\(loaded.name)-\(Self.name(of: data))"
    let trial = try Trial(fineTuning, samples: samples(fineTuning), unrelated: unrelatedText(fineTuning))
    FineTuneReport.plan(fineTuning, folder)
    if dryRun { return }
    signal(SIGPIPE, SIG_IGN)
    Interrupt.expect([SIGTERM, SIGHUP])
    let before = try trial.measure(fineTuning.model.transformer)
    let (trained, checkpoint) = try train(fineTuning, folder)
    let merged = merge ? "\(folder)/merged" : nil
    try write(trained, fineTuning, folder, merged)
    let report = FineTuneReport(
      fineTuning: fineTuning, samples: trial.samples, before: before, after: try trial.measure(trained), checkpoint: checkpoint,
      out: folder,
      merged: merged)
    if json { try Output.json(report.json) } else { try report.print() }
  }

  private func prepare(_ loaded: LoadedModel, base: String) throws(FileError) -> FineTuning {
    let longest = loaded.transformer.configuration.contextLength
    return try FineTuning(loaded, base: base, data: data, samples: sample.isEmpty ? 3 : 0) { tokens in
      let enough = max(20, (3 * tokens + batchTokens - 1) / batchTokens)
      return FineTuningSettings(
        method: method, adapter: AdapterSettings(rank: rank, alpha: alpha ?? Double(2 * rank), targets: targets.parts),
        steps: steps ?? enough, rate: rate, batchTokens: batchTokens, length: min(length ?? 512, longest), seed: seed,
        evaluationShare: evalShare)
    }
  }

  private func samples(_ fineTuning: FineTuning) throws -> [FineTuningSample] {
    if sample.isEmpty { return fineTuning.samples }
    var own: [FineTuningSample] = []
    for text in sample { own.append(try fineTuning.sample(text)) }
    return own
  }

  /// The built-in corpus says nothing about the examples; it is for models that were trained on it.
  private func unrelatedText(_ fineTuning: FineTuning) throws -> UnrelatedText? {
    if let unrelated { return try UnrelatedText(unrelated, for: fineTuning.model, length: fineTuning.settings.length) }
    if fineTuning.model.chatTemplate != .sprout { return nil }
    return UnrelatedText(try Corpus(folder: Assets.corpus), for: fineTuning.model)
  }

  /// Trains to the end, or saves and leaves with 130.
  private func train(_ fineTuning: FineTuning, _ folder: String) throws -> (Transformer, checkpoint: String) {
    let progress = TrainingProgress(json: json, evaluateEvery: fineTuning.settings.schedule.evaluateEvery)
    let latest = try Checkpoint.latest(in: folder)
    let run = try fineTuning.run(resuming: latest.found)
    if latest.found != nil {
      progress.report(.resumed(step: run.step, skipped: latest.skipped))
    } else {
      for reason in latest.skipped { Output.note(reason) }
    }
    let last: String
    do {
      last = try run.run(folder: folder, isCancelled: { Interrupt.isRequested || progress.failure != nil }) { progress.report($0) }
    } catch let error as FileError { throw Failure(writing: error) }
    if let failure = progress.failure { throw failure }
    if run.step == run.schedule.steps { return (run.parameters.transformer, last) }
    try progress.finish(last)
    Output.note(
      Bilingual(
        zh: "已在第 \(run.step) 步停下，进度保存在 \(last)。再次执行同一命令即可继续。",
        en: "Stopped at step \(run.step); saved in \(last). Run the same command again to go on."))
    throw ExitCode.interrupted
  }

  private func write(_ trained: Transformer, _ fineTuning: FineTuning, _ folder: String, _ merged: String?) throws {
    do throws(FileError) {
      try fineTuning.writeModel(trained, to: folder)
      if let merged { try HuggingFaceWriter.write(trained, fineTuning.model.tokenizer, to: merged) }
    } catch { throw Failure(writing: error) }
  }

  /// What the adapter says that it belongs to: a name that every copy of the program knows, or a whole path.
  private func base(_ path: String) -> String {
    let name = model.model ?? Assets.defaultModel
    if !ModelPlace.exists(name) { return name }
    guard let whole = realpath(path, nil) else { return path }
    defer { free(whole) }
    return String(cString: whole)
  }

  private static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? "data"
    let name = last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
    return name.isEmpty || name == "." ? "data" : name
  }
}

/// Samples and unrelated text, for models before and after.
private struct Trial {
  let fineTuning: FineTuning
  let samples: [FineTuningSample]
  let unrelated: UnrelatedText?

  init(_ fineTuning: FineTuning, samples: [FineTuningSample], unrelated: UnrelatedText?) {
    (self.fineTuning, self.samples, self.unrelated) = (fineTuning, samples, unrelated)
  }

  func measure(_ transformer: Transformer) throws -> FineTuningMeasure {
    do {
      return try fineTuning.measure(transformer, samples: samples, unrelated: unrelated, isCancelled: { Interrupt.isRequested })
    } catch is Run.Cancelled { throw ExitCode.interrupted }
  }
}

extension FineTuningSettings.Method: ExpressibleByArgument {}

/// `q,k,v,o,gate,up,down`.
struct AdapterTargets: ExpressibleByArgument {
  let parts: [BlockPart]

  static let all = AdapterTargets(parts: AdapterSettings.allTargets)
  private static let names: [(name: String, part: BlockPart)] = [
    ("q", .query), ("k", .key), ("v", .value), ("o", .output), ("gate", .gate), ("up", .up), ("down", .down),
  ]

  private init(parts: [BlockPart]) { self.parts = parts }

  init?(argument: String) {
    var parts: [BlockPart] = []
    for word in argument.split(separator: ",") {
      // As PEFT writes them, too.
      let name = word.hasSuffix("_proj") ? word.dropLast(5) : word
      guard let part = Self.names.first(where: { $0.name == name })?.part else { return nil }
      if !parts.contains(part) { parts.append(part) }
    }
    if parts.isEmpty { return nil }
    self.parts = AdapterSettings.allTargets.filter(parts.contains)
  }

  var defaultValueDescription: String { Self.names.map(\.name).joined(separator: ",") }
}
