// Concepts of the course: four facets, two languages, many wordings, follow-ups that refer back. Not here: reading lines (CorpusReading).
import Languages
import Models
import Tokenization

/// A concept in one language.
struct Topic: Sendable {
  let id: String
  let language: Language
  let term: String
  /// By facet: authored questions, authored questions that are held out, the answer.
  var facets: [Facet: (questions: [String], heldOut: [String], answer: String)] = [:]

  enum Facet: String, Sendable, CaseIterable { case what, why, example, contrast }
}

/// Questions about concepts. Every draw picks a concept, a language and a facet, and words the question anew.
struct ConceptPart: CorpusPart {
  /// Chinese and English of each concept, in the order of the files.
  let concepts: [[Topic]]
  let phrasings: Phrasings

  var texts: [String] {
    concepts.flatMap { $0 }.flatMap { topic in
      Topic.Facet.allCases.flatMap { facet in topic.facets[facet].map { $0.questions + [$0.answer] } ?? [] }
    }
  }

  func draw(_ random: inout RandomSource) -> Presentation {
    let pair = random.pick(concepts)
    let topic = random.pick(pair)
    // The plain question is what people ask first; it is met about as often as the other three facets together.
    let facets = Topic.Facet.allCases.filter { topic.facets[$0] != nil }
    let facet = topic.facets[.what] != nil && random.chance(0.4) ? .what : random.pick(facets)
    // "In English, please": the question stays, the answer changes its language.
    if random.chance(0.08), let other = pair.first(where: { $0.language != topic.language && $0.facets[facet] != nil }) {
      let use = other.language == .en ? "switch.english" : "switch.chinese"
      let request = phrasings.request(
        use, topic.language, ["q": question(topic, facet, &random)], fallback: other.language == .en ? "{q} In English." : "{q} 用中文。",
        &random)
      return .exchange(request, other.facets[facet]?.answer ?? "")
    }
    var turns = [
      ChatMessage(.user, phrasings.varied(question(topic, facet, &random), topic.language, &random)),
      ChatMessage(.assistant, topic.facets[facet]?.answer ?? ""),
    ]
    if random.chance(0.2) { turns += followUp(pair, topic, after: facet, &random) }
    return .chat(turns)
  }

  private func question(_ topic: Topic, _ facet: Topic.Facet, _ random: inout RandomSource) -> String {
    let authored = topic.facets[facet]?.questions ?? []
    if authored.isEmpty || random.chance(0.4) {
      return phrasings.request(
        "concept.\(facet.rawValue)", topic.language, ["x": topic.term], fallback: authored.first ?? "\(topic.term)?", &random)
    }
    return random.pick(authored)
  }

  /// "And why?", "for example?", "in English": the concept is not named again.
  private func followUp(_ pair: [Topic], _ topic: Topic, after facet: Topic.Facet, _ random: inout RandomSource) -> [ChatMessage] {
    if random.chance(0.2), let other = pair.first(where: { $0.language != topic.language }), let answer = other.facets[facet]?.answer {
      let use = other.language == .en ? "follow.english" : "follow.chinese"
      let request = phrasings.request(
        use, topic.language, fallback: other.language == .en ? "用英文说一遍" : "say it in Chinese", &random)
      return [ChatMessage(.user, request), ChatMessage(.assistant, answer)]
    }
    let next = [Topic.Facet.why, .example, .contrast].filter { $0 != facet && topic.facets[$0] != nil }
    guard !next.isEmpty else { return [] }
    let facet = random.pick(next)
    let fallback = topic.language == .en ? ["why?", "an example?", "how does it differ?"] : ["为什么？", "举个例子", "有什么不同？"]
    let index = facet == .why ? 0 : facet == .example ? 1 : 2
    return [
      ChatMessage(.user, phrasings.request("follow.\(facet.rawValue)", topic.language, fallback: fallback[index], &random)),
      ChatMessage(.assistant, topic.facets[facet]?.answer ?? ""),
    ]
  }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    var probes: [Probe] = []
    for topic in concepts.flatMap({ $0 }) {
      for facet in Topic.Facet.allCases {
        guard let entry = topic.facets[facet] else { continue }
        probes += entry.heldOut.map { Probe(.concepts, $0, .sentencesOf(entry.answer), topic.language, reference: entry.answer) }
      }
    }
    return probes.spread(limit) + switches(&random, limit: limit / 4)
  }

  /// Questions in one language that ask for an answer in the other, in wordings that are held out.
  private func switches(_ random: inout RandomSource, limit: Int) -> [Probe] {
    concepts.filter { $0.count == 2 }.spread(limit).compactMap { pair in
      let topic = random.pick(pair)
      guard let other = pair.first(where: { $0.language != topic.language }), let entry = topic.facets[.what], !entry.heldOut.isEmpty else {
        return nil
      }
      let wordings = phrasings.heldOut(other.language == .en ? "switch.english" : "switch.chinese", topic.language)
      guard !wordings.isEmpty else { return nil }
      return Probe(.language, Phrasings.fill(random.pick(wordings), ["q": entry.heldOut[0]]), .anything, other.language)
    }
  }
}
