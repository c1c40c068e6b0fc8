// Stored bytes of every element type ↔ f32. Not here: arithmetic on quantized weights (CKernels), files.
//
// Q8_0 and Q4_0 follow ggml's reference rounding and equal the `gguf` Python package bit for bit.

public enum QuantizedBlocks {
  /// Decodes whole blocks.
  /// - Parameters:
  ///   - bytes: `type.byteCount(target.count)` bytes, little-endian, at any alignment.
  ///   - target: f32, as many elements as the blocks hold.
  public static func decode(_ bytes: UnsafeRawBufferPointer, as type: ElementType, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(type.byteCount(target.count) == bytes.count, "the buffers hold different numbers of elements")
    switch type {
    case .f32: UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
    case .f16: for i in 0..<target.count { target[i] = HalfPrecision.float(f16: halfWord(bytes, i * 2)) }
    case .bf16: for i in 0..<target.count { target[i] = HalfPrecision.float(bf16: halfWord(bytes, i * 2)) }
    case .q8_0:
      for block in 0..<target.count / 32 {
        let base = block * 34
        let scale = HalfPrecision.float(f16: halfWord(bytes, base))
        for i in 0..<32 { target[block * 32 + i] = scale * Float(Int8(bitPattern: bytes[base + 2 + i])) }
      }
    case .q4_0:
      for block in 0..<target.count / 32 {
        let base = block * 18
        let scale = HalfPrecision.float(f16: halfWord(bytes, base))
        for i in 0..<16 {
          let pair = bytes[base + 2 + i]
          target[block * 32 + i] = scale * Float(Int(pair & 15) - 8)
          target[block * 32 + i + 16] = scale * Float(Int(pair >> 4) - 8)
        }
      }
    }
  }

  /// Encodes whole blocks. A quantized block with a NaN or an infinity gets a NaN scale, so that it decodes to NaN and stays visible.
  /// - Parameters:
  ///   - floats: a whole number of blocks.
  ///   - target: `type.byteCount(floats.count)` bytes.
  public static func encode(_ floats: UnsafeBufferPointer<Float>, as type: ElementType, into target: UnsafeMutableRawBufferPointer) {
    precondition(type.byteCount(floats.count) == target.count, "the buffers hold different numbers of elements")
    switch type {
    case .f32: target.copyMemory(from: UnsafeRawBufferPointer(floats))
    case .f16: for i in 0..<floats.count { storeHalfWord(HalfPrecision.f16(floats[i]), target, i * 2) }
    case .bf16: for i in 0..<floats.count { storeHalfWord(HalfPrecision.bf16(floats[i]), target, i * 2) }
    case .q8_0:
      for block in 0..<floats.count / 32 {
        let values = UnsafeBufferPointer(rebasing: floats[block * 32..<block * 32 + 32])
        encodeQ8(values, UnsafeMutableRawBufferPointer(rebasing: target[block * 34..<block * 34 + 34]))
      }
    case .q4_0:
      for block in 0..<floats.count / 32 {
        let values = UnsafeBufferPointer(rebasing: floats[block * 32..<block * 32 + 32])
        encodeQ4(values, UnsafeMutableRawBufferPointer(rebasing: target[block * 18..<block * 18 + 18]))
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

  // MARK: Blocks

  private static let quietNaN: UInt16 = 0x7E00

  /// Scale = largest magnitude / 127; quants round half away from zero.
  private static func encodeQ8(_ values: UnsafeBufferPointer<Float>, _ target: UnsafeMutableRawBufferPointer) {
    var largest: Float = 0
    var isFinite = true
    for value in values {
      largest = max(largest, abs(value))
      isFinite = isFinite && value.isFinite
    }
    let scale = largest / 127
    let inverse = scale == 0 ? 0 : 1 / scale
    storeHalfWord(isFinite ? HalfPrecision.f16(scale) : quietNaN, target, 0)
    for i in 0..<32 {
      // A subnormal scale has an infinite inverse: bounded here, where ggml's cast is undefined.
      let quant = (values[i] * inverse).rounded(.toNearestOrAwayFromZero)
      target[2 + i] = UInt8(bitPattern: quant.isNaN ? 0 : Int8(min(127, max(-127, quant))))
    }
  }

  /// Scale = the value of largest magnitude / -8, so that this value gets quant 0 exactly; the first one wins a tie, also of zeros with
  /// different signs.
  private static func encodeQ4(_ values: UnsafeBufferPointer<Float>, _ target: UnsafeMutableRawBufferPointer) {
    var extreme = values[0]
    var isFinite = true
    for value in values {
      if abs(value) > abs(extreme) { extreme = value }
      isFinite = isFinite && value.isFinite
    }
    let scale = extreme / -8
    let inverse = scale == 0 ? 0 : 1 / scale
    storeHalfWord(isFinite ? HalfPrecision.f16(scale) : quietNaN, target, 0)
    func quant(_ value: Float) -> UInt8 {
      // Two roundings, product then sum: a fused multiply-add would differ from the reference in rare ties.
      let shifted = value * inverse + 8.5
      return shifted.isNaN ? 8 : UInt8(min(15, max(0, shifted)))
    }
    for i in 0..<16 { target[2 + i] = quant(values[i]) | quant(values[i + 16]) << 4 }
  }

  @inline(__always)
  private static func halfWord(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always)
  private static func storeHalfWord(_ word: UInt16, _ bytes: UnsafeMutableRawBufferPointer, _ offset: Int) {
    bytes.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt16.self)
  }
}
