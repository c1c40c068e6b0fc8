// The normalizer, pre-tokenizer, model and decoder of a tokenizer.json → `Pipeline`. Not here: the vocabulary, the post-processor
// (HuggingFaceRoles). Format: huggingface/tokenizers, the folders `normalizers`, `pre_tokenizers`, `models`, `decoders`.
import Languages
import ModelFiles

enum HuggingFacePipeline {
  /// Steps of one sequence, nested ones together.
  private static let mostSteps = 32

  static func read(_ root: JSONCursor, _ model: JSONCursor) throws(FileError) -> Pipeline {
    var normalizer = Normalizer()
    if let cursor = root.optional("normalizer") {
      for step in try flattened(cursor, "normalizers") { normalizer.steps.append(try readNormalizer(step)) }
    }
    var steps: [PreTokenizer.Step] = []
    if let cursor = root.optional("pre_tokenizer") {
      for step in try flattened(cursor, "pretokenizers") {
        if case .byteLevel = steps.last { throw step.unsupported("ByteLevel → \(try step.typeName())") }
        steps.append(try readPreTokenizer(step))
      }
    }
    let preTokenizer = PreTokenizer(steps)
    let kind = try readModel(model, isByteLevel: preTokenizer.isByteLevel)
    let decoding = try HuggingFaceDecoder.read(root.optional("decoder"), isByteLevel: preTokenizer.isByteLevel)
    return Pipeline(normalizer: normalizer, preTokenizer: preTokenizer, model: kind, decoding: decoding)
  }

  /// The steps of a `Sequence`, or the one step that it is.
  static func flattened(_ cursor: JSONCursor, _ key: String, depth: Int = 0) throws(FileError) -> [JSONCursor] {
    guard try cursor.typeName() == "Sequence" else { return [cursor] }
    guard depth < 4 else { throw cursor.unsupported("Sequence[Sequence[…]]") }
    var steps: [JSONCursor] = []
    for part in try cursor.member(key).elements() { steps += try flattened(part, key, depth: depth + 1) }
    guard steps.count <= mostSteps else { throw cursor.unsupported("Sequence[\(steps.count)]") }
    return steps
  }

  // MARK: Steps

  private static func readNormalizer(_ cursor: JSONCursor) throws(FileError) -> Normalizer.Step {
    let type = try cursor.typeName()
    if let form = UnicodeNormalization(rawValue: type) { return .form(form) }
    switch type {
    case "Lowercase": return .lowercase
    case "StripAccents": return .stripAccents
    case "Replace": return .replace(try readPattern(cursor.member("pattern")), try cursor.member("content").string())
    case "Prepend": return .prepend(try cursor.member("prepend").string())
    case "Strip": return .strip(left: try cursor.member("strip_left").bool(), right: try cursor.member("strip_right").bool())
    case "BertNormalizer":
      let lowercases = try cursor.flag("lowercase", default: true)
      return .bert(
        cleansText: try cursor.flag("clean_text", default: true),
        separatesChinese: try cursor.flag("handle_chinese_chars", default: true),
        stripsAccents: try cursor.flag("strip_accents", default: lowercases), lowercases: lowercases)
    case "Precompiled":
      let text = try cursor.member("precompiled_charsmap")
      guard let bytes = Base64.decoded(try text.string()), let map = CharacterMap(bytes, readsGraphemes: true) else {
        throw text.error(
          Bilingual(zh: "字符映射表已损坏", en: "the character map is damaged"),
          Bilingual(zh: "请重新下载该文件", en: "Download the file again"))
      }
      return .precompiled(map)
    default: throw cursor.unsupported(type)
    }
  }

  /// `{"String": …}` or `{"Regex": …}`.
  static func readPattern(_ cursor: JSONCursor) throws(FileError) -> SplitPattern {
    do {
      if let literal = cursor.optional("String") { return try SplitPattern(literal: try literal.string()) }
      return try SplitPattern(try cursor.member("Regex").string())
    } catch let error as SplitPatternError {
      throw cursor.error(
        Bilingual(zh: "正则表达式中的 \(error.construct) 暂不支持", en: "\(error.construct) in the regular expression is not supported"),
        Bilingual(zh: "请换用其他模型的分词器", en: "Use the tokenizer of another model"))
    } catch let error as FileError {
      throw error
    } catch {
      throw cursor.unsupported("\(error)")
    }
  }

  private static func readPreTokenizer(_ cursor: JSONCursor) throws(FileError) -> PreTokenizer.Step {
    let type = try cursor.typeName()
    switch type {
    case "ByteLevel":
      return .byteLevel(
        addsPrefixSpace: try cursor.flag("add_prefix_space", default: true), usesPattern: try cursor.flag("use_regex", default: true))
    case "Split":
      return .split(
        try readPattern(cursor.member("pattern")), try readBehavior(cursor.member("behavior")),
        isInverted: try cursor.flag("invert", default: false))
    case "Metaspace":
      let (replacement, scheme) = try readMetaspace(cursor)
      return .metaspace(replacement: replacement, scheme, splits: try cursor.flag("split", default: true))
    case "Digits": return .digits(isIndividual: try cursor.flag("individual_digits", default: false))
    case "Punctuation": return .punctuation(try cursor.optional("behavior").map(readBehavior) ?? .isolated)
    case "Whitespace": return .whitespace
    case "WhitespaceSplit": return .whitespaceSplit
    case "BertPreTokenizer": return .bert
    default: throw cursor.unsupported(type)
    }
  }

  private static func readBehavior(_ cursor: JSONCursor) throws(FileError) -> PreTokenizer.Behavior {
    guard let behavior = PreTokenizer.Behavior(rawValue: try cursor.string()) else { throw cursor.unsupported(try cursor.string()) }
    return behavior
  }

  /// The replacement character and the scheme, in the old spelling (`add_prefix_space`) and the new.
  static func readMetaspace(_ cursor: JSONCursor) throws(FileError) -> (Unicode.Scalar, PreTokenizer.PrependScheme) {
    let replacement = try cursor.optional("replacement")?.string() ?? "\u{2581}"
    guard let scalar = replacement.unicodeScalars.first, replacement.unicodeScalars.count == 1 else {
      throw cursor.unsupported("replacement=\(replacement)")
    }
    guard let text = cursor.optional("prepend_scheme") else {
      return (scalar, try cursor.flag("add_prefix_space", default: true) ? .always : .never)
    }
    guard let scheme = PreTokenizer.PrependScheme(rawValue: try text.string()) else { throw text.unsupported(try text.string()) }
    return (scalar, scheme)
  }

  // MARK: Model

  private static func readModel(_ model: JSONCursor, isByteLevel: Bool) throws(FileError) -> Pipeline.Model {
    let type = try typeName(model)
    if isByteLevel, type != "BPE" { throw model.unsupported("ByteLevel + \(type)") }
    switch type {
    case "BPE":
      return .bytePairs(
        BytePairOptions(
          isByteLevel: isByteLevel, ignoresMerges: try model.flag("ignore_merges", default: false),
          hasByteFallback: try model.flag("byte_fallback", default: false), fusesUnknown: try model.flag("fuse_unk", default: false),
          continuingPrefix: try model.optional("continuing_subword_prefix")?.string() ?? "",
          endSuffix: try model.optional("end_of_word_suffix")?.string() ?? ""))
    case "Unigram": return .unigram(hasByteFallback: try model.flag("byte_fallback", default: false), addsSingly: false)
    case "WordPiece":
      return .wordPiece(
        .continuation(try model.optional("continuing_subword_prefix")?.string() ?? "##"),
        longestWord: try model.optional("max_input_chars_per_word")?.integer(in: 1...Limits.stringBytes) ?? 100)
    case "WordLevel": return .wordLevel
    default: throw (model.optional("type") ?? model).unsupported(type)
    }
  }

  /// Old files leave out the type; what else there is tells it.
  private static func typeName(_ model: JSONCursor) throws(FileError) -> String {
    if let type = model.optional("type") { return try type.string() }
    if model.optional("merges") != nil { return "BPE" }
    if case .array = try model.member("vocab").value { return "Unigram" }
    return model.optional("continuing_subword_prefix") == nil ? "WordLevel" : "WordPiece"
  }
}
