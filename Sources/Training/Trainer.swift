// The training loop: batches, forward, backward, clip, update; reports through one stream of events. Not here: files of checkpoints (Checkpoint).
import Languages
import ModelFiles
import Models
import Tensors
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a training run reports.
public enum TrainingEvent: Sendable {
  /// Training goes on at `step`; `skipped` says which newer checkpoints did not verify, and why. Sent by whoever resumes.
  case resumed(step: Int, skipped: [Bilingual])
  case step(TrainingStep)
  /// Held-out answers, nats per token and bits per byte.
  case evaluated(step: Int, loss: Double, bitsPerByte: Double)
  case checkpoint(path: String)
  case finished(path: String)
}

/// One logged step.
public struct TrainingStep: Sendable, Hashable {
  /// Steps done, from 1.
  public let step: Int
  public let totalSteps: Int
  /// Nats per token of this step's batches.
  public let loss: Double
  public let learningRate: Double
  /// Before clipping.
  public let gradientNorm: Double
  public let tokensPerSecond: Double
  /// Seconds left at this rate.
  public let secondsLeft: Double
}

/// Why training stopped.
public enum TrainingError: BilingualError, Hashable {
  /// NaN or infinity; the parameter is the first whose values or gradient show it, "loss" when none does.
  case notFinite(step: Int, parameter: String)
  /// No part that the stage (from 1) draws from is in the corpus.
  case emptyMixture(stage: Int)
  case vocabularyTooLarge(tokenizer: Int, model: Int)
  /// Without it nothing tells question from answer.
  case missingSpecialToken(String)
  /// The folder holds a checkpoint that is further along than this run: it belongs to another.
  case folderInUse(path: String, step: Int)

  public var message: Bilingual {
    switch self {
    case .notFinite(let step, let parameter):
      Bilingual(
        zh: "第 \(step) 步的损失或梯度不是有限数值（首先出现在 \(parameter)）。请降低学习率后重新训练。",
        en: "At step \(step) the loss or a gradient is not finite (first in \(parameter)). Lower the learning rate and train again.")
    case .emptyMixture(let stage):
      Bilingual(
        zh: "语料中没有第 \(stage) 阶段所需的任何部分。请修改配方的 mixture，或换用完整的语料。",
        en: "The corpus has none of the parts that stage \(stage) draws from. Change the recipe's mixture, or use the whole corpus.")
    case .missingSpecialToken(let token):
      Bilingual(
        zh: "分词器没有特殊词元 \(token)，无法区分问题和回答。请从 Sprout 类模型开始训练。",
        en:
          "The tokenizer lacks the special token \(token), so questions and answers cannot be told apart. Begin with a model of Sprout's kind."
      )
    case .vocabularyTooLarge(let tokenizer, let model):
      Bilingual(
        zh: "分词器有 \(tokenizer) 个 token，配方的词表只有 \(model)。请调大 shape.vocabulary，或换用更小的分词器。",
        en:
          "The tokenizer has \(tokenizer) tokens, the recipe's vocabulary only \(model). Raise shape.vocabulary, or use a smaller tokenizer."
      )
    case .folderInUse(let path, let step):
      Bilingual(
        zh: "目录中已有训练到第 \(step) 步的检查点 \(path)。请从它继续，或换一个目录。",
        en: "The folder already holds \(path), trained to step \(step). Resume from it, or choose another folder.")
    }
  }
}

/// Trains one model by one recipe.
public final class Trainer {
  public let recipe: Recipe
  public let tokenizer: Tokenizer
  public let parameters: FlatParameters
  let source: BatchSource
  /// Steps done.
  public private(set) var step: Int
  /// The last evaluation, for the checkpoint of the same step.
  var evaluation: (step: Int, bitsPerByte: Double)?

  /// - Parameters: parameters and step of a run that goes on; without them a new one, weights drawn by the recipe's seed.
  public init(_ recipe: Recipe, _ corpus: Corpus, _ tokenizer: Tokenizer, parameters: FlatParameters? = nil, step: Int = 0) {
    self.recipe = recipe
    self.tokenizer = tokenizer
    self.step = step
    self.parameters = parameters ?? FlatParameters(Transformer(recipe.configuration, seed: recipe.seed))
    source = BatchSource(corpus, tokenizer, recipe)
  }

  /// One optimizer step.
  /// - Returns: loss in nats per token, gradient norm before clipping, tokens seen.
  public func advance() throws -> (loss: Double, gradientNorm: Double, tokens: Int) {
    try source.check()
    return try advance(rate: recipe.rate(at: step)) { source.batch(step: step, pass: $0) }
  }

  /// One optimizer step on `recipe.batches` batches: the mean of their losses.
  func advance(rate: Double, batch: (_ pass: Int) -> Batch) throws -> (loss: Double, gradientNorm: Double, tokens: Int) {
    parameters.clearGradients()
    var (loss, tokens) = (0.0, 0)
    for pass in 0..<recipe.batches {
      let batch = batch(pass)
      loss += Double(try accumulate(batch, share: 1 / Float(recipe.batches))) / Double(recipe.batches)
      tokens += batch.inputs.count
    }
    parameters.fillMissingGradients()
    let norm = parameters.gradientNorm()
    guard loss.isFinite, norm.isFinite else {
      throw TrainingError.notFinite(step: step + 1, parameter: parameters.firstNotFinite() ?? "loss")
    }
    let scale = norm > recipe.optimizer.clip ? recipe.optimizer.clip / norm : 1
    parameters.update(recipe.optimizer, recipe.precision, rate: rate, step: step, scale: scale)
    step += 1
    return (loss, norm, tokens)
  }

  /// Adds a batch's gradients, scaled by `share`, and returns its loss.
  func accumulate(_ batch: Batch, share: Float) throws -> Float {
    guard batch.weights.contains(where: { $0 > 0 }) else { return 0 }
    let tape = Tape(products: recipe.precision == .bfloat16 ? .bfloat16 : .float32)
    let model = parameters.transformer
    let hidden = try model.hidden(batch.inputs, Run(tape: tape, documents: batch.documents))
    let loss = linearCrossEntropy(hidden, model.unembedding.tensor, targets: batch.targets, weights: batch.weights, tape)
    tape.backward(from: loss, seed: share)
    return loss[0]
  }

  /// Loss on held-out answers; nil when the corpus holds none out.
  public func evaluate(limit: Int = 400) throws -> HeldOutLoss? {
    try source.check()
    return try HeldOutLoss.measure(parameters.transformer, tokenizer, source.corpus, limit: limit)
  }

  /// Runs to the end of the recipe, or until cancelled; checkpoints go below `folder`.
  /// - Returns: the path of the last checkpoint.
  public func run(
    folder: String, isCancelled: () -> Bool = { false }, onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> String {
    try source.check()
    let existing = try Checkpoint.latest(in: folder).found
    if let existing, existing.step > step { throw TrainingError.folderInUse(path: existing.path, step: existing.step) }
    var last = existing?.path ?? ""
    var (seconds, tokens, measured) = (0.0, 0, 0)
    while step < recipe.steps {
      let start = ContinuousClock.now
      let result = try advance()
      let elapsed = (ContinuousClock.now - start).components
      seconds += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      tokens += result.tokens
      measured += 1
      if step % recipe.logEvery == 0 || step == recipe.steps || step == 1 {
        try onEvent(
          .step(
            TrainingStep(
              step: step, totalSteps: recipe.steps, loss: result.loss, learningRate: recipe.rate(at: step - 1),
              gradientNorm: result.gradientNorm, tokensPerSecond: Double(tokens) / max(seconds, 1e-9),
              secondsLeft: seconds / Double(measured) * Double(recipe.steps - step))))
        (seconds, tokens, measured) = (0, 0, 0)
      }
      if step % recipe.evaluateEvery == 0 || step == recipe.steps {
        if let result = try evaluate() {
          evaluation = (step, result.bitsPerByte)
          try onEvent(.evaluated(step: step, loss: result.nats, bitsPerByte: result.bitsPerByte))
        }
      }
      let stops = isCancelled()
      if step % recipe.checkpointEvery == 0 || step == recipe.steps || stops {
        last = try Checkpoint.save(self, in: folder)
        try onEvent(.checkpoint(path: last))
      }
      if stops { return last }
    }
    try onEvent(.finished(path: last))
    return last
  }
}
