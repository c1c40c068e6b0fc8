// A model ready to generate: weights, tokenizer, chat template. Not here: what a path holds (ModelContents), models for vectors (TextEmbedder).
import Languages
import ModelFiles
import Models
import Tokenization

/// Weights and tokenizer that belong together.
public struct LoadedModel: Sendable {
  /// The file's or folder's own name, for display.
  public let name: String
  public let path: String
  public private(set) var transformer: Transformer
  public let tokenizer: Tokenizer
  /// How a chat becomes a prompt; nil when the model has none that the lab can read: then prompts are used as they are.
  public let chatTemplate: ChatTemplate?
  /// Why the template that came with the model cannot be used.
  public let chatTemplateError: ChatTemplateError?

  public init(name: String, path: String, transformer: Transformer, tokenizer: Tokenizer, chatTemplate: ChatTemplate?) {
    (self.name, self.path, self.transformer) = (name, path, transformer)
    (self.tokenizer, self.chatTemplate, chatTemplateError) = (tokenizer, chatTemplate, nil)
  }

  /// Opens a folder with config.json, or a GGUF file.
  public init(path: String) throws(FileError) {
    let contents = try ModelContents(path: path)
    if let family = contents.encoderFamily {
      throw FileError(
        file: path, place: family.rawValue,
        problem: Bilingual(zh: "这是编码器：它把文本变成向量，不会生成文本", en: "this is an encoder: it turns texts into vectors and generates none"),
        mend: Bilingual(zh: "请用 llmlab embed，或换用生成模型", en: "Use it with llmlab embed, or use a model that generates"))
    }
    (self.path, name) = (path, contents.name)
    tokenizer = try contents.tokenizer()
    transformer = try contents.transformer()
    let name = name
    do throws(ChatTemplateError) {
      chatTemplate = try tokenizer.chatTemplate.map { (source) throws(ChatTemplateError) in try ChatTemplate(jinja: source, name: name) }
      chatTemplateError = nil
    } catch {
      (chatTemplate, chatTemplateError) = (nil, error)
    }
    try contents.check(tokenizer, fits: transformer)
  }

  /// The same with an adapter of PEFT on it.
  public func adapted(by folder: String) throws(FileError) -> LoadedModel {
    with(transformer.with(try Adapter(folder: folder, for: transformer.configuration)))
  }

  /// The same tokenizer and template around other weights of this shape.
  public func with(_ transformer: Transformer) -> LoadedModel {
    precondition(transformer.configuration == self.transformer.configuration, "another shape needs another tokenizer")
    var copy = self
    copy.transformer = transformer
    return copy
  }

  /// The tokens of a chat, with the assistant's next turn open; nil without a template. Throws when the template refuses the chat.
  public func encode(chat messages: [ChatMessage]) throws(ChatTemplateError) -> EncodedPrompt? {
    guard let chatTemplate else { return nil }
    return tokenizer.encode(
      try chatTemplate.render(messages: messages, addGenerationPrompt: true, specialTokens: tokenizer.templateTokens))
  }

  /// The tokens of a prompt used as it is; BOS first where the model wants it.
  public func encode(raw text: String) -> [Int] { tokenizer.encode(text, addingBOS: true) }
}
