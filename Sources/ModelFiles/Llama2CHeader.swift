// The header of a llama2.c checkpoint, three versions of it (https://github.com/karpathy/llama2.c, export.py and run.c). Not here: the weights.
import Languages

/// The hyperparameters of a llama2.c checkpoint, checked against each other.
public struct Llama2CHeader: Sendable, Hashable {
  public enum Version: Int, Sendable {
    /// Seven numbers, then f32 weights; no magic number.
    case legacy = 0
    /// 256 bytes, then f32 weights.
    case full = 1
    /// 256 bytes, then f32 norms and int8 matrices in groups with an f32 scale each.
    case quantized = 2
  }

  public let version: Version
  public let hiddenSize: Int
  public let intermediateSize: Int
  public let layerCount: Int
  public let headCount: Int
  public let keyValueHeadCount: Int
  public let vocabularySize: Int
  public let contextLength: Int
  /// Whether the unembedding is the embedding, and not stored.
  public let tiesEmbeddings: Bool
  /// Elements that share a scale, along the rows and across their ends; nil unless quantized.
  public let groupSize: Int?

  public var headSize: Int { hiddenSize / headCount }
  /// Of keys and values.
  public var keyValueWidth: Int { headSize * keyValueHeadCount }
  /// Where the weights begin, in bytes.
  var byteCount: Int { version == .legacy ? 28 : 256 }

  /// The bytes "24ka", as a little-endian number.
  static let magic: UInt32 = 0x616B_3432
  /// Ranges of hyperparameters; no published model comes near.
  private static let widths = 1...(1 << 20)
  private static let contexts = 1...(1 << 24)

  init(_ file: OpenFile) throws(FileError) {
    var reader = HeaderReader(file, firstFetch: 256)
    let first = try reader.integer(UInt32.self)
    var place = "byte 0"
    func wrong(_ zh: String, _ en: String) -> FileError { .damaged(file.path, place, zh: zh, en: en) }
    if first == Self.magic {
      place = "byte 4"
      let number = Int(try reader.integer(Int32.self))
      guard let version = Version(rawValue: number), version != .legacy else {
        throw .unsupported(
          file.path, place, zh: "不支持 llama2.c 版本 \(number)", en: "llama2.c version \(number) is not supported",
          mend: Bilingual(zh: "请用 llama2.c 的 export.py 导出版本 0、1 或 2", en: "Export version 0, 1 or 2 with llama2.c's export.py"))
      }
      self.version = version
    } else {
      version = .legacy
    }
    var numbers: [Int] = first == Self.magic ? [] : [Int(Int32(bitPattern: first))]
    let start = first == Self.magic ? 8 : 0
    while numbers.count < 7 { numbers.append(Int(try reader.integer(Int32.self))) }
    // Only the legacy header says by a sign that the unembedding is stored.
    let isNegative = numbers[5] < 0
    if version == .legacy { numbers[5] = abs(numbers[5]) }
    let ranges: [(name: String, range: ClosedRange<Int>)] = [
      ("dim", Self.widths), ("hidden_dim", Self.widths), ("n_layers", 1...Limits.layers), ("n_heads", 1...4096), ("n_kv_heads", 1...4096),
      ("vocab_size", 1...Limits.vocabulary), ("seq_len", Self.contexts),
    ]
    for (index, (name, range)) in ranges.enumerated() where !range.contains(numbers[index]) {
      place = "byte \(start + index * 4)"
      throw wrong(
        "\(name) 为 \(numbers[index])，应为 \(range.lowerBound) 至 \(range.upperBound)",
        "\(name) is \(numbers[index]), must be \(range.lowerBound) to \(range.upperBound)")
    }
    (hiddenSize, intermediateSize, layerCount) = (numbers[0], numbers[1], numbers[2])
    (headCount, keyValueHeadCount, vocabularySize, contextLength) = (numbers[3], numbers[4], numbers[5], numbers[6])
    place = "byte \(start + 12)"
    if hiddenSize % headCount != 0 || hiddenSize / headCount % 2 != 0 {
      throw wrong("宽度 \(hiddenSize) 不能分成 \(headCount) 个偶数宽度的头", "a width of \(hiddenSize) does not make \(headCount) heads of an even size")
    }
    if headCount % keyValueHeadCount != 0 {
      throw wrong(
        "\(headCount) 个查询头不能被 \(keyValueHeadCount) 个键值头整除",
        "\(headCount) query heads cannot share \(keyValueHeadCount) key-value heads evenly")
    }
    if version == .legacy {
      (tiesEmbeddings, groupSize) = (!isNegative, nil)
      return
    }
    tiesEmbeddings = try reader.bool()
    if version == .full {
      groupSize = nil
      return
    }
    place = reader.place
    let group = Int(try reader.integer(Int32.self))
    guard Self.widths.contains(group), hiddenSize % group == 0 else {
      throw wrong("量化分组为 \(group)，应为宽度 \(hiddenSize) 的约数", "the group size of \(group) does not divide the width of \(hiddenSize)")
    }
    groupSize = group
  }
}
