// The corpus reader: every kind of line, the shipped corpus, and hostile lines that end in an error with file and line. Not here: batches.
import Foundation
import ModelFiles
import Models
import Testing
import Tokenization

@testable import Training

@Suite struct CorpusTests {
  let folder: TemporaryFolder

  /// Read once: it is three megabytes of JSON, and these are debug builds.
  static let shipped = Result { try Corpus(folder: testFolder.appendingPathComponent("../../Assets/corpus").standardizedFileURL.path) }

  init() throws { folder = try TemporaryFolder() }

  /// What a part draws in so many tries, as lines "role: content".
  private func draws(_ corpus: Corpus, _ part: String, count: Int = 400) throws -> Set<String> {
    let part = try #require(corpus.parts.first { $0.name == part }?.part)
    var random = RandomSource(seed: 1)
    return Set(
      (0..<count).map { _ in
        switch part.draw(&random) {
        case .text(let text): text
        case .drill(let items): items.map { $0.question + $0.answer }.joined()
        case .chat(let turns):
          turns.map { "\($0.role.rawValue): \($0.content)\($0.toolCalls.map(\.argumentText).joined())" }.joined(separator: " | ")
        }
      })
  }

  @Test func everyKindOfLineIsRead() throws {
    let corpus = try Tiny.corpus()
    #expect(corpus.parts.map(\.name) == Corpus.partNames)
    let held: Set = ["词元是啥？", "您好呀", "hey", "whose is the moon"]
    #expect(held.isSubset(of: corpus.probes().map(\.question)))
    #expect(corpus.texts.allSatisfy { !held.contains($0) })
    for text in ["What is a token?", "猫来了。", "48*17", "Bye.", "{Hero} lost {thing}."] {
      #expect(corpus.texts.contains { $0.contains(text) }, "\(text)")
    }
    for name in Corpus.partNames {
      let drawn = try draws(corpus, name)
      #expect(!drawn.isEmpty)
      for question in held { #expect(drawn.allSatisfy { !$0.contains("user: \(question)") }, "\(name) shows \(question)") }
    }
  }

  @Test func drawsAreWhatTheFilesSay() throws {
    let corpus = try Tiny.corpus()
    let concepts = try draws(corpus, "concepts")
    #expect(concepts.contains("user: Define token. | assistant: A piece."))
    #expect(concepts.contains("user: tell me of token | assistant: A piece."))
    #expect(concepts.contains("user: 什么是词元？（英文） | assistant: A piece."))
    #expect(concepts.contains { $0.hasPrefix("user: 什么是词元？ | assistant: 一段字。 | user: 为什么？ | assistant: 为了快。") })
    #expect(concepts.contains("user: a token being? | assistant: A piece."))
    #expect(try draws(corpus, "smalltalk").contains { $0.hasPrefix("user: howdy | assistant: H") })
    let stories = try draws(corpus, "stories")
    #expect(
      stories.contains {
        $0.hasSuffix("assistant: An owl had a kite. Then she lost it.") || $0.hasSuffix("assistant: Tom had a kite. Tom lost the kite.")
      })
    #expect(stories.contains { $0.hasSuffix("一只猫头鹰有一个苹果。猫头鹰丢了苹果。") || $0.hasSuffix("汤姆有一个苹果。汤姆丢了苹果。") })
    let sums = try draws(corpus, "sums")
    for text in sums where !text.contains(" | tool: ") {
      let equation = try #require(text.split(separator: " ").last).split { "+-*=".contains($0) }.compactMap { Int($0) }
      #expect(equation.count == 3)
    }
    #expect(sums.contains { $0.contains(" | tool: ") })
    let sentiment = try draws(corpus, "sentiment")
    #expect(sentiment.contains("user: Positive or negative: The film was good. | assistant: positive"))
    #expect(sentiment.contains("user: Positive or negative: The film was not good at all. | assistant: negative"))
    // "bad" is held out of English exercises, not of its meaning nor of Chinese ones.
    #expect(sentiment.allSatisfy { !$0.contains("film was bad") && !$0.contains("not bad") })
    #expect(sentiment.contains("user: What does bad mean? | assistant: “bad” means not good."))
    #expect(sentiment.contains("user: 正面还是负面：这部电影很糟。 | assistant: 负面"))
  }

  @Test func opinionsThatAreAllHeldOutLeaveTheirMeanings() throws {
    for name in ["reviews.jsonl", "topics.jsonl"] { try folder.write(Tiny.files[name] ?? "", to: name) }
    try folder.write(
      "{\"polarity\":\"+\",\"en\":\"good\",\"zh\":\"好\",\"heldout\":\"en\",\"en_meaning\":\"fine\",\"zh_meaning\":\"不错\"}",
      to: "opinions.jsonl")
    let drawn = try draws(Corpus(folder: folder.path), "sentiment")
    #expect(drawn.contains { $0.hasSuffix("“good” means fine.") } && drawn.allSatisfy { !$0.contains("was good") })
  }

  @Test func whatIsHeldOutIsNeverDrawn() throws {
    let corpus = try Self.shipped.get()
    for name in ["sums", "translation", "stories"] where corpus.parts.contains(where: { $0.name == name }) {
      let part = try #require(corpus.parts.first { $0.name == name }?.part)
      var random = RandomSource(seed: 3)
      let probes = part.probes(&random, limit: 100)
      #expect(!probes.isEmpty)
      // Answers of sums and translations are unique to their questions.
      let held = Set(probes.compactMap(\.reference))
      for _ in 0..<1000 {
        guard case .chat(let turns) = part.draw(&random), let answer = turns.last?.content else { continue }
        #expect(!held.contains(answer), "\(answer)")
      }
    }
  }

  /// Case, marks and spaces aside, no question that is learned is one that is held out: or the gates would measure memory.
  @Test func noHeldOutQuestionIsLearned() throws {
    func plain(_ text: String) -> String {
      String(String.UnicodeScalarView(text.lowercased().unicodeScalars.filter(\.properties.isAlphabetic)))
    }
    let parts = try Self.shipped.get().parts.map(\.part)
    var (learned, held): (Set<String>, Set<String>) = ([], [])
    for part in parts {
      if let part = part as? ConceptPart {
        for entry in part.concepts.flatMap({ $0 }).flatMap({ $0.facets.values }) {
          learned.formUnion(entry.questions.map(plain))
          held.formUnion(entry.heldOut.map(plain))
        }
      } else if let part = part as? IntentPart {
        for intent in part.intents {
          learned.formUnion(intent.questions.map(plain))
          held.formUnion(intent.heldOut.map(plain))
        }
      }
    }
    #expect(held.count > 3000)
    let both = learned.intersection(held).filter { !$0.isEmpty }
    #expect(both.isEmpty, "\(both.sorted().prefix(10))")
  }

  @Test func calculatorCallsBecomeToolMessages() throws {
    let corpus = try Tiny.corpus()
    let part = try #require(corpus.parts.first { $0.name == "dialogues" }?.part)
    var random = RandomSource(seed: 1)
    guard case .chat(let turns) = part.draw(&random) else {
      Issue.record("no dialogue")
      return
    }
    #expect(turns.map(\.role) == [.user, .assistant, .tool, .assistant, .user, .assistant])
    #expect(turns[1].toolCalls.map(\.name) == ["calc"] && turns[1].toolCalls[0].arguments == "48*17")
    #expect(turns[2].content == "816" && turns[3].content == "It is 816.")
  }

  @Test func theShippedCorpusIsRead() throws {
    let corpus = try Self.shipped.get()
    #expect(corpus.parts.map(\.name) == Corpus.partNames)
    #expect(Set(corpus.probes().map(\.skill)) == Set(Probe.Skill.allCases))
    #expect(corpus.texts.allSatisfy { !$0.contains("<calc>") && !$0.contains("<|") })
    // The gate counts an answer as "I do not know" by these phrases: each answer of the corpus must have one.
    let outside = try #require(corpus.parts.first { $0.name == "outside" }?.part as? IntentPart)
    for intent in outside.intents {
      for answer in intent.answers {
        #expect(IntentPart.notKnowing[intent.language]?.contains { answer.contains($0) } == true, "\(answer)")
      }
    }
  }

  @Test func lineEndsAndBlankLinesDoNotMatter() throws {
    let line = Tiny.files["pairs-a.jsonl"] ?? ""
    try folder.write("\n\(line)\r\n  \r\n\(line)", to: "pairs-a.jsonl")
    #expect(try Corpus(folder: folder.path).parts.map(\.name) == ["chains", "sums", "drills", "translation"])
    try folder.write("\n\n{}\n", to: "pairs-b.jsonl")
    let error = try #require(fileError { _ = try Corpus(folder: folder.path) })
    #expect(error.file.hasSuffix("pairs-b.jsonl:3"))
  }

  @Test func theFingerprintFollowsNamesAndBytes() throws {
    func fingerprint(_ name: String, _ text: String) throws -> String {
      let folder = try TemporaryFolder()
      try folder.write(text, to: name)
      try folder.write("anything", to: "notes.txt")
      return try Corpus(folder: folder.path).fingerprint
    }
    let line = Tiny.files["pairs-a.jsonl"] ?? ""
    let one = try fingerprint("pairs-a.jsonl", line)
    #expect(try one == fingerprint("pairs-a.jsonl", line))
    #expect(try one != fingerprint("pairs-b.jsonl", line))
    #expect(try one != fingerprint("pairs-a.jsonl", line + "\n"))
    #expect(one.count == 64)
  }

  static let hostile: [(file: String, line: String, place: String)] = [
    ("pairs-x.jsonl", "{", ""), ("pairs-x.jsonl", "[]", "document"), ("pairs-x.jsonl", "null", "document"), ("pairs-x.jsonl", "{} {}", ""),
    ("pairs-x.jsonl", "{\"en\":\"a\"}", "zh"), ("pairs-x.jsonl", "{\"en\":1,\"zh\":\"b\"}", "en"),
    ("pairs-x.jsonl", "{\"en\":\"a\",\"en\":\"b\",\"zh\":\"c\"}", ""), ("pairs-x.jsonl", "{\"en\":\"\\ud800\",\"zh\":\"c\"}", ""),
    ("pairs-x.jsonl", String(repeating: "[", count: 100_000), ""), ("pairs-x.jsonl", "\u{FEFF}{}", ""),
    ("smalltalk.jsonl", "{\"en\":{\"questions\":[],\"answers\":[\"a\"]}}", "en.questions"),
    ("smalltalk.jsonl", "{\"en\":{\"questions\":[\"a\"],\"answers\":[]}}", "en.answers"),
    ("smalltalk.jsonl", "{\"en\":{\"questions\":[\"a\"]}}", "en.answers"),
    ("smalltalk.jsonl", "{\"en\":{\"questions\":\"a\",\"answers\":[]}}", "en.questions"),
    ("smalltalk.jsonl", "{\"zh\":{\"questions\":[\"a\",2],\"answers\":[\"b\"]}}", "zh.questions[1]"),
    ("concepts-x.jsonl", "{\"zh\":{}}", "zh.term"),
    ("concepts-x.jsonl", "{\"zh\":{\"term\":\"x\",\"answers\":{\"what\":\"x\"}}}", "zh.questions"),
    ("concepts-x.jsonl", "{\"zh\":{\"term\":\"x\",\"answers\":{\"what\":[1]},\"questions\":{}}}", "zh.answers.what"),
    ("concepts-x.jsonl", "{\"zh\":{\"term\":\"x\",\"answers\":{},\"questions\":{}}}", "en"),
    ("words.jsonl", "{\"kind\":\"hero\",\"en\":\"a\"}", "zh"),
    ("words.jsonl", "{\"kind\":\"hero\",\"en\":\"a\",\"zh\":\"b\",\"proper\":1}", "proper"),
    ("plots-x.jsonl", "{\"id\":\"p\",\"slots\":{\"hero\":\"hero\"},\"en\":[[\"a\"]],\"zh\":[[\"a\"]]}", "slots"),
    ("plots-x.jsonl", "{\"id\":\"p\",\"slots\":{},\"en\":[[\"{x}\"]],\"zh\":[[\"a\"]]}", "en[0][0]"),
    ("plots-x.jsonl", "{\"id\":\"p\",\"slots\":{},\"en\":[[]],\"zh\":[[]]}", "zh[0]"),
    ("variants-x.jsonl", "{\"id\":\"nobody\",\"en\":[\"a\"]}", "id"),
    ("frames.jsonl", "{\"en\":\"{who} sings\",\"zh\":\"唱\"}", "en"), ("opinions.jsonl", "{\"polarity\":\"+\",\"en\":\"a\"}", "zh"),
    ("reviews.jsonl", "{\"en\":\"a\"}", "zh"), ("topics.jsonl", "{\"zh\":\"a\"}", "en"),
    ("phrasings.jsonl", "{\"use\":\"sum\",\"lang\":\"fr\",\"texts\":[]}", "lang"),
    ("stories-en-x.jsonl", "{\"about\":[{}],\"text\":\"a\"}", "about[0]"),
    ("dialogues-x.jsonl", "{\"turns\":[]}", "turns"), ("dialogues-x.jsonl", "{\"turns\":[{\"role\":\"user\"}]}", "turns[0].content"),
    ("dialogues-x.jsonl", "{\"turns\":[{\"role\":\"system\",\"content\":\"a\"}]}", "turns[0].role"),
    ("dialogues-x.jsonl", "{\"turns\":{\"role\":\"user\"}}", "turns"),
  ]

  @Test(arguments: hostile.indices)
  func hostileLinesEndInAnErrorWithFileAndLine(_ index: Int) throws {
    let (name, line, place) = Self.hostile[index]
    try folder.write("\n" + line, to: name)
    let error = try #require(fileError { _ = try Corpus(folder: folder.path) }, "\(line.prefix(60)) was accepted")
    #expect(error.file.hasSuffix("\(name):2"))
    if !place.isEmpty { #expect(error.place == place, "\(line.prefix(60))") }
  }

  @Test func bytesThatAreNoTextAreAnError() throws {
    try AtomicFile.write([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], to: "\(folder.path)/pairs-x.jsonl")
    #expect(fileError { _ = try Corpus(folder: folder.path) } != nil)
  }

  @Test func foldersWithoutCorpusAreErrors() throws {
    #expect(fileError { _ = try Corpus(folder: folder.path) }?.place == "*.jsonl")
    try folder.write("\n\n", to: "pairs-a.jsonl")
    try folder.write("{}", to: "unknown.jsonl")
    #expect(fileError { _ = try Corpus(folder: folder.path) }?.place == "*.jsonl")
    #expect(fileError { _ = try Corpus(folder: folder.path + "/not-there") } != nil)
  }

  @Test(arguments: ["<calc>1+1</calc>x", "a<calc>1+1=2", "</calc><calc>", "<calc>=</calc>", "<calc>1=2=3</calc>"])
  func calculatorMarksOfAnyShapeDoNotCrash(_ content: String) throws {
    try folder.write(
      "{\"turns\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\(content)\"}]}", to: "dialogues-x.jsonl")
    #expect(try Corpus(folder: folder.path).parts.map(\.name) == ["dialogues", "chains", "sums", "drills"])
  }
}
