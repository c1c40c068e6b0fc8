// Scales and mins of a group of elements that share them, by weighted least squares. Not here: blocks and their fields (KBlockEncoding).
//
// For given codes the best scale and min are a linear problem; the best codes for a given scale and min are the nearest. Codes from a range
// of trial scales are tried first, because these two steps by themselves stop at the nearest of many local minima. The idea is that of
// ggml's quantizers (ggml-quants.c); the trials are our own. Sums have one fixed order, so a group gives the same codes everywhere.

/// Eight elements at a time.
typealias Lanes = SIMD8<Float>

/// One group: its elements and how much the squared error of each counts.
struct GroupFit {
  let x: UnsafePointer<Lanes>
  let weights: UnsafePointer<Lanes>
  let count: Int

  /// Sums of weights · q, · q², · q x.
  @inline(__always)
  private func moments(_ code: (Lanes) -> Lanes) -> (q: Float, qq: Float, qx: Float) {
    var (q, qq, qx) = (Lanes(), Lanes(), Lanes())
    for i in 0..<count {
      let code = code(x[i])
      let weighted = weights[i] * code
      q += weighted
      qq += weighted * code
      qx += weighted * x[i]
    }
    return (q.sum(), qq.sum(), qx.sum())
  }

  /// Weighted squared error of values near the elements.
  @inline(__always)
  func error(_ value: (Lanes) -> Lanes) -> Float {
    var sum = Lanes()
    for i in 0..<count {
      let off = value(x[i]) - x[i]
      sum += weights[i] * off * off
    }
    return sum.sum()
  }

  /// x ≈ scale · q - min with q in 0...top, scale and min not negative.
  func affine(top: Float) -> (scale: Float, min: Float) {
    let (low, high) = (min(0, range.low), range.high)
    guard high > low else { return (0, -low) }
    let (sum, _, sumX) = moments { _ in Lanes(repeating: 1) }
    var best: (gain: Float, scale: Float, offset: Float) = (-.infinity, 0, low)
    func consider(_ inverse: Float, _ offset: Float) {
      let (sumQ, sumQQ, sumQX) = moments { (($0 - offset) * inverse).rounded(0, top) }
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
    for step in -10...10 { consider((top + 0.1 * Float(step)) / (high - low), low) }
    for _ in 0..<2 where best.scale > 0 { consider(1 / best.scale, best.offset) }
    return (best.scale, -best.offset)
  }

  /// x ≈ scale · q with q in -half ... half - 1; the scale may be negative.
  func signed(half: Float) -> Float {
    let extreme = range.high > -range.low ? range.high : range.low
    guard extreme != 0 else { return 0 }
    let trials = (-9...9).lazy.map { -(half + 0.1 * Float($0)) / extreme }
    return scale(trials) { ($0 * $1).rounded(-half, half - 1) }
  }

  /// The scale of x ≈ scale · code of least error, from trials of its inverse. `code` gives the codes of elements for an inverse.
  @inline(__always)
  func scale(_ trials: some Sequence<Float>, code: (Lanes, Float) -> Lanes) -> Float {
    var best: (gain: Float, scale: Float) = (0, 0)
    func consider(_ inverse: Float) {
      let (_, qq, qx) = moments { code($0, inverse) }
      guard qq > 0 else { return }
      let scale = qx / qq
      if scale * qx > best.gain { best = (scale * qx, scale) }
    }
    for inverse in trials { consider(inverse) }
    for _ in 0..<2 where best.scale != 0 { consider(1 / best.scale) }
    return best.scale
  }

  var range: (low: Float, high: Float) {
    var (low, high) = (x[0], x[0])
    for i in 1..<count {
      low.replace(with: x[i], where: x[i] .< low)
      high.replace(with: x[i], where: x[i] .> high)
    }
    return (low.min(), high.max())
  }
}

/// The elements of one block with their weights: larger ones count more, as the mean square of the block tells what is large.
struct WeightedElements {
  let x: [Lanes]
  let weights: [Lanes]

  /// `settled` instead of elements where there is nothing to fit: an f16 scale of 0 when every element would decode to zero, of NaN when
  /// one is none or beyond any scale.
  static func read(_ values: UnsafePointer<Float>, count: Int) -> (elements: WeightedElements, settled: UInt16?) {
    let x = (0..<count / 8).map { UnsafeRawPointer(values + 8 * $0).loadUnaligned(as: Lanes.self) }
    var (largest, sum) = (Float(0), Lanes())
    for lanes in x { sum += lanes * lanes }
    for i in 0..<count {
      guard abs(values[i]) < 0x1p30 else { return (WeightedElements(x: [], weights: []), UnsafeMutableRawPointer.quietNaN) }
      largest = max(largest, abs(values[i]))
    }
    let meanSquare = sum.sum() / Float(count)
    let weights = x.map { ($0 * $0 + meanSquare).squareRoot() }
    return (WeightedElements(x: x, weights: weights), largest < 0x1p-26 ? 0 : nil)
  }

  /// Groups of `size` elements.
  @inline(__always)
  func forEachGroup(of size: Int, _ body: (Int, GroupFit) -> Void) {
    x.withUnsafeBufferPointer { x in
      weights.withUnsafeBufferPointer { weights in
        guard let x = x.baseAddress, let weights = weights.baseAddress else { return }
        let count = size / 8
        for group in 0..<self.x.count / count {
          body(group, GroupFit(x: x + group * count, weights: weights + group * count, count: count))
        }
      }
    }
  }
}

extension Lanes {
  /// To nearest, ties to even: 1.5 · 2²³ leaves no fraction bits. (`rounded()` and `clamped` are loops over the lanes.)
  @inline(__always)
  func rounded(_ low: Float, _ high: Float) -> Self {
    var bounded = self
    bounded.replace(with: low, where: bounded .< low)
    bounded.replace(with: high, where: bounded .> high)
    return (bounded + 12_582_912) - 12_582_912
  }
}
