// The vocabulary, added tokens and merges of a tokenizer.json. Not here: roles, the pipeline around the model.
import Languages
import ModelFiles

struct HuggingFaceVocabulary {
  /// nil for ids that the file leaves out.
  private var spellings: [String?] = []
  private var scores: [Double] = []
  private var added: [(id: Int, isSpecial: Bool)] = []
  private var addedIds: [ExactString: Int] = [:]
  private let table: TokenTable
  private(set) var flags: [Int: AddedTokenFlags] = [:]
  private(set) var unknown: Int?

  var count: Int { spellings.count }
  var preciseScores: [Double]? { scores.isEmpty ? nil : scores }

  func id(of spelling: String) -> Int? { addedIds[ExactString(spelling)] ?? table.index(of: spelling.utf8).map(Int.init) }

  init(_ root: JSONCursor, _ model: JSONCursor, _ pipeline: Pipeline, _ config: JSONCursor) throws(FileError) {
    let isUnigram = if case .unigram = pipeline.model { true } else { false }
    let addedTokens = try root.optional("added_tokens")?.elements() ?? []
    let configured = try config.optional("added_tokens_decoder")?.members() ?? []
    let vocab = try model.member("vocab")
    let read =
      isUnigram ? try Self.readScored(vocab) : (try Self.readIds(vocab, addedCount: addedTokens.count + configured.count), [])
    (spellings, scores) = read
    table = TokenTable(ByteStrings(read.0.lazy.map { ($0 ?? "").utf8 })) { read.0[$0] != nil }

    let ids = 0...Self.highestId(spellings.count + addedTokens.count + configured.count)
    for token in addedTokens { try add(token, try token.member("id").integer(in: ids)) }
    let listed = Set(added.map(\.id))
    for (key, token) in configured {
      guard let id = Int(key), ids.contains(id) else { throw token.unsupported("id \(key)") }
      if !listed.contains(id) { try add(token, id) }
    }
    if isUnigram { scores += [Double](repeating: scores.min() ?? 0, count: spellings.count - scores.count) }
    guard !spellings.isEmpty else {
      throw model.error(Bilingual(zh: "词表为空", en: "the vocabulary is empty"), Bilingual(zh: "请重新下载该文件", en: "Download the file again"))
    }

    if let token = model.optional("unk_token") {
      let text = try token.string()
      // Some files write "" where they mean none.
      if !text.isEmpty {
        guard let id = id(of: text) else { throw token.missing(text) }
        unknown = id
      }
    } else if let id = model.optional("unk_id") {
      unknown = try id.integer(in: 0...spellings.count - 1)
    }
  }

  /// Ids may leave gaps, but a small file does not get to ask for a large table.
  static func highestId(_ count: Int) -> Int { min(Limits.vocabulary, 2 * count + 1024) - 1 }

  private static func readIds(_ vocab: JSONCursor, addedCount: Int) throws(FileError) -> [String?] {
    var spellings: [String?] = []
    let object = try vocab.object()
    let highest = Self.highestId(object.count + addedCount)
    spellings.reserveCapacity(object.count)
    for (spelling, value) in object.entries {
      guard case .integer(let id) = value, (0...highest).contains(id) else {
        _ = try vocab.member(spelling).integer(in: 0...highest)
        continue
      }
      if id >= spellings.count { spellings += Array(repeating: nil, count: id + 1 - spellings.count) }
      guard spellings[id] == nil else { throw Self.twice(id, try vocab.member(spelling)) }
      spellings[id] = spelling
    }
    return spellings
  }

  /// Unigram: an array of `[piece, score]`.
  private static func readScored(_ vocab: JSONCursor) throws(FileError) -> ([String?], [Double]) {
    var (spellings, scores): ([String?], [Double]) = ([], [])
    let entries = try vocab.elements()
    guard (1...Limits.vocabulary).contains(entries.count) else { throw vocab.unsupported("vocab[\(entries.count)]") }
    for entry in entries {
      let parts = try entry.elements()
      guard parts.count == 2 else { throw entry.unsupported("vocab") }
      spellings.append(try parts[0].string())
      scores.append(try parts[1].number(in: -1e30...1e30))
    }
    return (spellings, scores)
  }

  static func twice(_ id: Int, _ cursor: JSONCursor) -> FileError {
    cursor.error(
      Bilingual(zh: "编号 \(id) 或它的 token 重复出现", en: "id \(id) or its token appears twice"),
      Bilingual(zh: "请让每个 token 只有一个编号，每个编号只有一个 token", en: "Give every token one id and every id one token"))
  }

  /// An entry of `added_tokens` or of `added_tokens_decoder`.
  private mutating func add(_ token: JSONCursor, _ id: Int) throws(FileError) {
    let content = try token.member("content").string()
    let known = self.id(of: content)
    if known != id {
      if id >= spellings.count { spellings += Array(repeating: nil, count: id + 1 - spellings.count) }
      guard known == nil, spellings[id] == nil else { throw Self.twice(id, token) }
      spellings[id] = content
    }
    addedIds[ExactString(content)] = id
    let (isSpecial, flags) = try token.addedTokenFlags()
    added.append((id, isSpecial))
    if flags != AddedTokenFlags() { self.flags[id] = flags }
  }

  /// The vocabulary, its kinds and bytes.
  /// - Parameter roles: where no added tokens are listed at all, the tokens with a role are the special ones.
  func vocabulary(_ pipeline: Pipeline, _ roles: Tokenizer.Roles) -> Vocabulary {
    var kinds = spellings.map { $0 == nil ? TokenKind.unused : .normal }
    if pipeline.model.hasByteFallback {
      for (id, spelling) in spellings.enumerated() {
        if let spelling, spelling.utf8.first == UInt8(ascii: "<"), SentencePieceSpelling.byte(of: spelling) != nil { kinds[id] = .byte }
      }
    }
    for (id, isSpecial) in added {
      kinds[id] = isSpecial || EndSpellings.looksLikeControl(spellings[id] ?? "") ? .control : .userDefined
    }
    // Text yields the unknown token where it has no other; that is not the token being typed.
    if let unknown, ![roles.bos, roles.eos, roles.padding].contains(unknown) { kinds[unknown] = .unknown }
    if added.isEmpty {
      for id in [roles.bos, roles.eos, roles.padding, roles.unknown].compactMap({ $0 }) where kinds[id] == .normal { kinds[id] = .control }
    }
    var tokens = ByteStrings()
    tokens.reserveCapacity(spellings.count, bytes: spellings.count * 8)
    for (id, spelling) in spellings.enumerated() { tokens.append(pipeline.decoding.bytes(of: spelling ?? "", kinds[id])) }
    return Vocabulary(tokens: tokens, kinds: kinds, spellings: spellings.map { $0 ?? "" }, scores: scores.map(Float.init))
  }

  // MARK: Merges

  /// The merges by rank: `"a b"` or `["a", "b"]`, whose parts and result are in the vocabulary.
  func merges(_ model: JSONCursor, _ pipeline: Pipeline) throws(FileError) -> [Merge] {
    guard case .bytePairs(let options) = pipeline.model else { return [] }
    let list = try model.member("merges")
    guard case .array(let values) = list.value else {
      _ = try list.elements()
      return []
    }
    var reader = MergeReader(table, continuingPrefix: options.continuingPrefix)
    var merges: [Merge] = []
    merges.reserveCapacity(values.count)
    for (rank, value) in values.enumerated() {
      var merge: Merge?
      switch value {
      case .string(let text): merge = reader.merge(text)
      case .array(let parts):
        if case .string(let left)? = parts.first, parts.count == 2, case .string(let right) = parts[1] { merge = reader.merge(left, right) }
      default: break
      }
      guard let merge else { throw try Self.explain(try list.elements()[rank], reader) }
      merges.append(merge)
    }
    return merges
  }

  /// What is wrong with a merge that cannot be read.
  private static func explain(_ cursor: JSONCursor, _ reader: MergeReader) throws(FileError) -> FileError {
    let parts: [String]
    if case .array = cursor.value {
      var texts: [String] = []
      for element in try cursor.elements() { texts.append(try element.string()) }
      parts = texts
    } else {
      parts = try cursor.string().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    }
    if parts.count == 2, !parts.contains(""), let missing = reader.missing(parts[0], parts[1]) { return cursor.missing(missing) }
    return cursor.error(
      Bilingual(zh: "合并规则必须正好由两部分组成", en: "a merge must have exactly two parts"),
      Bilingual(zh: "请写成 \"a b\" 或 [\"a\", \"b\"]", en: "Write it as \"a b\" or [\"a\", \"b\"]"))
  }
}

extension Pipeline.Model {
  var hasByteFallback: Bool {
    switch self {
    case .bytePairs(let options): options.hasByteFallback
    case .scoredPairs(let hasByteFallback), .unigram(let hasByteFallback, _): hasByteFallback
    case .wordPiece, .wordLevel: false
    }
  }
}

extension JSONCursor {
  /// How an entry of `added_tokens` or `added_tokens_decoder` wants to be looked for.
  func addedTokenFlags() throws(FileError) -> (isSpecial: Bool, flags: AddedTokenFlags) {
    let isSpecial = try flag("special", default: false)
    let flags = AddedTokenFlags(
      stripsLeft: try flag("lstrip", default: false), stripsRight: try flag("rstrip", default: false),
      isSingleWord: try flag("single_word", default: false), isNormalized: try flag("normalized", default: !isSpecial))
    return (isSpecial, flags)
  }

  /// A token that something refers to and the vocabulary lacks.
  func missing(_ token: String) -> FileError {
    error(
      Bilingual(zh: "词表里没有 “\(token)”", en: "the vocabulary has no “\(token)”"),
      Bilingual(zh: "请检查文件是否完整、词表与合并规则是否配套", en: "Check that the file is complete and that vocabulary and merges belong together"))
  }
}
