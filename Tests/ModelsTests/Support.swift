// What the model tests share: the golden model, temporary folders, comparison of arrays. Not here: tests.
import Foundation
import ModelFiles
import Tensors
import Testing

@testable import Models

enum Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden").path

  /// The small Llama that `Tests/Reference/make_llama_golden.py` wrote.
  static func model() throws -> Transformer { try Transformer(huggingFace: HuggingFaceFolder(path: "\(folder)/llama-small")) }

  static func tokens() throws -> [Int32] {
    let file = "\(folder)/llama-small-expected.json"
    return try JSON.parse(contentsOf: file).cursor(file: file).member("tokens").elements().map { Int32(try $0.integer(in: 0...60)) }
  }
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

/// Small and odd: three blocks, one key-value head for three heads, an unembedding of its own.
let oddConfiguration = TransformerConfiguration(
  vocabularySize: 37, hiddenSize: 30, layerCount: 3, headCount: 3, keyValueHeadCount: 1, headSize: 6, intermediateSize: 20,
  contextLength: 64, tiesEmbeddings: false)

/// One expectation for a whole array: every element within `tolerance`, absolute below 1 and relative above.
func expectClose(
  _ actual: [Float], _ expected: [Float], tolerance: Float, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let errors = zip(actual, expected).map { pair in pair.0 == pair.1 ? 0 : abs(pair.0 - pair.1) / max(1, abs(pair.1)) }
  guard let worst = errors.indices.max(by: { !(errors[$1] <= errors[$0]) }) else { return }
  #expect(
    errors[worst] <= tolerance, "\(what): element \(worst) is \(actual[worst]), not \(expected[worst])", sourceLocation: sourceLocation)
}

/// Equal in every bit, NaN included.
func bits(_ tensor: Tensor) -> [UInt32] { tensor.values.map(\.bitPattern) }

/// The `FileError` that `body` throws.
func fileError(_ body: () throws -> Void) -> FileError? {
  do { try body() } catch { return error as? FileError }
  return nil
}
