// Adapters in PEFT's form: adapter_config.json beside adapter_model.safetensors, read and written (https://github.com/huggingface/peft, "Checkpoint
// format"). Not here: what an adapter does (Adapter).
import Languages
import ModelFiles
import Tensors

extension Adapter {
  public static let configName = "adapter_config.json"
  public static let weightsName = "adapter_model.safetensors"

  /// Whether a folder holds an adapter and no model.
  public static func isFolder(_ path: String) -> Bool {
    WholeFile.exists("\(path)/\(configName)") && !WholeFile.exists("\(path)/config.json")
  }

  /// What the folder says that the adapter belongs to: a path, or the name of a model; nil when it does not say.
  public static func base(of folder: String) throws(FileError) -> String? {
    let path = "\(folder)/\(configName)"
    return try JSON.parse(contentsOf: path).cursor(file: path).optional("base_model_name_or_path")?.string()
  }

  /// Writes the two files.
  /// - Parameter base: name or path of the model that it belongs to.
  public func write(to folder: String, for c: TransformerConfiguration, base: String) throws(FileError) {
    // What differs from the adapter's own rank and alpha, which only one that was read can have.
    var (ranks, alphas) = (JSONObject(), JSONObject())
    for module in modules {
      if module.rank != rank { ranks[module.name] = .integer(module.rank) }
      let own = Double(module.scale) * Double(module.rank)
      if abs(own - alpha) > 1e-6 * abs(alpha) { alphas[module.name] = .decimal(Float(own)) }
    }
    let names = Set(modules.map { String($0.name.split(separator: ".").last ?? "") }).sorted()
    let config: JSON = [
      "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": .string(base), "r": .integer(rank),
      "lora_alpha": .decimal(Float(alpha)), "lora_dropout": 0.0, "bias": "none", "target_modules": .array(names.map { .string($0) }),
      "fan_in_fan_out": .bool(c.storedTensors(.huggingFace).contains(where: \.isTransposed)), "inference_mode": true,
      "init_lora_weights": true, "use_rslora": false, "use_dora": false, "modules_to_save": .null,
      "rank_pattern": .object(ranks), "alpha_pattern": .object(alphas),
    ]
    let stored = Dictionary(uniqueKeysWithValues: c.adaptable(AdapterSettings.allTargets).map { ($0.module, $0) })
    var tensors: [TensorToWrite] = []
    for module in modules {
      guard let place = stored[module.name] else { preconditionFailure("\(module.name) is no part of this model") }
      let name = "base_model.model.\(module.name)"
      let up = module.storedUp(place, c)
      tensors.append(TensorToWrite(name: "\(name).lora_A.weight", shape: module.down.shape, type: .f32, floats: module.down.values))
      tensors.append(TensorToWrite(name: "\(name).lora_B.weight", shape: up.shape, type: .f32, floats: up.values))
    }
    try AtomicFile.write(Array((config.serialized(pretty: true) + "\n").utf8), to: "\(folder)/\(Self.configName)")
    try SafetensorsWriter.write(tensors, to: "\(folder)/\(Self.weightsName)")
  }

  /// Reads an adapter for models of a configuration; whatever the lab would compute differently from PEFT is an error that names it.
  public init(folder: String, for c: TransformerConfiguration) throws(FileError) {
    let config = try AdapterConfig("\(folder)/\(Self.configName)")
    let path = "\(folder)/\(Self.weightsName)"
    if !WholeFile.exists(path), WholeFile.exists("\(folder)/adapter_model.bin") {
      throw FileError(
        file: folder, place: "adapter_model.bin",
        problem: Bilingual(zh: "这个适配器是 pickle 格式", en: "the adapter is stored as a pickle"),
        mend: Bilingual(
          zh: "请用 PEFT 的 save_pretrained 另存为 adapter_model.safetensors",
          en: "Save it as adapter_model.safetensors, with save_pretrained of PEFT"))
    }
    let file = try SafetensorsFile(path: path)
    var halves = try LowRankTensors(file)
    var modules: [Module] = []
    for stored in c.adaptable(AdapterSettings.allTargets) {
      guard let (name, a, b) = try halves.take(stored.module, file) else { continue }
      let (rank, inputs) = (a.shape.first ?? 0, stored.parts[0].shape[1])
      guard a.shape == [rank, inputs], rank > 0 else { throw Self.misfit(file, a, "[r, \(inputs)]", c) }
      let rows = stored.parts.reduce(0) { $0 + $1.shape[0] }
      guard b.shape == [rows, rank] else { throw Self.misfit(file, b, "[\(rows), \(rank)]", c) }
      let all = try file.floats(b)
      let ups = stored.parts.map { part in
        let up = Tensor(uninitialized: [part.shape[0], rank])
        for row in 0..<part.shape[0] {
          let from = stored.firstRow(of: part.name) + c.storedRow(row, of: part.name, .huggingFace)
          for k in 0..<rank { up.data[row * rank + k] = all[from * rank + k] }
        }
        return (part.name.place, up)
      }
      modules.append(
        Module(
          name: stored.module, down: Tensor(try file.floats(a), a.shape), ups: ups, scale: try config.scale(of: name, rank: rank)))
    }
    if let left = halves.names.first {
      throw FileError(
        file: path, place: left,
        problem: Bilingual(
          zh: "\(c.family.rules.className) 中没有这个可加 LoRA 的层",
          en: "\(c.family.rules.className) has no layer of this name that LoRA can change"),
        mend: Bilingual(zh: "请换用这个适配器的基础模型", en: "Use the base model that the adapter was trained on"))
    }
    if modules.isEmpty {
      throw FileError(
        file: path, place: "lora_A", problem: Bilingual(zh: "文件里没有 LoRA 张量", en: "the file holds no tensors of LoRA"),
        mend: Bilingual(zh: "请确认适配器保存完整", en: "Make sure that the adapter was saved completely"))
    }
    self.init(modules: modules, rank: config.rank, alpha: config.alpha)
  }

  private static func misfit(_ file: SafetensorsFile, _ tensor: TensorInfo, _ expected: String, _ c: TransformerConfiguration) -> FileError
  {
    FileError(
      file: file.path, place: tensor.name,
      problem: Bilingual(
        zh: "形状为 \(tensor.shape)，这个模型需要 \(expected)", en: "the shape is \(tensor.shape), this model needs \(expected)"),
      mend: Bilingual(zh: "请换用这个适配器的基础模型", en: "Use the base model that the adapter was trained on"))
  }
}

extension Adapter.Module {
  /// B with its rows as the folder's tensor has them, [rows, rank].
  fileprivate func storedUp(_ stored: TensorLayout, _ c: TransformerConfiguration) -> Tensor {
    let all = Tensor(repeating: 0, [stored.parts.reduce(0) { $0 + $1.shape[0] }, rank])
    for (part, up) in zip(stored.parts, ups) {
      for row in 0..<part.shape[0] {
        let target = stored.firstRow(of: part.name) + c.storedRow(row, of: part.name, .huggingFace)
        (all.data + target * rank).update(from: up.tensor.data + row * rank, count: rank)
      }
    }
    return all
  }
}

/// The A and B tensors of a file by the layers that they belong to.
private struct LowRankTensors {
  private var pairs: [String: (a: TensorInfo?, b: TensorInfo?)] = [:]

  var names: [String] { pairs.keys.sorted() }

  init(_ file: SafetensorsFile) throws(FileError) {
    for info in file.tensors {
      // Saved while several adapters were loaded, names hold that of theirs.
      let name = info.name.hasSuffix(".default.weight") ? info.name.dropLast(15) + ".weight" : info.name[...]
      let layer = String(name.dropLast(14))
      if name.hasSuffix(".lora_A.weight"), pairs[layer]?.a == nil {
        pairs[layer, default: (nil, nil)].a = info
      } else if name.hasSuffix(".lora_B.weight"), pairs[layer]?.b == nil {
        pairs[layer, default: (nil, nil)].b = info
      } else if name.hasSuffix(".lora_A.weight") || name.hasSuffix(".lora_B.weight") {
        throw FileError(
          file: file.path, place: info.name,
          problem: Bilingual(zh: "这一层的同一半在文件里出现了两次", en: "the file has this half of the layer twice"),
          mend: Bilingual(zh: "请用 PEFT 只保存一个适配器", en: "Save one adapter only with PEFT"))
      } else {
        throw FileError(
          file: file.path, place: info.name,
          problem: Bilingual(zh: "只支持投影层的 LoRA，不支持这个张量", en: "only LoRA of projections is supported, not this tensor"),
          mend: mergeFirst)
      }
    }
  }

  /// The pair of a layer, which is removed; nil when the file has none.
  mutating func take(_ module: String, _ file: SafetensorsFile) throws(FileError) -> (name: String, a: TensorInfo, b: TensorInfo)? {
    guard let key = pairs.keys.first(where: { Self.bare($0) == Self.bare(module) }), let pair = pairs.removeValue(forKey: key) else {
      return nil
    }
    guard let a = pair.a else { throw file.missingHalf("\(key).lora_A.weight") }
    guard let b = pair.b else { throw file.missingHalf("\(key).lora_B.weight") }
    return (key, a, b)
  }

  /// A layer's name without what wraps the model: PEFT's own classes, models that also see, base models without a head.
  private static func bare(_ name: String) -> Substring {
    var name = Substring(name)
    for prefix in ["base_model.model.", "model.language_model.", "language_model.", "model.", "transformer."] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
    }
    return name
  }
}

extension SafetensorsFile {
  fileprivate func missingHalf(_ name: String) -> FileError {
    FileError(
      file: path, place: name, problem: Bilingual(zh: "LoRA 的 A、B 两个张量缺了一个", en: "one of LoRA's two tensors A and B is missing"),
      mend: Bilingual(zh: "请确认适配器保存完整", en: "Make sure that the adapter was saved completely"))
  }
}

/// What adapter_config.json says about the arithmetic.
private struct AdapterConfig {
  let rank: Int
  let alpha: Double
  private let alphas: [(pattern: String, alpha: Double)]
  private let isRankStabilized: Bool

  init(_ path: String) throws(FileError) {
    let root = try JSON.parse(contentsOf: path).cursor(file: path)
    let type = try root.member("peft_type")
    guard try type.string() == "LORA" else { throw type.unsupportedAdapter() }
    for key in ["use_dora", "lora_bias", "use_qalora"] {
      if let flag = root.optional(key), try flag.bool() { throw flag.unsupportedAdapter() }
    }
    if let bias = root.optional("bias"), try bias.string() != "none" { throw bias.unsupportedAdapter() }
    if let saved = root.optional("modules_to_save"), try !saved.elements().isEmpty { throw saved.unsupportedAdapter() }
    for key in ["layer_replication", "alora_invocation_tokens", "arrow_config", "kasa_config"] {
      if let setting = root.optional(key) { throw setting.unsupportedAdapter() }
    }
    // These begin with a changed base model, which the adapter does not hold.
    if let start = root.optional("init_lora_weights"), case .string(let name) = start.value,
      ["pissa", "olora", "corda", "loftq"].contains(where: name.hasPrefix)
    {
      throw start.unsupportedAdapter()
    }
    rank = try root.member("r").integer(in: 1...Limits.widths)
    alpha = try root.member("lora_alpha").number(in: -1e9...1e9)
    isRankStabilized = try root.optional("use_rslora")?.bool() ?? false
    var alphas: [(String, Double)] = []
    for (pattern, value) in try root.optional("alpha_pattern")?.members() ?? [] {
      // PEFT takes regular expressions; names of layers are what people write.
      guard pattern.allSatisfy({ $0.isLetter || $0.isNumber || "._".contains($0) }) else { throw value.unsupportedAdapter() }
      alphas.append((pattern, try value.number(in: -1e9...1e9)))
    }
    self.alphas = alphas
  }

  func scale(of module: String, rank: Int) throws(FileError) -> Float {
    let alpha = alphas.first { module == $0.pattern || module.hasSuffix("." + $0.pattern) }?.alpha ?? alpha
    return Float(alpha / (isRankStabilized ? Double(rank).squareRoot() : Double(rank)))
  }
}

extension JSONCursor {
  fileprivate func unsupportedAdapter() -> FileError {
    error(
      Bilingual(zh: "不支持这种适配器设置：\(value.serialized())", en: "this setting of adapters is not supported: \(value.serialized())"),
      mergeFirst)
  }
}

private let mergeFirst = Bilingual(
  zh: "请先用 PEFT 的 merge_and_unload 合并，再打开合并后的模型", en: "Merge the adapter with merge_and_unload of PEFT, and open the merged model")
