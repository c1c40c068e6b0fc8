// Translation between Chinese and English: authored pairs, and aligned frames of which a tenth of the sentences is held out.
import Languages
import ModelFiles
import Models

/// A sentence in both languages with slots.
struct Frame: Sendable {
  let slots: WordSlots
  private let templates: [Language: WordTemplate]

  init(_ line: JSONCursor) throws(FileError) {
    slots = try WordSlots(line.optional("slots"))
    var templates: [Language: WordTemplate] = [:]
    for language in Language.allCases { templates[language] = try WordTemplate(line.member(language.rawValue), slots: slots.names) }
    self.templates = templates
  }

  func sentence(_ words: [String: Word], _ language: Language) -> String? { templates[language]?.filled(words, language) }
  var sources: [String] { Language.allCases.compactMap { templates[$0]?.source } }
}

/// A sentence in both languages.
struct SentencePair: Sendable {
  let en: String
  let zh: String
  subscript(language: Language) -> String { language == .en ? en : zh }
}

struct TranslationPart: CorpusPart {
  let pairs: [SentencePair]
  let frames: [Frame]
  let lexicon: Lexicon
  /// Reviews are translated, too: that is how words that are held out of the sentiment exercises become known.
  let opinions: SentimentPart?
  let phrasings: Phrasings

  var texts: [String] { pairs.flatMap { [$0.en, $0.zh] } + frames.flatMap(\.sources) }

  func draw(_ random: inout RandomSource) -> Presentation {
    let kind = random.uniform()
    var pair: SentencePair?
    if kind < 0.6 || pairs.isEmpty {
      for _ in 0..<50 where pair == nil {
        if let made = sentence(&random), !HeldOut.contains(Self.key(made)) { pair = made }
      }
    } else if kind < 0.7, let opinions {
      pair = opinions.review(&random)
    }
    guard let pair = pair ?? (pairs.isEmpty ? nil : random.pick(pairs)) else { return .text("") }
    return exchange(pair, to: random.pick(Language.allCases), &random)
  }

  private static func key(_ pair: SentencePair) -> String { "translate \(pair.en)" }

  private func sentence(_ random: inout RandomSource) -> SentencePair? {
    guard !frames.isEmpty else { return nil }
    let frame = random.pick(frames)
    guard let words = lexicon.choose(frame.slots, &random), let en = frame.sentence(words, .en), let zh = frame.sentence(words, .zh) else {
      return nil
    }
    return SentencePair(en: en, zh: zh)
  }

  private func exchange(_ pair: SentencePair, to target: Language, _ random: inout RandomSource) -> Presentation {
    .exchange(request(pair[target.other], to: target, wordedIn: random.pick(Language.allCases), &random), pair[target])
  }

  private func request(_ sentence: String, to target: Language, wordedIn language: Language, _ random: inout RandomSource) -> String {
    let fallback =
      language == .zh ? (target == .zh ? "翻译成中文：{s}" : "翻译成英文：{s}") : "Translate into \(target == .zh ? "Chinese" : "English"): {s}"
    return phrasings.request("translate.to-\(target.rawValue)", language, ["s": sentence], fallback: fallback, &random)
  }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    var (probes, seen): ([Probe], Set<String>) = ([], [])
    for _ in 0..<limit * 40 where probes.count < limit {
      guard let pair = sentence(&random), HeldOut.contains(Self.key(pair)), seen.insert(pair.en).inserted else { continue }
      let target = random.pick(Language.allCases)
      probes.append(
        Probe(
          .translation, request(pair[target.other], to: target, wordedIn: random.pick(Language.allCases), &random), .oneOf([pair[target]]),
          target, reference: pair[target]))
    }
    return probes
  }
}
