// What the chat tests share: a small random model with Sprout's tokenizer and template. Not here: tests.
import Chat
import Inference
import Models
import Tokenization

enum Small {
  static let tokenizer: Tokenizer = {
    guard let tokenizer = try? BPETrainer.sprout(texts: ["the cat sat on the mat, the cat ran", "小猫在垫子上"], vocabularySize: 290) else {
      fatalError("the texts are enough for 290 entries")
    }
    return tokenizer
  }()

  static func model(template: ChatTemplate? = .sprout, context: Int = 128) -> LoadedModel {
    let configuration = TransformerConfiguration(
      vocabularySize: 290, hiddenSize: 16, layerCount: 1, headCount: 2, keyValueHeadCount: 1, intermediateSize: 16, contextLength: context)
    return LoadedModel(
      name: "small", path: "small", transformer: Transformer(configuration, seed: 1), tokenizer: tokenizer, chatTemplate: template)
  }

  /// A record of generated ids whose parts are told by hand.
  static func record(_ ids: [Int], _ parts: [GeneratedToken.Part], prompt: [Int], uses: [ToolUse] = []) -> AnswerRecord {
    var record = AnswerRecord(model: "small", promptIds: prompt, sampling: .lively)
    (record.ids, record.parts, record.uses, record.finish) = (ids, parts, uses, .stop)
    return record
  }
}
