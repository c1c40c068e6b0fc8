// The element types that the lab computes with. Not here: their encodings (HalfPrecision, QuantizedBlocks).

/// How the elements of a tensor are stored. Raw values are the names that safetensors and ggml use.
public enum ElementType: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  /// 32 elements: an f16 scale, then 32 signed bytes.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0 = "Q8_0"
  /// 32 elements: an f16 scale, then 16 bytes; byte i holds element i in its low half and element i + 16 in its high half, plus 8.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_0 = "Q4_0"

  /// Elements per block; a row must be a whole number of blocks.
  public var blockSize: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q4_0: 32
    }
  }

  /// Bytes per block.
  public var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 2 + 32
    case .q4_0: 2 + 16
    }
  }

  public var isQuantized: Bool { blockSize > 1 }

  /// Bytes of `elements` elements; nil when they are not whole blocks or the product overflows.
  public func byteCount(_ elements: Int) -> Int? { byteCount(FileSize(elements)) }

  func byteCount(_ elements: FileSize) -> Int? {
    StorageLayout(blockSize: blockSize, blockBytes: blockBytes).byteCount(elements)
  }
}

/// Block size and bytes of any stored type, also of those the lab only lists.
struct StorageLayout: Sendable {
  let blockSize: Int
  let blockBytes: Int

  func byteCount(_ elements: FileSize) -> Int? {
    guard let count = elements.atMost(.max), count % blockSize == 0 else { return nil }
    return (FileSize(count / blockSize) * FileSize(blockBytes)).atMost(.max)
  }
}
