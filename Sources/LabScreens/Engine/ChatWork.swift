// What the chat view asks of the engine and what comes back; an answer comes back token by token. Not here: the conversation (Chat), state (ChatState).
import Chat
import Inference
import Languages

public enum ChatWork: Sendable {
  /// A fresh conversation, and the course's texts.
  case open
  /// Answers the message at the end of the path, where it fits.
  case answer(request: Int, Conversation, SamplingSettings)
  /// An answer that was cut goes on.
  case goOn(request: Int, AnswerRecord)
  /// What could have stood after these ids; one of the alternatives is `actual`.
  case why(request: Int, ids: [Int], actual: Int, SamplingSettings)
  case save(Conversation, changed: Set<Int>)
  /// The conversations that were kept.
  case list
  case load(id: String)
}

public enum ChatReport: Sendable {
  case opened(Conversation, ConceptIndex?, contextLength: Int)
  case list([ConversationSummary])
  case loaded(Conversation)
  /// The prompt fits; its answer begins. `cachedCount` of its tokens need not be computed.
  case begun(request: Int, prompt: [Int], cachedCount: Int, problems: [Bilingual])
  case event(request: Int, GenerationEvent)
  case full(request: Int, ContextBudget, dropping: [Message], start: Int)
  case hopeless(request: Int, ContextBudget)
  case why(request: Int, WhyAnswer)
  case failed(request: Int, Bilingual)
}

extension ChatWork {
  /// Whether a cancellation makes it pointless. What must be kept still is.
  public var isComputation: Bool {
    switch self {
    case .answer, .goOn, .why: true
    case .open, .save, .list, .load: false
    }
  }

  var request: Int? {
    switch self {
    case .answer(let request, _, _), .goOn(let request, _), .why(let request, _, _, _): request
    case .open, .save, .list, .load: nil
    }
  }
}

/// The engine's part that chats: one generator, whose cache holds the conversation.
final class ChatEngine {
  private let model: LoadedModel
  private let isCancelled: () -> Bool
  private lazy var generator = Generator(model)
  private static let alternatives = 8

  init(_ model: LoadedModel, isCancelled: @escaping () -> Bool) { (self.model, self.isCancelled) = (model, isCancelled) }

  static func contextLength(_ model: LoadedModel) -> Int { Generator.contextLimit(model.transformer.configuration) }

  func perform(_ work: ChatWork, report: (ChatReport) -> Void) throws {
    switch work {
    case .open, .save, .list, .load: break
    case .answer(let request, let conversation, let sampling):
      switch model.plan(conversation, conversation.path, limit: generator.contextLength) {
      case .fits(let prompt, _): try generate(request, prompt.ids, prompt.stopStrings, sampling, prompt.problems, report)
      case .full(let budget, let dropping, let start): report(.full(request: request, budget, dropping: dropping, start: start))
      case .hopeless(let budget): report(.hopeless(request: request, budget))
      }
    case .goOn(let request, let record): try generate(request, record.sequence, [], record.sampling, [], report)
    case .why(let request, let ids, let actual, let sampling):
      let logits = try generator.logits(after: ids, isCancelled: isCancelled)
      report(.why(request: request, answer(logits, ids, actual, sampling)))
    }
  }

  private func generate(
    _ request: Int, _ ids: [Int], _ stops: [String], _ sampling: SamplingSettings, _ problems: [Bilingual], _ report: (ChatReport) -> Void
  ) throws {
    report(.begun(request: request, prompt: ids, cachedCount: generator.cachedCount(of: ids), problems: problems))
    var options = GenerationOptions()
    (options.sampling, options.stopStrings, options.tools) = (sampling, stops, model.toolCalling)
    try generator.generate(ids, options, isCancelled: isCancelled) { report(.event(request: request, $0)) }
  }

  private func answer(_ logits: [Float], _ ids: [Int], _ actual: Int, _ sampling: SamplingSettings) -> WhyAnswer {
    let kept = Sampler(sampling).filtered(logits, recent: ids, reporting: false).candidates
    let normalizer = logNormalizer(logits)
    func alternative(_ id: Int) -> WhyAnswer.Alternative {
      WhyAnswer.Alternative(
        id: id, probability: Numeric.exp(Double(logits[id]) - normalizer), kept: kept.first { $0.id == id }?.probability)
    }
    var best = topLogprobs(logits, count: Self.alternatives).map { alternative($0.id) }
    if logits.indices.contains(actual), !best.contains(where: { $0.id == actual }) { best[best.count - 1] = alternative(actual) }
    return WhyAnswer(alternatives: best)
  }
}
