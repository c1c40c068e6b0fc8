// The tokenizer of a GGUF file. Not here: the file format (ModelFiles), writing (GGUFTokenizerWriter), names of splits (PreTokenizer+Names).
// Keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; what they mean where that is silent: llama.cpp, `src/llama-vocab.cpp`.
import Languages
import ModelFiles

enum GGUFTokenizerKey {
  static let model = "tokenizer.ggml.model"
  static let pre = "tokenizer.ggml.pre"
  static let tokens = "tokenizer.ggml.tokens"
  static let scores = "tokenizer.ggml.scores"
  static let types = "tokenizer.ggml.token_type"
  static let merges = "tokenizer.ggml.merges"
  static let bos = "tokenizer.ggml.bos_token_id"
  static let eos = "tokenizer.ggml.eos_token_id"
  static let unknown = "tokenizer.ggml.unknown_token_id"
  static let padding = "tokenizer.ggml.padding_token_id"
  /// Spelled as the format has it.
  static let separator = "tokenizer.ggml.seperator_token_id"
  /// Further ends of a generation: end of turn, end of message.
  static let furtherEnds = ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"]
  static let addsBOS = "tokenizer.ggml.add_bos_token"
  static let addsEOS = "tokenizer.ggml.add_eos_token"
  static let addsSpace = "tokenizer.ggml.add_space_prefix"
  static let removesExtraSpaces = "tokenizer.ggml.remove_extra_whitespaces"
  static let characterMap = "tokenizer.ggml.precompiled_charsmap"
  static let lowercases = "tokenizer.ggml.normalizer.lowercase"
  static let stripsAccents = "tokenizer.ggml.normalizer.strip_accents"
  static let chatTemplate = "tokenizer.chat_template"
}

extension Tokenizer {
  private typealias Key = GGUFTokenizerKey

  /// The tokenizer of a GGUF file: byte-level BPE (`gpt2`), SentencePiece BPE (`llama`), unigram (`t5`), WordPiece (`bert`).
  public init(gguf file: GGUFFile) throws(FileError) {
    let model = try file.string(Key.model)
    let setup = try GGUFSetup(file, model)
    let spellings = try file.strings(Key.tokens)
    guard (1...Limits.vocabulary).contains(spellings.count) else {
      throw file.error(
        Key.tokens,
        Bilingual(zh: "词表大小 \(spellings.count) 超出 1…\(Limits.vocabulary)", en: "\(spellings.count) tokens are not 1…\(Limits.vocabulary)"),
        Bilingual(zh: "请换用完整的 GGUF 文件", en: "Use a complete GGUF file"))
    }
    let kinds = try Self.kinds(file, spellings, setup)
    let table = TokenTable(ByteStrings(spellings.map(\.utf8)))
    var tokens = ByteStrings()
    tokens.reserveCapacity(spellings.count, bytes: spellings.count * 8)
    for (id, spelling) in spellings.enumerated() {
      guard spelling.isEmpty || table.index(of: spelling.utf8) == Int32(id) else {
        throw file.error(
          "\(Key.tokens)[\(id)]", Bilingual(zh: "这个 token 重复出现", en: "this token appears twice"),
          Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
      }
      guard kinds[id] != .byte || SentencePieceSpelling.byte(of: spelling) != nil else {
        throw file.error(
          "\(Key.tokens)[\(id)]",
          Bilingual(zh: "字节 token 必须写作 <0xNN>", en: "the token is misspelled: byte tokens read <0xNN>"),
          Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
      }
      tokens.append(setup.pipeline.decoding.bytes(of: spelling, kinds[id]))
    }
    let merges = setup.hasMerges ? try Self.merges(file, table) : []
    let scores = setup.hasScores ? try Self.scores(file, count: spellings.count) : []
    let vocabulary = Vocabulary(tokens: tokens, kinds: kinds, spellings: spellings, scores: scores)
    self.init(
      vocabulary: vocabulary, merges: merges, pipeline: setup.pipeline, roles: try Self.roles(file, vocabulary, setup),
      chatTemplate: file.contains(Key.chatTemplate) ? try file.string(Key.chatTemplate) : nil)
  }

  private static func roles(_ file: GGUFFile, _ vocabulary: Vocabulary, _ setup: GGUFSetup) throws(FileError) -> Roles {
    var roles = Roles()
    let ids = 0...vocabulary.count - 1
    func role(_ key: String, _ fallback: Int?) throws(FileError) -> Int? {
      if file.contains(key) { return try file.integer(key, in: ids) }
      // BERT's numbers are those of its own vocabularies.
      return fallback.flatMap { ids.contains($0) && (!setup.isBERT || vocabulary.spellings[$0].hasPrefix("[")) ? $0 : nil }
    }
    roles.bos = try role(Key.bos, setup.bos)
    roles.eos = try role(Key.eos, setup.eos)
    roles.unknown = try role(Key.unknown, setup.unknown)
    roles.padding = try role(Key.padding, setup.padding)
    for key in Key.furtherEnds { if let id = try role(key, nil) { roles.furtherEnds.insert(id) } }
    roles.furtherEnds.formUnion(EndSpellings.ids(in: vocabulary))
    if let eos = roles.eos { roles.furtherEnds.remove(eos) }
    roles.addsBOS = file.contains(Key.addsBOS) ? try file.bool(Key.addsBOS) : setup.addsBOS
    roles.addsEOS = file.contains(Key.addsEOS) ? try file.bool(Key.addsEOS) : setup.addsEOS
    if setup.isBERT, let separator = try role(Key.separator, setup.separator) { roles.closing = [separator] }
    return roles
  }

  private static func kinds(_ file: GGUFFile, _ spellings: [String], _ setup: GGUFSetup) throws(FileError) -> [TokenKind] {
    guard file.contains(Key.types) else { return [TokenKind](repeating: .normal, count: spellings.count) }
    let types = try file.integers(Key.types)
    guard types.count == spellings.count else {
      throw file.error(
        Key.types,
        Bilingual(zh: "有 \(types.count) 个类型，却有 \(spellings.count) 个 token", en: "\(types.count) types for \(spellings.count) tokens"),
        Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    var kinds: [TokenKind] = []
    kinds.reserveCapacity(types.count)
    for (id, type) in types.enumerated() {
      // 0 is "undefined", which says as much as no type.
      guard let kind = type == 0 ? .normal : TokenKind(rawValue: type) else {
        throw file.error(
          Key.types, Bilingual(zh: "token \(id) 的类型 \(type) 不在 0…6 内", en: "token \(id) has type \(type), which is not 0…6"),
          Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
      }
      kinds.append(kind == .userDefined && EndSpellings.looksLikeControl(spellings[id]) ? .control : spellings[id].isEmpty ? .unused : kind)
    }
    // BERT's unknown token comes from text as well, where a word has no other; converters mark it as control.
    if setup.isBERT, let unknown = setup.unknown, kinds.indices.contains(unknown), spellings[unknown] == "[UNK]" {
      kinds[unknown] = .unknown
    }
    return kinds
  }

  private static func scores(_ file: GGUFFile, count: Int) throws(FileError) -> [Float] {
    let scores = try file.floats(Key.scores)
    guard scores.count == count, scores.allSatisfy({ $0.isFinite && abs($0) < 1e30 }) else {
      throw file.error(
        Key.scores,
        Bilingual(zh: "分数的个数不等于 token 的个数，或分数不是有限的数", en: "the scores are not one finite number for each token"),
        Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    return scores
  }

  private static func merges(_ file: GGUFFile, _ table: TokenTable) throws(FileError) -> [Merge] {
    let texts = try file.strings(Key.merges)
    var reader = MergeReader(table)
    var merges: [Merge] = []
    merges.reserveCapacity(texts.count)
    for (rank, text) in texts.enumerated() {
      guard let merge = reader.merge(text) else {
        throw file.error(
          "\(Key.merges)[\(rank)]",
          Bilingual(zh: "合并规则不是词表里的两个 token，或合并结果不在词表里", en: "the merge is not two tokens of the vocabulary whose union is one"),
          Bilingual(zh: "请检查词表与合并规则是否配套", en: "Check that vocabulary and merges belong together"))
      }
      merges.append(merge)
    }
    return merges
  }
}

/// What the model's type and its options imply: the pipeline, and roles where the file names none.
private struct GGUFSetup {
  private typealias Key = GGUFTokenizerKey

  let pipeline: Pipeline
  var (hasMerges, hasScores) = (false, false)
  var (bos, eos, unknown, padding, separator): (Int?, Int?, Int?, Int?, Int?) = (nil, nil, nil, nil, nil)
  var (addsBOS, addsEOS) = (false, false)
  var isBERT: Bool { separator != nil }

  init(_ file: GGUFFile, _ model: String) throws(FileError) {
    func flag(_ key: String, _ fallback: Bool) throws(FileError) -> Bool { file.contains(key) ? try file.bool(key) : fallback }
    switch model {
    case "gpt2":
      // Old files have no name; llama.cpp then takes its default split.
      let pre = file.contains(Key.pre) ? try file.string(Key.pre) : "default"
      guard let named = PreTokenizer.named(pre) else { throw Self.unsupported(file, Key.pre, pre) }
      pipeline = .byteLevel(named.preTokenizer, ignoresMerges: named.ignoresMerges)
      (hasMerges, addsBOS) = (true, named.addsBOS)
    case "llama":
      let prepends = try flag(Key.addsSpace, true)
      pipeline = Pipeline(
        normalizer: .sentencePiece(prependsSpace: prepends), model: .scoredPairs(hasByteFallback: true),
        decoding: Decoding(spelling: .text([Decoding.metaspace]), stripsLeadingSpace: prepends))
      (hasScores, addsBOS) = (true, true)
      (bos, eos, unknown) = (1, 2, 0)
    case "t5":
      let prepends = try flag(Key.addsSpace, false)
      let collapses = try flag(Key.removesExtraSpaces, false)
      // Where spaces are collapsed llama.cpp puts one before the text in any case.
      pipeline = Pipeline(
        normalizer: .sentencePiece(prependsSpace: prepends || collapses, collapsesSpaces: collapses, map: try Self.characterMap(file)),
        model: .unigram(hasByteFallback: false, addsSingly: false),
        decoding: Decoding(spelling: .text([Decoding.metaspace]), stripsLeadingSpace: prepends || collapses))
      (hasScores, addsEOS) = (true, true)
      (eos, unknown, padding) = (1, 2, 0)
    case "bert":
      let marking = WordPieceModel.Marking.beginning("\u{2581}")
      let lowercases = try flag(Key.lowercases, true)
      pipeline = Pipeline(
        normalizer: Normalizer(steps: [
          .bert(
            cleansText: true, separatesChinese: true, stripsAccents: try flag(Key.stripsAccents, lowercases), lowercases: lowercases)
        ]),
        preTokenizer: PreTokenizer([.bert]), model: .wordPiece(marking, longestWord: 100),
        decoding: Decoding(spelling: .words(marking, cleansUp: true), stripsLeadingSpace: true))
      addsBOS = true
      (bos, unknown, padding, separator) = (101, 100, 0, 102)
    default: throw Self.unsupported(file, Key.model, model)
    }
  }

  private static func characterMap(_ file: GGUFFile) throws(FileError) -> CharacterMap? {
    guard file.contains(Key.characterMap) else { return nil }
    let values = try file.integers(Key.characterMap)
    guard values.allSatisfy({ (-128...255).contains($0) }), let map = CharacterMap(values.map { UInt8(truncatingIfNeeded: $0) }) else {
      throw file.error(
        Key.characterMap, Bilingual(zh: "字符映射表已损坏", en: "the character map is damaged"),
        Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    return map
  }

  private static func unsupported(_ file: GGUFFile, _ key: String, _ value: String) -> FileError {
    file.error(
      key, Bilingual(zh: "暂不支持“\(value)”", en: "“\(value)” is not supported"),
      Bilingual(
        zh: "请换用 gpt2、llama、t5 或 bert 分词器，且切分方式为常见模型的文件",
        en: "Use a file with a gpt2, llama, t5 or bert tokenizer and the split of a common model"))
  }
}

/// Spellings by which control tokens are known where files do not say what they are for. List: llama.cpp, `src/llama-vocab.cpp`.
enum EndSpellings {
  private static let ends: Set<String> = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "</s>",
    "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[",
  ]

  /// The control tokens that end a generation.
  static func ids(in vocabulary: Vocabulary) -> Set<Int> {
    var found: [String: Int] = [:]
    for id in vocabulary.specialIds where ends.contains(vocabulary.spellings[id]) { found[vocabulary.spellings[id]] = id }
    // Where calls end a turn as well, `<|end|>` only ends a message; Gemma 4's `</s>` is no end.
    let hasCall = found["<|call|>"] != nil || found["<|calls|>"] != nil
    if hasCall, found["<|return|>"] != nil || found["<|flush|>"] != nil { found["<|end|>"] = nil }
    if found["<|tool_response>"] != nil { found["</s>"] = nil }
    return Set(found.values)
  }

  /// Whether a token that is not marked special still must not come from text: `<|…|>`, `<｜…｜>` and the ends.
  static func looksLikeControl(_ spelling: String) -> Bool {
    (spelling.hasPrefix("<|") && spelling.hasSuffix("|>")) || (spelling.hasPrefix("<｜") && spelling.hasSuffix("｜>"))
      || ends.contains(spelling)
  }
}
