// The one stream of events that screen, --json, server and tests read. There is no second path from a prompt to text.

/// What to generate.
public struct GenerationOptions: Sendable {
  public var sampling = SamplingSettings.greedy
  /// nil generates until the model ends or the context is full.
  public var maxTokens: Int?
  /// Text that ends the answer; it is not part of the answer.
  public var stopStrings: [String] = []
  /// How many alternatives each token reports, 0 for none.
  public var logprobCount = 0
  /// Whether each token carries the work of every filter.
  public var reportsSampling = false

  public init() {}
}

/// A token as it was generated.
public struct GeneratedToken: Sendable, Hashable {
  /// Position in the whole sequence, prompt included.
  public let position: Int
  public let choice: SamplingChoice
  /// Characters that became complete with this token and cannot belong to a stop string any more. The texts of all tokens are a prefix of the
  /// result's text, which also has what was still held back at the end.
  public let text: String
  /// The most probable tokens of the model, before any filter.
  public let alternatives: [TokenLogprob]

  public var id: Int { choice.id }
}

public struct TokenLogprob: Sendable, Hashable {
  public let id: Int
  public let logprob: Double
}

/// Why a generation ended. Raw values are those of the OpenAI interface, and `cancelled`.
public enum FinishReason: String, Sendable {
  /// The model ended its turn, or a stop string came.
  case stop
  /// The limit of tokens or of the context was reached.
  case length
  case cancelled
}

/// The whole of a finished generation.
public struct GenerationResult: Sendable {
  public let text: String
  /// Generated ids, without the one that ended the turn.
  public let ids: [Int]
  public let promptIds: [Int]
  public let finishReason: FinishReason
  public let timings: GenerationTimings
}

public struct GenerationTimings: Sendable {
  public let promptTokens: Int
  public let promptSeconds: Double
  public let generatedTokens: Int
  public let generationSeconds: Double

  public var promptTokensPerSecond: Double { promptSeconds > 0 ? Double(promptTokens) / promptSeconds : 0 }
  public var tokensPerSecond: Double { generationSeconds > 0 ? Double(generatedTokens) / generationSeconds : 0 }
}

public enum GenerationEvent: Sendable {
  case prefilled(tokens: Int, seconds: Double)
  case token(GeneratedToken)
  case finished(GenerationResult)
}
