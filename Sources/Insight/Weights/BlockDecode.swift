// How a number is stored: the bytes of one block, its parts, and for every element the arithmetic from its code to its value, which holds for the
// very digits shown. Not here: the layouts of the types (BlockLayout…).
import Languages
import ModelFiles

/// One block of a tensor taken apart; a block of a type that is not quantized is one element.
public struct BlockDecode: Sendable, Hashable {
  public let typeName: String
  /// Elements of the tensor that the block holds, in row-major order.
  public let range: Range<Int>
  public let bytes: [UInt8]
  /// What the bytes are, in their order.
  public let parts: [BlockPart]
  /// The rule in symbols: `value = scale · (code − 8)`.
  public let formula: String
  /// The rule in one sentence.
  public let words: Bilingual
  public let elements: [BlockElement]

  /// - Parameters:
  ///   - bytes: one block of the type, as stored.
  ///   - first: the block's first element in the tensor.
  /// - Returns: nil for a type whose layout is not described.
  public init?(typeName: String, bytes: [UInt8], first: Int = 0) {
    guard let type = ElementType(rawValue: typeName), let layout = BlockLayout.all[type], bytes.count == type.blockBytes else { return nil }
    self.typeName = typeName
    self.bytes = bytes
    range = first..<first + type.blockSize
    (formula, words) = (layout.formula, layout.words)
    (parts, elements) = layout.decode(BlockBytes(bytes))
  }

  /// Reads the block that holds an element.
  /// - Returns: nil for a type whose layout is not described, and for an element outside the tensor.
  public static func read(_ tensor: StoredTensor, element: Int) throws(FileError) -> BlockDecode? {
    guard let type = tensor.type, element >= 0, element < tensor.elementCount ?? 0 else { return nil }
    let block = element / type.blockSize
    let bytes = try OpenFile(path: tensor.file).bytes(at: tensor.offset + block * type.blockBytes, count: type.blockBytes)
    return BlockDecode(typeName: tensor.typeName, bytes: bytes, first: block * type.blockSize)
  }

  /// "3C 2A 8F".
  public static func hex(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
  }
}

/// A run of bytes with one meaning.
public struct BlockPart: Sendable, Hashable {
  public let name: Bilingual
  public let bytes: Range<Int>
  /// What they say, where that is one number.
  public let value: Float?
}

/// One element of a block.
public struct BlockElement: Sendable, Hashable {
  /// How the value follows from what is stored.
  public enum Rule: Sendable, Hashable {
    /// scale · (code − shift) + offset
    case linear(scale: BlockFactor, code: Int, shift: Int, offset: BlockFactor?)
    /// scale · table[code]
    case table(scale: BlockFactor, code: Int, entry: Int)
    /// significand · 2^exponent, from sign, exponent and fraction bits.
    case binary(significand: Float, exponent: Int, bits: String)
    /// Infinity or NaN.
    case special(bits: String)
  }

  public let rule: Rule
  /// Places in the block of the bytes that hold its code, the scales left out.
  public let places: [Int]
  public let value: Float

  init(_ rule: Rule, places: [Int], special: Float = .nan) {
    self.rule = rule
    self.places = places
    // The order of operations and the roundings of ggml's reference (ggml-quants.c), in f32.
    value =
      switch rule {
      case .linear(let scale, let code, let shift, let offset):
        offset.map { scale.value * Float(code - shift) + $0.value } ?? scale.value * Float(code - shift)
      case .table(let scale, _, let entry): scale.value * Float(entry)
      case .binary(let significand, let exponent, _): Float(sign: .plus, exponent: exponent, significand: significand)
      case .special: special
      }
  }

  /// The stored code; nil of a type that is not quantized.
  public var code: Int? {
    switch rule {
    case .linear(_, let code, _, _), .table(_, let code, _): code
    case .binary, .special: nil
    }
  }

  /// `0.04852 · (11 − 8) = 0.1455`: every number has all digits that f32 needs, so that the left side, computed in f32, is the right side.
  public var equation: String { left + " = " + BlockFactor.text(value) }

  private var left: String {
    switch rule {
    case .linear(let scale, let code, let shift, let offset):
      let number = shift == 0 ? "\(code)" : "(\(code) − \(shift))"
      return scale.text + " · " + number + (offset.map { $0.asTerm } ?? "")
    case .table(let scale, let code, let entry):
      return scale.text + " · table[\(code)] = " + scale.text + " · \(BlockFactor.text(Float(entry)))"
    case .binary(let significand, let exponent, _): return "\(BlockFactor.text(significand)) · 2^\(exponent)".replacing("^-", with: "^−")
    case .special(let bits): return bits
    }
  }
}

/// A scale or an offset: a number of the block, or one times a small integer that a group of elements shares.
public struct BlockFactor: Sendable, Hashable {
  public let base: Float
  public let count: Int?

  init(_ base: Float, times count: Int? = nil) { (self.base, self.count) = (base, count) }

  public var value: Float { count.map { base * Float($0) } ?? base }

  var text: String { count.map { "(\(Self.text(base)) · \($0 < 0 ? "−" : "")\($0.magnitude))" } ?? Self.text(base) }

  /// As the last term of a sum; the products of k-quants are subtracted.
  var asTerm: String {
    guard let count else { return base.sign == .minus ? " − \(Self.text(-base))" : " + \(Self.text(base))" }
    return " − (\(Self.text(-base)) · \(count))"
  }

  /// The shortest decimal that gives the f32 back, with a minus sign as wide as a plus.
  static func text(_ value: Float) -> String {
    var text = value.description
    if text.hasSuffix(".0") { text.removeLast(2) }
    return text.replacing("-", with: "−")
  }
}

/// The bytes of a block, read little-endian.
struct BlockBytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  subscript(place: Int) -> Int { Int(bytes[place]) }
  func signed(_ place: Int) -> Int { Int(Int8(bitPattern: bytes[place])) }
  func word(_ place: Int) -> UInt16 { UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8 }
  func half(_ place: Int) -> Float { HalfPrecision.float(f16: word(place)) }
  func long(_ place: Int) -> UInt32 { UInt32(word(place)) | UInt32(word(place + 2)) << 16 }
  func low(_ place: Int) -> Int { self[place] & 15 }
  func high(_ place: Int) -> Int { self[place] >> 4 }
}
