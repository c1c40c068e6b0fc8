// What a weights file holds, from its headers alone: format, architecture, metadata, tensors and their sums. Not here: the numbers of the tensors
// (TensorSurvey), how they are grouped (WeightTree).
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The contents of a GGUF file, a Hugging Face folder, a safetensors file or a shard index. Holds no weights and keeps no file open.
public struct WeightsCatalog: Sendable {
  /// Raw values are the words of `llmlab inspect --json`.
  public enum Format: String, Sendable {
    case gguf, huggingface, safetensors, llama2c
    case safetensorsIndex = "safetensors-index"
  }

  /// How many tensors, elements and bytes have one type.
  public struct TypeShare: Sendable, Hashable {
    public let typeName: String
    public internal(set) var tensors = 0
    public internal(set) var elements = 0
    public internal(set) var bytes = 0
  }

  /// As the user gave it.
  public let path: String
  public let format: Format
  public let architecture: String?
  /// In the order of the file.
  public let metadata: [MetadataEntry]
  /// In the order of their files and bytes.
  public let tensors: [StoredTensor]
  /// What each tensor is in the model, in the order of `tensors`.
  public let places: [TensorPlace]
  /// Elements of all tensors; nil when the sum overflows.
  public let parameters: Int?
  /// Of all tensors, without headers and padding.
  public let byteCount: Int
  /// Largest first.
  public let types: [TypeShare]
  /// Query and key-value heads, where the file says them.
  let heads: (query: Int, keyValue: Int)?

  /// Opens by what the path holds and reads the headers.
  /// - Parameter keepsArrays: keeps arrays of the metadata whole; else their first elements.
  public init(path: String, keepsArrays: Bool = false) throws(FileError) {
    self.path = path
    let weights: any WeightsFile
    var status = stat()
    var file = path
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, case .gguf(let only) = try ModelSource.open(path) { file = only.path }
    if file == path, status.st_mode & S_IFMT == S_IFDIR {
      let folder = try HuggingFaceFolder(path: path)
      (format, weights) = (.huggingface, folder.weights)
      architecture = if case .string(let type)? = folder.config["model_type"] { type } else { nil }
      metadata = MetadataEntry.entries(folder.config)
      heads = Self.heads(folder.config)
    } else if path.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(path: path)
      (format, weights, architecture, heads) = (.safetensors, file, nil, nil)
      metadata = file.metadata.sorted { $0.key < $1.key }.map { MetadataEntry(key: $0.key, .string($0.value)) }
    } else if path.hasSuffix(".json") {
      (format, weights, architecture, metadata) = (.safetensorsIndex, try ShardedSafetensors(index: path), nil, [])
      heads = nil
    } else if let file = try? Llama2CFile(path: path), file.header.groupSize == nil {
      // Files of int8 groups are decoded when they are read: they have no bytes to show as they lie.
      let header = file.header
      (format, weights, architecture, heads) = (.llama2c, file, "llama", (header.headCount, header.keyValueHeadCount))
      metadata = [
        ("dim", header.hiddenSize), ("hidden_dim", header.intermediateSize), ("n_layers", header.layerCount), ("n_heads", header.headCount),
        ("n_kv_heads", header.keyValueHeadCount), ("vocab_size", header.vocabularySize), ("seq_len", header.contextLength),
      ].map { MetadataEntry(key: $0.0, .integer($0.1)) }
    } else {
      let file = try Self.gguf(file)
      (format, weights) = (.gguf, file)
      architecture = if case .string(let name)? = file.metadata["general.architecture"] { name } else { nil }
      metadata = file.metadata.entries.map { MetadataEntry(key: $0.key, $0.value, keepsArrays: keepsArrays) }
      heads = Self.heads(file.metadata, architecture)
    }
    tensors = try Self.tensors(of: weights)
    places = TensorPlace.places(tensors.map(\.name))
    var shares: [String: TypeShare] = [:]
    var (elements, bytes): (Int?, Int) = (0, 0)
    for tensor in tensors {
      let (sum, overflow) = (elements ?? 0).addingReportingOverflow(tensor.elementCount ?? .max)
      elements = elements == nil || overflow ? nil : sum
      bytes += tensor.byteCount  // Ranges within files do not overlap: the sum is at most that of the files.
      shares[tensor.typeName, default: TypeShare(typeName: tensor.typeName)].add(tensor)
    }
    (parameters, byteCount) = (elements, bytes)
    types = shares.values.sorted { ($1.bytes, $0.typeName) < ($0.bytes, $1.typeName) }
  }

  /// Bits that one weight takes on average.
  public var bitsPerWeight: Double? {
    guard let parameters, parameters > 0 else { return nil }
    return Double(byteCount) * 8 / Double(parameters)
  }

  public func index(ofTensor name: String) -> Int? { tensors.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }

  /// A GGUF file; for another kind of file the words that say what it is.
  private static func gguf(_ path: String) throws(FileError) -> GGUFFile {
    do throws(FileError) { return try GGUFFile(path: path) } catch {
      _ = try ModelSource.open(path)
      throw error
    }
  }

  private static func tensors(of weights: any WeightsFile) throws(FileError) -> [StoredTensor] {
    let (order, shard) = try shards(of: weights)
    let known = weights.tensors.map {
      StoredTensor(
        name: $0.name, shape: $0.shape, typeName: $0.type.rawValue, type: $0.type, byteCount: $0.byteCount, offset: $0.offset,
        file: shard[ExactString($0.name)] ?? weights.path)
    }
    let others = weights.unsupportedTensors.map {
      StoredTensor(
        name: $0.name, shape: $0.shape, typeName: $0.typeName, type: nil, byteCount: $0.byteCount, offset: $0.offset,
        file: shard[ExactString($0.name)] ?? weights.path)
    }
    return (known + others).sorted { (order[$0.file] ?? 0, $0.offset) < (order[$1.file] ?? 0, $1.offset) }
  }

  /// The file of each tensor of a sharded model, and the order of the files. `ShardedSafetensors` has checked the names.
  private static func shards(of weights: any WeightsFile) throws(FileError) -> (order: [String: Int], shard: [ExactString: String]) {
    if let file = weights as? GGUFFile, file.parts.count > 1 {
      let names = file.tensors.map(\.name) + file.unsupportedTensors.map(\.name)
      return (
        Dictionary(uniqueKeysWithValues: file.parts.enumerated().map { ($1, $0) }),
        Dictionary(names.map { (ExactString($0), file.part(of: $0)) }) { first, _ in first }
      )
    }
    guard weights is ShardedSafetensors else { return ([:], [:]) }
    let folder = weights.path.lastIndex(of: "/").map { String(weights.path[...$0]) } ?? ""
    var (order, shard): ([String: Int], [ExactString: String]) = ([:], [:])
    for (tensor, value) in try JSON.parse(contentsOf: weights.path).cursor(file: weights.path).member("weight_map").members() {
      let file = folder + (try value.string())
      if order[file] == nil { order[file] = order.count }
      shard[ExactString(tensor)] = file
    }
    return (order, shard)
  }

  private static func heads(_ config: JSON) -> (query: Int, keyValue: Int)? {
    guard case .integer(let query)? = config["num_attention_heads"] else { return nil }
    if case .integer(let keyValue)? = config["num_key_value_heads"] { return (query, keyValue) }
    return (query, query)
  }

  private static func heads(_ metadata: GGUFMetadata, _ architecture: String?) -> (query: Int, keyValue: Int)? {
    let key = "\(architecture ?? "").attention.head_count"
    guard case .integer(let query, _)? = metadata[key] else { return nil }
    if case .integer(let keyValue, _)? = metadata[key + "_kv"] { return (query, keyValue) }
    return (query, query)
  }
}

extension WeightsCatalog.TypeShare {
  mutating func add(_ tensor: StoredTensor) {
    tensors += 1
    elements = elements.addingReportingOverflow(tensor.elementCount ?? 0).partialValue
    bytes += tensor.byteCount
  }
}
