// BERT (Devlin et al. 2018), RoBERTa (Liu et al. 2019) with XLM-R (Conneau et al. 2019), DistilBERT (Sanh et al. 2019): what config.json, GGUF metadata and
// tensor names mean. Not here: the arithmetic (Encoder).
import Languages
import ModelFiles

/// Encoders that share their names in files.
public enum EncoderFamily: String, Sendable, Hashable, CaseIterable {
  case bert, roberta, distilbert

  /// The values of config.json's `model_type`.
  var modelTypes: [String] {
    switch self {
    case .bert: ["bert"]
    case .roberta: ["roberta", "xlm-roberta", "camembert"]
    case .distilbert: ["distilbert"]
    }
  }

  /// `general.architecture` in GGUF; RoBERTa is a BERT there.
  public static let ggufArchitecture = "bert"

  /// The family that config.json names; nil for what is no encoder.
  public init?(huggingFace config: JSON) {
    guard case .string(let type)? = config["model_type"], let family = Self.allCases.first(where: { $0.modelTypes.contains(type) }) else {
      return nil
    }
    self = family
  }

  /// Folders of models with a head put this before the encoder's names.
  var prefix: String { "\(rawValue)." }

  /// As the folder of a bare encoder spells it, and GGUF.
  func tensorName(_ parameter: EncoderParameterName, _ format: ModelFormat) -> String {
    let place =
      switch (format, parameter.place) {
      case (.gguf, .embedding): "token_embd"
      case (.gguf, .positions): "position_embd"
      case (.gguf, .tokenTypes): "token_types"
      case (.gguf, .embeddingNorm): "token_embd_norm"
      case (.gguf, .block(let layer, let part)): "blk.\(layer).\(Self.ggufParts[part] ?? part.rawValue)"
      case (_, .embedding): "embeddings.word_embeddings"
      case (_, .positions): "embeddings.position_embeddings"
      case (_, .tokenTypes): "embeddings.token_type_embeddings"
      case (_, .embeddingNorm): "embeddings.LayerNorm"
      case (_, .block(let layer, let part)):
        self == .distilbert
          ? "transformer.layer.\(layer).\(Self.distilParts[part] ?? part.rawValue)"
          : "encoder.layer.\(layer).\(Self.bertParts[part] ?? part.rawValue)"
      }
    return "\(place).\(parameter.kind.rawValue)"
  }

  private static let ggufParts: [BlockPart: String] = [
    .query: "attn_q", .key: "attn_k", .value: "attn_v", .output: "attn_output", .norm1: "attn_output_norm", .up: "ffn_up",
    .down: "ffn_down",
    .norm2: "layer_output_norm",
  ]
  private static let bertParts: [BlockPart: String] = [
    .query: "attention.self.query", .key: "attention.self.key", .value: "attention.self.value", .output: "attention.output.dense",
    .norm1: "attention.output.LayerNorm", .up: "intermediate.dense", .down: "output.dense", .norm2: "output.LayerNorm",
  ]
  private static let distilParts: [BlockPart: String] = [
    .query: "attention.q_lin", .key: "attention.k_lin", .value: "attention.v_lin", .output: "attention.out_lin", .norm1: "sa_layer_norm",
    .up: "ffn.lin1", .down: "ffn.lin2", .norm2: "output_layer_norm",
  ]

  /// Whether a tensor, named without the prefix, belongs to the encoder; heads, the pooler and buffers do not.
  func isOfEncoder(_ name: String, _ format: ModelFormat) -> Bool {
    if format == .gguf { return !name.hasPrefix("cls.") && name != "cls" }
    return ["embeddings.", "encoder.", "transformer."].contains { name.hasPrefix($0) } && name != "embeddings.position_ids"
  }
}

extension EncoderConfiguration {
  /// Reads config.json.
  public init(huggingFace config: JSON, file: String) throws(FileError) {
    let root = config.cursor(file: file)
    let kind = try root.member("model_type")
    guard let family = EncoderFamily(huggingFace: config) else {
      let (name, known) = (try kind.string(), EncoderFamily.allCases.flatMap(\.modelTypes).joined(separator: ", "))
      throw kind.error(
        Bilingual(zh: "\(name) 不是支持的编码器", en: "\(name) is no encoder that is supported"),
        Bilingual(zh: "支持的编码器：\(known)", en: "Supported are \(known)"))
    }
    let isDistil = family == .distilbert
    let positions = try root.member("max_position_embeddings")
    var c = try EncoderConfiguration(
      vocabularySize: root.member("vocab_size").integer(in: 1...Limits.vocabulary),
      hiddenSize: root.member(isDistil ? "dim" : "hidden_size").integer(in: 1...Limits.widths),
      layerCount: root.member(isDistil ? "n_layers" : "num_hidden_layers").integer(in: 0...Limits.layers),
      headCount: root.member(isDistil ? "n_heads" : "num_attention_heads").integer(in: Limits.heads),
      intermediateSize: root.member(isDistil ? "hidden_dim" : "intermediate_size").integer(in: 1...Limits.widths),
      contextLength: positions.integer(in: 1...Limits.contextLength),
      // DistilBERT's is a constant of its class.
      normEpsilon: isDistil ? 1e-12 : Float(root.optional("layer_norm_eps")?.number(in: 0...1) ?? 1e-12))
    c.family = family
    if !isDistil { c.tokenTypeCount = try root.optional("type_vocab_size")?.integer(in: 1...Limits.heads.upperBound) ?? 2 }
    if family == .roberta {
      c.positionOffset = try 1 + (root.optional("pad_token_id")?.integer(in: 0...Limits.vocabulary) ?? 1)
      c.contextLength -= c.positionOffset
      if c.contextLength < 1 {
        throw positions.error(
          Bilingual(
            zh: "位置从 \(c.positionOffset) 数起，表中没有位置可用", en: "positions count from \(c.positionOffset), which leaves none in the table"),
          Bilingual(zh: "请重新下载该模型", en: "Download the model again"))
      }
    }
    let activation = root.optional(isDistil ? "activation" : "hidden_act")
    switch try activation?.string() ?? "gelu" {
    case "gelu", "gelu_python": c.activation = .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": c.activation = .geluTanh
    default: throw activation?.unsupported() ?? root.unsupported()
    }
    try root.require("position_embedding_type", oneOf: ["absolute"])
    for key in ["is_decoder", "add_cross_attention"] where try root.flag(key) { throw try root.member(key).unsupported() }
    self = c
    try checkHeads(file: file, place: isDistil ? "n_heads" : "num_attention_heads")
  }

  /// Reads GGUF metadata.
  public init(gguf file: GGUFFile) throws(FileError) {
    let architecture = try file.string("general.architecture")
    guard architecture == EncoderFamily.ggufArchitecture else {
      throw file.error(
        "general.architecture", Bilingual(zh: "\(architecture) 不是支持的编码器", en: "\(architecture) is no encoder that is supported"),
        Bilingual(zh: "支持的编码器：\(EncoderFamily.ggufArchitecture)", en: "Supported is \(EncoderFamily.ggufArchitecture)"))
    }
    let metadata = FamilyMetadata(file: file, prefix: architecture)
    let table = try file.required("token_embd.weight")
    guard table.shape.count == 2, (1...Limits.vocabulary).contains(table.shape[0]) else {
      throw file.error(
        table.name, Bilingual(zh: "形状 \(table.shape) 不是词嵌入表", en: "the shape \(table.shape) is no table of embeddings"),
        Bilingual(zh: "请重新下载该模型", en: "Download the model again"))
    }
    var c = try EncoderConfiguration(
      vocabularySize: table.shape[0], hiddenSize: metadata.integer("embedding_length", in: 1...Limits.widths),
      layerCount: metadata.integer("block_count", in: 0...Limits.layers),
      headCount: metadata.integer("attention.head_count", in: Limits.heads),
      intermediateSize: metadata.integer("feed_forward_length", in: 1...Limits.widths),
      contextLength: metadata.integer("context_length", in: 1...Limits.contextLength),
      normEpsilon: Float(metadata.number("attention.layer_norm_epsilon", in: 0...1)))
    // Which GELU is not said: nearly all were trained with the exact one, the default here. llama.cpp computes the other for all of them.
    if metadata.contains("attention.causal"), try file.bool(metadata.key("attention.causal")) {
      throw metadata.unsupported(
        metadata.key("attention.causal"), Bilingual(zh: "只看前文的 BERT", en: "a BERT that sees only what came before"))
    }
    // The tensor decides, because converters disagree about the key.
    if let types = file.tensor(named: "token_types.weight") {
      guard let count = types.shape.first, (1...Limits.heads.upperBound).contains(count) else {
        throw metadata.unsupported(types.name, Bilingual(zh: "这么多 token 类型", en: "such a number of token types"))
      }
      c.tokenTypeCount = count
    }
    self = c
    try checkHeads(file: file.path, place: metadata.key("attention.head_count"))
  }

  private func checkHeads(file: String, place: String) throws(FileError) {
    guard hiddenSize % headCount == 0 else {
      throw FileError(
        file: file, place: place,
        problem: Bilingual(
          zh: "宽度 \(hiddenSize) 不能平均分给 \(headCount) 个头", en: "a width of \(hiddenSize) cannot be shared evenly by \(headCount) heads"),
        mend: Bilingual(zh: "请重新下载该模型", en: "Download the model again"))
    }
  }

  /// Metadata of our own GGUF files, without the tokenizer's.
  func ggufMetadata(name: String, pooling: Pooling) -> [(key: String, value: GGUFValue)] {
    let own: [(key: String, value: GGUFValue)] = [
      ("vocab_size", .uint32(vocabularySize)), ("context_length", .uint32(contextLength)), ("embedding_length", .uint32(hiddenSize)),
      ("block_count", .uint32(layerCount)), ("feed_forward_length", .uint32(intermediateSize)),
      ("attention.head_count", .uint32(headCount)),
      ("attention.layer_norm_epsilon", .float32(normEpsilon)), ("attention.causal", .bool(false)),
      ("pooling_type", .uint32(pooling.ggufNumber)),
    ]
    let architecture = EncoderFamily.ggufArchitecture
    let general: [(key: String, value: GGUFValue)] = [("general.architecture", .string(architecture)), ("general.name", .string(name))]
    // llama.cpp wants at least one type, whether there is a tensor of them or not.
    return general + own.map { ("\(architecture).\($0.key)", $0.value) } + [
      ("tokenizer.ggml.token_type_count", .uint32(max(1, tokenTypeCount)))
    ]
  }
}
