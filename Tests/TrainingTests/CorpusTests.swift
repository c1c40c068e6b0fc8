// The corpus reader: every kind of line, the shipped corpus, and hostile lines that end in an error with file and line. Not here: batches.
import Foundation
import ModelFiles
import Testing
import Tokenization

@testable import Training

@Suite struct CorpusTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func everyKindOfLineIsRead() throws {
    let corpus = try Tiny.corpus()
    #expect(corpus.parts.map(\.name) == Corpus.partNames)
    // "what" counts three times: 2 languages × 3 and one "why".
    #expect(corpus.parts.map(\.items.count) == [7, 2, 2, 2, 1, 2])
    #expect(corpus.heldOut.map(\.questions) == [["词元是啥？"], ["您好呀"], ["hey"]])
    let held = Set(corpus.heldOut.flatMap(\.questions))
    #expect(corpus.texts.allSatisfy { !held.contains($0) })
    for text in ["What is a token?", "猫来了。", "48*17", "Bye.", "翻译成英文：红"] { #expect(corpus.texts.contains { $0.contains(text) }, "\(text)") }
  }

  @Test func calculatorCallsBecomeToolMessages() throws {
    let corpus = try Tiny.corpus()
    guard case .conversation(let turns)? = corpus.parts.first(where: { $0.name == "dialogues" })?.items.first else {
      Issue.record("no dialogue")
      return
    }
    #expect(turns.map(\.role) == [.user, .assistant, .tool, .assistant, .user, .assistant])
    #expect(turns[1].toolCalls.map(\.name) == ["calc"] && turns[1].toolCalls[0].arguments == "48*17")
    #expect(turns[2].content == "816" && turns[3].content == "It is 816.")
  }

  @Test func theShippedCorpusIsRead() throws {
    let corpus = try Corpus(folder: testFolder.appendingPathComponent("../../Assets/corpus").standardizedFileURL.path)
    #expect(corpus.parts.map(\.name) == Corpus.partNames)
    #expect(corpus.heldOut.count > 100)
    #expect(corpus.texts.allSatisfy { !$0.contains("<calc>") && !$0.contains("<|") })
  }

  @Test func lineEndsAndBlankLinesDoNotMatter() throws {
    let line = Tiny.files["pairs-a.jsonl"] ?? ""
    try folder.write("\n\(line)\r\n  \r\n\(line)", to: "pairs-a.jsonl")
    #expect(try Corpus(folder: folder.path).parts.map(\.items.count) == [4])
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
    ("smalltalk.jsonl", "{\"en\":{\"questions\":\"a\",\"answers\":[]}}", "en.answers"),
    ("smalltalk.jsonl", "{\"zh\":{\"questions\":[\"a\",2],\"answers\":[\"b\"]}}", "zh.questions[1]"),
    ("concepts-x.jsonl", "{\"zh\":{}}", "zh.answers"), ("concepts-x.jsonl", "{\"zh\":{\"answers\":{\"what\":\"x\"}}}", "zh.questions"),
    ("concepts-x.jsonl", "{\"zh\":{\"answers\":{\"what\":[1]},\"questions\":{}}}", "zh.answers.what"),
    ("concepts-x.jsonl", "{\"zh\":{\"answers\":{},\"questions\":{}}}", "en"),
    ("stories-en-x.jsonl", "{\"text\":\"a\"}", "about"), ("stories-en-x.jsonl", "{\"about\":[{}],\"text\":\"a\"}", "about[0]"),
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
    #expect(try Corpus(folder: folder.path).parts.map(\.items.count) == [1])
  }
}
