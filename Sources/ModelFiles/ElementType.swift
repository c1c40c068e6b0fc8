// The element types that the lab computes with. Not here: their encodings (HalfPrecision, LegacyBlocks, KBlocks, IQ4NLBlocks).

/// How the elements of a tensor are stored. Raw values are the names that safetensors and ggml use; a block's fields come in the order named.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum ElementType: String, Sendable, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  /// 32 elements: an f16 scale, then 32 signed bytes.
  case q8_0 = "Q8_0"
  /// 32 elements: an f16 scale, then 16 bytes; byte i holds element i in its low half and element i + 16 in its high half, plus 8.
  case q4_0 = "Q4_0"
  /// As Q4_0 without the 8, and with an f16 min after the scale: scale · q + min.
  case q4_1 = "Q4_1"
  /// As Q4_0, with a fifth bit of every element in a 32-bit word before the halves, plus 16.
  case q5_0 = "Q5_0"
  /// As Q4_1, with a fifth bit as in Q5_0.
  case q5_1 = "Q5_1"
  /// 256 elements of 2 bits in groups of 16; a group has a scale and a min of 4 bits, the block an f16 scale of both.
  case q2_k = "Q2_K"
  /// 256 elements of 3 bits in groups of 16; a group has a signed scale of 6 bits, the block an f16 scale of these.
  case q3_k = "Q3_K"
  /// 256 elements of 4 bits in groups of 32; a group has a scale and a min of 6 bits, the block an f16 scale of both.
  case q4_k = "Q4_K"
  /// As Q4_K, with elements of 5 bits.
  case q5_k = "Q5_K"
  /// 256 elements of 6 bits in groups of 16; a group has a signed scale of 8 bits, the block an f16 scale of these.
  case q6_k = "Q6_K"
  /// As Q4_0, with halves that are indices of a table of 16 signed values.
  case iq4_nl = "IQ4_NL"

  /// Elements per block; a row must be a whole number of blocks.
  public var blockSize: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .iq4_nl: 32
    case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k: 256
    }
  }

  /// Bytes per block.
  public var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 2 + 32
    case .q4_0, .iq4_nl: 2 + 16
    case .q4_1: 2 + 2 + 16
    case .q5_0: 2 + 4 + 16
    case .q5_1: 2 + 2 + 4 + 16
    case .q2_k: 16 + 64 + 2 + 2
    case .q3_k: 32 + 64 + 12 + 2
    case .q4_k: 2 + 2 + 12 + 128
    case .q5_k: 2 + 2 + 12 + 32 + 128
    case .q6_k: 128 + 64 + 16 + 2
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
