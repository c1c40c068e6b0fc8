// The generator: the cache and the chunks are invisible in what comes out, limits and errors are typed. Not here: samplers, stop strings.
import Models
import Testing
import Tokenization

@testable import Inference

@Suite struct GeneratorTests {
  static let prompt = [0, 2] + Small.tokenizer.encode("the cat sat on the 小猫") + [1, 3]

  /// Greedy ids without cache: the whole sequence again for every token.
  static func uncached(_ model: LoadedModel, _ prompt: [Int], count: Int) throws -> (ids: [Int], logits: [[Float]]) {
    var (sequence, logits): ([Int], [[Float]]) = (prompt, [])
    for _ in 0..<count {
      let last = try model.transformer.lastLogits(sequence.map(Int32.init)).values
      let next = last.indices.reduce(0) { last[$1] > last[$0] ? $1 : $0 }
      if model.tokenizer.eos.contains(next) { break }
      logits.append(last)
      sequence.append(next)
    }
    return (Array(sequence.dropFirst(prompt.count)), logits)
  }

  @Test func cachedEqualsUncachedTokenForToken() throws {
    let model = Small.model()
    let expected = try Self.uncached(model, Self.prompt, count: 24)
    var options = GenerationOptions(maxTokens: 24)
    options.logprobCount = 3
    var logprobs: [[TokenLogprob]] = []
    let result = try Generator(model).generate(
      Self.prompt, options, onEvent: { if case .token(let token) = $0 { logprobs.append(token.alternatives) } })
    #expect(result.ids == expected.ids)
    #expect(Set(result.ids).count > 3, "the random model should not repeat one token only")
    #expect(result.finishReason == .length)
    #expect(result.promptIds == Self.prompt)
    for (alternatives, logits) in zip(logprobs, expected.logits) {
      for (mine, theirs) in zip(alternatives, topLogprobs(logits, count: 3)) {
        #expect(mine.id == theirs.id)
        #expect(abs(mine.logprob - theirs.logprob) <= 1e-4)
      }
    }
  }

  @Test(arguments: [1, 3, 7, 256])
  func chunkedPrefillEqualsWhole(_ chunk: Int) throws {
    let model = Small.model()
    let expected = try Self.uncached(model, Self.prompt, count: 16).ids
    #expect(try Generator(model, prefillChunk: chunk).generate(Self.prompt, GenerationOptions(maxTokens: 16)).ids == expected)
  }

  @Test func aSharedBeginningIsNotComputedAgain() throws {
    let model = Small.model()
    let generator = Generator(model)
    _ = try generator.generate(Self.prompt, GenerationOptions(maxTokens: 8))
    for prompt in [Self.prompt + [40, 41], Array(Self.prompt.prefix(5)) + [50], Self.prompt, Array(Self.prompt.prefix(1)), [9, 9, 9]] {
      let expected = try Self.uncached(model, prompt, count: 8).ids
      #expect(try generator.generate(prompt, GenerationOptions(maxTokens: 8)).ids == expected, "\(prompt)")
    }
    // After the same prompt only its last token is left to compute: one token, asked before it.
    var asked = 0
    let isCancelled = { () -> Bool in
      asked += 1
      return false
    }
    _ = try generator.generate([9, 9, 9], GenerationOptions(maxTokens: 1), isCancelled: isCancelled)
    #expect(asked == 1)
  }

  @Test func eventsTellTheWholeStory() throws {
    var events: [GenerationEvent] = []
    let result = try Generator(Small.model()).generate(Self.prompt, GenerationOptions(maxTokens: 5), onEvent: { events.append($0) })
    guard case .prefilled(let tokens, _) = events.first, case .finished(let last) = events.last else {
      Issue.record("the first event is the prefill, the last the result")
      return
    }
    #expect(tokens == Self.prompt.count)
    let generated = events.compactMap { event -> GeneratedToken? in if case .token(let token) = event { token } else { nil } }
    #expect(generated.map(\.id) == result.ids)
    #expect(generated.map(\.position) == Array(Self.prompt.count..<Self.prompt.count + 5))
    #expect(last.ids == result.ids && last.text == result.text)
    #expect(result.text.hasPrefix(generated.map(\.text).joined()))
    #expect(result.text == Small.tokenizer.decode(result.ids, skippingSpecial: true))
    #expect(result.timings.promptTokens == Self.prompt.count && result.timings.generatedTokens == 5)
    #expect(result.timings.tokensPerSecond > 0 && result.timings.promptTokensPerSecond > 0)
  }

  @Test func theModelEndsItsTurn() throws {
    let words = Small.tokenizer.encode("the cat")
    let model = Small.reciting([3] + words + [1, 40])
    let result = try Generator(model).generate([0, 3])
    #expect(result.finishReason == .stop)
    #expect(result.ids == words)
    #expect(result.text == "the cat")
  }

  // MARK: Limits

  @Test func aFullContextEndsWithLength() throws {
    let model = Small.model()
    let generator = Generator(model, contextLength: 24)
    let result = try generator.generate(Self.prompt)
    #expect(result.finishReason == .length)
    #expect(Self.prompt.count + result.ids.count == 24)
    let full = Array(repeating: 20, count: 24)
    #expect(try generator.generate(full).ids.count == 1)
    #expect(try generator.generate(Array(full.dropLast())).ids.count == 1)
    #expect(try generator.generate(full, GenerationOptions(maxTokens: 0)).ids.isEmpty)
    #expect(try generator.generate(full, GenerationOptions(maxTokens: -3)).ids.isEmpty)
  }

  @Test func theContextIsTheModelsOwnAtMost() {
    #expect(Generator(Small.model(), contextLength: 1_000_000).contextLength == 64)
    #expect(Generator(Small.model()).contextLength == 64)
    #expect(Generator(Small.model(), contextLength: -5).contextLength == 1)
  }

  @Test func aPromisedContextThatFitsNoMemoryIsCut() {
    var configuration = Small.configuration
    configuration.contextLength = 1 << 24
    configuration.headSize = 64
    let model = LoadedModel(
      name: "wide", path: "wide", transformer: Transformer(configuration, seed: 1), tokenizer: Small.tokenizer, chatTemplate: nil)
    // Two blocks of keys and values, 2 heads of 64, 4 bytes each.
    #expect(Generator(model).contextLength == (2 << 30) / 2048)
  }

  @Test func promptsThatCannotRunAreTypedErrors() throws {
    let generator = Generator(Small.model())
    #expect(throws: GenerationError.emptyPrompt) { try generator.generate([]) }
    #expect(throws: GenerationError.promptTooLong(tokens: 65, contextLength: 64)) {
      try generator.generate(Array(repeating: 20, count: 65))
    }
    #expect(throws: GenerationError.unknownToken(290, vocabularySize: 290)) { try generator.generate([0, 290]) }
    #expect(throws: GenerationError.unknownToken(-1, vocabularySize: 290)) { try generator.generate([-1]) }
    var options = GenerationOptions()
    options.sampling.topP = 0
    #expect(throws: GenerationError.self) { try generator.generate([0], options) }
    // None of them has touched the cache.
    #expect(try generator.generate([0, 20], GenerationOptions(maxTokens: 2)).promptIds == [0, 20])
    for error in [
      GenerationError.emptyPrompt, .unknownToken(1, vocabularySize: 1), .notFinite(hook: "x"), .promptTooLong(tokens: 2, contextLength: 1),
    ] {
      #expect(error.message.zh != error.message.en)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 7])
  func cancellationKeepsWhatThereIs(_ after: Int) throws {
    let model = Small.model()
    let generator = Generator(model, prefillChunk: 8)
    var asked = 0
    let cancelled = try generator.generate(
      Self.prompt, GenerationOptions(maxTokens: 20),
      isCancelled: {
        asked += 1
        return asked > after
      })
    #expect(cancelled.finishReason == .cancelled)
    let expected = try Self.uncached(model, Self.prompt, count: 20).ids
    #expect(cancelled.ids == Array(expected.prefix(cancelled.ids.count)))
    #expect(cancelled.text == Small.tokenizer.decode(cancelled.ids, skippingSpecial: true))
    #expect(try generator.generate(Self.prompt, GenerationOptions(maxTokens: 20)).ids == expected)
  }

  // MARK: Damaged weights

  @Test(arguments: [
    ("model.layers.1.self_attn.v_proj.weight", "blocks.1.attn.hook_v"), ("model.layers.0.mlp.down_proj.weight", "blocks.0.hook_mlp_out"),
    ("model.norm.weight", "ln_final.hook_normalized"), ("model.layers.1.input_layernorm.weight", "blocks.1.ln1.hook_normalized"),
    ("model.layers.0.self_attn.o_proj.weight", "blocks.0.hook_attn_out"), ("model.embed_tokens.weight", "hook_embed"),
  ])
  func notANumberIsTracedToItsHook(_ parameter: String, _ hook: String) {
    for bad in [Float.nan, .infinity] {
      let model = Small.model { name, tensor in if name == parameter { tensor.data.update(repeating: bad, count: tensor.count) } }
      #expect(throws: GenerationError.notFinite(hook: hook)) { try Generator(model).generate([0, 20, 21]) }
    }
  }
}
