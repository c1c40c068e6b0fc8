// What most families say in config.json with the same words. Not here: what is their own.
import Languages
import ModelFiles

extension Limits {
  /// Ranges of hyperparameters; no published model comes near.
  static let widths = 1 << 20
  static let heads = 1...4096
  static let contextLength = 1 << 24
  static let ropeBase = 1.0...1e12
  static let ropeFactor = 1.0...1e6
}

extension JSONCursor {
  /// The sizes and constants of a Llama-like configuration; RoPE over whole heads unless `partial_rotary_factor` says less.
  func llamaLike(defaultEpsilon: Double = 1e-6, defaultTies: Bool = false) throws(FileError) -> TransformerConfiguration {
    let heads = try member("num_attention_heads").integer(in: Limits.heads)
    let hidden = try member("hidden_size").integer(in: 1...Limits.widths)
    var c = try TransformerConfiguration(
      vocabularySize: member("vocab_size").integer(in: 1...Limits.vocabulary),
      hiddenSize: hidden, layerCount: member("num_hidden_layers").integer(in: 0...Limits.layers), headCount: heads,
      keyValueHeadCount: optional("num_key_value_heads")?.integer(in: Limits.heads) ?? heads,
      headSize: optional("head_dim")?.integer(in: 2...Limits.widths),
      intermediateSize: member("intermediate_size").integer(in: 1...Limits.widths),
      contextLength: optional("max_position_embeddings")?.integer(in: 1...Limits.contextLength) ?? 2048,
      normEpsilon: Float(optional("rms_norm_eps")?.number(in: 0...1) ?? defaultEpsilon),
      tiesEmbeddings: optional("tie_word_embeddings")?.bool() ?? defaultTies)
    c.rotary = try rotary(headSize: c.headSize, context: c.contextLength)
    return c
  }

  /// Whether a flag is there and true.
  func flag(_ key: String, default value: Bool = false) throws(FileError) -> Bool { try optional(key)?.bool() ?? value }

  /// Refuses another value than the one that the family's arithmetic has.
  func require(_ key: String, oneOf values: [String]) throws(FileError) {
    if let cursor = optional(key), !values.contains(try cursor.string()) { throw cursor.unsupported() }
  }

  /// RoPE: transformers 5 keeps everything in `rope_parameters`, before it lay in `rope_theta` and `rope_scaling`.
  func rotary(headSize: Int, context: Int, defaultBase: Double = 10_000, defaultShare: Double = 1) throws(FileError) -> RotaryConfiguration
  {
    let settings = optional("rope_parameters") ?? optional("rope_scaling")
    if let settings { _ = try settings.object() }
    let base = try (settings?.optional("rope_theta") ?? optional("rope_theta"))?.number(in: Limits.ropeBase) ?? defaultBase
    let share =
      try (settings?.optional("partial_rotary_factor") ?? optional("partial_rotary_factor"))?.number(in: 0.01...1) ?? defaultShare
    let dimensions = Int(Double(headSize) * share)
    return RotaryConfiguration(
      base: Float(base), dimensions: dimensions, scaling: try settings?.ropeScaling(context: context, file: self) ?? .none)
  }

  /// The scaling in `rope_parameters` or `rope_scaling`.
  func ropeScaling(context: Int, file root: JSONCursor) throws(FileError) -> RotaryConfiguration.Scaling {
    guard let kind = optional("rope_type") ?? optional("type") else {
      if let factor = optional("factor") { throw factor.unsupported() }
      return .none
    }
    func factor() throws(FileError) -> Float { Float(try member("factor").number(in: Limits.ropeFactor)) }
    func original() throws(FileError) -> Int {
      try (root.optional("original_max_position_embeddings") ?? optional("original_max_position_embeddings"))?
        .integer(in: 1...Limits.contextLength) ?? context
    }
    switch try kind.string() {
    // Dynamic scaling starts behind the context length, which we never exceed.
    case "default", "none", "dynamic": return .none
    case "linear": return .linear(factor: try factor())
    case "llama3":
      return .llama3(
        factor: try factor(), lowFactor: Float(try member("low_freq_factor").number(in: 1e-3...1e6)),
        highFactor: Float(try member("high_freq_factor").number(in: 1e-3...1e6)), originalContext: try original())
    case "yarn":
      let trained = try original()
      var yarn = RotaryConfiguration.YaRN(
        factor: optional("factor") == nil ? max(1, Float(context) / Float(trained)) : try factor(), originalContext: trained)
      if let fast = optional("beta_fast") { yarn.betaFast = Float(try fast.number(in: 1e-3...1e6)) }
      if let slow = optional("beta_slow") { yarn.betaSlow = Float(try slow.number(in: 1e-3...1e6)) }
      if let truncates = optional("truncate") { yarn.truncates = try truncates.bool() }
      if let magnitude = optional("attention_factor") {
        yarn.magnitude = Float(try magnitude.number(in: 1e-3...1e3))
      } else if let some = optional("mscale"), let all = optional("mscale_all_dim") {
        let weights = (Float(try some.number(in: 0...1e3)), Float(try all.number(in: 0...1e3)))
        if weights.0 != 0, weights.1 != 0 {
          yarn.magnitude =
            RotaryConfiguration.yarnMagnitude(yarn.factor, weights.0) / RotaryConfiguration.yarnMagnitude(yarn.factor, weights.1)
        }
      }
      return .yarn(yarn)
    default: throw kind.unsupported()
    }
  }

  /// Sliding windows: `sliding_window` with `layer_types`, or a period that the family knows.
  /// - Parameter period: where the file does not list its layers.
  func window(layers: Int, period: Int) throws(FileError) -> AttentionWindow? {
    guard let sliding = optional("sliding_window") else {
      try requireFullAttention()
      return nil
    }
    let size = try sliding.integer(in: 1...Limits.contextLength)
    guard let types = optional("layer_types") else { return AttentionWindow(size: size, period: period) }
    let kinds = try types.elements()
    var isWindowed: [Bool] = []
    for kind in kinds {
      let name = try kind.string()
      guard name == "sliding_attention" || name == "full_attention" else { throw kind.unsupported() }
      isWindowed.append(name == "sliding_attention")
    }
    guard isWindowed.contains(true) else { return nil }
    let window = AttentionWindow(size: size, period: isWindowed.firstIndex(of: false).map { $0 + 1 } ?? 1)
    guard isWindowed.count == layers, (0..<layers).allSatisfy({ window.covers($0) == isWindowed[$0] }) else { throw types.unsupported() }
    return window
  }

  /// Refuses layers that are said to see a window, in families that have none.
  func requireFullAttention() throws(FileError) {
    guard let types = optional("layer_types") else { return }
    for kind in try types.elements() where try kind.string() != "full_attention" { throw kind.unsupported() }
  }

  /// The weights of GPTQ, AWQ, bitsandbytes and others are packed in tensors of their own.
  fileprivate func packedWeights() -> FileError {
    let method = if case .string(let name)? = optional("quant_method")?.value { name } else { "?" }
    return error(
      Bilingual(zh: "这个模型已用 \(method) 量化，暂不支持这种权重", en: "the model is quantized by \(method), which is not supported"),
      Bilingual(
        zh: "请下载未量化的版本或 GGUF 版本；llmlab quantize 可以自己量化",
        en: "Download the model unquantized or as GGUF; llmlab quantize quantizes it"))
  }

  func unsupported() -> FileError {
    error(
      Bilingual(zh: "暂不支持这个设置", en: "this setting is not supported"),
      Bilingual(zh: "请使用不带该设置的模型", en: "Use a model without it"))
  }
}

extension TransformerConfiguration {
  /// Reads the config.json of a folder.
  public init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    try self.init(huggingFace: folder.config, file: folder.configPath)
  }

  /// Reads config.json.
  public init(huggingFace config: JSON, file: String) throws(FileError) {
    var root = config.cursor(file: file)
    var kind = try root.member("model_type")
    if let packed = root.optional("quantization_config") { throw packed.packedWeights() }
    // Models that also see keep their language model's numbers in an object of their own.
    if let text = root.optional("text_config"), text.optional("model_type") != nil {
      root = text
      kind = try root.member("model_type")
    }
    let name = try kind.string()
    guard let family = TransformerFamily.allCases.first(where: { $0.rules.modelTypes.contains(name) }) else {
      throw kind.error(
        Bilingual(zh: "暂不支持架构 \(name)", en: "the architecture \(name) is not supported"),
        Bilingual(zh: "支持的架构：\(TransformerFamily.modelTypes)", en: "Supported are \(TransformerFamily.modelTypes)"))
    }
    self = try family.rules.configuration(root)
    self.family = family
    try check(file: file)
  }

  /// What must hold between the numbers before any tensor is read.
  func check(file: String) throws(FileError) {
    func fail(_ place: String, _ zh: String, _ en: String) -> FileError {
      FileError(
        file: file, place: place, problem: Bilingual(zh: zh, en: en),
        mend: Bilingual(zh: "请重新下载该模型", en: "Download the model again"))
    }
    if headCount % keyValueHeadCount != 0 {
      throw fail(
        "num_key_value_heads", "\(headCount) 个查询头不能被 \(keyValueHeadCount) 个键值头整除",
        "\(headCount) query heads cannot share \(keyValueHeadCount) key-value heads evenly")
    }
    if headSize < 1 || (rotary.map { $0.dimensions < 2 || $0.dimensions % 2 != 0 || $0.dimensions > headSize } ?? false) {
      throw fail("head_dim", "头的宽度 \(headSize) 不能成对旋转", "heads of size \(headSize) cannot turn in pairs")
    }
    // Both factors have passed their own ranges: the product cannot overflow.
    if queryWidth > Limits.widths { throw fail("head_dim", "所有头合计过宽", "all heads together are too wide") }
  }
}

extension TransformerConfiguration {
  /// `partial_rotary_factor`: the smallest that the class's truncation turns into this many dimensions.
  var rotaryShare: Double {
    var share = Double(rotary?.dimensions ?? headSize) / Double(headSize)
    while Int(Double(headSize) * share) < rotary?.dimensions ?? headSize { share = share.nextUp }
    return share
  }
}

extension TransformerFamily {
  /// All supported values of `model_type`.
  static var modelTypes: String { allCases.flatMap { $0.rules.modelTypes }.joined(separator: ", ") }
}
