// Several safetensors files under one `model.safetensors.index.json`, as Hugging Face splits large models. Not here: one file's format.
import Languages

/// The shards of one model as one weights file. Offsets of tensors are within their shard.
public struct ShardedSafetensors: WeightsFile {
  /// Of the index.
  public let path: String
  public let unsupportedTensors: [UnsupportedTensor]
  /// The shards, in the order of the index.
  public let parts: [String]
  /// The shard of each tensor.
  private let places: [ExactString: String]
  private let table: TensorTable

  public var tensors: [TensorInfo] { table.tensors }

  /// - Parameter index: path of the index; the shards lie beside it.
  public init(index path: String) throws(FileError) {
    let map = try JSON.parse(contentsOf: path).cursor(file: path).member("weight_map")
    var shardOf: [ExactString: String] = [:]
    var names: [String] = []
    var known: Set<String> = []
    for (tensor, value) in try map.members() {
      let name = try value.string()
      // Names from a file never become paths: a plain name, nothing else.
      guard name.hasSuffix(".safetensors"), !name.hasPrefix("."), !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) else {
        throw value.error(
          Bilingual(zh: "分片应为同一目录下的 .safetensors 文件名", en: "a shard must be the plain name of a .safetensors file in the same folder"),
          Bilingual(zh: "请重新下载索引文件", en: "Download the index again"))
      }
      shardOf[ExactString(tensor)] = name
      if known.insert(name).inserted { names.append(name) }
    }
    if names.isEmpty { throw .damaged(path, map.path, zh: "索引中没有任何张量", en: "the index lists no tensors") }
    if names.count > Limits.shards {
      throw .tooLarge(path, map.path, zh: "分片超过 \(Limits.shards) 个", en: "there are more than \(Limits.shards) shards")
    }
    let folder = AtomicFile.folder(of: path)
    var shards: [SafetensorsFile] = []
    var found = 0
    for name in names {
      let shard = try SafetensorsFile(path: "\(folder)/\(name)")
      // A shard may hold only what the index sends there, so no name can come from two shards.
      for tensor in shard.tensors.map(\.name) + shard.unsupportedTensors.map(\.name) {
        guard shardOf[ExactString(tensor)] == name else {
          throw .damaged(shard.path, tensor, zh: "索引没有把这个张量指向此分片", en: "the index does not place this tensor in this shard")
        }
        found += 1
      }
      shards.append(shard)
    }
    if found != shardOf.count {
      throw .damaged(
        path, map.path, zh: "索引列出 \(shardOf.count) 个张量，分片中只有 \(found) 个",
        en: "the index lists \(shardOf.count) tensors, the shards hold \(found)")
    }
    self.path = path
    parts = shards.map(\.path)
    places = shardOf.mapValues { "\(folder)/\($0)" }
    table = TensorTable(joining: shards.map(\.table))
    unsupportedTensors = shards.flatMap(\.unsupportedTensors)
  }

  public func part(of tensor: String) -> String { places[ExactString(tensor)] ?? path }

  public func tensor(named name: String) -> TensorInfo? { table.tensor(named: name) }

  public func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    try table.readBytes(of: tensor, at: offset, into: target)
  }

  public func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? { try table.mappedBytes(of: tensor) }
}
