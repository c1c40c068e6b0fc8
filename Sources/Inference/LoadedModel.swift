// A model ready to use: weights, tokenizer, chat template. Opens what the path holds: a Hugging Face folder or a GGUF file.
import Languages
import ModelFiles
import Models
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Weights and tokenizer that belong together.
public struct LoadedModel: Sendable {
  /// The file's or folder's own name, for display.
  public let name: String
  public let path: String
  public let transformer: Transformer
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
    self.path = path
    let trimmed = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    var base = trimmed.split(separator: "/").last.map(String.init) ?? trimmed
    var status = stat()
    let isFolder = stat(path, &status) == 0 && (status.st_mode & S_IFMT) == S_IFDIR
    if isFolder {
      let folder = try HuggingFaceFolder(path: trimmed)
      let file = trimmed + "/tokenizer.json"
      guard let json = folder.tokenizerJSON else {
        throw FileError(
          file: path, place: "tokenizer.json", problem: Bilingual(zh: "目录中没有分词器", en: "the folder holds no tokenizer"),
          mend: Bilingual(zh: "请把 tokenizer.json 放进该目录", en: "Put the model's tokenizer.json into the folder"))
      }
      var opened = try Tokenizer(
        huggingFace: json, tokenizerConfig: folder.tokenizerConfig, generationConfig: folder.generationConfig, file: file)
      // The folder knows the template's own file as well.
      opened.chatTemplate = folder.chatTemplate
      tokenizer = opened
      transformer = try Transformer(huggingFace: folder)
    } else {
      let file = try GGUFFile(path: path)
      if base.hasSuffix(".gguf") { base.removeLast(5) }
      tokenizer = try Tokenizer(gguf: file)
      transformer = try Transformer(gguf: file)
    }
    name = base
    do throws(ChatTemplateError) {
      chatTemplate = try tokenizer.chatTemplate.map { (source) throws(ChatTemplateError) in try ChatTemplate(jinja: source, name: base) }
      chatTemplateError = nil
    } catch {
      (chatTemplate, chatTemplateError) = (nil, error)
    }
    let size = transformer.configuration.vocabularySize
    guard tokenizer.vocabulary.count <= size else {
      throw FileError(
        file: path, place: "vocab_size",
        problem: Bilingual(
          zh: "分词器有 \(tokenizer.vocabulary.count) 个 token，模型只认识 \(size) 个",
          en: "the tokenizer has \(tokenizer.vocabulary.count) tokens, the model knows only \(size)"),
        mend: Bilingual(zh: "请确认分词器与权重来自同一个模型", en: "Make sure that tokenizer and weights belong to the same model"))
    }
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
