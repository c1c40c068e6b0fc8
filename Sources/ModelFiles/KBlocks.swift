// ggml's blocks of 256 elements, Q2_K … Q6_K: where their fields lie (ggml-common.h), and decoding. Not here: how scales and codes are
// chosen (KBlockEncoding).

enum KBlocks {
  static let size = 256

  /// 16 bytes (scale low, min high), 64 bytes of codes, f16 scale of scales, f16 scale of mins.
  static func decodeQ2(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let (outer, outerMin) = ((p + 80).half, (p + 82).half)
    for group in 0..<16 {
      let scale = outer * Float(p[group] & 15)
      let min = outerMin * Float(p[group] >> 4)
      for i in group * 16..<group * 16 + 16 { target[i] = scale * Float(twoBits(p + 16, i)) - min }
    }
  }

  /// 32 bytes of third bits, 64 bytes of codes, 12 bytes of scales plus 32, f16. A code stands for code - 4.
  static func decodeQ3(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let outer = (p + 108).half
    for group in 0..<16 {
      let low = p[96 + group % 8] >> UInt8(group / 8 * 4) & 15
      let high = p[104 + group % 4] >> UInt8(group / 4 * 2) & 3
      let scale = outer * Float(Int(low | high << 4) - 32)
      for i in group * 16..<group * 16 + 16 { target[i] = scale * Float(Int(twoBits(p + 32, i) | oneBit(p, i) << 2) - 4) }
    }
  }

  /// f16 scale of scales, f16 scale of mins, 12 bytes of both, 128 bytes of codes.
  static func decodeQ4(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let (outer, outerMin) = (p.half, (p + 2).half)
    for group in 0..<8 {
      let (inner, innerMin) = sixBits(p + 4, group)
      let (scale, min) = (outer * Float(inner), outerMin * Float(innerMin))
      for i in group * 32..<group * 32 + 32 { target[i] = scale * Float(fourBits(p + 16, i)) - min }
    }
  }

  /// As Q4_K, with 32 bytes of fifth bits before the codes.
  static func decodeQ5(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let (outer, outerMin) = (p.half, (p + 2).half)
    for group in 0..<8 {
      let (inner, innerMin) = sixBits(p + 4, group)
      let (scale, min) = (outer * Float(inner), outerMin * Float(innerMin))
      for i in group * 32..<group * 32 + 32 { target[i] = scale * Float(fourBits(p + 48, i) | oneBit(p + 16, i) << 4) - min }
    }
  }

  /// 128 bytes of low halves, 64 bytes of upper 2 bits, 16 signed scales, f16. A code stands for code - 32.
  static func decodeQ6(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let outer = (p + 208).half
    for group in 0..<16 {
      let scale = outer * Float(Int8(bitPattern: p[192 + group]))
      for i in group * 16..<group * 16 + 16 {
        let low = p[i / 128 * 64 + i % 64] >> UInt8(i % 128 / 64 * 4) & 15
        target[i] = scale * Float(Int(low | twoBits(p + 128, i) << 4) - 32)
      }
    }
  }

  // MARK: Planes of bits, element by element

  /// 128 elements in 32 bytes, 32 side by side.
  @inline(__always) static func twoBits(_ p: UnsafeRawPointer, _ i: Int) -> UInt8 {
    p[i / 128 * 32 + i % 32] >> UInt8(i % 128 / 32 * 2) & 3
  }
  /// 256 elements in 32 bytes, 32 side by side.
  @inline(__always) static func oneBit(_ p: UnsafeRawPointer, _ i: Int) -> UInt8 { p[i % 32] >> UInt8(i / 32) & 1 }
  /// 64 elements in 32 bytes, 32 side by side.
  @inline(__always) static func fourBits(_ p: UnsafeRawPointer, _ i: Int) -> UInt8 {
    p[i / 64 * 32 + i % 32] >> UInt8(i % 64 / 32 * 4) & 15
  }

  /// Scale and min of a group of Q4_K and Q5_K, from 12 bytes: those of groups 0…3 are the low 6 bits of bytes 0…3 and 4…7; of groups 4…7
  /// the low halves lie in bytes 8…11 (scale low, min high) and the upper 2 bits on top of the first eight bytes.
  @inline(__always) static func sixBits(_ p: UnsafeRawPointer, _ group: Int) -> (scale: UInt8, min: UInt8) {
    if group < 4 { return (p[group] & 63, p[group + 4] & 63) }
    return (p[group + 4] & 15 | p[group - 4] >> 2 & 0x30, p[group + 4] >> 4 | p[group] >> 2 & 0x30)
  }
}
