// Transformers from Hugging Face folders: config.json checked against the weights. Not here: the containers (ModelFiles).
import Languages
import ModelFiles
import Tensors

extension TransformerConfiguration {
  /// Reads config.json of a Llama-type model; whatever would change the arithmetic and is not supported is an error that names it.
  public init(huggingFace config: JSON, file: String) throws(FileError) {
    let root = config.cursor(file: file)
    let kind = try root.member("model_type")
    guard try kind.string() == "llama" else {
      throw kind.error(
        Bilingual(zh: "暂不支持架构 \(try kind.string())", en: "the architecture \(try kind.string()) is not supported"),
        Bilingual(zh: "请使用 Llama 类模型", en: "Use a Llama-type model"))
    }
    if let activation = root.optional("hidden_act"), try activation.string() != "silu" { throw activation.unsupported() }
    for flag in ["attention_bias", "mlp_bias"] {
      if let cursor = root.optional(flag), try cursor.bool() { throw cursor.unsupported() }
    }
    // transformers 5 moved the base and the scaling of RoPE into one object.
    let rope = root.optional("rope_parameters")
    for scaling in [root.optional("rope_scaling"), rope].compactMap(\.self) {
      _ = try scaling.object()
      for key in ["rope_type", "type", "factor"] {
        if let setting = scaling.optional(key), setting.value != "default" { throw setting.unsupported() }
      }
    }
    let base = try (rope?.optional("rope_theta") ?? root.optional("rope_theta"))?.number(in: 1...1e12)
    let heads = try root.member("num_attention_heads").integer(in: 1...4096)
    let hidden = try root.member("hidden_size").integer(in: 1...Limits.widths)
    try self.init(
      vocabularySize: root.member("vocab_size").integer(in: 1...Limits.vocabulary),
      hiddenSize: hidden,
      layerCount: root.member("num_hidden_layers").integer(in: 0...Limits.layers),
      headCount: heads,
      keyValueHeadCount: root.optional("num_key_value_heads")?.integer(in: 1...4096) ?? heads,
      headSize: root.optional("head_dim")?.integer(in: 2...Limits.widths),
      intermediateSize: root.member("intermediate_size").integer(in: 1...Limits.widths),
      contextLength: root.optional("max_position_embeddings")?.integer(in: 1...Limits.contextLength) ?? 2048,
      normEpsilon: Float(root.optional("rms_norm_eps")?.number(in: 0...1) ?? 1e-6),
      ropeBase: Float(base ?? 10_000),
      tiesEmbeddings: root.optional("tie_word_embeddings")?.bool() ?? false)
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
    if headSize < 2 || headSize % 2 != 0 {
      throw fail("head_dim", "头的宽度 \(headSize) 不是正偶数", "the head size \(headSize) is not an even number above 0")
    }
    // Both factors have passed their own ranges: the product cannot overflow.
    if queryWidth > Limits.widths {
      throw fail("head_dim", "所有头合计过宽", "all heads together are too wide")
    }
  }
}

extension JSONCursor {
  fileprivate func unsupported() -> FileError {
    error(
      Bilingual(zh: "暂不支持这个设置", en: "this setting is not supported"),
      Bilingual(zh: "请使用不带该设置的 Llama 类模型", en: "Use a Llama-type model without it"))
  }
}

extension Limits {
  /// Ranges of hyperparameters; no published model comes near.
  static let widths = 1 << 20
  static let contextLength = 1 << 24
}

extension Transformer {
  /// Opens the weights of a folder.
  public convenience init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    let file = folder.path.hasSuffix("/") ? folder.path + "config.json" : folder.path + "/config.json"
    let configuration = try TransformerConfiguration(huggingFace: folder.config, file: file)
    let (weights, memory) = (folder.weights, WeightMemory())
    try self.init(configuration) { (name, shape) throws(FileError) in
      var source = name
      // Tied tables are stored under either name.
      if name == "model.embed_tokens.weight", configuration.tiesEmbeddings, weights.tensor(named: name) == nil,
        weights.tensor(named: "lm_head.weight") != nil
      {
        source = "lm_head.weight"
      }
      return try weights.weight(source, shape: shape, in: memory)
    }
  }
}

extension WeightsFile {
  /// A required parameter: matrices stay as they are stored, vectors become f32.
  /// - Parameter source: the row of the file that a row of the parameter comes from; nil where the order is the same.
  func weight(_ name: String, shape: [Int], in memory: WeightMemory, rowSource source: ((Int) -> Int)? = nil) throws(FileError) -> Weight {
    let info = try required(name, shape: shape)
    guard shape.count == 2, let kind = Weight.Kind(info.type) else {
      let tensor = Tensor(uninitialized: shape)
      let target = UnsafeMutableBufferPointer(start: tensor.data, count: tensor.count)
      guard let source else {
        try read(info, into: target)
        return Weight(tensor)
      }
      let stored = try floats(info)
      for row in 0..<shape[0] {
        for column in 0..<shape[1] { target[row * shape[1] + column] = stored[source(row) * shape[1] + column] }
      }
      return Weight(tensor)
    }
    let bytes = try readBytes(info)
    let rowBytes = kind.rowBytes(shape[1])
    return Weight(kind, rows: shape[0], columns: shape[1], in: memory) { (rows, target) throws(Never) in
      bytes.withUnsafeBytes { bytes in
        for row in rows {
          let from = (source?(row) ?? row) * rowBytes
          UnsafeMutableRawBufferPointer(rebasing: target[(row - rows.lowerBound) * rowBytes..<(row - rows.lowerBound + 1) * rowBytes])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + rowBytes]))
        }
      }
    }
  }
}

extension Weight.Kind {
  /// The kinds that products read as they are stored.
  init?(_ type: ElementType) {
    switch type {
    case .q8_0: self = .q8_0
    case .q4_0: self = .q4_0
    case .q4_1: self = .q4_1
    case .q5_0: self = .q5_0
    case .q5_1: self = .q5_1
    case .q2_k: self = .q2_k
    case .q3_k: self = .q3_k
    case .q4_k: self = .q4_k
    case .q5_k: self = .q5_k
    case .q6_k: self = .q6_k
    case .iq4_nl: self = .iq4_nl
    case .f16: self = .f16
    case .bf16: self = .bf16
    case .f32: return nil
    }
  }
}
