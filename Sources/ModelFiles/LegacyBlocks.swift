// ggml's blocks of 32 elements: Q8_0, Q4_0, Q4_1, Q5_0, Q5_1. Not here: blocks of 256 (KBlocks), the table type (IQ4NLBlocks).
//
// Rounding follows ggml's reference and equals the `gguf` Python package bit for bit. Products and sums are rounded one by one: a fused
// multiply-add would differ in rare ties.

enum LegacyBlocks {
  // MARK: Decoding

  /// Q8_0: scale · q.
  static func decodeBytes(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let scale = p.half
    for i in 0..<32 { target[i] = scale * Float(Int8(bitPattern: p[2 + i])) }
  }

  /// The others: scale · (q - 2^(bits - 1)), or scale · q + min.
  static func decode(_ p: UnsafeRawPointer, bits: Int, hasMin: Bool, into target: UnsafeMutablePointer<Float>) {
    let scale = p.half
    let min = hasMin ? (p + 2).half : 0
    let start = hasMin ? 4 : 2
    let fifth = bits == 5 ? UInt32(littleEndian: p.loadUnaligned(fromByteOffset: start, as: UInt32.self)) : 0
    let halves = p + start + (bits == 5 ? 4 : 0)
    let offset = 1 << (bits - 1)
    for i in 0..<32 {
      let low = i < 16 ? halves[i] & 15 : halves[i - 16] >> 4
      let q = Int(low) | Int(fifth >> UInt32(i) & 1) << 4
      target[i] = hasMin ? scale * Float(q) + min : scale * Float(q - offset)
    }
  }

  // MARK: Encoding

  /// Scale = largest magnitude / 127; quants round half away from zero.
  static func encodeBytes(_ values: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    var largest: Float = 0
    var isFinite = true
    for i in 0..<32 {
      largest = max(largest, abs(values[i]))
      isFinite = isFinite && values[i].isFinite
    }
    let scale = largest / 127
    let inverse = scale == 0 ? 0 : 1 / scale
    p.word = isFinite ? HalfPrecision.f16(scale) : UnsafeMutableRawPointer.quietNaN
    for i in 0..<32 {
      // A subnormal scale has an infinite inverse: bounded here, where ggml's cast is undefined.
      let quant = (values[i] * inverse).rounded(.toNearestOrAwayFromZero)
      p[2 + i] = UInt8(bitPattern: quant.isNaN ? 0 : Int8(min(127, max(-127, quant))))
    }
  }

  /// Without a min: scale = the value of largest magnitude / -2^(bits - 1), so that this value gets quant 0 exactly; the first one wins a
  /// tie, also of zeros with different signs. With a min: the scale spreads the quants from the smallest to the largest value.
  static func encode(_ values: UnsafePointer<Float>, bits: Int, hasMin: Bool, into p: UnsafeMutableRawPointer) {
    var (extreme, low, high, isFinite) = (values[0], values[0], values[0], true)
    for i in 0..<32 {
      if abs(values[i]) > abs(extreme) { extreme = values[i] }
      (low, high) = (min(low, values[i]), max(high, values[i]))
      isFinite = isFinite && values[i].isFinite
    }
    let (top, middle) = (Float((1 << bits) - 1), Float(1 << (bits - 1)))
    let scale = hasMin ? (high - low) / top : extreme / -middle
    let inverse = scale == 0 ? 0 : 1 / scale
    p.word = isFinite ? HalfPrecision.f16(scale) : UnsafeMutableRawPointer.quietNaN
    if hasMin { (p + 2).word = HalfPrecision.f16(low) }
    func quant(_ value: Float) -> UInt8 {
      let shifted = hasMin ? (value - low) * inverse + 0.5 : value * inverse + (middle + 0.5)
      return shifted.isNaN ? UInt8(hasMin ? 0 : middle) : UInt8(min(top, max(0, shifted)))
    }
    var fifth: UInt32 = 0
    let halves = p + (hasMin ? 4 : 2) + (bits == 5 ? 4 : 0)
    for i in 0..<16 {
      let (first, second) = (quant(values[i]), quant(values[i + 16]))
      halves[i] = first & 15 | (second & 15) << 4
      fifth |= UInt32(first >> 4) << UInt32(i) | UInt32(second >> 4) << UInt32(i + 16)
    }
    if bits == 5 { (halves - 4).storeBytes(of: fifth.littleEndian, as: UInt32.self) }
  }
}
