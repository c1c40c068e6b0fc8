// What the training tests share: a tiny corpus and recipe, trainers on them, temporary folders. Not here: tests.
import Foundation
import ModelFiles
import Models
import Tensors
import Testing
import Tokenization

@testable import Training

let testFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

/// A folder that goes with the last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws { try AtomicFile.write(Array(text.utf8), to: "\(path)/\(name)") }

  var names: [String] { (try? WholeFile.names(in: path)) ?? [] }
}

enum Tiny {
  static let recipeText = """
    name: tiny
    seed: 7
    shape: { vocabulary: 288, hidden: 16, layers: 2, heads: 2, keyValueHeads: 1, feedForward: 24, context: 64, ropeBase: 10000, normEpsilon: 1.0e-5 }
    steps: 12
    batchTokens: 96
    batches: 2
    optimizer: { rate: 1.0e-2, warmup: 0.2, floor: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1.0e-8, weightDecay: 0.1, clip: 1.0 }
    stages:
      - share: 0.5
        mixture: { concepts: 40, smalltalk: 20, long-stories: 10, story-texts: 10, dialogues: 10, translation: 10 }
        promptLoss: 0.5
      - share: 0.5
        mixture: { smalltalk: 50, dialogues: 50 }
        promptLoss: 0
    logEvery: 1
    checkpointEvery: 3
    evaluateEvery: 4

    """

  static let files = [
    "concepts-a.jsonl": """
    {"id":"token","zh":{"term":"词元","questions":{"what":["什么是词元？"],"why":["为何有词元？"]},"heldout":{"what":["词元是啥？"]},"answers":{"what":"一段字。","why":"为了快。"}},"en":{"term":"token","questions":{"what":["What is a token?","Define token."]},"answers":{"what":"A piece."}}}
    """,
    "smalltalk.jsonl": """
    {"id":"hi","zh":{"questions":["你好"],"heldout":["您好呀"],"answers":["你好！"]},"en":{"questions":["hi","hello"],"heldout":["hey"],"answers":["Hello!","Hi."]}}
    """,
    "stories-en-a.jsonl": "{\"id\":\"s\",\"about\":[\"cat\",\"hat\"],\"text\":\"A cat sat.\"}",
    "stories-zh-a.jsonl": "{\"id\":\"z\",\"about\":[\"猫\"],\"text\":\"猫来了。\"}",
    "dialogues-a.jsonl": """
    {"id":"d","lang":"en","turns":[{"role":"user","content":"48*17?"},{"role":"assistant","content":"<calc>48*17=816</calc>It is 816."},{"role":"user","content":"ok"},{"role":"assistant","content":"Bye."}]}
    """,
    "pairs-a.jsonl": "{\"en\":\"red\",\"zh\":\"红\"}",
    "outside-a.jsonl": """
    {"id":"moon","en":{"questions":["who owns the moon"],"heldout":["whose is the moon"],"answers":["I do not know that."]}}
    """,
    "words.jsonl": """
    {"kind":"hero","tags":["animal"],"en":"owl","zh":"猫头鹰","zh_measure":"只","gender":"f"}
    {"kind":"hero","tags":["person"],"en":"Tom","zh":"汤姆","proper":true,"gender":"m"}
    {"kind":"thing","tags":["toy"],"en":"kite","zh":"风筝","zh_measure":"只","en_plural":"kites"}
    {"kind":"thing","tags":["food"],"en":"apple","zh":"苹果","zh_measure":"个","en_plural":"apples"}
    """,
    "plots-a.jsonl": """
    {"id":"p","slots":{"hero":"hero","thing":"thing"},"en":[["{Hero a} had {thing a}."],["Then {hero he} lost it.","{Hero} lost {thing}."]],"zh":[["{hero a}有{thing a}。"],["{hero}丢了{thing}。"]]}
    """,
    "frames.jsonl": """
    {"slots":{"hero":"hero","thing":"thing"},"en":"{Hero} wants two {thing plural}.","zh":"{hero}想要两{thing measure}{thing}。"}
    """,
    "opinions.jsonl": """
    {"polarity":"+","en":"good","zh":"好","heldout":null,"en_meaning":"pleasing","zh_meaning":"让人满意"}
    {"polarity":"-","en":"bad","zh":"糟","heldout":"en","en_meaning":"not good","zh_meaning":"不好"}
    """,
    "reviews.jsonl": """
    {"en":"The {topic} was {opinion}.","zh":"这{topic measure}{topic}很{opinion}。","kind":"plain"}
    {"en":"The {topic} was not {opinion} at all.","zh":"这{topic measure}{topic}一点也不{opinion}。","kind":"negated"}
    """,
    "topics.jsonl": "{\"en\":\"film\",\"zh\":\"电影\",\"zh_measure\":\"部\"}",
    "phrasings.jsonl": """
    {"use":"concept.what","lang":"en","texts":["tell me of {x}"],"heldout":["{x}, hm?"]}
    {"use":"switch.english","lang":"zh","texts":["{q}（英文）"],"heldout":["英文：{q}"]}
    {"use":"sum","lang":"en","texts":["sum {e}"],"heldout":[]}
    """,
    "variants-a.jsonl": """
    {"id":"hi","en":["howdy"]}
    {"id":"token","en":{"what":["a token being?"]}}
    """,
    "README.md": "not a corpus file",
  ]

  static func recipe(_ changes: (inout Recipe) -> Void = { _ in }) throws -> Recipe {
    var recipe = try Recipe(yaml: recipeText, file: "tiny.yaml")
    changes(&recipe)
    return recipe
  }

  static func writeCorpus(to folder: TemporaryFolder) throws { for (name, text) in files { try folder.write(text + "\n", to: name) } }

  static func corpus() throws -> Corpus {
    let folder = try TemporaryFolder()
    try writeCorpus(to: folder)
    // The folder goes with its last use, which would be asking for its path.
    return try withExtendedLifetime(folder) { try Corpus(folder: folder.path) }
  }

  static func tokenizer(_ corpus: Corpus) throws -> Tokenizer { try BPETrainer.sprout(texts: corpus.texts, vocabularySize: 288) }

  static func trainer(_ changes: (inout Recipe) -> Void = { _ in }) throws -> Trainer {
    let corpus = try corpus()
    return Trainer(try recipe(changes), corpus, try tokenizer(corpus))
  }
}

extension Trainer {
  /// Weights and both moments, every bit.
  var state: [UInt32] { [parameters.weights, parameters.means, parameters.variances].flatMap { $0.values.map(\.bitPattern) } }

  func gradient(of name: String) -> [Float] {
    parameters.transformer.parameters.first { $0.name == name }?.tensor.gradient?.values ?? []
  }

  /// Runs on; the loss of every step, every bit.
  @discardableResult
  func losses(folder: String, onCheckpoint: (String) throws -> Void = { _ in }) throws -> [Int: UInt64] {
    var losses: [Int: UInt64] = [:]
    _ = try run(
      folder: folder,
      onEvent: { event in
        if case .step(let step) = event { losses[step.step] = step.loss.bitPattern }
        if case .checkpoint(let path) = event { try onCheckpoint(path) }
      })
    return losses
  }
}

/// The `FileError` that `body` throws.
func fileError(_ body: () throws -> Void) -> FileError? {
  do { try body() } catch { return error as? FileError }
  return nil
}
