// The measurements of `llmlab bench` on one model: prefill, decode, observation, load. Not here: options and report (Bench), training.
import Inference
import ModelFiles
import Models
import Tensors

/// What `--only` can choose.
enum BenchPart: String, CaseIterable {
  case prefill, decode, observed, load
}

/// Readings of each figure, one a run. Parts take turns, so that a slow second of the machine does not fall on one alone.
struct BenchModel {
  let path: String
  let promptTokens: Int
  let decodeTokens: Int
  let decodeAt: Int

  private var prefill = BenchSeries()
  private var decode = BenchSeries()
  private var plain = BenchSeries()
  private var recorded = BenchSeries()
  private var slowdown = BenchSeries()
  private var load = BenchSeries()
  private var firstToken = BenchSeries()
  private var peakResidentBytes = 0

  init(path: String, promptTokens: Int, decodeTokens: Int, decodeAt: Int) {
    self.path = path
    (self.promptTokens, self.decodeTokens, self.decodeAt) = (promptTokens, decodeTokens, decodeAt)
  }

  /// - Parameter progress: called before each run, from 1.
  mutating func measure(_ parts: Set<BenchPart>, runs: Int, progress: (Int) -> Void) throws {
    if parts != [.load] { try measureSpeed(parts, runs: runs, progress) }
    guard parts.contains(.load) else { return }
    for run in 1...runs {
      if parts == [.load] { progress(run) }
      try measureLoad()
    }
    if parts == [.load] { peakResidentBytes = BenchClock.peakResidentBytes }
  }

  /// Everything that one loaded model can show.
  private mutating func measureSpeed(_ parts: Set<BenchPart>, runs: Int, _ progress: (Int) -> Void) throws {
    let model = try LoadedModel(path: path).transformer
    let c = model.configuration
    if let needed = [promptTokens, decodeAt + decodeTokens].max(), needed > c.contextLength {
      throw GenerationError.promptTooLong(tokens: needed, contextLength: c.contextLength)
    }
    try MemoryBudget.check(c, tokens: max(promptTokens, decodeAt))
    let prompt = Self.tokens(promptTokens, c)
    let promptCache = KeyValueCache(c, capacity: promptTokens)
    func prefillOnce() throws {
      promptCache.truncate(to: 0)
      _ = try model.lastLogits(prompt, Self.run(promptCache))
    }
    let cache = KeyValueCache(c, capacity: decodeAt + decodeTokens)
    let decoder = TokenDecoder(model, cache)
    let first = parts.contains(.decode) ? Self.likeliest(try model.lastLogits(Self.tokens(decodeAt, c), Self.run(cache))) : 0
    func decodeOnce(_ count: Int) throws {
      cache.truncate(to: decodeAt)
      var token = first
      for _ in 0..<count {
        if Interrupt.isRequested { throw Models.Run.Cancelled() }
        token = Self.likeliest(decoder.logits(after: token))
      }
    }

    // Warm-up: memory gets its pages, threads wake, weights that are repacked at first use are.
    if parts.contains(.prefill) { try prefillOnce() }
    if parts.contains(.decode) { try decodeOnce(min(16, decodeTokens)) }
    for run in 1...runs {
      progress(run)
      if parts.contains(.prefill) { prefill.append(Double(promptTokens) / (try BenchClock.secondsPerCall(prefillOnce))) }
      if parts.contains(.decode) {
        decode.append(Double(decodeTokens) / (try BenchClock.secondsPerCall { try decodeOnce(decodeTokens) }))
      }
    }
    peakResidentBytes = BenchClock.peakResidentBytes
    if parts.contains(.observed) { try measureObservation(model, prompt, runs: runs) }
  }

  /// Prefill with all logits, plain and recording every hook in turn: the slowdown is a ratio of neighbours.
  private mutating func measureObservation(_ model: Transformer, _ prompt: [Int32], runs: Int) throws {
    func pass(_ recorder: Recorder?) throws { _ = try model.logits(prompt, Self.run(nil, recorder)) }
    try pass(nil)
    try pass(Recorder())
    for _ in 1...runs {
      let plainSeconds = try BenchClock.secondsPerCall { try pass(nil) }
      let recordedSeconds = try BenchClock.secondsPerCall { try pass(Recorder()) }
      plain.append(Double(promptTokens) / plainSeconds)
      recorded.append(Double(promptTokens) / recordedSeconds)
      slowdown.append(recordedSeconds / plainSeconds)
    }
  }

  /// Opening the file, and from there to the first token of a prompt of 8. The model goes before the next comes: memory never holds two.
  private mutating func measureLoad() throws {
    let start = ContinuousClock.now
    let model = try LoadedModel(path: path).transformer
    load.append(BenchClock.seconds(since: start))
    let count = min(8, model.configuration.contextLength)
    let cache = KeyValueCache(model.configuration, capacity: count)
    _ = Self.likeliest(try model.lastLogits(Self.tokens(count, model.configuration), Self.run(cache)))
    firstToken.append(BenchClock.seconds(since: start))
  }

  /// Names and values, in the order of the report.
  var members: [(name: String, value: JSON)] {
    var members: [(name: String, value: JSON)] = []
    for (name, series) in [
      ("prefill_tokens_per_second", prefill), ("decode_tokens_per_second", decode), ("load_seconds", load),
      ("first_token_seconds", firstToken), ("all_logits_tokens_per_second", plain), ("observed_tokens_per_second", recorded),
      ("observed_slowdown", slowdown),
    ] { members += series.members(name) }
    return members + [
      ("peak_resident_bytes", .integer(peakResidentBytes)), ("prompt_tokens", .integer(promptTokens)),
      ("decode_tokens", .integer(decodeTokens)), ("decode_at", .integer(decodeAt)),
    ]
  }

  private static func run(_ cache: KeyValueCache?, _ recorder: Recorder? = nil) -> Models.Run {
    Models.Run(cache: cache, recorder: recorder, isCancelled: { Interrupt.isRequested })
  }

  /// Arbitrary tokens in which no two neighbours are equal: arithmetic takes the same time for all.
  private static func tokens(_ count: Int, _ c: TransformerConfiguration) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + 17) % c.vocabularySize) }
  }

  private static func likeliest(_ logits: Tensor) -> Int32 {
    Int32(indexOfLargest(UnsafeBufferPointer(start: logits.data, count: logits.count)))
  }
}
