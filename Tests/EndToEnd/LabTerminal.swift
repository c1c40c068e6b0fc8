// The lab on a pty, for the tests: how it is opened, what can be read off its screen, how it is left. Not here: expectations.
import Foundation
import Inference
import Models
import PtySession
import Testing
import Tokenization

/// The program on a terminal of its own, with a home of its own.
enum LabTerminal {
  static func home() -> String { Program.temporary("home") }

  static func open(
    _ arguments: [String] = [], home: String, model: String = SmallModel.path, term: String? = "xterm-256color",
    environment: [String: String] = [:], rows: Int = 24, columns: Int = 80
  ) throws -> Session {
    let variables = ["LLMLAB_HOME": home, "HOME": Program.folder].merging(environment) { $1 }
    return try Session(
      Program.path, term: term, environment: variables, arguments: arguments + ["--model", model], rows: rows, columns: columns)
  }

  /// `llmlab step`, with the run on the screen.
  static func step(
    _ prompt: String, home: String = home(), model: String = SmallModel.path, environment: [String: String] = [:], rows: Int = 24,
    columns: Int = 80
  ) throws -> Session {
    let session = try open(
      ["step", prompt, "--lang", "en"], home: home, model: model, environment: environment, rows: rows, columns: columns)
    session.waitForText("hook_embed")
    return session
  }

  /// Random weights that take a while, for what happens in the middle of a computation.
  static let slowModel: String = {
    let path = Program.folder + "/slow.gguf"
    do {
      let tokenizer = try BPETrainer.sprout(texts: SmallModel.texts, vocabularySize: 320)
      let configuration = TransformerConfiguration(
        vocabularySize: tokenizer.vocabulary.count, hiddenSize: 256, layerCount: 8, headCount: 8, keyValueHeadCount: 4,
        intermediateSize: 704,
        contextLength: 512)
      try Transformer(configuration, seed: 5).writeGGUF(to: path, name: "slow", type: .f32, tokenizer: try tokenizer.ggufMetadata())
    } catch {
      Issue.record(error)
    }
    return path
  }()

  /// A prompt of a few hundred tokens, on one line.
  static let longPrompt = String(repeating: "the quick brown fox jumps over it and ", count: 7)
}

extension Session {
  /// The number of tokens of the run, from the shape of the embedding; the cursor must be on that operation.
  var tokenCount: Int? { text.firstMatch(of: #/hook_embed \[(\d+),/#).flatMap { Int($0.1) } }

  /// n of the stepper's n/N.
  var operationNumber: Int? { text.firstMatch(of: #/(\d+)\/(\d+) (?:hook|blocks|ln_final|logits|makes)/#).flatMap { Int($0.1) } }

  /// q, and what it must leave behind.
  func leave(fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column) {
    type("q")
    waitForEnd(fileID: fileID, filePath: filePath, line: line, column: column)
    #expect(exitCode == 0)
    expectCleanTerminal(fileID: fileID, filePath: filePath, line: line, column: column)
  }
}
