// Stored bytes of every element type ↔ f32. Not here: the blocks of each family (LegacyBlocks, KBlocks, IQ4NLBlocks), arithmetic on
// quantized weights (CKernels), files.
//
// Decoding equals the `gguf` Python package bit for bit, and so does encoding where that package encodes (not K types and IQ4_NL).

public enum QuantizedBlocks {
  /// Decodes whole blocks.
  /// - Parameters:
  ///   - bytes: `type.byteCount(target.count)` bytes, little-endian, at any alignment.
  ///   - target: f32, as many elements as the blocks hold.
  public static func decode(_ bytes: UnsafeRawBufferPointer, as type: ElementType, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(type.byteCount(target.count) == bytes.count, "the buffers hold different numbers of elements")
    guard let from = bytes.baseAddress, let to = target.baseAddress else { return }
    switch type {
    case .f32: return UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
    case .f16: return (0..<target.count).forEach { to[$0] = (from + 2 * $0).half }
    case .bf16: return (0..<target.count).forEach { to[$0] = HalfPrecision.float(bf16: (from + 2 * $0).word) }
    default: break
    }
    let (size, blockBytes) = (type.blockSize, type.blockBytes)
    for block in 0..<target.count / size {
      let (p, t) = (from + block * blockBytes, to + block * size)
      switch type {
      case .f32, .f16, .bf16: break
      case .q8_0: LegacyBlocks.decodeBytes(p, into: t)
      case .q4_0: LegacyBlocks.decode(p, bits: 4, hasMin: false, into: t)
      case .q4_1: LegacyBlocks.decode(p, bits: 4, hasMin: true, into: t)
      case .q5_0: LegacyBlocks.decode(p, bits: 5, hasMin: false, into: t)
      case .q5_1: LegacyBlocks.decode(p, bits: 5, hasMin: true, into: t)
      case .q2_k: KBlocks.decodeQ2(p, into: t)
      case .q3_k: KBlocks.decodeQ3(p, into: t)
      case .q4_k: KBlocks.decodeQ4(p, into: t)
      case .q5_k: KBlocks.decodeQ5(p, into: t)
      case .q6_k: KBlocks.decodeQ6(p, into: t)
      case .iq4_nl: IQ4NLBlocks.decode(p, into: t)
      }
    }
  }

  /// Encodes whole blocks; any stretch of a tensor on its own, so that several threads can share one. A quantized block with a NaN or an
  /// infinity gets a NaN scale, so that it decodes to NaN and stays visible.
  /// - Parameters:
  ///   - floats: a whole number of blocks.
  ///   - target: `type.byteCount(floats.count)` bytes.
  public static func encode(_ floats: UnsafeBufferPointer<Float>, as type: ElementType, into target: UnsafeMutableRawBufferPointer) {
    precondition(type.byteCount(floats.count) == target.count, "the buffers hold different numbers of elements")
    guard let from = floats.baseAddress, let to = target.baseAddress else { return }
    switch type {
    case .f32: return target.copyMemory(from: UnsafeRawBufferPointer(floats))
    case .f16: return (0..<floats.count).forEach { (to + 2 * $0).word = HalfPrecision.f16(from[$0]) }
    case .bf16: return (0..<floats.count).forEach { (to + 2 * $0).word = HalfPrecision.bf16(from[$0]) }
    default: break
    }
    let (size, blockBytes) = (type.blockSize, type.blockBytes)
    for block in 0..<floats.count / size {
      let (x, p) = (from + block * size, to + block * blockBytes)
      switch type {
      case .f32, .f16, .bf16: break
      case .q8_0: LegacyBlocks.encodeBytes(x, into: p)
      case .q4_0: LegacyBlocks.encode(x, bits: 4, hasMin: false, into: p)
      case .q4_1: LegacyBlocks.encode(x, bits: 4, hasMin: true, into: p)
      case .q5_0: LegacyBlocks.encode(x, bits: 5, hasMin: false, into: p)
      case .q5_1: LegacyBlocks.encode(x, bits: 5, hasMin: true, into: p)
      case .q2_k: KBlocks.encodeQ2(x, into: p)
      case .q3_k: KBlocks.encodeQ3(x, into: p)
      case .q4_k: KBlocks.encodeQ4(x, into: p)
      case .q5_k: KBlocks.encodeQ5(x, into: p)
      case .q6_k: KBlocks.encodeQ6(x, into: p)
      case .iq4_nl: IQ4NLBlocks.encode(x, into: p)
      }
    }
  }

  public static func decode(_ bytes: [UInt8], as type: ElementType) -> [Float] {
    let count = bytes.count / type.blockBytes * type.blockSize
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      bytes.withUnsafeBytes { decode($0, as: type, into: UnsafeMutableBufferPointer(rebasing: target[..<count])) }
      initialized = count
    }
  }

  public static func encode(_ floats: [Float], as type: ElementType) -> [UInt8] {
    let count = (floats.count + type.blockSize - 1) / type.blockSize * type.blockBytes
    return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      floats.withUnsafeBufferPointer {
        encode($0, as: type, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<count]))
      }
      initialized = count
    }
  }
}

// MARK: Fields of blocks

extension UnsafeRawPointer {
  @inline(__always) var byte: UInt8 { load(as: UInt8.self) }
  @inline(__always) var word: UInt16 { UInt16(littleEndian: loadUnaligned(as: UInt16.self)) }
  @inline(__always) var half: Float { HalfPrecision.float(f16: word) }
  @inline(__always) subscript(index: Int) -> UInt8 { load(fromByteOffset: index, as: UInt8.self) }
}

extension UnsafeMutableRawPointer {
  static let quietNaN: UInt16 = 0x7E00

  @inline(__always) var word: UInt16 {
    get { UnsafeRawPointer(self).word }
    nonmutating set { storeBytes(of: newValue.littleEndian, as: UInt16.self) }
  }
  @inline(__always) subscript(index: Int) -> UInt8 {
    get { load(fromByteOffset: index, as: UInt8.self) }
    nonmutating set { storeBytes(of: newValue, toByteOffset: index, as: UInt8.self) }
  }
}
