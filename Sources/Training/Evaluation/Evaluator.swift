// Evaluation: every probe is asked once, greedily, in a chat of its own. Not here: judging (Judge), the numbers (EvaluationReport).
import Inference
import Languages
import Models
import Tokenization

/// Asks a model the corpus' held-out questions.
public struct Evaluator {
  private let model: LoadedModel
  private let corpus: Corpus
  /// Probes a skill, about.
  private let limit: Int

  /// Longest answer that counts as well-formed, in tokens.
  public static let answerTokens = 160

  public init(_ model: LoadedModel, _ corpus: Corpus, limit: Int = 200) {
    self.model = model
    self.corpus = corpus
    self.limit = limit
  }

  /// Throws what generation throws, and `Run.Cancelled` when cancelled.
  public func run(
    skills: Set<Probe.Skill> = Set(Probe.Skill.allCases), isCancelled: @escaping () -> Bool = { false },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    let probes = corpus.probes(limit: limit).filter { skills.contains($0.skill) }
    let generator = Generator(model, contextLength: 512)
    let known = Set(corpus.texts.flatMap(Judge.sentences))
    var report = EvaluationReport()
    report.bitsPerByte = try HeldOutLoss.measure(model.transformer, model.tokenizer, corpus, isCancelled: isCancelled)?.bitsPerByte
    var scores: [String: Score] = [:]
    for (i, probe) in probes.enumerated() {
      progress(i, probes.count)
      let answer = try ask(probe.question, generator, isCancelled)
      if isCancelled() { throw Run.Cancelled() }
      let isMet = probe.expectation.isMet(by: answer.text, calls: answer.calls)
      if probe.skill != .language {
        scores[probe.skill.rawValue, default: Score()].add(isMet)
        if !isMet {
          report.failures.append((probe.skill.rawValue, probe.question, answer.text, probe.reference ?? ""))
        }
      }
      // Numbers and tool calls have no language.
      if let language = Judge.language(answer.text) {
        scores[EvaluationReport.language, default: Score()].add(language == probe.language)
        if language != probe.language {
          report.failures.append((EvaluationReport.language, probe.question, answer.text, probe.language.rawValue))
        }
      }
      let isWellFormed = answer.isEnded && !answer.text.unicodeScalars.contains("\u{FFFD}") && !Judge.isLooping(answer.text)
      scores[EvaluationReport.wellFormed, default: Score()].add(isWellFormed)
      if !isWellFormed { report.failures.append((EvaluationReport.wellFormed, probe.question, answer.text, "")) }
      for sentence in Judge.sentences(answer.text) { report.verbatim.add(known.contains(sentence)) }
    }
    progress(probes.count, probes.count)
    let names = Probe.Skill.allCases.map(\.rawValue) + [EvaluationReport.wellFormed]
    report.lines = names.compactMap { name in
      guard let score = scores[name], let gate = EvaluationReport.gates[name] else { return nil }
      return EvaluationReport.Line(name: name, score: score, gate: gate.gate, stretch: gate.stretch)
    }
    return report
  }

  private func ask(
    _ question: String, _ generator: Generator, _ isCancelled: @escaping () -> Bool
  ) throws -> (text: String, calls: [(expression: String, result: String)], isEnded: Bool) {
    var options = GenerationOptions()
    options.maxTokens = Evaluator.answerTokens
    options.tools = model.toolCalling
    let prompt = try model.encode(chat: [ChatMessage(.user, question)])?.ids ?? model.encode(raw: question)
    // What does not fit the model cannot be answered; the next question may.
    if prompt.count > generator.contextLength { return ("", [], false) }
    let result = try generator.generate(prompt, options, isCancelled: isCancelled)
    return (result.text, result.toolUses.map { ($0.arguments, $0.answer.text) }, result.finishReason == .stop)
  }
}
