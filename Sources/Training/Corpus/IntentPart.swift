// Intents: small talk, and questions outside Sprout's world. Each intent has questions that mean the same and answers that fit any of them.
import Languages
import Models
import Tokenization

/// One intent in one language.
struct Intent: Sendable {
  let id: String
  let language: Language
  var questions: [String]
  let heldOut: [String]
  let answers: [String]
}

/// Intents that one picks from with the same chance.
struct IntentPart: CorpusPart {
  let intents: [Intent]
  let skill: Probe.Skill
  let phrasings: Phrasings

  var texts: [String] { intents.flatMap { $0.questions + $0.answers } }

  func draw(_ random: inout RandomSource) -> Presentation {
    let intent = random.pick(intents)
    return .exchange(phrasings.varied(random.pick(intent.questions), intent.language, &random), random.pick(intent.answers))
  }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    intents.flatMap { intent in
      intent.heldOut.map { question in
        let expectation: Probe.Expectation =
          skill == .outside ? .contains(Self.notKnowing[intent.language] ?? []) : .oneOf(intent.answers)
        return Probe(skill, question, expectation, intent.language, reference: intent.answers.count == 1 ? intent.answers[0] : nil)
      }
    }.spread(limit)
  }

  /// How Sprout says that it does not know. The answers of the corpus hold one of these each; a test sees to it.
  static let notKnowing: [Language: [String]] = [
    .zh: ["不知道", "不懂", "不会"], .en: ["do not know", "don't know", "cannot", "Cannot", "Do not know", "Don't know"],
  ]
}
