// Small random models with a real tokenizer, and traces of them.
import Inference
import Insight
import Models
import Tensors
import Tokenization

enum Samples {
  /// 8 special tokens, the bytes, a few merges.
  static let tokenizer: Tokenizer = {
    let texts = ["the cat sat on the mat and the cat ate the hat", "小猫坐在垫子上，小猫吃了帽子。"]
    let specials = (0..<8).map { "<|special\($0)|>" }
    guard
      let tokenizer = try? BPETrainer.train(texts: texts, vocabularySize: 290, specialTokens: specials, preTokenizer: .smollm)
    else { fatalError("the tokenizer of the tests must train") }
    return tokenizer
  }()

  /// A model whose weights are normal with the deviation `scale`; norm gains around 1 unless `gain` says otherwise.
  static func model(
    hidden: Int = 24, layers: Int = 2, heads: Int = 4, keyValueHeads: Int = 2, headSize: Int? = nil, intermediate: Int = 40,
    scale: Float = 0.3, gain: Float = 1, tied: Bool = true, seed: UInt64 = 1,
    weight: ((inout RandomSource) -> Float)? = nil, change: (inout TransformerConfiguration) -> Void = { _ in }
  ) -> LoadedModel {
    var configuration = TransformerConfiguration(
      vocabularySize: 300, hiddenSize: hidden, layerCount: layers, headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize,
      intermediateSize: intermediate, contextLength: 160, tiesEmbeddings: tied)
    change(&configuration)
    var random = RandomSource(seed: seed)
    let transformer = Transformer(configuration) { (_, shape: [Int]) throws(Never) -> Tensor in
      let tensor = Tensor(uninitialized: shape)
      for i in 0..<tensor.count {
        if let weight {
          tensor.data[i] = weight(&random)
        } else {
          tensor.data[i] = shape.count == 1 ? gain * (1 + 0.3 * random.normal()) : scale * random.normal()
        }
      }
      return tensor
    }
    return LoadedModel(name: "random", path: "", transformer: transformer, tokenizer: tokenizer, chatTemplate: nil)
  }

  /// What other families have and Llama does not: like GPT-2, Gemma 2, Qwen3 with YaRN, GLM-4.
  static let families: [LoadedModel] = [
    model(
      intermediate: 48, seed: 21,
      change: {
        ($0.norm, $0.positions, $0.isGated, $0.activation) = (.layer, .learned, false, .geluTanh)
        ($0.biases.queryKeyValue, $0.biases.attentionOutput, $0.biases.feedForward) = (true, true, true)
      }),
    model(
      seed: 22,
      change: {
        ($0.activation, $0.normalizesOutputs, $0.embeddingScale, $0.attentionScale) = (.geluTanh, true, Float(24).squareRoot(), 0.3)
        ($0.scoreCap, $0.logitCap) = (4, 6)
        $0.window = AttentionWindow(size: 5, period: 2, rotary: RotaryConfiguration(base: 500, dimensions: 6))
      }),
    model(
      heads: 3, keyValueHeads: 1, headSize: 10, seed: 23,
      change: {
        $0.normalizesQueriesAndKeys = true
        $0.rotary?.scaling = .yarn(RotaryConfiguration.YaRN(factor: 4, originalContext: 40))
      }),
    model(
      heads: 4, keyValueHeads: 2, headSize: 12, seed: 24,
      change: {
        ($0.biases.queryKeyValue, $0.normalizesOutputs, $0.activation) = (true, true, .gelu)
        $0.rotary = RotaryConfiguration(base: 10_000, dimensions: 6, scaling: .linear(factor: 2))
      }),
  ]

  static func ids(_ count: Int, seed: UInt64) -> [Int] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in random.below(290) }
  }

  static func trace(_ model: LoadedModel, tokens: Int = 14, seed: UInt64 = 7) throws -> Trace {
    try Trace.record(model, ids: ids(tokens, seed: seed))
  }

  /// A random cell of an operation's tensor.
  static func cell(_ operation: Operation, of trace: Trace, _ random: inout RandomSource) -> [Int] {
    let shape = trace.output(of: operation)?.shape ?? [trace.ids.count, trace.model.transformer.configuration.vocabularySize]
    return shape.map { random.below($0) }
  }
}
