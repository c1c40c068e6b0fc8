// What a weights file holds, from its headers alone: format, architecture, metadata, tensors and their sums. Not here: the numbers of the tensors
// (TensorSurvey), how they are grouped (WeightTree).
import ModelFiles
import Models

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
  /// Which parameters the tensors hold; nil for a model of a family that the lab does not know.
  let map: ParameterMap?

  /// Opens by what the path holds and reads the headers.
  /// - Parameter keepsArrays: keeps arrays of the metadata whole; else their first elements.
  public init(path: String, keepsArrays: Bool = false) throws(FileError) {
    self.path = path
    let weights: any WeightsFile
    var configuration: TransformerConfiguration?
    var status = stat()
    var file = path
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, case .gguf(let only) = try ModelSource.open(path) { file = only.path }
    if file == path, status.st_mode & S_IFMT == S_IFDIR {
      let folder = try HuggingFaceFolder(path: path)
      (format, weights) = (.huggingface, folder.weights)
      architecture = if case .string(let type)? = folder.config["model_type"] { type } else { nil }
      metadata = MetadataEntry.entries(folder.config)
      configuration = try? TransformerConfiguration(huggingFace: folder)
    } else if path.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(path: path)
      (format, weights, architecture) = (.safetensors, file, nil)
      configuration = Self.configuration(beside: path)
      metadata = file.metadata.sorted { $0.key < $1.key }.map { MetadataEntry(key: $0.key, .string($0.value)) }
    } else if path.hasSuffix(".json") {
      (format, weights, architecture, metadata) = (.safetensorsIndex, try ShardedSafetensors(index: path), nil, [])
      configuration = Self.configuration(beside: path)
    } else if let file = try? Llama2CFile(path: path), file.header.groupSize == nil {
      // Files of int8 groups are decoded when they are read: they have no bytes to show as they lie.
      let header = file.header
      (format, weights, architecture) = (.llama2c, file, "llama")
      configuration = try? TransformerConfiguration(llama2c: file)
      metadata = [
        ("dim", header.hiddenSize), ("hidden_dim", header.intermediateSize), ("n_layers", header.layerCount), ("n_heads", header.headCount),
        ("n_kv_heads", header.keyValueHeadCount), ("vocab_size", header.vocabularySize), ("seq_len", header.contextLength),
      ].map { MetadataEntry(key: $0.0, .integer($0.1)) }
    } else {
      let file = try Self.gguf(file)
      (format, weights) = (.gguf, file)
      architecture = if case .string(let name)? = file.metadata["general.architecture"] { name } else { nil }
      metadata = file.metadata.entries.map { MetadataEntry(key: $0.key, $0.value, keepsArrays: keepsArrays) }
      configuration = try? TransformerConfiguration(gguf: file)
    }
    let tensors = Self.tensors(of: weights)
    let spelling = format.spelling
    let map = configuration.map { ParameterMap($0, spelling, tensors: tensors.map { ($0.name, $0.shape) }) }
    (self.tensors, self.map) = (tensors, map)
    places = zip(tensors, TensorPlace.places(tensors.map(\.name))).map { tensor, place in
      if let map, let layout = map[tensor.name] { TensorPlace(tensor.name, layout, map) } else { place }
    }
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

  private static func tensors(of weights: any WeightsFile) -> [StoredTensor] {
    let order = Dictionary(weights.parts.enumerated().map { ($1, $0) }) { first, _ in first }
    let known = weights.tensors.map {
      StoredTensor(
        name: $0.name, shape: $0.shape, typeName: $0.type.rawValue, type: $0.type, byteCount: $0.byteCount, offset: $0.offset,
        file: weights.part(of: $0.name))
    }
    let others = weights.unsupportedTensors.map {
      StoredTensor(
        name: $0.name, shape: $0.shape, typeName: $0.typeName, type: nil, byteCount: $0.byteCount, offset: $0.offset,
        file: weights.part(of: $0.name))
    }
    return (known + others).sorted { (order[$0.file] ?? 0, $0.offset) < (order[$1.file] ?? 0, $1.offset) }
  }

  /// Of a weights file in a model's folder.
  private static func configuration(beside path: String) -> TransformerConfiguration? {
    let file = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + "config.json"
    return try? TransformerConfiguration(huggingFace: JSON.parse(contentsOf: file), file: file)
  }
}

extension WeightsCatalog {
  /// Which parameters the tensors hold, if this is a model like the other one: of a file without a configuration, or with one that is not understood.
  func map(like other: WeightsCatalog) -> ParameterMap? {
    if let map { return map }
    guard let configuration = other.map?.configuration else { return nil }
    if format == .gguf, architecture != configuration.family.ggufArchitecture { return nil }
    return ParameterMap(configuration, format.spelling, tensors: tensors.map { ($0.name, $0.shape) })
  }
}

extension WeightsCatalog.Format {
  /// Whose names and orders the tensors have.
  var spelling: ModelFormat {
    switch self {
    case .gguf: .gguf
    case .huggingface, .safetensors, .safetensorsIndex: .huggingFace
    case .llama2c: .llama2c
    }
  }
}

extension WeightsCatalog.TypeShare {
  mutating func add(_ tensor: StoredTensor) {
    tensors += 1
    elements = elements.addingReportingOverflow(tensor.elementCount ?? 0).partialValue
    bytes += tensor.byteCount
  }
}
