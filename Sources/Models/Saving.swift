// Transformers into files that the ecosystem opens: Hugging Face folders and GGUF; an adapter is merged. Not here: the tokenizer's part of either
// (Tokenization), adapters alone (AdapterFolder).
import Languages
import ModelFiles
import Tensors

extension Transformer {
  /// config.json in Hugging Face's words.
  /// - Throws: `FileError` for what config.json cannot say.
  public func huggingFaceConfig(bos: Int?, eos: Int?, type: ElementType, file: String = "config.json") throws(FileError) -> JSON {
    let (c, rules) = (configuration, configuration.family.rules)
    let dtype: JSON = [.f16: "float16", .bf16: "bfloat16"][type] ?? "float32"
    var config: JSONObject = JSONObject()
    let shared: [(String, JSON)] = [
      ("architectures", [.string(rules.className)]), ("model_type", .string(rules.modelTypes[0])), ("hidden_act", "silu"),
      ("hidden_size", .integer(c.hiddenSize)), ("intermediate_size", .integer(c.intermediateSize)),
      ("num_hidden_layers", .integer(c.layerCount)), ("num_attention_heads", .integer(c.headCount)),
      ("num_key_value_heads", .integer(c.keyValueHeadCount)), ("head_dim", .integer(c.headSize)),
      ("max_position_embeddings", .integer(c.contextLength)), ("vocab_size", .integer(c.vocabularySize)),
      ("rms_norm_eps", .decimal(c.normEpsilon)), ("tie_word_embeddings", .bool(c.tiesEmbeddings)), ("torch_dtype", dtype),
      ("bos_token_id", bos.map { .integer($0) } ?? .null), ("eos_token_id", eos.map { .integer($0) } ?? .null),
    ]
    let rope: [(String, JSON)] =
      if let rotary = c.rotary { [("rope_theta", .decimal(rotary.base)), ("rope_scaling", try rotary.scaling.json(file))] } else { [] }
    for (key, value) in shared + rope + rules.configMembers(c).map({ ($0.key, $0.value) }) { config[key] = value }
    return .object(config)
  }

  /// The weights as a folder stores them, all of one type; safetensors holds f32, f16 and bf16.
  public func tensorsToWrite(_ type: ElementType) -> [TensorToWrite] { tensorsToWrite(.huggingFace) { _ in type } }

  /// Writes one GGUF file, matrices as `type`; `tokenizer` is the tokenizer's metadata, `extra` whatever else it should say of itself.
  public func writeGGUF(
    to path: String, name: String, type: ElementType, tokenizer: [(key: String, value: GGUFValue)],
    extra: [(key: String, value: GGUFValue)] = []
  ) throws(FileError) {
    // llama.cpp wants vectors in f32, and rows must fill whole blocks.
    try writeGGUF(to: path, name: name, metadata: extra + tokenizer) { stored in
      stored.shape.count == 2 && stored.shape[1] % type.blockSize == 0 ? type : .f32
    }
  }

  /// The same with the types of a mix.
  public func writeGGUF(
    to path: String, name: String, mix: QuantizationMix, tokenizer: [(key: String, value: GGUFValue)],
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws(FileError) -> Void = { _, _ in }
  ) throws(FileError) {
    var metadata: [(key: String, value: GGUFValue)] = [("general.file_type", .uint32(mix.fileType))]
    if mix.base.isQuantized { metadata.append(("general.quantization_version", .uint32(2))) }
    let (layers, ties) = (configuration.layerCount, configuration.tiesEmbeddings)
    try writeGGUF(to: path, name: name, metadata: metadata + tokenizer, progress: progress) { stored in
      mix.type(of: stored.name, shape: stored.shape, layers: layers, tiesEmbeddings: ties)
    }
  }

  private func writeGGUF(
    to path: String, name: String, metadata: [(key: String, value: GGUFValue)],
    progress: @escaping @Sendable (_ done: Int, _ of: Int) throws(FileError) -> Void = { _, _ in }, type: (TensorLayout) -> ElementType
  ) throws(FileError) {
    if let setting = configuration.unwritableInGGUF {
      throw FileError(
        file: path, place: setting,
        problem: Bilingual(zh: "GGUF 格式无法表示模型的这个设置", en: "GGUF has no key for this setting of the model"),
        mend: Bilingual(zh: "请导出为 Hugging Face 目录", en: "Export to a Hugging Face folder"))
    }
    var tensors = tensorsToWrite(.gguf, progress: progress, type: type)
    // Llama 3's scaling has no keys in GGUF: its divisors are a tensor.
    if let rotary = configuration.rotary {
      let plain = RotaryAngles.frequencies(dimensions: rotary.dimensions, base: rotary.base)
      switch rotary.scaling {
      case .llama3:
        let divisors = zip(plain, rotary.frequencies).map { $0 / $1 }
        tensors.append(TensorToWrite(name: "rope_freqs.weight", shape: [divisors.count], type: .f32, floats: divisors))
      case .divisors(let divisors):
        tensors.append(TensorToWrite(name: "rope_freqs.weight", shape: [divisors.count], type: .f32, floats: divisors))
      case .none, .linear, .yarn: break
      }
    }
    try GGUFWriter.write(metadata: configuration.ggufMetadata(name: name) + metadata, tensors: tensors, to: path)
  }

  private func tensorsToWrite(
    _ format: ModelFormat, progress: @escaping @Sendable (_ done: Int, _ of: Int) throws(FileError) -> Void = { _, _ in },
    type: (TensorLayout) -> ElementType
  ) -> [TensorToWrite] {
    let all = configuration.storedTensors(format)
    return all.enumerated().map { index, stored in
      TensorToWrite(name: stored.name, shape: stored.shape, type: type(stored)) { () throws(FileError) in
        try progress(index, all.count)
        return self.values(of: stored, format)
      }
    }
  }

  /// All rows of a stored tensor, in the file's order.
  private func values(of stored: TensorLayout, _ format: ModelFormat) -> [Float] {
    let (shape, c) = (stored.shape, configuration)
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    for (name, part) in stored.parts {
      guard let tensor = weight(name, merging: true)?.tensor else {
        preconditionFailure("the layout names only parameters that the model has")
      }
      let (first, offset, columns) = (stored.firstRow(of: name), c.family.rules.offset(of: name, format), part.count == 2 ? part[1] : 1)
      for row in 0..<part[0] {
        let target = first + c.storedRow(row, of: name, format)
        for column in 0..<columns {
          values[stored.isTransposed ? column * shape[1] + target : target * columns + column] =
            tensor.data[row * columns + column] - offset
        }
      }
    }
    return values
  }
}

extension TransformerConfiguration {
  /// A setting, in config.json's words, that a GGUF file would silently lose.
  fileprivate var unwritableInGGUF: String? {
    if case .yarn(let yarn) = rotary?.scaling, !yarn.truncates { return "rope_scaling.truncate" }
    return family.rules.unwritable(self)
  }
}

extension RotaryConfiguration.Scaling {
  /// `rope_scaling` of config.json.
  fileprivate func json(_ file: String) throws(FileError) -> JSON {
    switch self {
    case .none: return .null
    case .linear(let factor): return ["rope_type": "linear", "factor": .decimal(factor)]
    case .llama3(let factor, let low, let high, let original):
      return [
        "rope_type": "llama3", "factor": .decimal(factor), "low_freq_factor": .decimal(low), "high_freq_factor": .decimal(high),
        "original_max_position_embeddings": .integer(original),
      ]
    case .yarn(let yarn):
      var object: JSONObject = JSONObject()
      object["rope_type"] = "yarn"
      object["factor"] = .decimal(yarn.factor)
      object["original_max_position_embeddings"] = .integer(yarn.originalContext)
      object["beta_fast"] = .decimal(yarn.betaFast)
      object["beta_slow"] = .decimal(yarn.betaSlow)
      object["truncate"] = .bool(yarn.truncates)
      if let magnitude = yarn.magnitude { object["attention_factor"] = .decimal(magnitude) }
      return .object(object)
    case .divisors:
      throw FileError(
        file: file, place: "rope_scaling",
        problem: Bilingual(
          zh: "GGUF 文件只存了 RoPE 系数表，config.json 写不出来", en: "the GGUF file holds a table of RoPE factors, which config.json cannot say"),
        mend: Bilingual(zh: "请导出为 GGUF 格式，或用 Hugging Face 目录作为来源", en: "Export to GGUF, or start from the Hugging Face folder"))
    }
  }
}
