// `llmlab bench`: how fast this machine runs or trains a model. Not here: the measurements (BenchModel, TrainingBenchmark), other programs
// (Tests/Benchmarks).
import ArgumentParser
import Assets
import Languages
import ModelFiles
import Tensors
import Terminal
import Training

extension BenchPart: ExpressibleByArgument {}
extension Recipe.Precision: ExpressibleByArgument {}

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the speed of a model. · 测量模型的运行速度。",
    discussion: """
      Medians over --runs, after a warm-up; short work is repeated for 0.2 s: prefill of --prompt-tokens; greedy decode of --decode-tokens after \
      position --decode-at; load, from opening the file; first token, from opening the file to the first token of a prompt of 8. --observed also \
      runs the prefill with all logits plain and recording every hook, in turn, and gives the median ratio. --recipe measures training instead: \
      whole steps of the recipe's shape on random tokens. --json adds least, most and spread (most − least) / median of each figure.
      各项均为预热后 --runs 次的中位数，耗时短的测量会重复 0.2 秒：预填充、贪心解码、加载、首个 token（从打开文件算起，提示词 8 个 token）；\
      --observed 另外交替测量记录全部 hook 的开销。--recipe 改为测量训练速度：用随机 token 按配方的规模执行完整的训练步。\
      --json 还会给出每项的最小值、最大值和离散程度（最大值减最小值，再除以中位数）。
      """)

  @OptionGroup var model: ModelOptions
  @Option(help: "Tokens of the prefill. · 预填充的 token 数。") var promptTokens = 512
  @Option(help: "Tokens to decode. · 解码的 token 数。") var decodeTokens = 128
  @Option(help: "Position where decoding begins. · 解码的起始位置。") var decodeAt = 1
  @Option(help: "Measurements of each figure, at least 2. · 每项测量次数，至少 2。") var runs = 5
  @Flag(help: "Also measure recording of every hook. · 同时测量记录全部 hook 的开销。") var observed = false
  @Option(help: "Measure this part only; can be repeated. · 只测量这一项，可重复使用。") var only: [BenchPart] = []
  @Option(
    help: ArgumentHelp(
      "Measure training steps of this recipe instead of a model. · 不测模型，改测该配方的训练步。", valueName: "path|name"),
    completion: .file(extensions: ["yaml"])) var recipe: String?
  @Option(help: "Precision of its products, instead of the recipe's. · 矩阵乘法的精度，代替配方里的值。") var precision: Recipe.Precision?
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  /// No model's context is longer; sums of two stay far from overflow.
  private static let positions = 1...(1 << 24)
  private static let positionRange = "1…\(1 << 24)"

  func validate() throws {
    let rules: [(String, Bool, String)] = [
      ("--prompt-tokens", Self.positions.contains(promptTokens), Self.positionRange),
      ("--decode-tokens", Self.positions.contains(decodeTokens), Self.positionRange),
      ("--decode-at", Self.positions.contains(decodeAt), Self.positionRange),
      ("--runs", (2...1000).contains(runs), "2…1000"),
    ]
    for (name, holds, range) in rules where !holds {
      throw Failure.usage(zh: "\(name) 应为 \(range)", en: "\(name) must be \(range)")
    }
    if recipe != nil && (model.model != nil || observed || !only.isEmpty) {
      throw Failure.usage(
        zh: "--recipe 测量训练，不能与 --model、--only、--observed 同用",
        en: "--recipe measures training: --model, --only and --observed do not go with it")
    }
    if precision != nil && recipe == nil {
      throw Failure.usage(zh: "--precision 只用于 --recipe", en: "--precision goes with --recipe only")
    }
  }

  func run() throws {
    if let threads = model.threads { Kernels.threadCount = threads }
    Interrupt.expect()
    var members = try recipe.map(measureTraining) ?? measureModel()
    members += [
      ("threads", .integer(Kernels.threadCount)), ("instruction_set", .string(Kernels.instructionSet.name)), ("runs", .integer(runs)),
    ]
    try report(members)
  }

  private func progress(_ run: Int) { Output.error(Bilingual(zh: "第 \(run)/\(runs) 次测量", en: "measurement \(run)/\(runs)")[.current]) }

  private func measureModel() throws -> [(name: String, value: JSON)] {
    var bench = BenchModel(path: try model.path(), promptTokens: promptTokens, decodeTokens: decodeTokens, decodeAt: decodeAt)
    var parts: Set<BenchPart> = only.isEmpty ? [.prefill, .decode, .load] : Set(only)
    if observed { parts.insert(.observed) }
    try bench.measure(parts, runs: runs, progress: progress)
    return bench.members
  }

  private func measureTraining(_ name: String) throws -> [(name: String, value: JSON)] {
    let path = ModelPlace.exists(name) ? name : "\(Assets.recipes)/\(name).yaml"
    var recipe = try Recipe(yaml: try WholeFile.text(path, limit: 1 << 20), file: path)
    recipe.precision = precision ?? recipe.precision
    let bench = try TrainingBenchmark(recipe)
    var speed = BenchSeries()
    try bench.step()
    for run in 1...runs {
      progress(run)
      speed.append(Double(bench.tokensPerStep) / (try BenchClock.secondsPerCall { try bench.step { Interrupt.isRequested } }))
    }
    return speed.members("training_tokens_per_second") + [
      ("training_gflops", .number(speed.median * bench.operationsPerToken / 1e9)),
      ("peak_resident_bytes", .integer(BenchClock.peakResidentBytes)), ("tokens_per_step", .integer(bench.tokensPerStep)),
      ("precision", .string(recipe.precision.rawValue)),
    ]
  }

  /// Extremes and spread are for scripts.
  private func report(_ members: [(name: String, value: JSON)]) throws {
    if json {
      var object = JSONObject()
      for (name, value) in members { object[name] = value }
      return try Output.json(.object(object))
    }
    let details = ["_min", "_max", "_spread"]
    try Table.print(
      members.filter { member in !details.contains { member.name.hasSuffix($0) } }.map { name, value in
        switch value {
        case .number(let number): [name, Numbers.significant(number)]
        case .string(let text): [name, text]
        default: [name, value.serialized()]
        }
      })
  }
}
