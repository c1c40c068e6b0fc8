// What a path holds, before any weight is read: a Hugging Face folder or a GGUF file, of a model that generates or of an encoder.
import Languages
import ModelFiles
import Models
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The open files of one model.
struct ModelContents {
  /// The file's or folder's own name, for display.
  let name: String
  let path: String
  private let container: Container

  private enum Container {
    case folder(HuggingFaceFolder)
    case gguf(GGUFFile)
  }

  init(path: String) throws(FileError) {
    self.path = path
    let trimmed = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    var base = trimmed.split(separator: "/").last.map(String.init) ?? trimmed
    var status = stat()
    if stat(path, &status) == 0 && (status.st_mode & S_IFMT) == S_IFDIR {
      container = .folder(try HuggingFaceFolder(path: trimmed))
    } else {
      container = .gguf(try GGUFFile(path: path))
      if base.hasSuffix(".gguf") { base.removeLast(5) }
    }
    name = base
  }

  /// The family of an encoder; nil for a model that generates.
  var encoderFamily: EncoderFamily? {
    switch container {
    case .folder(let folder): EncoderFamily(huggingFace: folder.config)
    case .gguf(let file): file.metadata["general.architecture"] == .string(EncoderFamily.ggufArchitecture) ? .bert : nil
    }
  }

  func tokenizer() throws(FileError) -> Tokenizer {
    switch container {
    case .folder(let folder):
      var tokenizer = try Tokenizer(huggingFace: folder)
      // The folder knows the template's own file as well.
      tokenizer.chatTemplate = folder.chatTemplate
      return tokenizer
    case .gguf(let file): return try Tokenizer(gguf: file)
    }
  }

  func transformer() throws(FileError) -> Transformer {
    switch container {
    case .folder(let folder): try Transformer(huggingFace: folder)
    case .gguf(let file): try Transformer(gguf: file)
    }
  }

  func encoder() throws(FileError) -> Encoder {
    switch container {
    case .folder(let folder): try Encoder(huggingFace: folder)
    case .gguf(let file): try Encoder(gguf: file)
    }
  }

  func embeddingSettings() throws(FileError) -> EmbeddingSettings {
    switch container {
    case .folder(let folder): try EmbeddingSettings(folder: folder.path)
    case .gguf(let file): try EmbeddingSettings(gguf: file)
    }
  }

  /// Every token must have its row in the embedding.
  func check(_ tokenizer: Tokenizer, fits model: any HiddenStateModel) throws(FileError) {
    guard tokenizer.vocabulary.count <= model.vocabularySize else {
      throw FileError(
        file: path, place: "vocab_size",
        problem: Bilingual(
          zh: "分词器有 \(tokenizer.vocabulary.count) 个 token，模型只认识 \(model.vocabularySize) 个",
          en: "the tokenizer has \(tokenizer.vocabulary.count) tokens, the model knows only \(model.vocabularySize)"),
        mend: Bilingual(zh: "请确认分词器与权重来自同一个模型", en: "Make sure that tokenizer and weights belong to the same model"))
    }
  }
}
