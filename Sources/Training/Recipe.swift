// The recipe: one readable file that says everything about a training run, so that the run can be repeated bit for bit. Not here: running it.
import Languages
import ModelFiles
import Models
import Yams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A training run in numbers, read from YAML.
public struct Recipe: Codable, Sendable, Hashable {
  public struct Shape: Codable, Sendable, Hashable {
    public var vocabulary: Int
    public var hidden: Int
    public var layers: Int
    public var heads: Int
    public var keyValueHeads: Int
    public var feedForward: Int
    public var context: Int
    public var ropeBase: Double
    public var normEpsilon: Double
  }

  public struct Optimizer: Codable, Sendable, Hashable {
    public var rate: Double
    /// Share of the steps in which the rate rises from 0.
    public var warmup: Double
    /// The rate at the end, as a share of the peak (cosine in between).
    public var floor: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Not applied to norms and embeddings.
    public var weightDecay: Double
    /// Largest norm of the whole gradient.
    public var clip: Double
  }

  /// A stage of the run with its own mixture.
  public struct Stage: Codable, Sendable, Hashable {
    /// Share of the steps.
    public var share: Double
    /// Weight of each part of the corpus in what is presented.
    public var mixture: [String: Double]
    /// Weight of the loss on tokens that the user wrote; answers count 1.
    public var promptLoss: Double
  }

  public var name: String
  public var seed: UInt64
  public var shape: Shape
  public var steps: Int
  /// Tokens of one pass forward and backward.
  public var batchTokens: Int
  /// Passes summed into one step.
  public var batches: Int
  public var optimizer: Optimizer
  public var stages: [Stage]
  public var logEvery: Int
  public var checkpointEvery: Int
  public var evaluateEvery: Int

  public var configuration: TransformerConfiguration {
    TransformerConfiguration(
      vocabularySize: shape.vocabulary, hiddenSize: shape.hidden, layerCount: shape.layers, headCount: shape.heads,
      keyValueHeadCount: shape.keyValueHeads, intermediateSize: shape.feedForward, contextLength: shape.context,
      normEpsilon: Float(shape.normEpsilon), ropeBase: Float(shape.ropeBase), tiesEmbeddings: true)
  }

  /// The stage of a step, 0-based.
  public func stage(at step: Int) -> Stage {
    var end = 0.0
    for stage in stages {
      end += stage.share
      if Double(step) < end * Double(steps) { return stage }
    }
    return stages[stages.count - 1]
  }

  /// Linear warm-up, then cosine to the floor. Steps count from 0.
  public func rate(at step: Int) -> Double {
    let warm = max(1, Int((optimizer.warmup * Double(steps)).rounded()))
    if step < warm { return optimizer.rate * Double(step + 1) / Double(warm) }
    let progress = Double(step - warm) / Double(max(1, steps - warm))
    return optimizer.rate * (optimizer.floor + (1 - optimizer.floor) * 0.5 * (1 + cos(min(1, progress) * Double.pi)))
  }
}

extension Recipe {
  /// Reads and checks a recipe.
  public init(yaml: String, file: String) throws(FileError) {
    do {
      self = try YAMLDecoder().decode(Recipe.self, from: yaml)
    } catch {
      throw FileError(
        file: file, place: Recipe.place(of: error), problem: Bilingual(zh: "训练配方无法读取", en: "the recipe cannot be read"),
        mend: Bilingual(zh: "请对照内置配方检查键名和数值类型", en: "Compare keys and types with the built-in recipe"))
    }
    try check(file)
  }

  public func yaml() -> String { (try? YAMLEncoder().encode(self)) ?? "" }

  private static func place(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context): (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context), DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty ? "YAML" : context.codingPath.map(\.stringValue).joined(separator: ".")
    default: "YAML"
    }
  }

  private func check(_ file: String) throws(FileError) {
    let rules: [(String, Bool, String)] = [
      ("shape.vocabulary", (272...Limits.vocabulary).contains(shape.vocabulary), "272…\(Limits.vocabulary)"),
      ("shape.hidden", (2...16384).contains(shape.hidden), "2…16384"),
      ("shape.layers", (1...Limits.layers).contains(shape.layers), "1…\(Limits.layers)"),
      ("shape.heads", shape.heads > 0 && shape.hidden % max(1, shape.heads) == 0 && shape.hidden / max(1, shape.heads) % 2 == 0, "hidden / heads even"),
      ("shape.keyValueHeads", shape.keyValueHeads > 0 && shape.heads % max(1, shape.keyValueHeads) == 0, "heads / n"),
      ("shape.feedForward", (1...65536).contains(shape.feedForward), "1…65536"),
      ("shape.context", (8...65536).contains(shape.context), "8…65536"),
      ("shape.ropeBase", shape.ropeBase >= 1 && shape.ropeBase < 1e12, "1…1e12"),
      ("shape.normEpsilon", shape.normEpsilon > 0 && shape.normEpsilon < 1, "0…1"),
      ("steps", (1...100_000_000).contains(steps), "1…100000000"),
      ("batchTokens", (16...1_000_000).contains(batchTokens), "16…1000000"),
      ("batches", (1...4096).contains(batches), "1…4096"),
      ("optimizer.rate", optimizer.rate > 0 && optimizer.rate <= 10, "0…10"),
      ("optimizer.warmup", (0...1).contains(optimizer.warmup), "0…1"), ("optimizer.floor", (0...1).contains(optimizer.floor), "0…1"),
      ("optimizer.beta1", (0..<1).contains(optimizer.beta1), "0…1"), ("optimizer.beta2", (0..<1).contains(optimizer.beta2), "0…1"),
      ("optimizer.epsilon", optimizer.epsilon > 0 && optimizer.epsilon < 1, "0…1"),
      ("optimizer.weightDecay", (0...10).contains(optimizer.weightDecay), "0…10"), ("optimizer.clip", optimizer.clip > 0, "> 0"),
      ("stages", !stages.isEmpty && stages.allSatisfy { $0.share > 0 && $0.promptLoss >= 0 && $0.promptLoss <= 1 }, "share > 0, promptLoss 0…1"),
      ("stages.mixture", stages.allSatisfy { !$0.mixture.isEmpty && $0.mixture.values.allSatisfy { $0 > 0 && $0 < 1e9 } }, "> 0"),
      ("logEvery", logEvery > 0, "> 0"), ("checkpointEvery", checkpointEvery > 0, "> 0"), ("evaluateEvery", evaluateEvery > 0, "> 0"),
      ("name", !name.isEmpty && name.utf8.allSatisfy { $0 == 45 || $0 == 95 || ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 122) }, "a-z 0-9 - _"),
    ]
    for (place, holds, range) in rules where !holds {
      throw FileError(
        file: file, place: place, problem: Bilingual(zh: "数值超出范围", en: "the value is out of range"),
        mend: Bilingual(zh: "应为：\(range)", en: "Expected: \(range)"))
    }
  }
}
