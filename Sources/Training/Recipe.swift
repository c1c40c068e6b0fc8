// The recipe: one readable file that says everything about a training run, so that the run can be repeated bit for bit.
// Not here: reading it (RecipeReading), running it.
import Inference
import Models

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
    /// The rate at the end, as a share of the peak.
    public var floor: Double
    /// Share of the steps in which the rate falls in a straight line, after it stood at its peak; nil means a cosine from the warm-up to the end.
    /// With it, what was learned before the fall does not depend on how long the run is (Hägele et al. 2024, arXiv:2405.18392).
    public var decayShare: Double?
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Not applied to norms and embeddings.
    public var weightDecay: Double
    /// Largest norm of the whole gradient.
    public var clip: Double
    /// The matrices of the blocks are updated by Muon; nil means AdamW for all.
    public var muon: MuonSettings?
  }

  public struct MuonSettings: Codable, Sendable, Hashable {
    public var momentum: Double
    /// Rate of the matrices as a multiple of the rate of the rest.
    public var rateFactor: Double
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

  /// Learning from a teacher's distribution, too (`distillation`).
  public struct Distillation: Codable, Sendable, Hashable {
    public var temperature: Double
    /// Of the divergence from the teacher in the loss; the rest is the loss on the text.
    public var share: Double
    /// A sign of which weights the teacher has.
    public var teacher: String

    public init(temperature: Double, share: Double, teacher: LoadedModel) {
      (self.temperature, self.share, self.teacher) = (temperature, share, teacher.transformer.fingerprint)
    }
  }

  /// How the factors of matrix products are read. Weights, optimizer, norms, softmax and loss are f32 in any case.
  public enum Precision: String, Codable, Sendable, CaseIterable {
    case float32
    /// Rounded to bf16, summed in f32: about twice as fast on processors with bf16 instructions.
    case bfloat16
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
  /// A recipe that does not say means f32, as all did before there was a choice.
  public var precision: Precision
  /// Nil without a teacher.
  public var distillation: Distillation?

  public var configuration: TransformerConfiguration {
    TransformerConfiguration(
      vocabularySize: shape.vocabulary, hiddenSize: shape.hidden, layerCount: shape.layers, headCount: shape.heads,
      keyValueHeadCount: shape.keyValueHeads, intermediateSize: shape.feedForward, contextLength: shape.context,
      normEpsilon: Float(shape.normEpsilon), ropeBase: Float(shape.ropeBase), tiesEmbeddings: true)
  }

  /// The stage of a step, 0-based.
  public func stage(at step: Int) -> Stage { stages[stageIndex(at: step)] }

  public var schedule: Schedule {
    Schedule(
      steps: steps, batches: batches, optimizer: optimizer, precision: precision, logEvery: logEvery, checkpointEvery: checkpointEvery,
      evaluateEvery: evaluateEvery)
  }

  /// The learning rate of a step, counted from 0.
  public func rate(at step: Int) -> Double { schedule.rate(at: step) }
}

extension Recipe {
  public init(from decoder: any Swift.Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    name = try keys.decode(String.self, forKey: .name)
    seed = try keys.decode(UInt64.self, forKey: .seed)
    shape = try keys.decode(Shape.self, forKey: .shape)
    steps = try keys.decode(Int.self, forKey: .steps)
    batchTokens = try keys.decode(Int.self, forKey: .batchTokens)
    batches = try keys.decode(Int.self, forKey: .batches)
    optimizer = try keys.decode(Optimizer.self, forKey: .optimizer)
    stages = try keys.decode([Stage].self, forKey: .stages)
    logEvery = try keys.decode(Int.self, forKey: .logEvery)
    checkpointEvery = try keys.decode(Int.self, forKey: .checkpointEvery)
    evaluateEvery = try keys.decode(Int.self, forKey: .evaluateEvery)
    distillation = try keys.decodeIfPresent(Distillation.self, forKey: .distillation)
    precision = try keys.decodeIfPresent(Precision.self, forKey: .precision) ?? .float32
  }
}
