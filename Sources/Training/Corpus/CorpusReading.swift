// Lines of the corpus' files, by the files' names, gathered and made into parts. Not here: what parts do with them.
import Languages
import ModelFiles
import Tokenization

/// What the files hold, line by line.
struct CorpusReading {
  private var concepts: [[Topic]] = []
  private var smalltalk: [Intent] = []
  private var outside: [Intent] = []
  private var longStories: [LongStoryPart.Story] = []
  private var dialogues: [Presentation] = []
  private var pairs: [SentencePair] = []
  private var frames: [Frame] = []
  private var plots: [Plot] = []
  private var lexicon = Lexicon()
  private var opinions: [Opinion] = []
  private var reviewFrames: [ReviewFrame] = []
  private var topics: [ReviewTopic] = []
  private var phrasings = Phrasings()

  /// - Parameter name: of the file; names that are not known are passed over.
  mutating func read(_ line: JSONCursor, of name: String) throws(FileError) {
    func isKind(_ prefix: String) -> Bool { name == prefix + ".jsonl" || name.hasPrefix(prefix + "-") }
    if isKind("concepts") {
      concepts.append(try Self.concept(line))
    } else if isKind("smalltalk") {
      smalltalk += try Self.intents(line)
    } else if isKind("outside") {
      outside += try Self.intents(line)
    } else if isKind("variants") {
      try addVariants(line)
    } else if isKind("stories-zh") || isKind("stories-en") {
      longStories.append(try LongStoryPart.Story(line, isKind("stories-zh") ? .zh : .en))
    } else if isKind("dialogues") {
      dialogues.append(.chat(try Self.turns(line)))
    } else if isKind("pairs") {
      pairs.append(SentencePair(en: try line.member("en").string(), zh: try line.member("zh").string()))
    } else if isKind("frames") {
      frames.append(try Frame(line))
    } else if isKind("plots") {
      plots.append(try Plot(line))
    } else if isKind("words") {
      lexicon.add(try Word(line))
    } else if isKind("opinions") {
      opinions.append(try Opinion(line))
    } else if isKind("reviews") {
      reviewFrames.append(try ReviewFrame(line))
    } else if isKind("topics") {
      topics.append(try ReviewTopic(line))
    } else if isKind("phrasings") {
      try phrasings.read(line)
    }
  }

  /// The parts that have something to present, in the order of `Corpus.partNames`.
  func parts() -> [(name: String, part: any CorpusPart)] {
    var known: [String: any CorpusPart] = [:]
    if !concepts.isEmpty { known["concepts"] = ConceptPart(concepts: concepts, phrasings: phrasings) }
    if !smalltalk.isEmpty { known["smalltalk"] = IntentPart(intents: smalltalk, skill: .smalltalk, phrasings: phrasings) }
    if !outside.isEmpty { known["outside"] = IntentPart(intents: outside, skill: .outside, phrasings: phrasings) }
    if !plots.isEmpty && !lexicon.matching("hero", nil).isEmpty {
      known["stories"] = StoryPart(plots: plots, lexicon: lexicon, phrasings: phrasings)
    }
    if !longStories.isEmpty {
      known["long-stories"] = LongStoryPart(stories: longStories, phrasings: phrasings)
      known["story-texts"] = ListPart(items: longStories.map { .text($0.text) })
    }
    if !dialogues.isEmpty { known["dialogues"] = ListPart(items: dialogues) }
    let hasSentiment = !opinions.isEmpty && !reviewFrames.isEmpty && !topics.isEmpty
    let sentiment = hasSentiment ? SentimentPart(opinions: opinions, frames: reviewFrames, topics: topics, phrasings: phrasings) : nil
    if let sentiment { known["sentiment"] = sentiment }
    if !pairs.isEmpty || !frames.isEmpty {
      known["translation"] = TranslationPart(pairs: pairs, frames: frames, lexicon: lexicon, opinions: sentiment, phrasings: phrasings)
    }
    // Sums need no file, but a folder with nothing else is no corpus.
    if known.isEmpty { return [] }
    known["sums"] = SumPart(phrasings: phrasings)
    known["drills"] = DrillPart()
    let links = ["concepts", "smalltalk", "outside", "sums", "translation", "sentiment"].compactMap { known[$0] }
    known["chains"] = ChainPart(links: links)
    return Corpus.partNames.compactMap { name in known[name].map { (name, $0) } }
  }

  // MARK: Kinds of lines

  private static func concept(_ line: JSONCursor) throws(FileError) -> [Topic] {
    var topics: [Topic] = []
    for language in Language.allCases {
      let side = try line.member(language.rawValue)
      var topic = Topic(id: try line.optional("id")?.string() ?? "", language: language, term: try side.member("term").string())
      for facet in Topic.Facet.allCases {
        guard let answer = try side.member("answers").optional(facet.rawValue) else { continue }
        topic.facets[facet] = (
          try side.member("questions").strings(facet.rawValue), try side.optional("heldout")?.strings(facet.rawValue) ?? [],
          try answer.string()
        )
      }
      if !topic.facets.isEmpty { topics.append(topic) }
    }
    guard !topics.isEmpty else {
      throw line.error(
        Bilingual(zh: "概念没有任何回答", en: "the concept has no answer"), Bilingual(zh: "请补上回答，或删去该行", en: "Add one, or delete the line"))
    }
    return topics
  }

  /// Further questions of a concept or an intent that an earlier file has; files come in the order of their names.
  private mutating func addVariants(_ line: JSONCursor) throws(FileError) {
    let id = try line.member("id").string()
    var isKnown = false
    for language in Language.allCases {
      for i in concepts.indices {
        for j in concepts[i].indices where concepts[i][j].id == id && concepts[i][j].language == language {
          isKnown = true
          for (facet, entry) in concepts[i][j].facets {
            concepts[i][j].facets[facet]?.questions =
              entry.questions + (try line.optional(language.rawValue)?.strings(facet.rawValue) ?? [])
          }
        }
      }
      for i in smalltalk.indices where smalltalk[i].id == id && smalltalk[i].language == language {
        isKnown = true
        smalltalk[i].questions += try line.strings(language.rawValue)
      }
      for i in outside.indices where outside[i].id == id && outside[i].language == language {
        isKnown = true
        outside[i].questions += try line.strings(language.rawValue)
      }
    }
    if !isKnown {
      throw try line.member("id").error(
        Bilingual(zh: "没有这个概念或意图", en: "there is no such concept or intent"),
        Bilingual(zh: "请改正 id，或删去该行", en: "Correct the id, or delete the line"))
    }
  }

  private static func intents(_ line: JSONCursor) throws(FileError) -> [Intent] {
    var intents: [Intent] = []
    for language in Language.allCases {
      guard let side = line.optional(language.rawValue) else { continue }
      intents.append(
        Intent(
          id: try line.optional("id")?.string() ?? "", language: language, questions: try side.someStrings("questions"),
          heldOut: try side.strings("heldout"),
          answers: try side.someStrings("answers")))
    }
    return intents
  }

  /// The turns of a dialogue; `<calc>48*17=816</calc>` becomes a tool call and its result.
  private static func turns(_ line: JSONCursor) throws(FileError) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    let turns = try line.member("turns")
    for turn in try turns.elements() {
      let (role, content) = (try turn.member("role"), try turn.member("content").string())
      switch try role.string() {
      case "user":
        messages.append(ChatMessage(.user, content))
        continue
      case "assistant": break
      default:
        throw role.error(
          Bilingual(zh: "角色只能是 user 或 assistant", en: "a role is user or assistant"), Bilingual(zh: "请改正该行", en: "Correct the line"))
      }
      var rest = Substring(content)
      while let open = rest.firstRange(of: "<calc>"), let close = rest.firstRange(of: "</calc>"), open.upperBound <= close.lowerBound {
        let call = rest[open.upperBound..<close.lowerBound].split(separator: "=", maxSplits: 1)
        guard call.count == 2 else { break }
        messages.append(
          ChatMessage(.assistant, String(rest[..<open.lowerBound]), toolCalls: [.init(name: "calc", arguments: .string(String(call[0])))]))
        messages.append(ChatMessage(.tool, String(call[1])))
        rest = rest[close.upperBound...]
      }
      messages.append(ChatMessage(.assistant, String(rest)))
    }
    if messages.isEmpty {
      throw turns.error(
        Bilingual(zh: "列表为空，没有可以学习的内容", en: "the list is empty: there is nothing to learn"),
        Bilingual(zh: "请补上内容，或删去该行", en: "Fill the list, or delete the line"))
    }
    return messages
  }
}
