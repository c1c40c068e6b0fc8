// The tokenizer: a vocabulary and the pipeline around it. Not here: files (HuggingFace*, GGUF*, SentencePieceFile), special tokens in prompts
// (PromptSpan), the loops over text (Tokenizer+Encoding), training (BPETrainer).

/// Text ⇄ token ids.
public struct Tokenizer: Sendable {
  /// The ids with a role in prompts and generation.
  public struct Roles: Sendable, Hashable {
    public var bos: Int?
    /// The id that ends a turn or a text; the one that files name.
    public var eos: Int?
    /// Further ids that end a generation.
    public var furtherEnds: Set<Int> = []
    public var unknown: Int?
    public var padding: Int?
    /// Whether a prompt without template begins with `bos`.
    public var addsBOS = false
    /// Whether a text for an encoder ends with `eos`.
    public var addsEOS = false
    /// What goes before and after a text where that is not `bos` and `eos` alone (BERT's [CLS] and [SEP], ChatGLM's two first tokens).
    public var opening: [Int] = []
    public var closing: [Int] = []

    public init() {}
  }

  public let vocabulary: Vocabulary
  public let roles: Roles
  /// The chat template in Jinja that came with the files, or that is written into them.
  public var chatTemplate: String?
  let pipeline: Pipeline
  let merges: [Merge]
  let added: AddedTokens
  let model: Model

  /// The model with its tables.
  enum Model: Sendable {
    case bytePairs(BytePairModel)
    case scoredPairs(ScoredPairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    case wordLevel(WordLevelModel)
  }

  public var bos: Int? { roles.bos }
  /// Ids that end a generation.
  public var eos: Set<Int> { roles.furtherEnds.union(roles.eos.map { [$0] } ?? []) }
  public var addsBOS: Bool { roles.addsBOS && roles.bos != nil }
  public var addsEOS: Bool { roles.addsEOS && roles.eos != nil }

  /// - Parameters:
  ///   - merges: by rank, of byte pair models.
  ///   - flags: of added tokens that are not looked for in the plain way.
  ///   - preciseScores: where a file has more digits than the vocabulary's scores.
  init(
    vocabulary: Vocabulary, merges: [Merge], pipeline: Pipeline, roles: Roles, flags: [Int: AddedTokenFlags] = [:],
    preciseScores: [Double]? = nil, chatTemplate: String?
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.pipeline = pipeline
    self.roles = roles
    self.chatTemplate = chatTemplate
    added = AddedTokens(vocabulary, flags, pipeline.normalizer)
    switch pipeline.model {
    case .bytePairs(let options): model = .bytePairs(BytePairModel(vocabulary, merges, options, unknown: roles.unknown))
    case .scoredPairs(let hasByteFallback):
      model = .scoredPairs(ScoredPairModel(vocabulary, hasByteFallback: hasByteFallback, unknown: roles.unknown))
    case .unigram(let hasByteFallback, let addsSingly):
      let scores = preciseScores ?? vocabulary.scores.map(Double.init)
      model = .unigram(
        UnigramModel(
          vocabulary, scores: scores, hasByteFallback: hasByteFallback, addsSingly: addsSingly, unknown: roles.unknown))
    case .wordPiece(let marking, let longestWord):
      model = .wordPiece(WordPieceModel(vocabulary, marking, longestWord: longestWord, unknown: roles.unknown))
    case .wordLevel: model = .wordLevel(WordLevelModel(vocabulary, unknown: roles.unknown))
    }
  }

  // MARK: Encoding

  /// The ids of plain text. Text never becomes a special token, however it is spelled.
  /// - Parameters:
  ///   - addingBOS: put first what the model wants before a text: usually `bos`.
  ///   - addingEOS: put last what the model wants after a text; encoders and embedding models do, a prompt to go on from must not.
  public func encode(_ text: String, addingBOS: Bool = false, addingEOS: Bool = false) -> [Int] {
    encode(bytes: Array(text.utf8), addingBOS: addingBOS, addingEOS: addingEOS)
  }

  /// As `encode(_:addingBOS:addingEOS:)`, of bytes that need not be UTF-8.
  public func encode(bytes: [UInt8], addingBOS: Bool = false, addingEOS: Bool = false) -> [Int] {
    var ids = addingBOS ? opening : []
    ids.reserveCapacity(bytes.count / 3 + 8)
    encodeText(bytes, startsText: true) { ids.append(Int($0.id)) }
    if addingEOS { ids += closing }
    return ids
  }

  /// The ids before a text without template.
  var opening: [Int] { roles.opening.isEmpty ? (addsBOS ? roles.bos.map { [$0] } ?? [] : []) : roles.opening }
  /// The ids after it.
  var closing: [Int] { roles.closing.isEmpty ? (addsEOS ? roles.eos.map { [$0] } ?? [] : []) : roles.closing }

  // MARK: Decoding

  /// The bytes that an id stands for; none for ids outside the vocabulary.
  public func bytes(of id: Int) -> [UInt8] { vocabulary.tokens.indices.contains(id) ? Array(vocabulary.tokens[id]) : [] }

  /// The text of the ids; bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: [Int], skippingSpecial: Bool = false) -> String {
    String(decoding: decodedBytes(ids, skippingSpecial: skippingSpecial), as: UTF8.self)
  }

  public func decodedBytes(_ ids: [Int], skippingSpecial: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids where vocabulary.tokens.indices.contains(id) && !(skippingSpecial && vocabulary.isSpecial(id)) {
      bytes += vocabulary.tokens[id]
    }
    if stripsLeadingSpace, bytes.first == 0x20 { bytes.removeFirst() }
    return bytes
  }

  var stripsLeadingSpace: Bool { pipeline.decoding.stripsLeadingSpace }
}
