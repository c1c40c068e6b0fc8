// What all families say in GGUF metadata with the same words, and writing it. Not here: what is their own.
import Languages
import ModelFiles

/// The metadata of one GGUF file under its architecture's prefix.
struct FamilyMetadata {
  let file: GGUFFile
  let prefix: String

  func key(_ name: String) -> String { "\(prefix).\(name)" }
  func contains(_ name: String) -> Bool { file.contains(key(name)) }
  func integer(_ name: String, in range: ClosedRange<Int>) throws(FileError) -> Int { try file.integer(key(name), in: range) }
  func number(_ name: String, in range: ClosedRange<Double>) throws(FileError) -> Double { try file.number(key(name), in: range) }
  func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws(FileError) -> Int? {
    contains(name) ? try integer(name, in: range) : nil
  }
  func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(FileError) -> Double? {
    contains(name) ? try number(name, in: range) : nil
  }

  func unsupported(_ place: String, _ what: Bilingual) -> FileError {
    file.error(
      place, Bilingual(zh: "暂不支持\(what.zh)", en: "\(what.en) is not supported"),
      Bilingual(zh: "请使用不含此项的模型", en: "Use a model without it"))
  }

  /// Sizes and constants that every family has.
  func configuration() throws(FileError) -> TransformerConfiguration {
    if let experts = try optionalInteger("expert_count", in: 0...4096), experts != 0 {
      throw unsupported(key("expert_count"), Bilingual(zh: "混合专家（MoE）", en: "mixture of experts"))
    }
    // Positions of images: such files also order the rows of queries and keys in another way.
    if contains("rope.dimension_sections") {
      throw unsupported(key("rope.dimension_sections"), Bilingual(zh: "多维 RoPE", en: "RoPE in several dimensions"))
    }
    let heads = try integer("attention.head_count", in: Limits.heads)
    let keyLength = try optionalInteger("attention.key_length", in: 2...Limits.widths)
    var c = try TransformerConfiguration(
      vocabularySize: vocabularySize(), hiddenSize: integer("embedding_length", in: 1...Limits.widths),
      layerCount: integer("block_count", in: 0...Limits.layers), headCount: heads,
      keyValueHeadCount: optionalInteger("attention.head_count_kv", in: Limits.heads) ?? heads, headSize: keyLength,
      intermediateSize: integer("feed_forward_length", in: 1...Limits.widths),
      contextLength: integer("context_length", in: 1...Limits.contextLength),
      normEpsilon: Float(
        number(contains("attention.layer_norm_epsilon") ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", in: 0...1)),
      tiesEmbeddings: file.tensor(named: "output.weight") == nil && !file.unsupportedTensors.contains { $0.name == "output.weight" })
    if let valueLength = try optionalInteger("attention.value_length", in: 2...Limits.widths), valueLength != c.headSize {
      throw unsupported(key("attention.value_length"), Bilingual(zh: "宽度与键不同的值向量", en: "values of another width than keys"))
    }
    c.rotary = try rotary(headSize: c.headSize, context: c.contextLength)
    c.biases.queryKeyValue = has("attn_q.bias") || has("attn_qkv.bias")
    c.biases.attentionOutput = has("attn_output.bias")
    c.biases.feedForward = has("ffn_down.bias")
    return c
  }

  /// Whether the first block has such a tensor.
  private func has(_ name: String) -> Bool { file.tensor(named: "blk.0.\(name)") != nil }

  private func vocabularySize() throws(FileError) -> Int {
    if let size = try optionalInteger("vocab_size", in: 1...Limits.vocabulary) { return size }
    if let table = file.tensor(named: "token_embd.weight"), table.shape.count == 2, (1...Limits.vocabulary).contains(table.shape[0]) {
      return table.shape[0]
    }
    return try file.strings("tokenizer.ggml.tokens").count
  }

  private func rotary(headSize: Int, context: Int) throws(FileError) -> RotaryConfiguration {
    let dimensions = try optionalInteger("rope.dimension_count", in: 2...Limits.widths) ?? headSize
    let base = Float(try optionalNumber("rope.freq_base", in: Limits.ropeBase) ?? 10_000)
    return RotaryConfiguration(base: base, dimensions: dimensions, scaling: try scaling(dimensions: dimensions, context: context))
  }

  private func scaling(dimensions: Int, context: Int) throws(FileError) -> RotaryConfiguration.Scaling {
    if let table = file.tensor(named: "rope_freqs.weight") {
      guard table.shape == [dimensions / 2] else {
        throw unsupported(table.name, Bilingual(zh: "形状为 \(table.shape) 的 RoPE 系数", en: "a table of RoPE factors of shape \(table.shape)"))
      }
      if contains("rope.scaling.type"), try file.string(key("rope.scaling.type")) != "none" {
        throw unsupported(key("rope.scaling.type"), Bilingual(zh: "与 RoPE 系数表并用的缩放", en: "scaling beside a table of RoPE factors"))
      }
      let divisors = try file.floats(table)
      guard divisors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
        throw unsupported(table.name, Bilingual(zh: "非正数的 RoPE 系数", en: "a RoPE factor that is not above 0"))
      }
      return .divisors(divisors)
    }
    if let name = file.tensors.first(where: { $0.name.hasPrefix("rope_factors_") })?.name {
      throw unsupported(name, Bilingual(zh: "LongRoPE", en: "LongRoPE"))
    }
    let old = Float(try optionalNumber("rope.scale_linear", in: Limits.ropeFactor) ?? 1)
    // Without a kind, a factor alone is linear.
    let kind = contains("rope.scaling.type") ? try file.string(key("rope.scaling.type")) : "linear"
    let factor = Float(try optionalNumber("rope.scaling.factor", in: Limits.ropeFactor) ?? Double(old))
    switch kind {
    case "none": return .none
    case "linear": return factor == 1 ? .none : .linear(factor: factor)
    case "yarn":
      var yarn = RotaryConfiguration.YaRN(
        factor: factor,
        originalContext: try optionalInteger("rope.scaling.original_context_length", in: 1...Limits.contextLength) ?? context)
      if let fast = try optionalNumber("rope.scaling.yarn_beta_fast", in: 1e-3...1e6) { yarn.betaFast = Float(fast) }
      if let slow = try optionalNumber("rope.scaling.yarn_beta_slow", in: 1e-3...1e6) { yarn.betaSlow = Float(slow) }
      // llama.cpp multiplies this factor with YaRN's own.
      if let extra = try optionalNumber("rope.scaling.attn_factor", in: 1e-3...1e3) {
        yarn.magnitude = Float(extra) * RotaryConfiguration.yarnMagnitude(factor)
      }
      return .yarn(yarn)
    default: throw unsupported(key("rope.scaling.type"), Bilingual(zh: "RoPE 缩放“\(kind)”", en: "RoPE scaling “\(kind)”"))
    }
  }
}

extension TransformerConfiguration {
  /// Reads GGUF metadata.
  public init(gguf file: GGUFFile) throws(FileError) {
    let architecture = try file.string("general.architecture")
    let families = TransformerFamily.allCases.filter { $0.ggufArchitecture == architecture }
    guard let family = families.first else {
      let known = Set(TransformerFamily.allCases.map(\.ggufArchitecture)).sorted().joined(separator: ", ")
      throw file.error(
        "general.architecture", Bilingual(zh: "暂不支持架构 \(architecture)", en: "the architecture \(architecture) is not supported"),
        Bilingual(zh: "支持的架构：\(known)", en: "Supported are \(known)"))
    }
    let metadata = FamilyMetadata(file: file, prefix: architecture)
    var c = try metadata.configuration()
    c.family = family
    try family.rules.complete(&c, metadata)
    self = c
    try check(file: file.path)
  }

  /// Metadata of our own GGUF files, without the tokenizer's.
  func ggufMetadata(name: String) -> [(key: String, value: GGUFValue)] {
    let architecture = family.ggufArchitecture
    let epsilon = norm == .rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"
    var list: [(key: String, value: GGUFValue)] = [
      ("vocab_size", .uint32(vocabularySize)), ("context_length", .uint32(contextLength)), ("embedding_length", .uint32(hiddenSize)),
      ("block_count", .uint32(layerCount)), ("feed_forward_length", .uint32(intermediateSize)),
      ("attention.head_count", .uint32(headCount)),
      ("attention.head_count_kv", .uint32(keyValueHeadCount)), ("attention.key_length", .uint32(headSize)),
      ("attention.value_length", .uint32(headSize)), (epsilon, .float32(normEpsilon)),
    ]
    if let rotary {
      list += [("rope.dimension_count", .uint32(rotary.dimensions)), ("rope.freq_base", .float32(rotary.base))]
      switch rotary.scaling {
      case .none, .llama3, .divisors: break
      case .linear(let factor): list += [("rope.scaling.type", .string("linear")), ("rope.scaling.factor", .float32(factor))]
      case .yarn(let yarn):
        list += [
          ("rope.scaling.type", .string("yarn")), ("rope.scaling.factor", .float32(yarn.factor)),
          ("rope.scaling.original_context_length", .uint32(yarn.originalContext)),
          ("rope.scaling.yarn_beta_fast", .float32(yarn.betaFast)), ("rope.scaling.yarn_beta_slow", .float32(yarn.betaSlow)),
        ]
        if let magnitude = yarn.magnitude {
          list.append(("rope.scaling.attn_factor", .float32(magnitude / RotaryConfiguration.yarnMagnitude(yarn.factor))))
        }
      }
    }
    list += family.rules.ggufMetadata(self)
    return [("general.architecture", .string(architecture)), ("general.name", .string(name))]
      + list.map { ("\(architecture).\($0.key)", $0.value) }
  }
}
