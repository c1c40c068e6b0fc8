// What a model in training says: fixed prompts, answered greedily, so that only the weights can change an answer. Not here: judging answers (Evaluator).
import Inference
import Models
import Tokenization

/// A prompt and what the model made of it.
public struct TrainingSample: Sendable, Hashable {
  public let prompt: String
  public let answer: String
  /// The model ended by itself; else the answer was cut.
  public let isEnded: Bool

  /// As many prompts as a run asks at most.
  public static let most = 8

  public init(prompt: String, answer: String, isEnded: Bool) {
    (self.prompt, self.answer, self.isEnded) = (prompt, answer, isEnded)
  }
}

extension TrainingSample {
  /// Asked where nothing else is wanted: a concept, a chat, a story; both languages.
  public static let prompts = ["什么是注意力？", "hello, who are you?", "tell me a story about a cat"]

  /// Tokens of one answer at most.
  static let longest = 64

  /// Answers as they stand: nothing of the training changes.
  static func ask(_ prompts: [String], _ transformer: Transformer, _ tokenizer: Tokenizer) throws -> [TrainingSample] {
    let model = LoadedModel(name: "training", path: "", transformer: transformer, tokenizer: tokenizer, chatTemplate: .sprout)
    // The decoder may keep copies of weights, which change with every step: a fresh one each time.
    let generator = Generator(model, contextLength: 256)
    var options = GenerationOptions()
    (options.sampling, options.maxTokens, options.tools) = (.greedy, longest, model.toolCalling)
    return try prompts.prefix(most).map { prompt in
      let ids = try model.encode(chat: [ChatMessage(.user, prompt)])?.ids ?? model.encode(raw: prompt)
      let result = try generator.generate(Array(ids.suffix(generator.contextLength - 1)), options)
      return TrainingSample(prompt: prompt, answer: result.text, isEnded: result.finishReason == .stop)
    }
  }
}
