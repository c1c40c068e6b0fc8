// The one place that decides what a path is, by content: a GGUF model, a Hugging Face folder, a llama2.c checkpoint, or none and why.
// Not here: the formats, what a model needs from them (Models).
import Languages

/// An open model, whatever it is stored in.
public enum ModelSource: Sendable {
  case gguf(GGUFFile)
  case huggingFace(HuggingFaceFolder)
  case llama2c(Llama2CFile)

  /// Opens a file or a folder.
  /// - Parameter path: a GGUF file or any part of one; a folder in Hugging Face's layout, its config.json, its safetensors file or the index of its
  ///   shards; a folder with one GGUF model; a llama2.c checkpoint; a folder of Hugging Face's cache that holds one snapshot.
  public static func open(_ path: String) throws(FileError) -> ModelSource {
    if WholeFile.isFolder(path) { return try open(folder: path, mayBeCache: true) }
    let kind = try FileKind(of: OpenFile(path: path))
    switch kind {
    case .gguf: return .gguf(try GGUFFile(path: path))
    case .llama2c: return .llama2c(try Llama2CFile(path: path))
    case .safetensors: return .huggingFace(try HuggingFaceFolder(path: path))
    case .json:
      // A settings file stands for its folder when the folder is a model; "weight_map" makes it an index, "model_type" a configuration.
      let json = try JSON.parse(contentsOf: path)
      if json["weight_map"] != nil { return .huggingFace(try HuggingFaceFolder(path: path)) }
      guard json["model_type"] != nil || json["architectures"] != nil else { throw kind.refusal(path) }
      return try open(folder: AtomicFile.folder(of: path), mayBeCache: false)
    default: throw kind.refusal(path)
    }
  }

  private static func open(folder: String, mayBeCache: Bool) throws(FileError) -> ModelSource {
    let names = try WholeFile.names(in: folder).filter { !$0.hasPrefix(".") }
    let hasConfiguration = names.contains("config.json")
    // Folders of GGUF files often have the config.json of the original too.
    if hasConfiguration && names.contains(where: { $0.hasSuffix(".safetensors") || $0.hasSuffix(".safetensors.index.json") }) {
      return .huggingFace(try HuggingFaceFolder(path: folder))
    }
    let kinds = FileKind.all(in: folder, names)
    let models = firstParts(kinds.filter { $0.kind == .gguf }.map(\.name))
    if models.count == 1 { return .gguf(try GGUFFile(path: WholeFile.path(folder, models[0]))) }
    if models.count > 1 {
      let list = FileError.list(models)
      throw FileError(
        file: folder, place: "*.gguf",
        problem: Bilingual(zh: "目录中有 \(models.count) 个 GGUF 模型：\(list)", en: "the folder holds \(models.count) GGUF models: \(list)"),
        mend: Bilingual(zh: "请直接给出其中一个文件的路径", en: "Give the path of one of them"))
    }
    if hasConfiguration { return .huggingFace(try HuggingFaceFolder(path: folder)) }
    if mayBeCache, names.contains("snapshots"), let snapshot = try snapshot(in: WholeFile.path(folder, "snapshots")) {
      return try open(folder: snapshot, mayBeCache: false)
    }
    throw refusal(of: folder, names, kinds)
  }

  /// One name for every model: of a split one, that of the first part there is.
  private static func firstParts(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    // Names come sorted, so parts too.
    return names.filter { name in
      guard let part = GGUFSplit.Name(name) else { return true }
      return seen.insert(part.path(of: 1)).inserted
    }
  }

  /// The folder of the one snapshot in a model of Hugging Face's cache; nil when there are none.
  private static func snapshot(in folder: String) throws(FileError) -> String? {
    let snapshots = try WholeFile.names(in: folder).filter { !$0.hasPrefix(".") }
    if snapshots.count > 1 {
      let list = FileError.list(snapshots)
      throw FileError(
        file: folder, place: "snapshots", problem: Bilingual(zh: "缓存中有多个版本：\(list)", en: "the cache holds several snapshots: \(list)"),
        mend: Bilingual(zh: "请给出 snapshots 中一个目录的路径", en: "Give the path of one of the folders in snapshots"))
    }
    return snapshots.first.map { WholeFile.path(folder, $0) }
  }

  /// Why a folder is no model, by the best sign in it.
  private static func refusal(of folder: String, _ names: [String], _ kinds: [(name: String, kind: FileKind)]) -> FileError {
    if let adapter = Adapter.refusal(of: folder) { return adapter }
    func path(_ name: String) -> String { WholeFile.path(folder, name) }
    if let weights = kinds.first(where: { $0.kind == .safetensors || $0.kind == .llama2c }) {
      return weights.kind == .llama2c ? weights.kind.refusal(path(weights.name)) : HuggingFaceFolder.noConfiguration(folder)
    }
    for isSign in [{ $0 == .gitLFSPointer }, \.isForeignModel] as [(FileKind) -> Bool] {
      if let file = kinds.first(where: { isSign($0.kind) }) { return file.kind.refusal(path(file.name)) }
    }
    let list = FileError.list(names)
    return FileError(
      file: folder, place: "config.json",
      problem: names.isEmpty
        ? Bilingual(zh: "目录是空的", en: "the folder is empty")
        : Bilingual(zh: "目录中没有模型，只有：\(list)", en: "the folder holds no model, only: \(list)"),
      mend: Bilingual(
        zh: "请给出含 config.json 与 safetensors 的目录，或一个 GGUF 文件",
        en: "Give a folder with config.json and safetensors, or a GGUF file"))
  }
}
