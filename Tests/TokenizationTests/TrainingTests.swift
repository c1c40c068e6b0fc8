// BPE training: the public oracle, the naive algorithm, determinism, and the errors.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct TrainingTests {
  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func equalsThePublicOracle() throws {
    let tokenizer = try BPETrainer.train(
      texts: [Fixture.text("bpe-train-oracle/corpus.en")], vocabularySize: 500, specialTokens: ["<|endoftext|>"], preTokenizer: .gpt2)
    let expectedMerges = try Fixture.text("bpe-train-oracle/train-bpe-reference-merges.txt").split(separator: "\n").map(String.init)
    #expect(tokenizer.huggingFaceJSON()["model"]?["merges"] == .array(expectedMerges.map(JSON.string)))
    let path = "\(Fixture.folder)/bpe-train-oracle/train-bpe-reference-vocab.json"
    let expected = try JSON.parse(contentsOf: path).cursor(file: path).members()
    #expect(tokenizer.vocabulary.count == 500 && expected.count == 500)
    for (spelling, id) in expected { #expect(tokenizer.vocabulary.spellings[try id.integer(in: 0...499)] == spelling) }
  }

  /// The algorithm as the paper prints it: count all pairs anew for every merge.
  private static func naiveMerges(_ texts: [String], count: Int) -> [[[UInt8]]] {
    var words: [[[UInt8]]] = []
    for text in texts {
      let bytes = Array(text.utf8)
      PreTokenizer.gpt2.forEachPiece(in: bytes) { words.append(bytes[$0].map { [$0] }) }
    }
    var merges: [[[UInt8]]] = []
    while merges.count < count {
      var counts: [[[UInt8]]: Int] = [:]
      for word in words { for i in word.indices.dropLast() { counts[[word[i], word[i + 1]], default: 0] += 1 } }
      let best = counts.max { a, b in
        if a.value != b.value { return a.value < b.value }
        if a.key[0] != b.key[0] { return a.key[0].lexicographicallyPrecedes(b.key[0]) }
        return a.key[1].lexicographicallyPrecedes(b.key[1])
      }
      guard let pair = best?.key else { break }
      merges.append(pair)
      for w in words.indices {
        var i = 0
        while i + 1 < words[w].count {
          if words[w][i] == pair[0], words[w][i + 1] == pair[1] {
            words[w].replaceSubrange(i...i + 1, with: [pair[0] + pair[1]])
          }
          i += 1
        }
      }
    }
    return merges
  }

  @Test(arguments: 0..<20) func equalsTheNaiveAlgorithm(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // Few letters and no spaces make overlaps, ties and tokens that are found along two ways.
    let texts = (0..<6).map { _ in String((0..<60).map { _ in "aabc ".randomElement(using: &random) ?? "a" }) }
    let tokenizer = try BPETrainer.train(texts: texts, vocabularySize: 256 + 60, specialTokens: [], preTokenizer: .gpt2)
    let tokens = tokenizer.vocabulary.tokens
    let learned = tokenizer.merges.map { [Array(tokens[Int($0.left)]), Array(tokens[Int($0.right)])] }
    var naive = Self.naiveMerges(texts, count: learned.count + 10)
    var seen: Set<[[UInt8]]> = []
    naive = naive.filter { seen.insert($0).inserted }
    #expect(Array(naive.prefix(learned.count)) == learned)
  }

  @Test func reproducesTheGoldenTokenizer() throws {
    let tokenizer = try BPETrainer.sprout(texts: Golden.strings("training-texts.json"), vocabularySize: 600)
    let document = tokenizer.huggingFaceJSON()
    let config = tokenizer.huggingFaceConfig()
    if mayWriteGoldens {
      try AtomicFile.write(Array((document.serialized(pretty: true) + "\n").utf8), to: "\(Golden.folder)/tokenizer.json")
      try AtomicFile.write(Array((config.serialized(pretty: true) + "\n").utf8), to: "\(Golden.folder)/tokenizer_config.json")
    }
    #expect(tokenizer.vocabulary.count == 600)
    #expect(try document == Golden.json("tokenizer.json"))
    #expect(try config == Golden.json("tokenizer_config.json"))
  }

  @Test func sproutHasItsRoles() throws {
    let tokenizer = try BPETrainer.sprout(texts: [], vocabularySize: 272)
    #expect(tokenizer.bos == 0 && tokenizer.eos == [1] && tokenizer.roles.padding == 7 && tokenizer.addsBOS)
    #expect(tokenizer.vocabulary.id(of: "<|spare7|>") == 15)
    #expect(tokenizer.encode("!", addingBOS: true) == [0, 16])
    #expect(tokenizer.chatTemplate == ChatTemplate.sprout.jinja)
  }

  @Test func stopsWhenTheTextRunsOutOfPairs() throws {
    var progress: [Int] = []
    let tokenizer = try BPETrainer.train(
      texts: ["abc", ""], vocabularySize: 1000, specialTokens: ["<x>"], preTokenizer: .gpt2, progress: { done, _ in progress.append(done) })
    #expect(tokenizer.vocabulary.count == 259)
    #expect(progress == [258, 259])
    #expect(tokenizer.encode("abc") == [258])
  }

  @Test func textsDoNotJoinAndSpecialSpellingsAreText() throws {
    let tokenizer = try BPETrainer.train(texts: ["a", "b", "<x>"], vocabularySize: 300, specialTokens: ["<x>"], preTokenizer: .gpt2)
    #expect(tokenizer.encode("ab").count == 2)
    #expect(!tokenizer.encode("<x>").contains(0))
  }

  @Test func refusesWhatCannotBe() {
    #expect(throws: BPETrainingError.vocabularyTooSmall(asked: 256, minimum: 257)) {
      try BPETrainer.train(texts: [], vocabularySize: 256, specialTokens: ["<x>"], preTokenizer: .gpt2)
    }
    for tokens in [[""], ["<x>", "<x>"]] {
      #expect(throws: BPETrainingError.self) {
        try BPETrainer.train(texts: [], vocabularySize: 300, specialTokens: tokens, preTokenizer: .gpt2)
      }
    }
  }
}
