// Qwen2 and Qwen2.5 (Yang et al. 2024): Llama with biases on queries, keys and values; Qwen3 (2025): a norm on each head's query and key instead.
import ModelFiles

enum Qwen2: FamilyRules {
  static let modelTypes = ["qwen2"]
  static let className = "Qwen2ForCausalLM"
  static let ggufArchitecture = "qwen2"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.llamaLike()
    try config.require("hidden_act", oneOf: ["silu"])
    c.biases.queryKeyValue = true
    try config.refuseWindow()
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] { [("use_sliding_window", false)] }
}

enum Qwen3: FamilyRules {
  static let modelTypes = ["qwen3"]
  static let className = "Qwen3ForCausalLM"
  static let ggufArchitecture = "qwen3"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.llamaLike()
    if config.optional("head_dim") == nil {
      c.headSize = 128
      c.rotary?.dimensions = 128
    }
    try config.require("hidden_act", oneOf: ["silu"])
    c.biases.queryKeyValue = try config.flag("attention_bias")
    c.biases.attentionOutput = c.biases.queryKeyValue
    c.normalizesQueriesAndKeys = true
    try config.refuseWindow()
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    [("attention_bias", .bool(c.biases.queryKeyValue)), ("use_sliding_window", false)]
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {
    c.normalizesQueriesAndKeys = true
  }
}

extension JSONCursor {
  /// No published Qwen model uses its window.
  fileprivate func refuseWindow() throws(FileError) {
    if let flag = optional("use_sliding_window"), try flag.bool() { throw flag.unsupported() }
    try requireFullAttention()
  }
}
