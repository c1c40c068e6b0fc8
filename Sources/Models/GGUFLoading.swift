// Transformers from GGUF files of the `llama` architecture. GGUF stores queries and keys with RoPE's pairs side by side; we keep Hugging Face's halves.
import Languages
import ModelFiles
import Tensors

/// One table maps our names to GGUF's tensors, for reading and writing.
enum GGUFNames {
  static func tensor(_ name: String) -> String {
    switch name {
    case "model.embed_tokens.weight": return "token_embd.weight"
    case "model.norm.weight": return "output_norm.weight"
    case "lm_head.weight": return "output.weight"
    default:
      let parts = name.split(separator: ".")
      let inner = parts[3..<parts.count - 1].joined(separator: ".")
      return "blk.\(parts[2]).\(block[inner] ?? inner).weight"
    }
  }

  private static let block = [
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
  ]

  /// Whether the rows of each head are permuted: query and key projections.
  static func isPermuted(_ name: String) -> Bool { name.hasSuffix("self_attn.q_proj.weight") || name.hasSuffix("self_attn.k_proj.weight") }

  /// Where GGUF keeps row `row` of a query or key projection: our pair (i, i + size/2) of a head are neighbours (2i, 2i + 1) there.
  static func storedRow(of row: Int, headSize size: Int) -> Int {
    let (head, inner) = (row / size, row % size)
    return head * size + 2 * (inner % (size / 2)) + inner / (size / 2)
  }
}

extension TransformerConfiguration {
  public init(gguf file: GGUFFile) throws(FileError) {
    let architecture = try file.string("general.architecture")
    guard architecture == "llama" else {
      throw file.error(
        "general.architecture", Bilingual(zh: "暂不支持架构 \(architecture)", en: "the architecture \(architecture) is not supported"),
        Bilingual(zh: "请使用 Llama 类模型", en: "Use a Llama-type model"))
    }
    try file.refuseUnsupported()
    let heads = try file.integer("llama.attention.head_count", in: 1...4096)
    let hidden = try file.integer("llama.embedding_length", in: 1...Limits.widths)
    let vocabulary =
      if file.contains("llama.vocab_size") { try file.integer("llama.vocab_size", in: 1...Limits.vocabulary) } else {
        try file.strings("tokenizer.ggml.tokens").count
      }
    let size = file.contains("llama.rope.dimension_count") ? try file.integer("llama.rope.dimension_count", in: 2...Limits.widths) : nil
    let keyLength =
      file.contains("llama.attention.key_length") ? try file.integer("llama.attention.key_length", in: 2...Limits.widths) : nil
    try self.init(
      vocabularySize: vocabulary, hiddenSize: hidden, layerCount: file.integer("llama.block_count", in: 0...Limits.layers),
      headCount: heads,
      keyValueHeadCount: file.contains("llama.attention.head_count_kv")
        ? file.integer("llama.attention.head_count_kv", in: 1...4096) : heads,
      headSize: keyLength ?? size, intermediateSize: file.integer("llama.feed_forward_length", in: 1...Limits.widths),
      contextLength: file.integer("llama.context_length", in: 1...Limits.contextLength),
      normEpsilon: Float(file.number("llama.attention.layer_norm_rms_epsilon", in: 0...1)),
      ropeBase: file.contains("llama.rope.freq_base") ? Float(file.number("llama.rope.freq_base", in: 1...1e12)) : 10_000,
      tiesEmbeddings: file.tensor(named: "output.weight") == nil)
    if let size, size != headSize {
      throw file.unsupported("llama.rope.dimension_count", zh: "只旋转部分维度", en: "rotating only a part of each head")
    }
    if file.contains("llama.attention.value_length"), try file.integer("llama.attention.value_length", in: 2...Limits.widths) != headSize {
      throw file.unsupported("llama.attention.value_length", zh: "宽度与键不同的值向量", en: "values of another width than keys")
    }
    try check(file: file.path)
  }

  /// Metadata of our own GGUF files, without the tokenizer's.
  func ggufMetadata(name: String) -> [(key: String, value: GGUFValue)] {
    [
      ("general.architecture", .string("llama")), ("general.name", .string(name)),
      ("llama.vocab_size", .uint32(vocabularySize)), ("llama.context_length", .uint32(contextLength)),
      ("llama.embedding_length", .uint32(hiddenSize)), ("llama.block_count", .uint32(layerCount)),
      ("llama.feed_forward_length", .uint32(intermediateSize)), ("llama.attention.head_count", .uint32(headCount)),
      ("llama.attention.head_count_kv", .uint32(keyValueHeadCount)), ("llama.attention.key_length", .uint32(headSize)),
      ("llama.attention.value_length", .uint32(headSize)), ("llama.rope.dimension_count", .uint32(headSize)),
      ("llama.attention.layer_norm_rms_epsilon", .float32(normEpsilon)), ("llama.rope.freq_base", .float32(ropeBase)),
    ]
  }
}

extension GGUFFile {
  /// What other members of the family have and would change the arithmetic: scaled RoPE, experts, biases.
  fileprivate func refuseUnsupported() throws(FileError) {
    if contains("llama.rope.scaling.type"), try string("llama.rope.scaling.type") != "none" {
      throw unsupported("llama.rope.scaling.type", zh: "RoPE 缩放", en: "RoPE scaling")
    }
    if contains("llama.rope.scale_linear"), try number("llama.rope.scale_linear", in: 0...1e6) != 1 {
      throw unsupported("llama.rope.scale_linear", zh: "RoPE 缩放", en: "RoPE scaling")
    }
    if contains("llama.expert_count"), try integer("llama.expert_count", in: 0...4096) != 0 {
      throw unsupported("llama.expert_count", zh: "混合专家（MoE）", en: "mixture of experts")
    }
    let names = tensors.map(\.name) + unsupportedTensors.map(\.name)
    if let name = names.first(where: { $0.hasSuffix(".bias") }) { throw unsupported(name, zh: "偏置", en: "a bias") }
    if let name = names.first(where: { $0 == "rope_freqs.weight" }) { throw unsupported(name, zh: "RoPE 缩放", en: "RoPE scaling") }
  }

  fileprivate func unsupported(_ place: String, zh: String, en: String) -> FileError {
    error(
      place, Bilingual(zh: "暂不支持\(zh)", en: "\(en) is not supported"),
      Bilingual(zh: "请使用不含此项的 Llama 类模型", en: "Use a Llama-type model without it"))
  }
}

extension Transformer {
  /// Opens the weights of a GGUF file.
  public convenience init(gguf file: GGUFFile) throws(FileError) {
    let configuration = try TransformerConfiguration(gguf: file)
    let memory = WeightMemory()
    try self.init(configuration) { (name, shape) throws(FileError) in
      let size = configuration.headSize
      return try file.weight(
        GGUFNames.tensor(name), shape: shape, in: memory,
        rowSource: GGUFNames.isPermuted(name) ? { GGUFNames.storedRow(of: $0, headSize: size) } : nil)
    }
  }
}
