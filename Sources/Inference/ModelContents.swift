// What a path holds, before any weight is read: a Hugging Face folder or a GGUF file, of a model that generates or of an encoder.
import Languages
import ModelFiles
import Models
import Tokenization

/// The open files of one model.
struct ModelContents {
  /// The file's or folder's own name, for display.
  let name: String
  let path: String
  let source: ModelSource

  init(path: String) throws(FileError) {
    self.path = path
    source = try ModelSource.open(path)
    let trimmed = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    let base = trimmed.split(separator: "/").last.map(String.init) ?? trimmed
    name = base.hasSuffix(".gguf") ? String(base.dropLast(5)) : base
  }

  /// The family of an encoder; nil for a model that generates.
  var encoderFamily: EncoderFamily? {
    switch source {
    case .huggingFace(let folder): EncoderFamily(huggingFace: folder.config)
    case .gguf(let file): file.metadata["general.architecture"] == .string(EncoderFamily.ggufArchitecture) ? .bert : nil
    case .llama2c: nil
    }
  }

  func tokenizer() throws(FileError) -> Tokenizer {
    switch source {
    case .huggingFace(let folder): try Tokenizer(huggingFace: folder)
    case .gguf(let file): try Tokenizer(gguf: file)
    case .llama2c(let file): try Tokenizer(beside: file)
    }
  }

  /// Opens the weights, unless they do not fit in memory.
  func transformer() throws(FileError) -> Transformer {
    try memoryPlan().check(path)
    return switch source {
    case .huggingFace(let folder): try Transformer(huggingFace: folder)
    case .gguf(let file): try Transformer(gguf: file)
    case .llama2c(let file): try Transformer(llama2c: file)
    }
  }

  /// What the model will take; no weight is read for it.
  func memoryPlan() throws(FileError) -> MemoryPlan {
    switch source {
    case .huggingFace(let folder):
      let c = try TransformerConfiguration(huggingFace: folder)
      return MemoryPlan(c, weights: c.weightBytes(in: folder.weights, .huggingFace))
    case .gguf(let file):
      let c = try TransformerConfiguration(gguf: file)
      return MemoryPlan(c, weights: c.weightBytes(in: file, .gguf))
    case .llama2c(let file):
      let c = try TransformerConfiguration(llama2c: file)
      return MemoryPlan(c, weights: c.weightBytes(in: file, .llama2c))
    }
  }

  /// Opens the weights, unless they do not fit in memory.
  func encoder() throws(FileError) -> Encoder {
    switch source {
    case .huggingFace(let folder):
      try check(folder.weights)
      return try Encoder(huggingFace: folder)
    case .gguf(let file):
      try check(file)
      return try Encoder(gguf: file)
    case .llama2c: preconditionFailure("no llama2.c checkpoint is an encoder")
    }
  }

  /// An encoder has no cache: beside its weights it takes what a text needs, which is known only then.
  private func check(_ weights: any WeightsFile) throws(FileError) {
    let needed = weights.tensors.reduce(0.0) { $0 + Double($1.byteCount) }
    guard let available = FreeMemory.bytes(), needed > Double(available) else { return }
    throw MemoryPlan.refusal(path, needed: Int(min(needed, 9e18)), available: available)
  }

  func embeddingSettings() throws(FileError) -> EmbeddingSettings {
    switch source {
    case .huggingFace(let folder): try EmbeddingSettings(folder: folder.path)
    case .gguf(let file): try EmbeddingSettings(gguf: file)
    case .llama2c: EmbeddingSettings()
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
