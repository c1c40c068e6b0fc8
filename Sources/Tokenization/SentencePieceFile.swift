// SentencePiece's own model file (`tokenizer.model`): the parts of its protobuf message that say how text becomes ids. Not here: training.
// Messages: google/sentencepiece `src/sentencepiece_model.proto`; wire format: https://protobuf.dev/programming-guides/encoding
import Languages
import ModelFiles

extension Tokenizer {
  /// The tokenizer of a `tokenizer.model`, of the types BPE and unigram.
  /// - Parameter file: the path for error messages.
  public init(
    sentencePiece bytes: [UInt8], tokenizerConfig: JSON? = nil, generationConfig: JSON? = nil, file: String
  ) throws(FileError) {
    var model = try SentencePieceFile(bytes, file: file)
    let flags = try model.add((tokenizerConfig ?? .null).cursor(file: HuggingFaceRoles.sibling("tokenizer_config.json", of: file)))
    var map: CharacterMap?
    if !model.characterMap.isEmpty {
      map = CharacterMap(model.characterMap)
      if map == nil { throw SentencePieceFile.damaged(file, "normalizer_spec.precompiled_charsmap") }
    }
    let isUnigram = model.type == SentencePieceFile.unigram
    guard isUnigram || model.type == SentencePieceFile.pairs else {
      throw SentencePieceFile.unsupported(file, "trainer_spec.model_type", "\(model.type)")
    }
    guard !model.treatsSpaceAsSuffix else {
      throw SentencePieceFile.unsupported(file, "trainer_spec.treat_whitespace_as_suffix", "true")
    }
    let pipeline = Pipeline(
      normalizer: .sentencePiece(prependsSpace: model.prependsSpace, collapsesSpaces: model.removesExtraSpaces, map: map),
      model: isUnigram
        ? .unigram(hasByteFallback: model.hasByteFallback, addsSingly: true) : .scoredPairs(hasByteFallback: model.hasByteFallback),
      decoding: Decoding(spelling: .text([Decoding.metaspace]), stripsLeadingSpace: model.prependsSpace))
    var tokens = ByteStrings()
    for (spelling, kind) in zip(model.spellings, model.kinds) { tokens.append(pipeline.decoding.bytes(of: spelling, kind)) }
    let vocabulary = Vocabulary(tokens: tokens, kinds: model.kinds, spellings: model.spellings, scores: model.scores)

    var roles = Roles()
    let ids = vocabulary.kinds.indices
    roles.unknown = ids.first { model.kinds[$0] == .unknown }
    (roles.bos, roles.eos, roles.padding) = (model.role(model.bos), model.role(model.eos), model.role(model.padding))
    // What Llama's tokenizer class does with such a file unless its configuration says otherwise.
    roles.addsBOS = roles.bos != nil && !isUnigram
    roles.addsEOS = roles.eos != nil && isUnigram
    try HuggingFaceRoles.configure(&roles, tokenizerConfig, generationConfig, file: file, count: vocabulary.count) { spelling in
      ids.first { model.spellings[$0].utf8.elementsEqual(spelling.utf8) }
    }
    self.init(
      vocabulary: vocabulary, merges: [], pipeline: pipeline, roles: roles, flags: flags,
      chatTemplate: HuggingFaceRoles.chatTemplate(tokenizerConfig))
  }
}

/// What is read of the file.
struct SentencePieceFile {
  static let unigram = 1
  static let pairs = 2

  private(set) var spellings: [String] = []
  private(set) var scores: [Float] = []
  private(set) var kinds: [TokenKind] = []
  // The defaults of the messages.
  private(set) var type = unigram
  private(set) var hasByteFallback = false
  private(set) var treatsSpaceAsSuffix = false
  private(set) var bos = 1
  private(set) var eos = 2
  private(set) var padding = -1
  private(set) var characterMap: [UInt8] = []
  private(set) var prependsSpace = true
  private(set) var removesExtraSpaces = true
  private var escapesSpaces = true

  /// The id if there is such a piece.
  func role(_ id: Int) -> Int? { spellings.indices.contains(id) ? id : nil }

  init(_ bytes: [UInt8], file: String) throws(FileError) {
    var reader = ProtobufReader(bytes[...], file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let piece)): try readPiece(piece, file)
      case (2, .bytes(let spec)): try readTrainer(spec, file)
      case (3, .bytes(let spec)): try readNormalizer(spec, file)
      default: break
      }
    }
    guard !spellings.isEmpty else { throw Self.damaged(file, "pieces") }
    guard escapesSpaces else { throw Self.unsupported(file, "normalizer_spec.escape_whitespaces", "false") }
  }

  /// What `added_tokens_decoder` adds or renames, as the classes around such a file do.
  mutating func add(_ config: JSONCursor) throws(FileError) -> [Int: AddedTokenFlags] {
    let entries = try config.optional("added_tokens_decoder")?.members() ?? []
    let highest = HuggingFaceVocabulary.highestId(spellings.count + entries.count)
    var ids = Dictionary(spellings.enumerated().map { (ExactString($1), $0) }) { first, _ in first }
    var flags: [Int: AddedTokenFlags] = [:]
    let lowest = scores.min() ?? 0
    for (key, token) in entries {
      guard let id = Int(key), (0...highest).contains(id) else { throw token.unsupported("id \(key)") }
      let content = try token.member("content").string()
      guard ids[ExactString(content)] ?? id == id else { throw HuggingFaceVocabulary.twice(id, token) }
      while spellings.count <= id {
        spellings.append("")
        scores.append(lowest)
        kinds.append(.unused)
      }
      if ids[ExactString(spellings[id])] == id { ids[ExactString(spellings[id])] = nil }
      ids[ExactString(content)] = id
      spellings[id] = content
      let (isSpecial, found) = try token.addedTokenFlags()
      // What the file itself says of unknown and byte tokens holds.
      if kinds[id] == .unknown || (kinds[id] == .byte && SentencePieceSpelling.byte(of: content) != nil) { continue }
      kinds[id] = isSpecial || EndSpellings.looksLikeControl(content) ? .control : .userDefined
      if found != AddedTokenFlags() { flags[id] = found }
    }
    return flags
  }

  private mutating func readPiece(_ bytes: ArraySlice<UInt8>, _ file: String) throws(FileError) {
    let place = "pieces[\(spellings.count)]"
    guard spellings.count < Limits.vocabulary else { throw Self.damaged(file, place) }
    var (spelling, score, kind): (String?, Float, TokenKind?) = ("", 0, .normal)
    var reader = ProtobufReader(bytes, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let text)): spelling = String(validating: text, as: UTF8.self)
      case (2, .word(let bits)): score = Float(bitPattern: bits)
      // The numbers of the types are those of GGUF's.
      case (3, .integer(let type)): kind = TokenKind(rawValue: type)
      default: break
      }
    }
    guard let spelling, var kind, abs(score) <= 1e30 else { throw Self.damaged(file, place) }
    guard kind != .byte || SentencePieceSpelling.byte(of: spelling) != nil else { throw Self.damaged(file, place) }
    if kind == .userDefined, EndSpellings.looksLikeControl(spelling) { kind = .control }
    spellings.append(spelling)
    scores.append(score)
    kinds.append(kind)
  }

  private mutating func readTrainer(_ bytes: ArraySlice<UInt8>, _ file: String) throws(FileError) {
    var reader = ProtobufReader(bytes, file: file)
    while let field = try reader.next() {
      guard case .integer(let value) = field.value else { continue }
      switch field.number {
      case 3: type = value
      case 24: treatsSpaceAsSuffix = value != 0
      case 35: hasByteFallback = value != 0
      case 41: bos = value
      case 42: eos = value
      case 43: padding = value
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>, _ file: String) throws(FileError) {
    var reader = ProtobufReader(bytes, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (2, .bytes(let map)): characterMap = Array(map)
      case (3, .integer(let value)): prependsSpace = value != 0
      case (4, .integer(let value)): removesExtraSpaces = value != 0
      case (5, .integer(let value)): escapesSpaces = value != 0
      default: break
      }
    }
  }

  static func damaged(_ file: String, _ place: String) -> FileError {
    FileError(
      file: file, place: place, problem: Bilingual(zh: "SentencePiece 模型已损坏", en: "the SentencePiece model is damaged"),
      mend: Bilingual(zh: "请重新下载该文件", en: "Download the file again"))
  }

  static func unsupported(_ file: String, _ place: String, _ value: String) -> FileError {
    FileError(
      file: file, place: place, problem: Bilingual(zh: "暂不支持 \(value)", en: "\(value) is not supported"),
      mend: Bilingual(zh: "请换用 BPE 或 unigram 类型的模型", en: "Use a model of the types BPE or unigram"))
  }
}

/// Fields of one protobuf message, in the order of the bytes. Messages inside are fields of bytes.
struct ProtobufReader {
  enum Value {
    case integer(Int)
    case bytes(ArraySlice<UInt8>)
    /// Four or eight bytes; of eight the low four.
    case word(UInt32)
  }

  private var rest: ArraySlice<UInt8>
  private let file: String

  init(_ bytes: ArraySlice<UInt8>, file: String) {
    rest = bytes
    self.file = file
  }

  /// The next field, nil at the end.
  mutating func next() throws(FileError) -> (number: Int, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let key = try variable()
    let number = Int(truncatingIfNeeded: key >> 3)
    guard (1..<1 << 29).contains(number) else { throw damaged() }
    switch key & 7 {
    case 0: return (number, .integer(Int(truncatingIfNeeded: try variable())))
    case 1: return (number, .word(try word(8)))
    case 2:
      let length = try variable()
      guard length <= UInt64(rest.count) else { throw damaged() }
      defer { rest = rest.dropFirst(Int(length)) }
      return (number, .bytes(rest.prefix(Int(length))))
    case 5: return (number, .word(try word(4)))
    default: throw damaged()
    }
  }

  private mutating func variable() throws(FileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw damaged() }
      if shift == 63, byte > 1 { throw damaged() }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw damaged()
  }

  private mutating func word(_ length: Int) throws(FileError) -> UInt32 {
    guard rest.count >= length else { throw damaged() }
    let word = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    rest = rest.dropFirst(length)
    return word
  }

  private func damaged() -> FileError { SentencePieceFile.damaged(file, "byte \(rest.startIndex)") }
}
