// Tiny stories on request: plots as lists of sentences with interchangeable wordings, filled with a hero and a thing. Not here: authored stories (ListPart).
import Languages
import ModelFiles
import Models

/// A plot in both languages.
struct Plot: Sendable {
  let id: String
  let slots: WordSlots
  /// By language: sentences in order, each with its wordings.
  let sentences: [Language: [[WordTemplate]]]

  init(_ line: JSONCursor) throws(FileError) {
    id = try line.member("id").string()
    slots = try WordSlots(line.member("slots"))
    var sentences: [Language: [[WordTemplate]]] = [:]
    for language in Language.allCases {
      for position in try line.member(language.rawValue).elements() {
        var wordings: [WordTemplate] = []
        for wording in try position.elements() { wordings.append(try WordTemplate(wording, slots: slots.names)) }
        guard !wordings.isEmpty else { throw position.error(Self.noWording, Self.noWordingMend) }
        sentences[language, default: []].append(wordings)
      }
    }
    self.sentences = sentences
    for name in ["hero", "thing"] where !slots.names.contains(name) {
      throw try line.member("slots").error(
        Bilingual(zh: "情节需要空位 \(name)", en: "a plot needs the slot \(name)"), Bilingual(zh: "请补上该空位", en: "Add the slot"))
    }
  }

  private static let noWording = Bilingual(zh: "这一句没有任何写法", en: "this sentence has no wording")
  private static let noWordingMend = Bilingual(zh: "请补上写法，或删去这一句", en: "Add a wording, or delete the sentence")

  func story(_ words: [String: Word], _ language: Language, _ random: inout RandomSource) -> String? {
    var text: [String] = []
    for wordings in sentences[language] ?? [] {
      guard let sentence = random.pick(wordings).filled(words, language) else { return nil }
      text.append(sentence)
    }
    return text.joined(separator: language == .en ? " " : "")
  }
}

/// Stories about a hero and a thing. A tenth of the pairs of hero and thing is held out.
struct StoryPart: CorpusPart {
  let plots: [Plot]
  let lexicon: Lexicon
  let phrasings: Phrasings

  var texts: [String] { plots.flatMap { plot in Language.allCases.flatMap { (plot.sentences[$0] ?? []).flatMap { $0.map(\.source) } } } }

  func draw(_ random: inout RandomSource) -> Presentation {
    let language = random.pick(Language.allCases)
    // Bounded: nine pairs in ten are free to be told.
    for _ in 0..<100 {
      let plot = random.pick(plots)
      guard let words = lexicon.choose(plot.slots, &random), let hero = words["hero"], let thing = words["thing"] else { continue }
      if HeldOut.contains(Self.key(hero, thing)) { continue }
      guard let story = plot.story(words, language, &random) else { continue }
      return .exchange(request(hero, thing, language, &random), story)
    }
    return .text("")
  }

  private func request(_ hero: Word, _ thing: Word, _ language: Language, _ random: inout RandomSource) -> String {
    let (a, b) = (hero.form("bare", language) ?? "", thing.form("bare", language) ?? "")
    let kind = random.uniform()
    if kind < 0.8 {
      return phrasings.request(
        "story.two", language, ["a": a, "b": b], fallback: language == .en ? "Tell me a story about {a} and {b}" : "讲一个关于{a}和{b}的故事",
        &random)
    }
    if kind < 0.92 {
      return phrasings.request(
        "story.one", language, ["a": random.chance(0.7) ? a : b],
        fallback: language == .en ? "Tell me a story about {a}" : "讲一个关于{a}的故事", &random)
    }
    return phrasings.request("story.any", language, fallback: language == .en ? "Tell me a story" : "讲个故事", &random)
  }

  private static func key(_ hero: Word, _ thing: Word) -> String { "story \(hero.en) + \(thing.en)" }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    let (heroes, things) = (lexicon.matching("hero", nil), lexicon.matching("thing", nil))
    let pairs = heroes.flatMap { hero in things.filter { HeldOut.contains(Self.key(hero, $0)) }.map { (hero, $0) } }
    return pairs.spread(limit).map { hero, thing in
      let language = random.pick(Language.allCases)
      let (a, b) = (hero.form("bare", language) ?? "", thing.form("bare", language) ?? "")
      let wordings = phrasings.texts("story.two", language) + phrasings.heldOut("story.two", language)
      let wording = wordings.isEmpty ? (language == .en ? "Tell me a story about {a} and {b}" : "讲一个关于{a}和{b}的故事") : random.pick(wordings)
      let names = heroes.map { $0.form("bare", language) ?? "" }
      return Probe(
        .stories, Phrasings.fill(wording, ["a": a, "b": b]), .story(hero: a, thing: b, heroes: names.filter { $0 != a }), language)
    }
  }
}
