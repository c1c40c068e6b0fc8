// ggml's IQ4_NL: 32 elements, an f16 scale and 4-bit indices of a table that is dense around zero, where weights are. Decoding and encoding.

enum IQ4NLBlocks {
  /// ggml-common.h, `kvalues_iq4nl`.
  static let table: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

  static func decode(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let scale = p.half
    for i in 0..<16 {
      target[i] = scale * table[Int(p[2 + i] & 15)]
      target[i + 16] = scale * table[Int(p[2 + i] >> 4)]
    }
  }

  static func encode(_ values: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let x = UnsafeRawPointer(values).loadUnaligned(as: SIMD32<Float>.self)
    let (low, high) = (x.min(), x.max())
    let isUsual = (0..<32).allSatisfy { abs(values[$0]) < 0x1p30 }
    let extreme = high > -low ? high : low
    let (bits, scale) = KBlocks.outerScale(isUsual && abs(extreme) >= 0x1p-26 ? self.scale(of: x, extreme) : 0)
    p.word = isUsual ? bits : UnsafeMutableRawPointer.quietNaN
    let indices = scale == 0 ? SIMD32<Float>() : nearest(x * (1 / scale)).index
    for i in 0..<16 { p[2 + i] = UInt8(indices[i]) | UInt8(indices[i + 16]) << 4 }
  }

  /// The scale of least weighted squared error among trials, in both directions of the table.
  private static func scale(of x: SIMD32<Float>, _ extreme: Float) -> Float {
    let weights = GroupFit(x, meanSquare: (x * x).sum() / 32).weights
    var best: (gain: Float, scale: Float) = (0, 0)
    func consider(_ inverse: Float) {
      let q = nearest(x * inverse).value
      let weighted = weights * q
      let (sumQQ, sumQX) = ((weighted * q).sum(), (weighted * x).sum())
      let scale = sumQX / sumQQ
      if scale * sumQX > best.gain { best = (scale * sumQX, scale) }
    }
    for end in [table[0], table[15]] {
      for step in -6...6 { consider(end * (1 + 0.04 * Float(step)) / extreme) }
    }
    for _ in 0..<2 where best.scale != 0 { consider(1 / best.scale) }
    return best.scale
  }

  /// The entries of the table nearest to each element, and their indices.
  @inline(__always)
  private static func nearest(_ y: SIMD32<Float>) -> (value: SIMD32<Float>, index: SIMD32<Float>) {
    var value = SIMD32<Float>(repeating: table[0])
    var index = SIMD32<Float>()
    for next in 1..<16 {
      let isAbove = y .> SIMD32(repeating: (table[next - 1] + table[next]) / 2)
      value.replace(with: SIMD32(repeating: table[next]), where: isAbove)
      index.replace(with: SIMD32(repeating: Float(next)), where: isAbove)
    }
    return (value, index)
  }
}
