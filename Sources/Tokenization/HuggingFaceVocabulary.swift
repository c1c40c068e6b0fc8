// The vocabulary, added tokens and merges of a tokenizer.json. Not here: roles, the pipeline around the model.
import Languages
import ModelFiles

struct HuggingFaceVocabulary {
  private let scheme: Tokenizer.Scheme
  private var idOf: [ExactString: Int] = [:]
  /// nil for ids that the file leaves out.
  private var spellings: [String?] = []
  private var kinds: [TokenKind] = []
  private var bytes: [[UInt8]] = []
  let unknown: Int?

  var count: Int { spellings.count }
  func id(of spelling: String) -> Int? { idOf[ExactString(spelling)] }

  init(_ root: JSONCursor, _ model: JSONCursor, _ scheme: Tokenizer.Scheme) throws(FileError) {
    self.scheme = scheme
    let members = try model.member("vocab").members()
    let addedTokens = try root.optional("added_tokens")?.elements() ?? []
    // Ids may leave gaps, but a small file does not get to ask for a large table.
    let ids = 0...min(Limits.vocabulary, 2 * (members.count + addedTokens.count) + 1024) - 1
    for (spelling, cursor) in members { try Self.add(spelling, try cursor.integer(in: ids), &idOf, &spellings, cursor) }

    var added: [(id: Int, isSpecial: Bool)] = []
    for token in addedTokens {
      let id = try token.member("id").integer(in: ids)
      let content = try token.member("content").string()
      for flag in ["single_word", "lstrip", "rstrip"] { try token.require(flag, false, default: false) }
      if idOf[ExactString(content)] != id { try Self.add(content, id, &idOf, &spellings, token) }
      added.append((id, try token.optional("special")?.bool() ?? false))
    }

    if let token = model.optional("unk_token") {
      guard let id = idOf[ExactString(try token.string())] else { throw token.missing(try token.string()) }
      unknown = id
    } else {
      unknown = nil
    }
    kinds = [TokenKind](repeating: .normal, count: spellings.count)
    for (id, isSpecial) in added { kinds[id] = isSpecial ? .control : .userDefined }
    if let unknown { kinds[unknown] = .unknown }
    try readBytes(model)
  }

  private static func add(
    _ spelling: String, _ id: Int, _ idOf: inout [ExactString: Int], _ spellings: inout [String?], _ cursor: JSONCursor
  ) throws(FileError) {
    if id >= spellings.count { spellings += Array(repeating: nil, count: id + 1 - spellings.count) }
    guard spellings[id] == nil, idOf.updateValue(id, forKey: ExactString(spelling)) == nil else {
      throw cursor.error(
        Bilingual(zh: "编号 \(id) 或它的 token 重复出现", en: "id \(id) or its token appears twice"),
        Bilingual(zh: "请让每个 token 只有一个编号，每个编号只有一个 token", en: "Give every token one id and every id one token"))
    }
    spellings[id] = spelling
  }

  /// Fills `bytes`, and the kinds that follow from a spelling.
  private mutating func readBytes(_ model: JSONCursor) throws(FileError) {
    bytes.reserveCapacity(spellings.count)
    for (id, spelling) in spellings.enumerated() {
      guard let spelling else {
        kinds[id] = .unused
        bytes.append([])
        continue
      }
      guard kinds[id] == .normal else {
        bytes.append(Array(spelling.utf8))
        continue
      }
      switch scheme {
      case .byteLevel:
        guard let token = ByteAlphabet.bytes(of: spelling) else {
          throw try model.member("vocab").error(
            Bilingual(zh: "token \(id) 含有字节字母表以外的字符", en: "token \(id) has a character outside the byte alphabet"),
            Bilingual(zh: "请换用完整的字节级词表，或把它列入 added_tokens", en: "Use an intact byte-level vocabulary, or list it in added_tokens"))
        }
        bytes.append(token)
      case .sentencePiece(let rules):
        if rules.hasByteFallback, let byte = SentencePieceRules.byte(of: spelling) {
          kinds[id] = .byte
          bytes.append([byte])
        } else {
          bytes.append(SentencePieceRules.bytes(of: spelling))
        }
      }
    }
  }

  /// The merges by rank: `"a b"` or `["a", "b"]`, whose parts and result are in the vocabulary.
  func merges(_ model: JSONCursor) throws(FileError) -> [Merge] {
    var merges: [Merge] = []
    for cursor in try model.member("merges").elements() {
      let (left, right) = try Self.parts(cursor)
      guard let leftId = idOf[ExactString(left)] else { throw cursor.missing(left) }
      guard let rightId = idOf[ExactString(right)] else { throw cursor.missing(right) }
      guard let merged = idOf[ExactString(left + right)] else { throw cursor.missing(left + right) }
      merges.append(Merge(left: Int32(leftId), right: Int32(rightId), merged: Int32(merged)))
    }
    return merges
  }

  private static func parts(_ cursor: JSONCursor) throws(FileError) -> (String, String) {
    if case .array = cursor.value {
      let parts = try cursor.elements()
      guard parts.count == 2 else { throw malformed(cursor) }
      return (try parts[0].string(), try parts[1].string())
    }
    guard let (left, right) = splitMerge(try cursor.string()) else { throw malformed(cursor) }
    return (left, right)
  }

  private static func malformed(_ cursor: JSONCursor) -> FileError {
    cursor.error(
      Bilingual(zh: "合并规则必须正好由两部分组成", en: "a merge must have exactly two parts"),
      Bilingual(zh: "请写成 \"a b\" 或 [\"a\", \"b\"]", en: "Write it as \"a b\" or [\"a\", \"b\"]"))
  }

  func vocabulary() -> Vocabulary {
    Vocabulary(tokens: bytes, kinds: kinds, spellings: spellings.map { $0 ?? "" })
  }
}

/// The two parts of a merge written as text: two non-empty parts and one space between them.
func splitMerge(_ text: String) -> (left: String, right: String)? {
  let bytes = text.utf8
  guard let space = bytes.firstIndex(of: 0x20), space > bytes.startIndex else { return nil }
  let right = text[bytes.index(after: space)...]
  guard !right.isEmpty, !right.utf8.contains(0x20) else { return nil }
  return (String(text[..<space]), String(right))
}

extension JSONCursor {
  /// A token that something refers to and the vocabulary lacks.
  func missing(_ token: String) -> FileError {
    error(
      Bilingual(zh: "词表里没有 “\(token)”", en: "the vocabulary has no “\(token)”"),
      Bilingual(zh: "请检查文件是否完整、词表与合并规则是否配套", en: "Check that the file is complete and that vocabulary and merges belong together"))
  }
}
