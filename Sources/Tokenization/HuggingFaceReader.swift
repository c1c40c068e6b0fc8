// Reads Hugging Face's tokenizer.json, and folders that have an older form of it. What the lab does not run is an error that names the part.
// Not here: finding and parsing the files (ModelFiles), the parts (HuggingFacePipeline, …Vocabulary, …Roles), writing (HuggingFaceWriter).
// Format: huggingface/tokenizers, `tokenizers/src/tokenizer/serialization.rs`.
import Languages
import ModelFiles

extension Tokenizer {
  /// The tokenizer of a `tokenizer.json`.
  /// - Parameters:
  ///   - tokenizerConfig: `tokenizer_config.json`, for the roles of tokens and the chat template.
  ///   - generationConfig: `generation_config.json`, for further end tokens.
  ///   - file: the path for error messages.
  public init(huggingFace tokenizerJSON: JSON, tokenizerConfig: JSON? = nil, generationConfig: JSON? = nil, file: String) throws(FileError)
  {
    let root = tokenizerJSON.cursor(file: file)
    let model = try root.member("model")
    let pipeline = try HuggingFacePipeline.read(root, model)
    let config = (tokenizerConfig ?? .null).cursor(file: HuggingFaceRoles.sibling("tokenizer_config.json", of: file))
    let entries = try HuggingFaceVocabulary(root, model, pipeline, config)
    try self.init(entries, pipeline, root, tokenizerConfig, generationConfig, try entries.merges(model, pipeline), file: file)
  }

  /// The tokenizer of GPT-2-like files: `vocab.json` and the text of `merges.txt`.
  /// - Parameter file: the path of `vocab.json` for error messages.
  public init(
    vocab: JSON, merges: String, tokenizerConfig: JSON? = nil, generationConfig: JSON? = nil, file: String
  ) throws(FileError) {
    let lines = merges.split(separator: "\n").filter { !$0.hasPrefix("#version") }.map { line in
      JSON.string(String(line.last == "\r" ? line.dropLast() : line))
    }
    let document: JSON = ["model": ["type": "BPE", "vocab": vocab, "merges": .array(lines)]]
    let config = (tokenizerConfig ?? .null).cursor(file: HuggingFaceRoles.sibling("tokenizer_config.json", of: file))
    // GPT-2's split, as its tokenizer class has it; a prefix space only where the configuration asks for one.
    let prefix = try config.optional("add_prefix_space")?.bool() ?? false
    let pipeline = Pipeline.byteLevel(PreTokenizer([.byteLevel(addsPrefixSpace: prefix, usesPattern: true)]))
    let root = document.cursor(file: file)
    let model = try root.member("model")
    let entries = try HuggingFaceVocabulary(root, model, pipeline, config)
    try self.init(entries, pipeline, root, tokenizerConfig, generationConfig, try entries.merges(model, pipeline), file: file)
  }

  /// The tokenizer of a model folder: tokenizer.json, or else tokenizer.model, or else vocab.json and merges.txt.
  public init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    func path(_ name: String) -> String { folder.path.hasSuffix("/") ? folder.path + name : "\(folder.path)/\(name)" }
    let names = try Set(WholeFile.names(in: folder.path))
    if let document = folder.tokenizerJSON {
      try self.init(
        huggingFace: document, tokenizerConfig: folder.tokenizerConfig, generationConfig: folder.generationConfig,
        file: path("tokenizer.json"))
    } else if names.contains("tokenizer.model") {
      let bytes = try WholeFile.bytes(path("tokenizer.model"), limit: Limits.jsonFileBytes)
      try self.init(
        sentencePiece: bytes, tokenizerConfig: folder.tokenizerConfig, generationConfig: folder.generationConfig,
        file: path("tokenizer.model"))
    } else if names.contains("vocab.json"), names.contains("merges.txt") {
      try self.init(
        vocab: JSON.parse(contentsOf: path("vocab.json")), merges: WholeFile.text(path("merges.txt"), limit: Limits.jsonFileBytes),
        tokenizerConfig: folder.tokenizerConfig, generationConfig: folder.generationConfig, file: path("vocab.json"))
    } else {
      throw FileError(
        file: path("tokenizer.json"), place: "document",
        problem: Bilingual(zh: "模型目录里没有分词器", en: "the model folder holds no tokenizer"),
        mend: Bilingual(
          zh: "请下载 tokenizer.json（或 tokenizer.model，或 vocab.json 与 merges.txt）",
          en: "Download tokenizer.json (or tokenizer.model, or vocab.json and merges.txt)"))
    }
    if let template = folder.chatTemplate { chatTemplate = template }
  }

  private init(
    _ entries: HuggingFaceVocabulary, _ pipeline: Pipeline, _ root: JSONCursor, _ tokenizerConfig: JSON?, _ generationConfig: JSON?,
    _ merges: [Merge], file: String
  ) throws(FileError) {
    let roles = try HuggingFaceRoles.read(root, entries, tokenizerConfig, generationConfig, file: file)
    self.init(
      vocabulary: entries.vocabulary(pipeline, roles), merges: merges, pipeline: pipeline, roles: roles, flags: entries.flags,
      preciseScores: entries.preciseScores, chatTemplate: HuggingFaceRoles.chatTemplate(tokenizerConfig))
  }
}

extension JSONCursor {
  /// An error for a part of the format that the lab does not run.
  func unsupported(_ part: String) -> FileError {
    error(
      Bilingual(zh: "暂不支持 \(part)", en: "\(part) is not supported"),
      Bilingual(
        zh: "请换用 GPT-2、Llama、Qwen、BERT、T5 一类模型的分词器", en: "Use the tokenizer of a model like GPT-2, Llama, Qwen, BERT or T5"))
  }

  /// The value of `type`.
  func typeName() throws(FileError) -> String { try member("type").string() }

  /// A flag with a default.
  func flag(_ key: String, default fallback: Bool) throws(FileError) -> Bool { try optional(key)?.bool() ?? fallback }
}
