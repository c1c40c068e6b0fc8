// Sentiment: short reviews made of opinion words, some of which are held out in one language and known there from their meaning alone.
import Languages
import ModelFiles
import Models

/// A word of praise or blame.
struct Opinion: Sendable {
  let isPositive: Bool
  let word: [Language: String]
  let meaning: [Language: String]
  /// The language in which no exercise uses it.
  let heldOut: Language?

  init(_ line: JSONCursor) throws(FileError) {
    isPositive = try line.member("polarity").string() == "+"
    word = [.en: try line.member("en").string(), .zh: try line.member("zh").string()]
    meaning = [.en: try line.member("en_meaning").string(), .zh: try line.member("zh_meaning").string()]
    heldOut = try line.optional("heldout").flatMap { (value) throws(FileError) in Language(rawValue: try value.string()) }
  }
}

/// A frame for a review: `{topic}`, `{opinion}`, perhaps `{opinion2}` of the same kind.
struct ReviewFrame: Sendable {
  let text: [Language: String]
  /// "Not … at all": praise becomes blame.
  let isNegated: Bool

  init(_ line: JSONCursor) throws(FileError) {
    text = [.en: try line.member("en").string(), .zh: try line.member("zh").string()]
    isNegated = try line.optional("kind")?.string() == "negated"
  }
}

struct ReviewTopic: Sendable {
  let words: [String: String]

  init(_ line: JSONCursor) throws(FileError) {
    words = [
      "en": try line.member("en").string(), "zh": try line.member("zh").string(),
      "measure": try line.optional("zh_measure")?.string() ?? "个",
    ]
  }
}

struct SentimentPart: CorpusPart {
  let opinions: [Opinion]
  let frames: [ReviewFrame]
  let topics: [ReviewTopic]
  let phrasings: Phrasings

  var texts: [String] {
    frames.flatMap { Array($0.text.values).sorted() } + topics.flatMap { [$0.words["en"] ?? "", $0.words["zh"] ?? ""] }
      + opinions.flatMap { opinion in Language.allCases.flatMap { [opinion.word[$0] ?? "", opinion.meaning[$0] ?? ""] } }
  }

  func draw(_ random: inout RandomSource) -> Presentation {
    let language = random.pick(Language.allCases)
    let allowed = opinions.filter { $0.heldOut != language }
    if random.chance(0.3) || allowed.isEmpty { return meaning(random.pick(opinions), language, &random) }
    let opinion = random.pick(allowed)
    let frame = random.pick(frames)
    let text = review(frame, opinion, among: allowed, language, random.pick(topics), &random)
    return .exchange(request(text, language, &random), Self.label(opinion.isPositive != frame.isNegated, language))
  }

  static func label(_ isPositive: Bool, _ language: Language) -> String {
    language == .en ? (isPositive ? "positive" : "negative") : (isPositive ? "正面" : "负面")
  }

  private func meaning(_ opinion: Opinion, _ language: Language, _ random: inout RandomSource) -> Presentation {
    let (word, meaning) = (opinion.word[language] ?? "", opinion.meaning[language] ?? "")
    let question = phrasings.request(
      "meaning", language, ["x": word], fallback: language == .en ? "What does {x} mean?" : "{x}是什么意思？", &random)
    return .exchange(question, language == .en ? "“\(word)” means \(meaning)." : "“\(word)”的意思是\(meaning)。")
  }

  private func request(_ text: String, _ language: Language, _ random: inout RandomSource) -> String {
    phrasings.request(
      "sentiment", language, ["s": text], fallback: language == .en ? "Positive or negative: {s}" : "正面还是负面：{s}", &random)
  }

  private func review(
    _ frame: ReviewFrame, _ opinion: Opinion, among allowed: [Opinion], _ language: Language, _ topic: ReviewTopic,
    _ random: inout RandomSource
  ) -> String {
    let others = allowed.filter { $0.isPositive == opinion.isPositive && $0.word != opinion.word }
    let second = others.isEmpty ? opinion : random.pick(others)
    return Phrasings.fill(
      frame.text[language] ?? "",
      [
        "topic": topic.words[language.rawValue] ?? "", "topic measure": topic.words["measure"] ?? "",
        "opinion": opinion.word[language] ?? "",
        "opinion2": second.word[language] ?? "",
      ])
  }

  /// A review in both languages, with any word.
  func review(_ random: inout RandomSource) -> SentencePair {
    let (frame, opinion, topic) = (random.pick(frames), random.pick(opinions), random.pick(topics))
    var again = random
    let en = review(frame, opinion, among: opinions, .en, topic, &random)
    let zh = review(frame, opinion, among: opinions, .zh, topic, &again)
    return SentencePair(en: en, zh: zh)
  }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    let single = frames.filter { !($0.text[.en] ?? "").contains("{opinion2}") }
    guard !single.isEmpty else { return [] }
    let held = opinions.filter { $0.heldOut != nil }
    guard !held.isEmpty else { return [] }
    return (0..<limit).map { i in
      let opinion = held[i % held.count]
      let language = opinion.heldOut ?? .en
      let frame = random.pick(single)
      let text = review(frame, opinion, among: [opinion], language, random.pick(topics), &random)
      let label = Self.label(opinion.isPositive != frame.isNegated, language)
      return Probe(.sentiment, request(text, language, &random), .oneOf([label]), language, reference: label)
    }
  }
}
