// A small random model for the tests of the stepper, attention and heads: two blocks, grouped keys and values, a tokenizer of a few merges.
import Inference
import Insight
import Languages
import Models
import Terminal
import Tokenization

@testable import LabScreens

enum SmallLab {
  static let sizes = [Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 60)]
  static let prompt = "once upon a time 小猫说\n你好 once upon"

  static let model: LoadedModel = {
    let text = "once upon a time there was a little cat. 小猫说：你好！once upon a time 小猫说：你好！"
    guard
      let tokenizer = try? BPETrainer.train(
        texts: [text], vocabularySize: 300, specialTokens: ["<|bos|>", "<|end|>"], preTokenizer: .gpt2,
        assign: { id, roles in roles.bos = id("<|bos|>") })
    else { preconditionFailure("the text is enough for a vocabulary of 300") }
    let configuration = TransformerConfiguration(
      vocabularySize: tokenizer.vocabulary.count, hiddenSize: 48, layerCount: 2, headCount: 4, keyValueHeadCount: 2, headSize: 12,
      intermediateSize: 80, contextLength: 96)
    return LoadedModel(
      name: "small", path: "small", transformer: Transformer(configuration, seed: 7), tokenizer: tokenizer, chatTemplate: nil)
  }()

  /// A lab that has run the prompt.
  static func state(
    _ size: Size = sizes[0], _ language: Language = .en, color: ColorMode = .trueColor, glyphs: GlyphMode = .block, prompt: String = prompt
  ) throws -> ScreenState {
    var state = ScreenState(size: size, language: language, theme: Theme(colorMode: color, glyphMode: glyphs))
    state.model = model
    state.trace = try Trace.record(model, ids: model.encode(raw: prompt))
    state.promptTokenCount = state.trace?.ids.count ?? 0
    state.activity = .idle
    state.cursor.row = state.promptTokenCount - 1
    return state
  }

  static func driver(_ size: Size, _ language: Language, color: ColorMode = .trueColor, glyphs: GlyphMode = .block) -> InlineDriver {
    var state = ScreenState(size: size, language: language, theme: Theme(colorMode: color, glyphMode: glyphs))
    state.opensLessonByItself = false
    state.prompt = prompt
    return InlineDriver(state, LabEngine(courseFolder: "/nonexistent", keeper: nil) { model })
  }
}

/// xorshift, so that a walk can be repeated.
struct WalkRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

extension Frame {
  /// Whether each wide glyph has its right half and no right half stands alone.
  var hasWholeGlyphs: Bool {
    (0..<size.rows).allSatisfy { y in
      (0..<size.columns).allSatisfy { x in
        let cell = self[x, y]
        if cell.width == 2 { return x + 1 < size.columns && self[x + 1, y].width == 0 }
        return cell.width != 0 || (x > 0 && self[x - 1, y].width == 2)
      }
    }
  }

  /// The text without the line that holds a measured time, which differs from run to run.
  var steadyText: String {
    plainText.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains(#/[0-9] (?:ns|µs|us|ms|s) /#) }
      .joined(separator: "\n")
  }
}
