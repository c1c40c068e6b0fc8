// The tokenizer: vocabulary, merges and the scheme around them. Not here: files (HuggingFace*, GGUF*), special tokens in prompts (PromptSpan),
// training (BPETrainer).

/// Text ⇄ token ids by byte pair encoding.
public struct Tokenizer: Sendable {
  /// How text is prepared for merging.
  public enum Scheme: Sendable, Hashable {
    /// Merges over bytes, inside the pieces of a pre-tokenizer (GPT-2, Sprout).
    case byteLevel(PreTokenizer)
    /// Merges over characters of the whole text (Llama-like).
    case sentencePiece(SentencePieceRules)
  }

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

    public init() {}
  }

  public let vocabulary: Vocabulary
  public let scheme: Scheme
  public let roles: Roles
  /// The chat template in Jinja that came with the files, or that is written into them.
  public var chatTemplate: String?
  let merges: MergeTable
  /// The token of each single byte, -1 where the vocabulary has none.
  private let byteTokens: [Int32]
  /// Tokens of single characters, for SentencePiece-like schemes.
  private let characterTokens: [UInt32: Int32]

  public var bos: Int? { roles.bos }
  /// Ids that end a generation.
  public var eos: Set<Int> { roles.furtherEnds.union(roles.eos.map { [$0] } ?? []) }
  public var addsBOS: Bool { roles.addsBOS && roles.bos != nil }

  init(vocabulary: Vocabulary, merges: [Merge], scheme: Scheme, roles: Roles, chatTemplate: String?) {
    self.vocabulary = vocabulary
    self.scheme = scheme
    self.roles = roles
    self.chatTemplate = chatTemplate
    self.merges = MergeTable(merges) { vocabulary.kinds[Int($0)] != .normal }
    var byteTokens = [Int32](repeating: -1, count: 256)
    var characterTokens: [UInt32: Int32] = [:]
    for id in vocabulary.tokens.indices {
      switch (scheme, vocabulary.kinds[id]) {
      case (.byteLevel, .normal), (.sentencePiece, .byte):
        if vocabulary.tokens[id].count == 1 { byteTokens[Int(vocabulary.tokens[id][0])] = Int32(id) }
      case (.sentencePiece, .normal):
        let scalars = vocabulary.spellings[id].unicodeScalars
        if let only = scalars.first, scalars.count == 1 { characterTokens[only.value] = Int32(id) }
      default: break
      }
    }
    self.byteTokens = byteTokens
    self.characterTokens = characterTokens
  }

  // MARK: Encoding

  /// The ids of plain text. Text never becomes a special token, however it is spelled.
  /// - Parameter addingBOS: put `bos` first if the model wants it.
  public func encode(_ text: String, addingBOS: Bool = false) -> [Int] { encode(bytes: Array(text.utf8), addingBOS: addingBOS) }

  /// As `encode(_:addingBOS:)`, of bytes that need not be UTF-8.
  public func encode(bytes: [UInt8], addingBOS: Bool = false) -> [Int] {
    var ids: [Int] = []
    ids.reserveCapacity(bytes.count / 3 + 8)
    if addingBOS, addsBOS, let bos { ids.append(bos) }
    encodeNormalized(normalized(bytes, atStart: true)) { ids.append(Int($0.id)) }
    return ids
  }

  /// The text in the form that symbols count their bytes in.
  func normalized(_ text: [UInt8], atStart: Bool) -> [UInt8] {
    switch scheme {
    case .byteLevel: text
    case .sentencePiece(let rules): rules.normalized(text, atStart: atStart)
    }
  }

  /// Calls `body` with every token of normalized text and the byte at which it begins.
  func encodeNormalized(_ text: [UInt8], _ body: (Symbol) -> Void) {
    var symbols: [Symbol] = []
    switch scheme {
    case .byteLevel(let preTokenizer):
      preTokenizer.forEachPiece(in: text) { range in
        symbols.removeAll(keepingCapacity: true)
        for i in range { appendByte(text[i], at: i, to: &symbols) }
        merges.apply(to: &symbols)
        symbols.forEach(body)
      }
    case .sentencePiece(let rules):
      symbols.reserveCapacity(text.count)
      var position = 0
      while position < text.count {
        position += appendCharacter(in: text, at: position, rules, to: &symbols)
      }
      merges.apply(to: &symbols)
      symbols.forEach(body)
    }
  }

  /// A byte without token becomes the unknown token; without that it is dropped, as in the `tokenizers` library.
  private func appendByte(_ byte: UInt8, at position: Int, to symbols: inout [Symbol]) {
    let id = byteTokens[Int(byte)]
    if id >= 0 { symbols.append(Symbol(id: id, start: position)) } else { appendUnknown(at: position, fusing: false, to: &symbols) }
  }

  private func appendUnknown(at position: Int, fusing: Bool, to symbols: inout [Symbol]) {
    guard let unknown = roles.unknown.map(Int32.init) else { return }
    if fusing, symbols.last?.id == unknown { return }
    symbols.append(Symbol(id: unknown, start: position))
  }

  /// Appends the symbols of the character at `position` and returns its length in bytes.
  private func appendCharacter(in text: [UInt8], at position: Int, _ rules: SentencePieceRules, to symbols: inout [Symbol]) -> Int {
    let decoded = UTF8Scalar.decode(text, at: position, end: text.count)
    if let decoded, let id = characterTokens[decoded.scalar.value] {
      symbols.append(Symbol(id: id, start: position))
      return decoded.length
    }
    let bytes = position..<position + (decoded?.length ?? 1)
    if rules.hasByteFallback, bytes.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
      for i in bytes { appendByte(text[i], at: i, to: &symbols) }
    } else {
      appendUnknown(at: position, fusing: rules.fusesUnknown, to: &symbols)
    }
    return bytes.count
  }

  // MARK: Decoding

  /// The bytes that an id stands for; none for ids outside the vocabulary.
  public func bytes(of id: Int) -> [UInt8] { vocabulary.tokens.indices.contains(id) ? vocabulary.tokens[id] : [] }

  /// The text of the ids; bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: [Int], skippingSpecial: Bool = false) -> String {
    String(decoding: decodedBytes(ids, skippingSpecial: skippingSpecial), as: UTF8.self)
  }

  public func decodedBytes(_ ids: [Int], skippingSpecial: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids where !(skippingSpecial && vocabulary.isSpecial(id)) { bytes += self.bytes(of: id) }
    if stripsLeadingSpace, bytes.first == 0x20 { bytes.removeFirst() }
    return bytes
  }

  var stripsLeadingSpace: Bool {
    if case .sentencePiece(let rules) = scheme { rules.stripsLeadingSpace } else { false }
  }
}
