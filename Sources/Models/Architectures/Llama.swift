// Llama (Touvron et al. 2023) and what shares its blocks: Llama 2 and 3, TinyLlama, SmolLM, Yi, Mistral; RMSNorm, RoPE, SwiGLU.
import ModelFiles

enum Llama: FamilyRules {
  static let modelTypes = ["llama", "mistral"]
  static let className = "LlamaForCausalLM"
  static let ggufArchitecture = "llama"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.llamaLike()
    try config.require("hidden_act", oneOf: ["silu"])
    c.biases.queryKeyValue = try config.flag("attention_bias")
    c.biases.attentionOutput = c.biases.queryKeyValue
    c.biases.feedForward = try config.flag("mlp_bias")
    if try config.member("model_type").string() == "mistral" {
      c.window = try config.window(layers: c.layerCount, period: 1)
    } else {
      try config.requireFullAttention()
    }
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    let members: [(key: String, value: JSON)] = [
      ("attention_bias", .bool(c.biases.queryKeyValue)), ("mlp_bias", .bool(c.biases.feedForward)),
    ]
    guard let window = c.window else { return members }
    return members + [
      ("model_type", "mistral"), ("architectures", ["MistralForCausalLM"]), ("sliding_window", .integer(window.size)),
    ]
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {
    if let size = try metadata.optionalInteger("attention.sliding_window", in: 0...Limits.contextLength), size > 0 {
      c.window = AttentionWindow(size: size, period: 1)
    }
  }

  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)] {
    c.window.map { [("attention.sliding_window", .uint32($0.size))] } ?? []
  }

  /// As in Meta's checkpoints, which the first converters read.
  static func keepsPairsTogether(_ format: ModelFormat) -> Bool { format != .huggingFace }

  /// Old folders keep RoPE's frequencies.
  static func isIgnored(_ tensor: String) -> Bool { tensor.hasSuffix("rotary_emb.inv_freq") }
}

extension TransformerConfiguration {
  /// The numbers of a llama2.c checkpoint's header; its norms add 1e-5, which the file does not say.
  public init(llama2c file: Llama2CFile) throws(FileError) {
    let header = file.header
    self.init(
      vocabularySize: header.vocabularySize, hiddenSize: header.hiddenSize, layerCount: header.layerCount, headCount: header.headCount,
      keyValueHeadCount: header.keyValueHeadCount, intermediateSize: header.intermediateSize, contextLength: header.contextLength,
      tiesEmbeddings: header.tiesEmbeddings)
    try check(file: file.path)
  }
}
