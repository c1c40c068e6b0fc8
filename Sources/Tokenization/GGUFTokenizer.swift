// The tokenizer of a GGUF file, in both directions: `tokenizer.ggml.*` of byte-level BPE. Not here: the file format (ModelFiles), SentencePiece
// vocabularies with scores. Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import Languages
import ModelFiles

private enum Key {
  static let model = "tokenizer.ggml.model"
  static let pre = "tokenizer.ggml.pre"
  static let tokens = "tokenizer.ggml.tokens"
  static let types = "tokenizer.ggml.token_type"
  static let merges = "tokenizer.ggml.merges"
  static let bos = "tokenizer.ggml.bos_token_id"
  static let eos = "tokenizer.ggml.eos_token_id"
  static let unknown = "tokenizer.ggml.unknown_token_id"
  static let padding = "tokenizer.ggml.padding_token_id"
  /// Further ends of a generation: end of turn, end of message.
  static let furtherEnds = ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"]
  static let addsBOS = "tokenizer.ggml.add_bos_token"
  static let chatTemplate = "tokenizer.chat_template"
}

/// A tokenizer that the asked format cannot hold.
public struct GGUFTokenizerError: BilingualError, Hashable {
  public var message: Bilingual {
    Bilingual(
      zh: "GGUF 目前只能写入字节级 BPE 分词器。请导出为 Hugging Face 格式。",
      en: "Only byte-level BPE tokenizers can be written to GGUF. Export in Hugging Face format instead.")
  }
}

extension Tokenizer {
  public init(gguf file: GGUFFile) throws(FileError) {
    let model = try file.string(Key.model)
    guard model == "gpt2" else { throw Self.unsupported(file, Key.model, model) }
    let pre = try file.string(Key.pre)
    guard let preTokenizer = PreTokenizer(rawValue: pre) else { throw Self.unsupported(file, Key.pre, pre) }

    let spellings = try file.strings(Key.tokens)
    guard (1...Limits.vocabulary).contains(spellings.count) else {
      throw file.error(
        Key.tokens,
        Bilingual(zh: "词表大小 \(spellings.count) 超出 1…\(Limits.vocabulary)", en: "\(spellings.count) tokens are not 1…\(Limits.vocabulary)"),
        Bilingual(zh: "请换用完整的 GGUF 文件", en: "Use a complete GGUF file"))
    }
    let kinds = try Self.kinds(file, count: spellings.count)
    var tokens: [[UInt8]] = []
    tokens.reserveCapacity(spellings.count)
    for (id, spelling) in spellings.enumerated() { tokens.append(try Self.bytes(file, id, spelling, kinds[id])) }
    let merges = try Self.merges(file, spellings)

    var roles = Roles()
    let ids = 0...spellings.count - 1
    func role(_ key: String) throws(FileError) -> Int? { file.contains(key) ? try file.integer(key, in: ids) : nil }
    roles.bos = try role(Key.bos)
    roles.eos = try role(Key.eos)
    roles.unknown = try role(Key.unknown)
    roles.padding = try role(Key.padding)
    for key in Key.furtherEnds { if let id = try role(key) { roles.furtherEnds.insert(id) } }
    roles.addsBOS = file.contains(Key.addsBOS) ? try file.bool(Key.addsBOS) : false
    self.init(
      vocabulary: Vocabulary(tokens: tokens, kinds: kinds, spellings: spellings), merges: merges, scheme: .byteLevel(preTokenizer),
      roles: roles, chatTemplate: file.contains(Key.chatTemplate) ? try file.string(Key.chatTemplate) : nil)
  }

  /// The metadata that `init(gguf:)` and llama.cpp read back.
  public func ggufMetadata() throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    guard case .byteLevel(let preTokenizer) = scheme else { throw GGUFTokenizerError() }
    let spellings = vocabulary.spellings
    var metadata: [(key: String, value: GGUFValue)] = [
      (Key.model, .string("gpt2")),
      (Key.pre, .string(preTokenizer.rawValue)),
      // An id that the vocabulary leaves out still needs a spelling of its own.
      (Key.tokens, .strings(spellings.indices.map { vocabulary.kinds[$0] == .unused ? "[UNUSED\($0)]" : spellings[$0] })),
      (Key.types, .int32s(vocabulary.kinds.map(\.rawValue))),
      (Key.merges, .strings(merges.pairs.map { "\(spellings[Int($0.left)]) \(spellings[Int($0.right)])" })),
    ]
    for (key, id) in [(Key.bos, bos), (Key.eos, roles.eos), (Key.unknown, roles.unknown), (Key.padding, roles.padding)] {
      if let id { metadata.append((key, .uint32(id))) }
    }
    for (key, id) in zip(Key.furtherEnds, roles.furtherEnds.subtracting(roles.eos.map { [$0] } ?? []).sorted()) {
      metadata.append((key, .uint32(id)))
    }
    metadata.append((Key.addsBOS, .bool(addsBOS)))
    if let chatTemplate { metadata.append((Key.chatTemplate, .string(chatTemplate))) }
    return metadata
  }

  private static func kinds(_ file: GGUFFile, count: Int) throws(FileError) -> [TokenKind] {
    guard file.contains(Key.types) else { return [TokenKind](repeating: .normal, count: count) }
    let types = try file.integers(Key.types)
    guard types.count == count else {
      throw file.error(
        Key.types, Bilingual(zh: "有 \(types.count) 个类型，却有 \(count) 个 token", en: "\(types.count) types for \(count) tokens"),
        Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(count)
    for (id, type) in types.enumerated() {
      guard let kind = TokenKind(rawValue: type) else {
        throw file.error(
          Key.types, Bilingual(zh: "token \(id) 的类型 \(type) 不在 1…6 内", en: "token \(id) has type \(type), which is not 1…6"),
          Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
      }
      kinds.append(kind)
    }
    return kinds
  }

  private static func bytes(_ file: GGUFFile, _ id: Int, _ spelling: String, _ kind: TokenKind) throws(FileError) -> [UInt8] {
    let bytes: [UInt8]?
    switch kind {
    case .normal: bytes = ByteAlphabet.bytes(of: spelling)
    case .byte: bytes = SentencePieceRules.byte(of: spelling).map { [$0] }
    case .unused: bytes = []
    case .control, .userDefined, .unknown: bytes = Array(spelling.utf8)
    }
    guard let bytes else {
      throw file.error(
        "\(Key.tokens)[\(id)]",
        Bilingual(
          zh: "token 的拼写不合规则：普通 token 用字节字母表，字节 token 写作 <0xNN>",
          en: "the token is misspelled: normal tokens use the byte alphabet, byte tokens read <0xNN>"),
        Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    return bytes
  }

  private static func merges(_ file: GGUFFile, _ spellings: [String]) throws(FileError) -> [Merge] {
    var idOf = [ExactString: Int32](minimumCapacity: spellings.count)
    for (id, spelling) in spellings.enumerated() {
      guard idOf.updateValue(Int32(id), forKey: ExactString(spelling)) == nil else {
        throw file.error(
          "\(Key.tokens)[\(id)]", Bilingual(zh: "这个 token 重复出现", en: "this token appears twice"),
          Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
      }
    }
    var merges: [Merge] = []
    for (rank, text) in try file.strings(Key.merges).enumerated() {
      guard let (left, right) = splitMerge(text), let leftId = idOf[ExactString(left)], let rightId = idOf[ExactString(right)],
        let merged = idOf[ExactString(left + right)]
      else {
        throw file.error(
          "\(Key.merges)[\(rank)]",
          Bilingual(zh: "合并规则不是词表里的两个 token，或合并结果不在词表里", en: "the merge is not two tokens of the vocabulary whose union is one"),
          Bilingual(zh: "请检查词表与合并规则是否配套", en: "Check that vocabulary and merges belong together"))
      }
      merges.append(Merge(left: leftId, right: rightId, merged: merged))
    }
    return merges
  }

  private static func unsupported(_ file: GGUFFile, _ key: String, _ value: String) -> FileError {
    file.error(
      key, Bilingual(zh: "暂不支持“\(value)”", en: "“\(value)” is not supported"),
      Bilingual(
        zh: "请换用 gpt2 分词器且 pre 为 gpt-2 或 smollm 的文件", en: "Use a file with a gpt2 tokenizer whose pre is gpt-2 or smollm"))
  }
}
