// Scales and mins of a group of elements that share them, by weighted least squares. Not here: blocks and their fields (KBlockEncoding).
//
// For given codes the best scale and min are a linear problem; the best codes for a given scale and min are the nearest. Codes from a range
// of trial scales are tried first, because each of the two steps alone stops at the nearest of many local minima; the idea is that of ggml's
// quantizers (ggml-quants.c), whose trials differ. Sums have one fixed order, so a group gives the same codes on every machine.

/// One group: its elements and how much the squared error of each counts.
struct GroupFit<V: SIMD> where V.Scalar == Float {
  let x: V
  let weights: V

  /// Larger elements count more: a relative error of theirs moves the outputs more often. `meanSquare` is that of the block.
  @inline(__always)
  init(_ x: V, meanSquare: Float) { (self.x, weights) = (x, (x * x + meanSquare).squareRoot()) }

  @inline(__always)
  func error(_ approximation: V) -> Float {
    let off = approximation - x
    return (weights * off * off).sum()
  }

  /// x ≈ scale · q - min with q in 0...top, scale and min not negative.
  @inline(__always)
  func affine(top: Float) -> (scale: Float, min: Float) {
    let (low, high) = (min(0, x.min()), x.max())
    guard high > low else { return (0, -low) }
    let (sum, sumX) = (weights.sum(), (weights * x).sum())
    var best: (gain: Float, scale: Float, offset: Float) = (-.infinity, 0, low)
    func consider(_ q: V) {
      let weighted = weights * q
      let (sumQ, sumQQ, sumQX) = (weighted.sum(), (weighted * q).sum(), (weighted * x).sum())
      guard sumQQ > 0 else { return }
      let determinant = sum * sumQQ - sumQ * sumQ
      var (scale, offset) = (sumQX / sumQQ, Float(0))
      // Codes that hardly differ leave the scale undetermined.
      if determinant > 1e-4 * sum * sumQQ {
        let free = (sum * sumQX - sumX * sumQ) / determinant
        let moved = (sumX - free * sumQ) / sum
        if moved < 0 { (scale, offset) = (free, moved) }
      }
      // By how much the fit lowers the error of all zeros.
      let gain = 2 * (scale * sumQX + offset * sumX) - scale * scale * sumQQ - 2 * scale * offset * sumQ - offset * offset * sum
      if scale > 0, gain > best.gain { best = (gain, scale, offset) }
    }
    for step in -10...10 { consider(((x - low) * ((top + 0.1 * Float(step)) / (high - low))).rounded(within: 0...top)) }
    for _ in 0..<2 where best.scale > 0 { consider(((x - best.offset) * (1 / best.scale)).rounded(within: 0...top)) }
    return (best.scale, -best.offset)
  }

  /// x ≈ scale · q with q in -half ... half - 1; the scale may be negative.
  @inline(__always)
  func signed(half: Float) -> Float {
    let (low, high) = (x.min(), x.max())
    let extreme = high > -low ? high : low
    guard extreme != 0 else { return 0 }
    var best: (gain: Float, scale: Float) = (0, 0)
    func consider(_ inverse: Float) {
      let q = (x * inverse).rounded(within: -half...half - 1)
      let weighted = weights * q
      let (sumQQ, sumQX) = ((weighted * q).sum(), (weighted * x).sum())
      guard sumQQ > 0 else { return }
      let scale = sumQX / sumQQ
      if scale * sumQX > best.gain { best = (scale * sumQX, scale) }
    }
    for step in -9...9 { consider(-(half + 0.1 * Float(step)) / extreme) }
    for _ in 0..<2 where best.scale != 0 { consider(1 / best.scale) }
    return best.scale
  }
}

extension SIMD where Scalar == Float {
  /// To nearest, ties to even: 1.5 · 2²³ leaves no fraction bits. (`rounded()` would be a library call a lane without SSE 4.1.)
  @inline(__always)
  func rounded(within range: ClosedRange<Float>) -> Self {
    let magic = Self(repeating: 12_582_912)
    return (clamped(lowerBound: Self(repeating: range.lowerBound), upperBound: Self(repeating: range.upperBound)) + magic) - magic
  }
}
