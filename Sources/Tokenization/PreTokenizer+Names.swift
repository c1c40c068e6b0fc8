// The pre-tokenizers that GGUF files name in `tokenizer.ggml.pre`: names, published patterns, and what else a name implies. Not here: steps.
// Names: ggml-org/llama.cpp, `src/llama-vocab.cpp`; patterns: the tokenizer.json of the models, which llama.cpp's adapt to its engine.

extension PreTokenizer {
  /// The split of GPT-2 (openai/gpt-2 `encoder.py`).
  public static let gpt2 = PreTokenizer([.byteLevel(addsPrefixSpace: false, usesPattern: true)])
  /// Every number character alone, then the GPT-2 split (SmolLM, StarCoder).
  public static let smollm = PreTokenizer([.digits(isIndividual: true), .byteLevel(addsPrefixSpace: false, usesPattern: true)])

  /// What a name in `tokenizer.ggml.pre` stands for.
  struct Named: Sendable {
    /// The first is the one that we write.
    let names: [String]
    /// Each cuts the pieces of the one before; not compiled before it is asked for.
    private let patterns: [String]
    private let ready: PreTokenizer?
    /// Pieces that are a token as a whole are not merged from parts.
    let ignoresMerges: Bool
    let addsBOS: Bool

    init(
      _ names: [String], _ patterns: [String] = [], ready: PreTokenizer? = nil, ignoresMerges: Bool = false, addsBOS: Bool = false
    ) {
      (self.names, self.patterns, self.ready) = (names, patterns, ready)
      (self.ignoresMerges, self.addsBOS) = (ignoresMerges, addsBOS)
    }

    var preTokenizer: PreTokenizer {
      if let ready { return ready }
      let splits = patterns.map { Step.split(SplitPattern(builtIn: $0), .isolated, isInverted: false) }
      return PreTokenizer(splits + [.byteLevel(addsPrefixSpace: false, usesPattern: false)])
    }
  }

  /// What the name stands for, nil for names that the lab does not know.
  static func named(_ name: String) -> Named? { allNamed.first { $0.names.contains(name) } }

  /// The entry with the same cuts, nil if GGUF has no name for them.
  func ggufName(ignoringMerges: Bool) -> Named? {
    guard isByteLevel, let cuts else { return nil }
    return Self.allNamed.first { $0.ignoresMerges == ignoringMerges && $0.preTokenizer.cuts == cuts }
  }

  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let words = #"[^\r\n\p{L}\p{N}]?\p{L}+"#
  private static let rest = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let cased = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
  private static let upper = #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
  private static let restWithSlash = #" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let symbolWords =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"##
  private static let bloom = " ?[^(\\s|.,!?…。，、।۔،)]+"
  private static let gpt2Source = BuiltIn.gpt2.source

  static let allNamed: [Named] = [
    Named(
      [
        "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert", "mpt", "olmo",
        "jais", "trillion", "granite-docling", "exaone4", "jina-v1-en", "jina-v2-code", "roberta-bpe",
      ], ready: .gpt2),
    Named(["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"], ready: .smollm),
    Named(
      ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"],
      ["\(contractions)|\(words)|\\p{N}{1,3}|\(rest)"], ignoresMerges: true, addsBOS: true),
    Named(["smaug-bpe", "dbrx", "chatglm-bpe", "glm4"], ["\(contractions)|\(words)|\\p{N}{1,3}|\(rest)"]),
    Named(
      ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2"],
      ["\(contractions)|\(words)|\\p{N}|\(rest)"]),
    Named(
      ["qwen35"],
      [
        "\(contractions)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
      ]),
    Named(
      ["deepseek-llm"],
      [
        "[\r\n]",
        "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u{1F7D}ᾀ-ᾴᾶ-ᾼ\u{1FBE}ῂ-ῄῆ-ῌῐ-\u{1FD3}ῖ-\u{1FDB}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u{2126}ℨ\u{212A}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+",
        "\\s?[!-/:-~！-／：-～‘-‟　-。]+", "\\s+$", "[一-龥ࠀ-一가-퟿]+", "\\p{N}+",
      ]),
    Named(["deepseek-coder"], ["[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}"]),
    Named(
      ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
      ["\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", "\(symbolWords)[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"]),
    Named(
      ["spark2_5"], ["\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", "\(symbolWords)|[\\r\\n]|\\s+(?!\\S)|\\s+", "\\p{N}"]),
    Named(["tekken"], ["\(cased)|\(upper)|\\p{N}|\(restWithSlash)"], ignoresMerges: true, addsBOS: true),
    Named(
      ["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"],
      ["\(cased)\(contractions)?|\(upper)\(contractions)?|\\p{N}{1,3}|\(restWithSlash)"]),
    Named(
      ["granite-embed-multi-97m"], ["\(cased)\(contractions)?|\(upper)\(contractions)?|\\p{N}{1,3}|\(restWithSlash)"],
      ignoresMerges: true),
    Named(
      ["youtu"],
      [
        "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
        "\(cased)\(contractions)?|\(upper)\(contractions)?|\\p{N}|\(restWithSlash)",
      ], ignoresMerges: true),
    Named(
      ["falcon"], [#"[\p{P}\$\+<=>\^~\|`]+"#, gpt2Source, "[0-9][0-9][0-9]"]),
    Named(["default"], [#"[\p{P}\$\+<=>\^~\|]+"#, gpt2Source, "\\p{N}+", "[0-9][0-9][0-9]"]),
    Named(["poro-chat", "bloom", "gpt3-finnish"], [bloom]),
    Named(["viking"], [bloom, "\\p{N}"]),
    Named(
      ["chameleon"],
      [
        "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", gpt2Source,
      ], addsBOS: true),
    Named(
      ["bailingmoe", "bailingmoe2", "llada-moe"],
      [
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
      ]),
    Named(
      ["seed-coder"], ["\(contractions)|\(words)|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"]),
    Named(["ufakzeka"], ["\(words)|\\p{N}|\(rest)"]),
    Named(["laguna"], ["[^\\n]+|[\\n]+", "\(contractions)|\(words)|\\p{N}|\(rest)"]),
    Named(
      ["exaone-moe"],
      [
        "\(contractions)|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"
      ]),
    Named(["minicpm5"], ["\\p{N}{1,3}", "\(contractions)|\(words)|\\p{N}+|\(rest)"], ignoresMerges: true),
  ]
}
