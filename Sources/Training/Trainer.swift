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
  /// Training goes on at `step`; `skipped` are newer checkpoints that did not verify, with the reason.
  case resumed(step: Int, skipped: [String])
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
  case notFinite(step: Int, parameter: String)

  public var message: Bilingual {
    switch self {
    case .notFinite(let step, let parameter):
      Bilingual(
        zh: "第 \(step) 步的损失或梯度不是有限数值（首先出现在 \(parameter)）。请降低学习率，从上一个检查点继续。",
        en: "At step \(step) the loss or a gradient is not finite (first in \(parameter)). Lower the learning rate and resume from the last checkpoint.")
    }
  }
}

/// Trains one model by one recipe.
public final class Trainer {
  public let recipe: Recipe
  public let tokenizer: Tokenizer
  public let parameters: FlatParameters
  private let source: BatchSource
  /// Steps done.
  public internal(set) var step: Int

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
    parameters.clearGradients()
    var (loss, tokens) = (0.0, 0)
    for pass in 0..<recipe.batches {
      let batch = source.batch(step: step, pass: pass)
      loss += Double(try accumulate(batch, share: 1 / Float(recipe.batches))) / Double(recipe.batches)
      tokens += batch.inputs.count
    }
    let norm = parameters.gradientNorm()
    guard loss.isFinite, norm.isFinite else {
      throw TrainingError.notFinite(step: step + 1, parameter: parameters.firstNotFinite() ?? "loss")
    }
    let scale = norm > recipe.optimizer.clip ? recipe.optimizer.clip / norm : 1
    parameters.update(recipe.optimizer, rate: recipe.rate(at: step), step: step, scale: scale)
    step += 1
    return (loss, norm, tokens)
  }

  /// Adds a batch's gradients, scaled by `share`, and returns its loss.
  func accumulate(_ batch: Batch, share: Float) throws -> Float {
    guard batch.weights.contains(where: { $0 > 0 }) else { return 0 }
    let tape = Tape()
    let model = parameters.transformer
    let hidden = try model.hidden(batch.inputs, Run(tape: tape, documents: batch.documents))
    let loss = linearCrossEntropy(hidden, model.unembedding, targets: batch.targets, weights: batch.weights, tape)
    tape.backward(from: loss, seed: share)
    return loss[0]
  }

  /// Loss on held-out answers.
  public func evaluate(limit: Int = 200) throws -> (loss: Double, bitsPerByte: Double) {
    var (nats, tokens, bytes) = (0.0, 0.0, 0)
    for batch in source.evaluationBatches(limit: limit) {
      let hidden = try parameters.transformer.hidden(batch.inputs, Run(documents: batch.documents))
      let loss = linearCrossEntropy(hidden, parameters.transformer.unembedding, targets: batch.targets, weights: batch.weights)
      let count = batch.weights.reduce(0) { $0 + Double($1) }
      nats += Double(loss[0]) * count
      tokens += count
      for (target, weight) in zip(batch.targets, batch.weights) where weight > 0 { bytes += tokenizer.bytes(of: Int(target)).count }
    }
    return (nats / max(1, tokens), nats / log(2) / Double(max(1, bytes)))
  }

  /// Runs to the end of the recipe, or until cancelled; checkpoints go below `folder`.
  public func run(
    folder: String, isCancelled: () -> Bool = { false }, onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> String {
    var last = try Checkpoint.latest(in: folder).found?.path ?? ""
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
        let result = try evaluate()
        try onEvent(.evaluated(step: step, loss: result.loss, bitsPerByte: result.bitsPerByte))
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
