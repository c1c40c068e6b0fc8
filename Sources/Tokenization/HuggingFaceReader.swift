// Reads the subset of Hugging Face's tokenizer.json that the lab runs: BPE, byte-level or SentencePiece-like. Everything else is an error that
// names the part. Not here: finding and parsing the files (ModelFiles), writing (HuggingFaceWriter).
// Format: huggingface/tokenizers, `tokenizers/src/tokenizer/serialization.rs` and the `models/bpe` folder.
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
    let scheme = try HuggingFaceScheme.read(root, model)
    let entries = try HuggingFaceVocabulary(root, model, scheme)
    let merges = try entries.merges(model)
    let roles = try HuggingFaceRoles.read(root, entries, tokenizerConfig, generationConfig, file: file)
    self.init(
      vocabulary: entries.vocabulary(), merges: merges, scheme: scheme, roles: roles,
      chatTemplate: HuggingFaceRoles.chatTemplate(tokenizerConfig))
  }

  /// The tokenizer of a model folder.
  public init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    let file = folder.path.hasSuffix("/") ? "\(folder.path)tokenizer.json" : "\(folder.path)/tokenizer.json"
    guard let document = folder.tokenizerJSON else {
      throw FileError(
        file: file, place: "document", problem: Bilingual(zh: "模型目录里没有 tokenizer.json", en: "the model folder has no tokenizer.json"),
        mend: Bilingual(
          zh: "请下载 tokenizer.json（不支持只有 tokenizer.model 的目录）", en: "Download tokenizer.json (tokenizer.model alone is not supported)"))
    }
    try self.init(
      huggingFace: document, tokenizerConfig: folder.tokenizerConfig, generationConfig: folder.generationConfig, file: file)
    if let template = folder.chatTemplate { chatTemplate = template }
  }
}

extension JSONCursor {
  /// An error for a part of the format that the lab does not run.
  func unsupported(_ part: String) -> FileError {
    error(
      Bilingual(zh: "暂不支持 \(part)", en: "\(part) is not supported"),
      Bilingual(
        zh: "请换用字节级 BPE（GPT-2、SmolLM 一类）或 Llama 式 BPE 的分词器",
        en: "Use a tokenizer with byte-level BPE (like GPT-2, SmolLM) or Llama-like BPE"))
  }

  /// A flag that must be `expected` where it is given.
  func require(_ key: String, _ expected: Bool, default fallback: Bool) throws(FileError) {
    guard let flag = optional(key) else {
      guard fallback == expected else { throw unsupported("\(key)=\(fallback)") }
      return
    }
    guard try flag.bool() == expected else { throw flag.unsupported("\(key)=\(!expected)") }
  }

  /// The value of `type`.
  func typeName() throws(FileError) -> String { try member("type").string() }
}

/// Which of the two schemes the normalizer, pre-tokenizer and decoder describe.
enum HuggingFaceScheme {
  static func read(_ root: JSONCursor, _ model: JSONCursor) throws(FileError) -> Tokenizer.Scheme {
    if let type = model.optional("type"), try type.string() != "BPE" { throw type.unsupported(try type.string()) }
    if let dropout = model.optional("dropout"), try dropout.number() != 0 { throw dropout.unsupported("dropout") }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = model.optional(key), try !affix.string().isEmpty { throw affix.unsupported(key) }
    }
    try model.require("ignore_merges", false, default: false)

    if let preTokenizer = root.optional("pre_tokenizer") {
      if let normalizer = root.optional("normalizer") { throw normalizer.unsupported(try normalizer.typeName()) }
      if let decoder = root.optional("decoder"), try decoder.typeName() != "ByteLevel" { throw decoder.unsupported(try decoder.typeName()) }
      return .byteLevel(try readPreTokenizer(preTokenizer))
    }
    guard let normalizer = root.optional("normalizer") else { throw root.unsupported("pre_tokenizer=null, normalizer=null") }
    return .sentencePiece(
      SentencePieceRules(
        prependsSpace: try readNormalizer(normalizer),
        hasByteFallback: try model.optional("byte_fallback")?.bool() ?? false,
        fusesUnknown: try model.optional("fuse_unk")?.bool() ?? false,
        stripsLeadingSpace: try root.optional("decoder").map(readDecoder) ?? false))
  }

  private static func readPreTokenizer(_ cursor: JSONCursor) throws(FileError) -> PreTokenizer {
    var parts = [cursor]
    if try cursor.typeName() == "Sequence" { parts = try cursor.member("pretokenizers").elements() }
    guard let last = parts.popLast() else { throw cursor.unsupported("Sequence[]") }
    guard try last.typeName() == "ByteLevel" else { throw last.unsupported(try last.typeName()) }
    try last.require("add_prefix_space", false, default: true)
    try last.require("use_regex", true, default: true)
    guard let first = parts.popLast() else { return .gpt2 }
    guard try first.typeName() == "Digits" else { throw first.unsupported(try first.typeName()) }
    try first.require("individual_digits", true, default: false)
    guard parts.isEmpty else { throw cursor.unsupported("Sequence[\(parts.count + 2)]") }
    return .smollm
  }

  /// Whether the normalizer prepends "▁"; it must replace " " by "▁".
  private static func readNormalizer(_ cursor: JSONCursor) throws(FileError) -> Bool {
    var steps = try cursor.typeName() == "Sequence" ? try cursor.member("normalizers").elements() : [cursor]
    var prepends = false
    if let first = steps.first, try first.typeName() == "Prepend" {
      let text = try first.member("prepend")
      guard try text.string() == "\u{2581}" else { throw text.unsupported("Prepend") }
      prepends = true
      steps.removeFirst()
    }
    guard let replace = steps.first, steps.count == 1, try isReplace(replace, " ", "\u{2581}") else {
      throw (steps.first ?? cursor).unsupported(try (steps.first ?? cursor).typeName())
    }
    return prepends
  }

  /// Whether the decoder strips a leading space; it must be Replace "▁" by " ", ByteFallback, Fuse and perhaps Strip.
  private static func readDecoder(_ cursor: JSONCursor) throws(FileError) -> Bool {
    guard try cursor.typeName() == "Sequence" else { throw cursor.unsupported(try cursor.typeName()) }
    var steps = try cursor.member("decoders").elements()
    var strips = false
    if let last = steps.last, try last.typeName() == "Strip" {
      guard try last.member("content").string() == " ", try last.member("start").integer(in: 0...1) == 1,
        try last.member("stop").integer(in: 0...1) == 0
      else { throw last.unsupported("Strip") }
      strips = true
      steps.removeLast()
    }
    for (step, type) in zip(steps, ["Replace", "ByteFallback", "Fuse"]) where try step.typeName() != type {
      throw step.unsupported(try step.typeName())
    }
    guard steps.count == 3, try isReplace(steps[0], "\u{2581}", " ") else { throw cursor.unsupported("Sequence[\(steps.count)]") }
    return strips
  }

  private static func isReplace(_ cursor: JSONCursor, _ from: String, _ to: String) throws(FileError) -> Bool {
    guard try cursor.typeName() == "Replace" else { return false }
    let pattern = try cursor.member("pattern")
    guard try pattern.optional("String")?.string() == from else { return false }
    return try cursor.member("content").string() == to
  }
}
