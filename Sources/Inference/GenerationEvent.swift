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
  /// Tools that the model may call inside its turn (`LoadedModel.toolCalling`); nil treats control tokens of calls like any others.
  public var tools: ToolCalling?

  public init() {}
}

/// A token as it was generated.
public struct GeneratedToken: Sendable, Hashable {
  /// Who wrote the token, and for whom.
  public enum Part: String, Sendable, Codable {
    /// The model's words.
    case answer
    /// The model's call of a tool, its control tokens included.
    case call
    /// What the tool said: forced, whatever the model thought of it. The choice has no draw, and the model's own logprob.
    case result
  }

  /// Position in the whole sequence, prompt included.
  public let position: Int
  public let choice: SamplingChoice
  public let part: Part
  /// Characters of the answer that became complete with this token and cannot belong to a stop string any more. The texts of all tokens are a prefix of the
  /// result's text, which also has what was still held back at the end.
  public let text: String
  /// The most probable tokens of the model, before any filter.
  public let alternatives: [TokenLogprob]

  public var id: Int { choice.id }

  public init(position: Int, choice: SamplingChoice, part: Part, text: String, alternatives: [TokenLogprob]) {
    (self.position, self.choice, self.part, self.text, self.alternatives) = (position, choice, part, text, alternatives)
  }
}

public struct TokenLogprob: Sendable, Hashable {
  public let id: Int
  public let logprob: Double

  public init(id: Int, logprob: Double) { (self.id, self.logprob) = (id, logprob) }
}

/// Why a generation ended. Raw values are those of the OpenAI interface, and `cancelled`.
public enum FinishReason: String, Sendable, Codable {
  /// The model ended its turn, or a stop string came.
  case stop
  /// The limit of tokens or of the context was reached.
  case length
  case cancelled
}

/// The whole of a finished generation.
public struct GenerationResult: Sendable {
  /// What the model says. Calls of tools and their results are not in it, except for a call that was left open.
  public let text: String
  /// Generated ids, without the one that ended the turn; those of calls and of forced results are among them.
  public let ids: [Int]
  public let toolUses: [ToolUse]
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
  /// A call was completed by the token before; the tokens of its result come next.
  case tool(ToolUse)
  case finished(GenerationResult)
}
