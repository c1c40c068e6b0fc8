// Gemma 2 (arXiv:2408.00118) and Gemma 3 (arXiv:2503.19786): scaled embeddings, norms before and after each layer, GeGLU, windows in most layers;
// Gemma 2 caps scores and logits, Gemma 3 normalises queries and keys instead.
import ModelFiles

enum Gemma2: FamilyRules {
  static let modelTypes = ["gemma2"]
  static let className = "Gemma2ForCausalLM"
  static let ggufArchitecture = "gemma2"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.gemma()
    c.scoreCap = try config.optional("attn_logit_softcapping").map { (cursor) throws(FileError) in Float(try cursor.number(in: 1e-3...1e6))
    }
    c.logitCap = try config.optional("final_logit_softcapping").map { (cursor) throws(FileError) in Float(try cursor.number(in: 1e-3...1e6))
    }
    c.window = try config.window(layers: c.layerCount, period: 2)
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    Gemma3.sharedMembers(c) + [
      ("attn_logit_softcapping", c.scoreCap.map { .decimal($0) } ?? .null),
      ("final_logit_softcapping", c.logitCap.map { .decimal($0) } ?? .null),
    ]
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {
    c.isGemma(wideLayers: 46)
    c.scoreCap = Float(try metadata.optionalNumber("attn_logit_softcapping", in: 1e-3...1e6) ?? 50)
    c.logitCap = Float(try metadata.optionalNumber("final_logit_softcapping", in: 1e-3...1e6) ?? 30)
    // Files of the first converters leave the window out.
    let size = try metadata.optionalInteger("attention.sliding_window", in: 1...Limits.contextLength) ?? 4096
    c.window = AttentionWindow(size: size, period: 2)
  }

  static func unwritable(_ c: TransformerConfiguration) -> String? {
    if let window = c.window, !Gemma3.has(c, window, period: 2) { return "layer_types" }
    return Gemma3.scaleIsImplied(c, wideLayers: 46) ? nil : "query_pre_attn_scalar"
  }

  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)] {
    (c.scoreCap.map { [("attn_logit_softcapping", .float32($0))] } ?? [])
      + (c.logitCap.map { [("final_logit_softcapping", .float32($0))] } ?? [])
      + [("attention.sliding_window", .uint32(c.window?.size ?? c.contextLength))]
  }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String { Gemma3.tensorName(parameter, format) }
  static func offset(of parameter: ParameterName, _ format: ModelFormat) -> Float { Gemma3.offset(of: parameter, format) }
}

enum Gemma3: FamilyRules {
  static let modelTypes = ["gemma3_text"]
  static let className = "Gemma3ForCausalLM"
  static let ggufArchitecture = "gemma3"

  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration {
    var c = try config.gemma()
    c.normalizesQueriesAndKeys = true
    let period = try config.optional("sliding_window_pattern")?.integer(in: 1...Limits.layers) ?? 6
    c.window = try config.window(layers: c.layerCount, period: period)
    // One RoPE for each kind of layer, in transformers 5 under the layers' names.
    if let full = config.optional("rope_parameters")?.optional("full_attention") {
      let base = try full.optional("rope_theta")?.number(in: Limits.ropeBase) ?? 1e6
      c.rotary = RotaryConfiguration(
        base: Float(base), dimensions: c.headSize, scaling: try full.ropeScaling(context: c.contextLength, file: config))
    } else {
      c.rotary = try config.rotary(headSize: c.headSize, context: c.contextLength, defaultBase: 1e6)
    }
    let local =
      config.optional("rope_parameters")?.optional("sliding_attention")?.optional("rope_theta") ?? config.optional("rope_local_base_freq")
    c.window?.rotary = RotaryConfiguration(base: Float(try local?.number(in: Limits.ropeBase) ?? 10_000), dimensions: c.headSize)
    for key in ["attn_logit_softcapping", "final_logit_softcapping"] {
      if let cap = config.optional(key) { throw cap.unsupported() }
    }
    if let both = config.optional("use_bidirectional_attention"), both.value != false { throw both.unsupported() }
    return c
  }

  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    sharedMembers(c) + [("rope_local_base_freq", .decimal(c.window?.rotary?.base ?? 10_000))]
  }

  static func sharedMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] {
    let scale = Double(c.attentionScale ?? 1 / Float(c.headSize).squareRoot())
    let scalar = 1 / (scale * scale)
    // A whole number in every published model, which the square root has blurred.
    let exact = abs(scalar.rounded() - scalar) < 1e-4 * scalar ? scalar.rounded() : scalar
    var members: [(key: String, value: JSON)] = [
      ("hidden_activation", "gelu_pytorch_tanh"), ("hidden_act", "gelu_pytorch_tanh"),
      ("query_pre_attn_scalar", exact == scalar.rounded() ? .integer(Int(exact)) : .number(exact)),
      ("sliding_window", c.window.map { .integer($0.size) } ?? .null), ("attention_bias", false), ("pad_token_id", 0),
    ]
    members.append(
      ("layer_types", .array((0..<c.layerCount).map { c.isWindowed($0) ? "sliding_attention" : "full_attention" })))
    return members
  }

  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {
    c.isGemma(wideLayers: 62)
    c.normalizesQueriesAndKeys = true
    if let size = try metadata.optionalInteger("attention.sliding_window", in: 1...Limits.contextLength) {
      let base = try metadata.optionalNumber("rope.freq_base_swa", in: Limits.ropeBase) ?? 10_000
      let period = try metadata.optionalInteger("attention.sliding_window_pattern", in: 1...Limits.layers) ?? publishedPeriod
      c.window = AttentionWindow(size: size, period: period, rotary: RotaryConfiguration(base: Float(base), dimensions: c.headSize))
    }
  }

  private static let publishedPeriod = 6

  static func unwritable(_ c: TransformerConfiguration) -> String? {
    scaleIsImplied(c, wideLayers: 62) ? nil : "query_pre_attn_scalar"
  }

  /// Whether the layers that see a window are those of a period.
  static func has(_ c: TransformerConfiguration, _ window: AttentionWindow, period: Int) -> Bool {
    let other = AttentionWindow(size: window.size, period: period)
    return (0..<c.layerCount).allSatisfy { window.covers($0) == other.covers($0) }
  }

  /// GGUF has no key for the scale: readers know it from the number of layers.
  static func scaleIsImplied(_ c: TransformerConfiguration, wideLayers: Int) -> Bool {
    var implied = c
    implied.attentionScale = nil
    implied.isGemma(wideLayers: wideLayers)
    return c.attentionScale == implied.attentionScale
  }

  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)] {
    guard let window = c.window else { return [] }
    let keys: [(key: String, value: GGUFValue)] = [
      ("attention.sliding_window", .uint32(window.size)), ("rope.freq_base_swa", .float32(window.rotary?.base ?? 10_000)),
    ]
    return has(c, window, period: publishedPeriod) ? keys : keys + [("attention.sliding_window_pattern", .uint32(window.period))]
  }

  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    guard format == .huggingFace, case .block(let layer, let part) = parameter.place else {
      return format == .gguf ? GGUFNames.tensor(parameter) : parameter.text
    }
    let name =
      switch part {
      case .outputNorm1: "post_attention_layernorm"
      case .norm2: "pre_feedforward_layernorm"
      case .outputNorm2: "post_feedforward_layernorm"
      default: part.rawValue
      }
    return "model.layers.\(layer).\(name).\(parameter.kind.rawValue)"
  }

  /// Folders store what a norm's weight is above 1.
  static func offset(of parameter: ParameterName, _ format: ModelFormat) -> Float {
    guard format == .huggingFace else { return 0 }
    if parameter.place == .finalNorm { return 1 }
    return switch parameter.part {
    case .norm1, .norm2, .outputNorm1, .outputNorm2, .queryNorm, .keyNorm: 1
    default: 0
    }
  }

  /// What models that also see hold besides.
  static func isIgnored(_ tensor: String) -> Bool { tensor.contains("vision_tower.") || tensor.contains("multi_modal_projector.") }
}

extension JSONCursor {
  fileprivate func gemma() throws(FileError) -> TransformerConfiguration {
    var c = try llamaLike(defaultTies: true)
    if optional("head_dim") == nil {
      c.headSize = 256
      c.rotary?.dimensions = 256
    }
    try require("hidden_activation", oneOf: ["gelu_pytorch_tanh"])
    if optional("hidden_activation") == nil { try require("hidden_act", oneOf: ["gelu_pytorch_tanh", "gelu"]) }
    if let bias = optional("attention_bias"), try bias.bool() { throw bias.unsupported() }
    c.isGemma(wideLayers: nil)
    let scalar = try optional("query_pre_attn_scalar")?.number(in: 1...1e9) ?? 256
    c.attentionScale = scalar == Double(c.headSize) ? nil : 1 / Float(scalar).squareRoot()
    return c
  }
}

extension TransformerConfiguration {
  /// - Parameter wideLayers: the number of layers of the family's largest model, whose scores are scaled by the width that its heads would have if they
  ///   shared the hidden size; GGUF files do not say it otherwise.
  fileprivate mutating func isGemma(wideLayers: Int?) {
    (activation, normalizesOutputs, embeddingScale) = (.geluTanh, true, Float(hiddenSize).squareRoot())
    if let wideLayers, layerCount == wideLayers, hiddenSize / headCount != headSize {
      attentionScale = 1 / Float(hiddenSize / headCount).squareRoot()
    }
  }
}
