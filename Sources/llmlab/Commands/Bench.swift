// `llmlab bench`: how fast this machine runs a model. Every figure is the median of fresh measurements. Not here: comparison with other programs.
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models
import Tensors
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the speed of a model. · 测量模型的运行速度。",
    discussion: """
      Medians over --runs: prefill of --prompt-tokens; decode of --decode-tokens after position --decode-at; load, from opening the file; first \
      token, from opening the file to the first token of a prompt of 8. --observed also runs the prefill with all logits once plain and once \
      recording every hook, in turn, and gives the median ratio.
      各项均为 --runs 次的中位数：预填充、解码、加载、首个 token（从打开文件算起，提示词 8 个 token）；--observed 另外交替测量记录全部 hook 的开销。
      """)

  @OptionGroup var model: ModelOptions
  @Option(help: "Tokens of the prefill. · 预填充的 token 数。") var promptTokens = 512
  @Option(help: "Tokens to decode. · 解码的 token 数。") var decodeTokens = 128
  @Option(help: "Position where decoding begins. · 解码的起始位置。") var decodeAt = 1
  @Option(help: "Measurements of each figure, at least 5. · 每项测量次数，至少 5。") var runs = 5
  @Flag(help: "Also measure recording of every hook. · 同时测量记录全部 hook 的开销。") var observed = false
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
      ("--runs", (5...1000).contains(runs), "5…1000"),
    ]
    for (name, holds, range) in rules where !holds {
      throw Failure.usage(zh: "\(name) 应为 \(range)", en: "\(name) must be \(range)")
    }
  }

  func run() throws {
    let path = try model.path()
    if let threads = model.threads { Kernels.threadCount = threads }
    var figures = Figures()
    Interrupt.expect()
    for run in 1...runs {
      Output.error(Bilingual(zh: "第 \(run)/\(runs) 次测量", en: "measurement \(run)/\(runs)")[.current])
      try measure(path, into: &figures)
    }
    try report(figures)
  }

  private struct Figures {
    var load: [Double] = []
    var firstToken: [Double] = []
    var prefill: [Double] = []
    var decode: [Double] = []
    var plain: [Double] = []
    var recorded: [Double] = []
    var slowdown: [Double] = []
  }

  /// One measurement of everything, with a model and caches of its own, so that memory never holds two.
  private func measure(_ path: String, into figures: inout Figures) throws {
    let start = ContinuousClock.now
    let loaded = try LoadedModel(path: path)
    let loadSeconds = Self.seconds(since: start)
    let transformer = loaded.transformer
    let c = transformer.configuration
    if let needed = [promptTokens, decodeAt + decodeTokens].max(), needed > c.contextLength {
      throw GenerationError.promptTooLong(tokens: needed, contextLength: c.contextLength)
    }
    try MemoryBudget.check(c, tokens: max(promptTokens, decodeAt))
    // Arbitrary tokens in which no two neighbours are equal: arithmetic takes the same time for all.
    func tokens(_ count: Int) -> [Int32] { (0..<count).map { Int32(($0 * 7919 + 17) % c.vocabularySize) } }
    func run(_ cache: KeyValueCache?, _ recorder: Recorder? = nil) -> Models.Run {
      Models.Run(cache: cache, recorder: recorder, isCancelled: { Interrupt.isRequested })
    }

    _ = try transformer.lastLogits(tokens(min(8, c.contextLength)), run(KeyValueCache(c, capacity: 8)))
    figures.firstToken.append(Self.seconds(since: start))
    figures.load.append(loadSeconds)

    let prompt = tokens(promptTokens)
    figures.prefill.append(
      Double(promptTokens) / (try Self.time { _ = try transformer.lastLogits(prompt, run(KeyValueCache(c, capacity: promptTokens))) }))

    let cache = KeyValueCache(c, capacity: decodeAt + decodeTokens)
    var logits = try transformer.lastLogits(tokens(decodeAt), run(cache)).values
    var sampler = Sampler(.greedy)
    let decodeSeconds = try Self.time {
      for _ in 0..<decodeTokens {
        let id = sampler.choose(logits, recent: []).id
        logits = try transformer.lastLogits([Int32(id)], run(cache)).values
      }
    }
    figures.decode.append(Double(decodeTokens) / decodeSeconds)

    guard observed else { return }
    let plain = try Self.time { _ = try transformer.logits(prompt, run(nil)) }
    let recorder = Recorder()
    let recorded = try Self.time { _ = try transformer.logits(prompt, run(nil, recorder)) }
    figures.plain.append(Double(promptTokens) / plain)
    figures.recorded.append(Double(promptTokens) / recorded)
    figures.slowdown.append(recorded / plain)
  }

  private func report(_ figures: Figures) throws {
    let plain = Self.median(figures.plain)
    var list: [(name: String, value: JSON)] = [
      ("prefill_tokens_per_second", .number(Self.median(figures.prefill))),
      ("decode_tokens_per_second", .number(Self.median(figures.decode))),
      ("load_seconds", .number(Self.median(figures.load))), ("first_token_seconds", .number(Self.median(figures.firstToken))),
      ("peak_resident_bytes", .integer(Self.peakResidentBytes)),
    ]
    if observed {
      list += [
        ("all_logits_tokens_per_second", .number(plain)), ("observed_tokens_per_second", .number(Self.median(figures.recorded))),
        ("observed_slowdown", .number(Self.median(figures.slowdown))),
      ]
    }
    list += [
      ("prompt_tokens", .integer(promptTokens)), ("decode_tokens", .integer(decodeTokens)), ("decode_at", .integer(decodeAt)),
      ("threads", .integer(Kernels.threadCount)), ("instruction_set", .string(Kernels.instructionSet.name)), ("runs", .integer(runs)),
    ]
    if json {
      var object = JSONObject()
      for (name, value) in list { object[name] = value }
      return try Output.json(.object(object))
    }
    try Table.print(
      list.map { name, value in
        switch value {
        case .number(let number): [name, Numbers.significant(number)]
        case .string(let text): [name, text]
        default: [name, value.serialized()]
        }
      })
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func time(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return seconds(since: start)
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  /// Linux counts in KiB, Darwin in bytes.
  private static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}
