// A model of random weights and a corpus of a few lines, written by the product's own code: every contract can be tried without anything trained.
import Foundation
import Inference
import ModelFiles
import Models
import Testing
import Tokenization

enum SmallModel {
  static let texts = ["Once upon a time there was a little fox.", "你好！今天我们看看模型怎样预测下一个词。", "What is a token? A token is a piece of text."]

  /// A GGUF file.
  static let path: String = {
    let path = Program.folder + "/small.gguf"
    do {
      let tokenizer = try BPETrainer.sprout(texts: texts, vocabularySize: 320)
      let configuration = TransformerConfiguration(
        vocabularySize: tokenizer.vocabulary.count, hiddenSize: 32, layerCount: 2, headCount: 4, keyValueHeadCount: 2, intermediateSize: 64,
        contextLength: 64)
      try Transformer(configuration, seed: 5).writeGGUF(to: path, name: "small", type: .f32, tokenizer: try tokenizer.ggufMetadata())
    } catch {
      Issue.record(error)
    }
    return path
  }()

  static func load() throws -> LoadedModel { try LoadedModel(path: path) }

  /// Twenty lines of small talk.
  static let corpus: String = {
    let folder = Program.folder + "/corpus"
    let lines = (0..<20).map { i in
      "{\"id\":\"t\(i)\",\"zh\":{\"questions\":[\"你好\(i)\"],\"answers\":[\"你好，我是\(i)号。\"],\"heldout\":[\"您好\(i)\"]},"
        + "\"en\":{\"questions\":[\"Hello \(i)\"],\"answers\":[\"Hi, I am number \(i).\"],\"heldout\":[\"Hey \(i)\"]}}"
    }
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? lines.joined(separator: "\n").write(toFile: folder + "/smalltalk-test.jsonl", atomically: true, encoding: .utf8)
    return folder
  }()

  /// Twenty steps with two checkpoints.
  static let recipe = write("tiny", steps: 20, every: 10)
  /// Long enough to be interrupted on its way.
  static let longRecipe = write("long", steps: 400, every: 1000)

  private static func write(_ name: String, steps: Int, every: Int) -> String {
    let path = "\(Program.folder)/\(name).yaml"
    let text = """
      name: \(name)
      seed: 7
      shape: { vocabulary: 300, hidden: 32, layers: 1, heads: 4, keyValueHeads: 2, feedForward: 64, context: 64, ropeBase: 10000, normEpsilon: 1.0e-5 }
      steps: \(steps)
      batchTokens: 64
      batches: 1
      optimizer: { rate: 3.0e-3, warmup: 0.1, floor: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1.0e-8, weightDecay: 0.1, clip: 1.0 }
      stages:
        - { share: 1, mixture: { smalltalk: 1 }, promptLoss: 0.5 }
      logEvery: 5
      checkpointEvery: \(every)
      evaluateEvery: \(every)
      """
    try? text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}

extension JSON {
  var array: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var integers: [Int] { array.compactMap { if case .integer(let value) = $0 { value } else { nil } } }
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  /// All numbers of nested arrays in order; null is nil.
  var numbers: [Double?] { if case .array(let elements) = self { elements.flatMap(\.numbers) } else { [number] } }
  var keys: [String] { if case .object(let object) = self { object.keys } else { [] } }
}
