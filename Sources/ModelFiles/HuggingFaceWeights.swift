// Which files hold the weights of a model folder. Not here: the formats.
import Languages

enum HuggingFaceWeights {
  private static let indexEnding = ".safetensors.index.json"
  private static let shardEnding = ".safetensors"

  /// - Parameter chosen: a file of the folder that the user gave; nil for the folder itself.
  static func open(folder: String, chosen: String?) throws(FileError) -> any WeightsFile {
    if let chosen {
      if chosen.hasSuffix(indexEnding) { return try ShardedSafetensors(index: chosen) }
      // A broken file by this name must not open as another one.
      let kind = try FileKind(of: OpenFile(path: chosen))
      if kind == .safetensors || chosen.hasSuffix(shardEnding) { return try open(safetensors: chosen, folder: folder) }
    }
    if WholeFile.exists(WholeFile.path(folder, "model.safetensors")) {
      return try checked(SafetensorsFile(path: WholeFile.path(folder, "model.safetensors")))
    }
    let names = try WholeFile.names(in: folder)
    let indexes = names.filter { $0.hasSuffix(indexEnding) && !$0.hasPrefix(".") }
    if indexes.contains("model" + indexEnding) { return try ShardedSafetensors(index: WholeFile.path(folder, "model" + indexEnding)) }
    if indexes.count == 1 { return try ShardedSafetensors(index: WholeFile.path(folder, indexes[0])) }
    let files = names.filter { $0.hasSuffix(shardEnding) && !$0.hasPrefix(".") && $0 != "adapter_model.safetensors" }
    if indexes.isEmpty && files.count == 1 { return try checked(SafetensorsFile(path: WholeFile.path(folder, files[0]))) }
    throw none(folder, names, choices: indexes.isEmpty ? files : indexes)
  }

  /// A safetensors file by itself, or the whole model when an index lists it as a shard.
  private static func open(safetensors path: String, folder: String) throws(FileError) -> any WeightsFile {
    let name = String(path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]) ?? path
    for index in try WholeFile.names(in: folder) where index.hasSuffix(indexEnding) && !index.hasPrefix(".") {
      let place = WholeFile.path(folder, index)
      let map = try JSON.parse(contentsOf: place).cursor(file: place).member("weight_map")
      for (_, value) in try map.members() where try ExactString(value.string()) == ExactString(name) {
        return try ShardedSafetensors(index: place)
      }
    }
    return try checked(SafetensorsFile(path: path))
  }

  /// Meta and Mistral publish the same weights under other names as consolidated.safetensors, with query and key rows in another order.
  private static func checked(_ file: SafetensorsFile) throws(FileError) -> SafetensorsFile {
    let meta = "tok_embeddings.weight"
    if file.tensor(named: meta) == nil { return file }
    throw .unsupported(
      file.path, meta, zh: "这是 Meta 与 Mistral 自己的权重命名方式", en: "the tensors have the names of Meta's and Mistral's own format",
      mend: Bilingual(
        zh: "请下载同一模型的 Hugging Face 版本（model.safetensors）", en: "Download the same model in Hugging Face's format (model.safetensors)"))
  }

  /// Why there are no weights to open.
  private static func none(_ folder: String, _ names: [String], choices: [String]) -> FileError {
    if !choices.isEmpty {
      let list = FileError.list(choices)
      return FileError(
        file: folder, place: "model.safetensors",
        problem: Bilingual(zh: "目录中有多个权重文件：\(list)", en: "the folder holds several files with weights: \(list)"),
        mend: Bilingual(zh: "请直接给出其中一个文件的路径", en: "Give the path of one of them"))
    }
    if let adapter = Adapter.refusal(of: folder) { return adapter }
    if let other = FileKind.all(in: folder, names).first(where: { $0.kind.isForeignModel }) {
      return other.kind.refusal(WholeFile.path(folder, other.name))
    }
    return FileError(
      file: folder, place: "model.safetensors",
      problem: Bilingual(zh: "目录中没有 safetensors 权重", en: "the folder holds no safetensors weights"),
      mend: Bilingual(zh: "请把 model.safetensors 下载到该目录", en: "Download model.safetensors into the folder"))
  }
}

/// Adapters: small weights that change those of a base model, which they do not contain.
enum Adapter {
  /// What to say when a folder holds an adapter of PEFT (LoRA and its relatives); nil for other folders.
  static func refusal(of folder: String) -> FileError? {
    let path = WholeFile.path(folder, "adapter_config.json")
    if !WholeFile.exists(path) { return nil }
    var base = ""
    if let config = try? JSON.parse(contentsOf: path), case .string(let name)? = config["base_model_name_or_path"] {
      base = String(name.prefix(200))
    }
    return FileError(
      file: folder, place: "adapter_config.json",
      problem: Bilingual(
        zh: "这是一个 LoRA 适配器，只有对基础模型的改动" + (base.isEmpty ? "" : "；基础模型是 \(base)"),
        en: "this is a LoRA adapter, which holds only changes to a base model" + (base.isEmpty ? "" : "; the base model is \(base)")),
      mend: Bilingual(
        zh: "请打开基础模型，并用 --adapter 加上这个适配器", en: "Open the base model, and add this with --adapter")
    )
  }
}
