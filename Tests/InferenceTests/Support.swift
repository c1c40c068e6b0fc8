// What the inference tests share: a small random model with Sprout's tokenizer, and fixtures. Not here: tests.
import Foundation
import ModelFiles
import Models
import Tensors
import Testing
import Tokenization

@testable import Inference

/// Reference files beside the checkout; tests that need them are skipped, visibly, where they are absent.
enum Fixture {
  static let stories = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/fixtures/hf-tinystories-656k").standardizedFileURL.path
  static let isPresent = FileManager.default.fileExists(atPath: stories)
  static let absent: Comment = "needs ../shared/fixtures"
}

/// A folder that goes with the last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

enum Small {
  /// 16 special tokens, 256 bytes, a few merges.
  static let tokenizer: Tokenizer = {
    let texts = ["the cat sat on the mat, the cat ran", "小猫在垫子上，小猫跑了"]
    guard let tokenizer = try? BPETrainer.sprout(texts: texts, vocabularySize: 290) else {
      fatalError("the texts are enough for 290 entries")
    }
    return tokenizer
  }()

  static let configuration = TransformerConfiguration(
    vocabularySize: 290, hiddenSize: 32, layerCount: 2, headCount: 4, keyValueHeadCount: 2, intermediateSize: 48, contextLength: 64)

  /// Random weights ten times as large as for training, so that every position says something else.
  /// - Parameter change: a last word on each parameter.
  static func model(seed: UInt64 = 1, change: (String, Tensor) -> Void = { _, _ in }) -> LoadedModel {
    let fresh = Transformer(configuration, seed: seed)
    let transformer = Transformer(configuration) { (name: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      let values = fresh.parameters.first { $0.place == name }?.tensor.values ?? []
      let tensor = Tensor(shape.count == 1 ? values : values.map { $0 * 10 }, shape)
      change(name.text, tensor)
      return tensor
    }
    return LoadedModel(name: "small", path: "small", transformer: transformer, tokenizer: tokenizer, chatTemplate: .sprout)
  }

  /// A model that says `sequence` whatever it reads, one token per position: the embedding of a token points at its successor.
  /// - Parameter others: further chains of successors, entered by their first token.
  static func reciting(_ sequence: [Int], _ others: [Int]...) -> LoadedModel {
    model { name, tensor in
      if name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight") { tensor.data.update(repeating: 0, count: tensor.count) }
    }.saying([sequence] + others)
  }
}

extension LoadedModel {
  fileprivate func saying(_ sequences: [[Int]]) -> LoadedModel {
    let c = transformer.configuration
    // Blocks add nothing; the unembedding's row of each successor is its predecessor's embedding.
    var random = RandomSource(seed: 9)
    let table = Tensor((0..<c.vocabularySize * c.hiddenSize).map { _ in random.normal() }, [c.vocabularySize, c.hiddenSize])
    let head = Tensor(repeating: 0, [c.vocabularySize, c.hiddenSize])
    for (id, next) in sequences.flatMap({ zip($0, $0.dropFirst()) }) {
      (head.data + next * c.hiddenSize).update(from: table.data + id * c.hiddenSize, count: c.hiddenSize)
    }
    var configuration = c
    configuration.tiesEmbeddings = false
    let reciting = Transformer(
      configuration, embeddingTable: Weight(table), blocks: transformer.blocks, finalNorm: transformer.finalNorm, unembedding: Weight(head))
    return LoadedModel(name: "reciting", path: "reciting", transformer: reciting, tokenizer: tokenizer, chatTemplate: .sprout)
  }
}

extension GenerationOptions {
  init(maxTokens: Int?, stopStrings: [String] = [], sampling: SamplingSettings = .greedy) {
    self.init()
    (self.maxTokens, self.stopStrings, self.sampling) = (maxTokens, stopStrings, sampling)
  }
}
