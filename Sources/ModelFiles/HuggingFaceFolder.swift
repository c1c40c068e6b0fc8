// A model folder as Hugging Face's transformers saves it. Not here: what the configuration means (Models), the tokenizer (Tokenization), chat templates
// (NamedTemplate), what other folders are (ModelSource).
import Languages

/// An open model folder. `config.json` and the weights must be there; the rest is read when it is.
public struct HuggingFaceFolder: Sendable {
  /// The folder; of a file that the user gave, the one around it.
  public let path: String
  /// Of config.json, for messages about it.
  public var configPath: String { WholeFile.path(path, "config.json") }
  public let config: JSON
  public let generationConfig: JSON?
  public let tokenizerJSON: JSON?
  public let tokenizerConfig: JSON?
  /// `added_tokens.json`: ids by token. Newer folders have these in tokenizer.json.
  public let addedTokens: JSON?
  public let specialTokensMap: JSON?
  /// What older folders have instead of tokenizer.json; nil where that is there.
  public let vocabularyFiles: VocabularyFiles?
  /// Every chat template of the folder by name, the default one as "default".
  public let chatTemplates: [NamedTemplate]
  public let weights: any WeightsFile

  /// Jinja source of the default template.
  public var chatTemplate: String? { chatTemplates.first { $0.name == "default" }?.source }

  /// Opens a folder, or the folder around a file: config.json, a safetensors file (then these are the weights, or the index that lists it) or an
  /// index of shards.
  public init(path: String) throws(FileError) {
    let isFolder = WholeFile.isFolder(path)
    let folder = isFolder ? path : AtomicFile.folder(of: path)
    func file(_ name: String) -> String { WholeFile.path(folder, name) }
    func optional(_ name: String) throws(FileError) -> JSON? {
      WholeFile.exists(file(name)) ? try JSON.parse(contentsOf: file(name)) : nil
    }
    if !isFolder { _ = try OpenFile(path: path) }
    self.path = folder
    if !WholeFile.exists(file("config.json")) {
      if let adapter = Adapter.refusal(of: folder) { throw adapter }
      throw Self.noConfiguration(folder)
    }
    config = try JSON.parse(contentsOf: file("config.json"))
    generationConfig = try optional("generation_config.json")
    tokenizerJSON = try optional("tokenizer.json")
    tokenizerConfig = try optional("tokenizer_config.json")
    addedTokens = try optional("added_tokens.json")
    specialTokensMap = try optional("special_tokens_map.json")
    vocabularyFiles = tokenizerJSON == nil ? try VocabularyFiles(folder: folder) : nil
    chatTemplates = try NamedTemplate.all(in: folder, tokenizerConfig: tokenizerConfig)
    weights = try HuggingFaceWeights.open(folder: folder, chosen: isFolder ? nil : path)
  }

  static func noConfiguration(_ folder: String) -> FileError {
    FileError(
      file: WholeFile.path(folder, "config.json"), place: "open",
      problem: Bilingual(zh: "目录中没有 config.json", en: "the folder holds no config.json"),
      mend: Bilingual(
        zh: "请把模型的 config.json 和 tokenizer.json 下载到权重所在的目录",
        en: "Download the model's config.json and tokenizer.json into the folder of the weights"))
  }
}

/// The files of tokenizers that were saved before tokenizer.json, as they are.
public struct VocabularyFiles: Sendable {
  /// `tokenizer.model`: a SentencePiece model (protobuf).
  public let sentencePiece: [UInt8]?
  /// `vocab.json`: ids by token, of byte-level BPE.
  public let vocabularyJSON: [UInt8]?
  /// `merges.txt`: a merge a line, of byte-level BPE.
  public let merges: [UInt8]?
  /// `vocab.txt`: a token a line, of WordPiece.
  public let vocabularyText: [UInt8]?

  public var isEmpty: Bool { sentencePiece == nil && vocabularyJSON == nil && merges == nil && vocabularyText == nil }

  init(folder: String) throws(FileError) {
    func optional(_ name: String) throws(FileError) -> [UInt8]? {
      let path = WholeFile.path(folder, name)
      return WholeFile.exists(path) ? try WholeFile.bytes(path, limit: Limits.vocabularyFileBytes) : nil
    }
    sentencePiece = try optional("tokenizer.model")
    vocabularyJSON = try optional("vocab.json")
    merges = try optional("merges.txt")
    vocabularyText = try optional("vocab.txt")
  }
}
