// What a training run reports, why it stops, and runs by a recipe. Not here: the loop (TrainingRun), files of checkpoints (Checkpoint).
import Inference
import Languages
import Models
import Tensors
import Tokenization

/// What a training run reports.
public enum TrainingEvent: Sendable {
  /// Training goes on at `step`; `skipped` says which newer checkpoints did not verify, and why. Sent by whoever resumes.
  case resumed(step: Int, skipped: [Bilingual])
  case step(TrainingStep)
  /// Held-out answers, nats per token and bits per byte.
  case evaluated(step: Int, loss: Double, bitsPerByte: Double)
  /// What the model makes of the run's prompts at an evaluation.
  case sampled(step: Int, [TrainingSample])
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
  /// The recipe's teacher is not at hand, is another, or knows other tokens.
  case wrongTeacher
  /// The folder holds a checkpoint that is further along than this run: it belongs to another.
  case folderInUse(path: String, step: Int)
  /// Another program trains in the folder now.
  case folderBusy(path: String)

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
    case .wrongTeacher:
      Bilingual(
        zh: "教师模型不是这次训练开始时的那个，或词表不同。请用 --teacher 给出词表相同的同一个模型。",
        en:
          "The teacher is not the one that this run began with, or knows other tokens. Name the same model, with the same vocabulary, with --teacher."
      )
    case .folderBusy(let path):
      Bilingual(
        zh: "另一个程序正在 \(path) 里训练。请等它结束，或换一个目录。",
        en: "Another program is training in \(path). Wait for it to end, or choose another folder.")
    case .folderInUse(let path, let step):
      Bilingual(
        zh: "目录中已有训练到第 \(step) 步的检查点 \(path)。请从它继续，或换一个目录。",
        en: "The folder already holds \(path), trained to step \(step). Resume from it, or choose another folder.")
    }
  }
}

/// What a run does beside training; none of it changes a weight.
public struct RunOptions: Sendable {
  /// Asked at every evaluation.
  public var prompts: [String] = []
  /// Report every step, not only those that the recipe logs.
  public var reportsEveryStep = false

  public init() {}
}

/// Trains one model by one recipe.
public final class Trainer: TrainingRun {
  public let recipe: Recipe
  public let tokenizer: Tokenizer
  let source: BatchSource

  /// - Parameters: parameters and step of a run that goes on; without them a new one, weights drawn by the recipe's seed.
  public init(_ recipe: Recipe, _ corpus: Corpus, _ tokenizer: Tokenizer, parameters: FlatParameters? = nil, step: Int = 0) {
    self.recipe = recipe
    self.tokenizer = tokenizer
    source = BatchSource(corpus, tokenizer, recipe)
    super.init(source, parameters ?? FlatParameters(Transformer(recipe.configuration, seed: recipe.seed)), step: step)
  }

  override func ask(_ prompts: [String]) throws -> [TrainingSample] {
    try TrainingSample.ask(prompts, parameters.answering(), tokenizer)
  }

  /// Learns from a teacher as the recipe says; call it before training, and after resuming.
  public func learn(from teacher: LoadedModel) throws(TrainingError) {
    guard let distillation = recipe.distillation, distillation.teacher == teacher.transformer.fingerprint,
      teacher.tokenizer.vocabulary.spellings == tokenizer.vocabulary.spellings,
      teacher.transformer.configuration.vocabularySize == recipe.shape.vocabulary,
      teacher.transformer.configuration.contextLength >= recipe.shape.context
    else { throw .wrongTeacher }
    learn(from: teacher.transformer, DistillationMix(temperature: Float(distillation.temperature), share: Float(distillation.share)))
  }
}
