// The generator: prefill, then one token at a time. Not here: chat templates (Tokenization), choosing (Sampler), display.
import Languages
import Models
import Tensors
import Tokenization

/// Why a generation cannot run.
public enum GenerationError: BilingualError, Hashable {
  case emptyPrompt
  case promptTooLong(tokens: Int, contextLength: Int)
  case unknownToken(Int, vocabularySize: Int)
  /// NaN or infinity; the hook is the first that shows it.
  case notFinite(hook: String)
  case sampling(SamplingError)

  public var message: Bilingual {
    switch self {
    case .emptyPrompt:
      Bilingual(zh: "提示词为空：模型至少需要一个 token。", en: "The prompt is empty: the model needs at least one token.")
    case .promptTooLong(let tokens, let length):
      Bilingual(
        zh: "提示词有 \(tokens) 个 token，超出上下文长度 \(length)。请缩短提示词；不会悄悄丢弃任何内容。",
        en: "The prompt has \(tokens) tokens, more than the context length of \(length). Shorten it; nothing is dropped silently.")
    case .unknownToken(let id, let size):
      Bilingual(zh: "token \(id) 不在大小为 \(size) 的词表内。", en: "Token \(id) is not in the vocabulary of \(size).")
    case .notFinite(let hook):
      Bilingual(
        zh: "模型在 \(hook) 处算出了非有限数值（NaN 或无穷）。权重可能已损坏。",
        en: "The model computed a value that is not finite (NaN or infinity) at \(hook). The weights may be damaged.")
    case .sampling(let error): error.message
    }
  }
}

/// Generates text with one model, keeping the KV cache of the last sequence so that a shared beginning is not computed again.
public final class Generator {
  public let model: LoadedModel
  private let cache: KeyValueCache
  private let decoder: TokenDecoder
  /// The tokens whose keys and values are in the cache.
  private var cached: [Int] = []
  /// Positions of one prefill pass; cancellation is seen between passes and between blocks.
  private let chunk: Int

  /// Memory of one KV cache at most.
  static let cacheBytes = 2 << 30

  /// Tokens of prompt and answer together: a model that promises more context gets as much of it as fits, in half of the memory that is free.
  public static func contextLimit(_ c: TransformerConfiguration, free: Int? = FreeMemory.bytes()) -> Int {
    let fits = min(cacheBytes, (free ?? .max) / 2) / max(1, KeyValueCache.bytesPerPosition(c))
    return max(1, min(c.contextLength, fits))
  }

  /// - Parameter contextLength: tokens of prompt and answer together; never more than the model's own or than fits the memory of a cache.
  public init(_ model: LoadedModel, contextLength: Int? = nil, prefillChunk: Int = 256) {
    self.model = model
    let configuration = model.transformer.configuration
    cache = KeyValueCache(configuration, capacity: max(1, min(contextLength ?? .max, Self.contextLimit(configuration))))
    decoder = TokenDecoder(model.transformer, cache)
    chunk = max(1, prefillChunk)
  }

  /// Tokens of prompt and answer together.
  public var contextLength: Int { cache.capacity }

  /// Generates after `prompt` and reports every step; the result is also the last event. Throws `GenerationError`; a cancelled
  /// generation is a result.
  @discardableResult
  public func generate(
    _ prompt: [Int], _ options: GenerationOptions = GenerationOptions(), isCancelled: @escaping () -> Bool = { false },
    onEvent: (GenerationEvent) -> Void = { _ in }
  ) throws -> GenerationResult {
    do { try options.sampling.check() } catch { throw GenerationError.sampling(error) }
    var clock = Stopwatch()
    var sequence = prompt
    var answer = Answer(model.tokenizer, options, prompt: prompt)
    var promptSeconds = 0.0
    var reason = FinishReason.length
    do {
      var logits = try prefill(prompt, isCancelled)
      promptSeconds = clock.lap()
      onEvent(.prefilled(tokens: prompt.count, seconds: promptSeconds))
      if let use = answer.pendingUse { onEvent(.tool(use)) }
      var sampler = Sampler(options.sampling)
      while answer.ids.count < options.maxTokens ?? .max {
        let forced = answer.nextForced()
        let choice =
          forced.map { Sampler.forced($0, logits) } ?? sampler.choose(logits, recent: sequence, reporting: options.reportsSampling)
        if forced == nil, model.tokenizer.eos.contains(choice.id) {
          reason = .stop
          break
        }
        let alternatives = options.logprobCount > 0 ? topLogprobs(logits, count: options.logprobCount) : []
        let step = answer.append(choice.id, at: sequence.count, isForced: forced != nil)
        onEvent(
          .token(
            GeneratedToken(
              position: sequence.count, choice: choice, part: step.part, text: step.text,
              alternatives: alternatives.map { TokenLogprob(id: $0.id, logprob: $0.logprob) })))
        if let use = step.use { onEvent(.tool(use)) }
        sequence.append(choice.id)
        if step.isStopped {
          reason = .stop
          break
        }
        if sequence.count >= cache.capacity || answer.ids.count >= options.maxTokens ?? .max { break }
        // A result is never cut by a cancellation: half a number would look like a number.
        logits = try advance([choice.id], answer.isForcing ? { false } : isCancelled)
      }
    } catch is Run.Cancelled {
      reason = .cancelled
    }
    let result = GenerationResult(
      text: answer.finish(), ids: answer.ids, toolUses: answer.uses, promptIds: prompt, finishReason: reason,
      timings: GenerationTimings(
        promptTokens: prompt.count, promptSeconds: promptSeconds, generatedTokens: answer.ids.count, generationSeconds: clock.lap()))
    onEvent(.finished(result))
    return result
  }

  /// How many tokens of a prompt need not be computed again.
  public func cachedCount(of prompt: [Int]) -> Int {
    max(0, min(zip(cached, prompt).prefix { $0 == $1 }.count, prompt.count - 1, cache.count))
  }

  /// The model's logits after a sequence, in vocabulary order: what it thinks of every next token. Throws `GenerationError`, or `Run.Cancelled`.
  public func logits(after ids: [Int], isCancelled: @escaping () -> Bool = { false }) throws -> [Float] { try prefill(ids, isCancelled) }

  /// Logits after the prompt; reuses what the cache shares with it.
  private func prefill(_ prompt: [Int], _ isCancelled: @escaping () -> Bool) throws -> [Float] {
    guard !prompt.isEmpty else { throw GenerationError.emptyPrompt }
    guard prompt.count <= cache.capacity else {
      throw GenerationError.promptTooLong(tokens: prompt.count, contextLength: cache.capacity)
    }
    let size = model.transformer.configuration.vocabularySize
    for id in prompt where id < 0 || id >= size { throw GenerationError.unknownToken(id, vocabularySize: size) }
    let shared = cachedCount(of: prompt)
    cache.truncate(to: shared)
    cached.removeLast(cached.count - shared)
    var logits: [Float] = []
    for start in stride(from: shared, to: prompt.count, by: chunk) {
      logits = try advance(Array(prompt[start..<min(start + chunk, prompt.count)]), isCancelled)
    }
    return logits
  }

  private func advance(_ tokens: [Int], _ isCancelled: @escaping () -> Bool) throws -> [Float] {
    if isCancelled() { throw Run.Cancelled() }
    let result =
      if tokens.count == 1 { decoder.logits(after: Int32(tokens[0])) } else {
        try model.transformer.lastLogits(tokens.map(Int32.init), Run(cache: cache, isCancelled: isCancelled))
      }
    cached += tokens
    let logits = result.values
    guard logits.allSatisfy(\.isFinite) else { throw GenerationError.notFinite(hook: firstNotFinite(cached)) }
    return logits
  }

  /// Runs the sequence once more, observed, to say where the first bad number stands.
  private func firstNotFinite(_ tokens: [Int]) -> String {
    let recorder = Recorder()
    guard (try? model.transformer.logits(tokens.map(Int32.init), Run(recorder: recorder))) != nil else { return Hook.logits.name }
    let operations = model.transformer.operations
    let bad = operations.first { operation in
      guard let hook = operation.output, let tensor = recorder.tensors[hook], !operation.mayBeInfinite else { return false }
      return !tensor.values.allSatisfy(\.isFinite)
    }
    return (bad?.output ?? .logits).name
  }
}

/// Seconds between laps on the monotonic clock.
struct Stopwatch {
  private var last = ContinuousClock.now

  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    let elapsed = (now - last).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}
