// f32 → ggml's blocks of 256 elements. Not here: the search for the scale of a group (GroupFit), the fields (KBlocks).
//
// A block's groups are fitted one by one, their scales are rounded to the block's small integers, and then each group chooses again among
// the neighbouring integers, now with the rounded f16 scale of the block.

/// Small integers of one block, before they are packed.
private struct BlockCodes {
  var outer: UInt16 = 0
  var outerMin: UInt16 = 0
  var scales = [Int](repeating: 0, count: 16)
  var mins = [Int](repeating: 0, count: 16)
  var codes = [UInt8](repeating: 0, count: KBlocks.size)

  @inline(__always)
  mutating func store(_ fit: GroupFit, _ group: Int, _ code: (Lanes) -> Lanes) {
    for i in 0..<fit.count {
      let lanes = code(fit.x[i])
      for lane in 0..<8 { codes[(group * fit.count + i) * 8 + lane] = UInt8(lanes[lane]) }
    }
  }
}

extension KBlocks {
  static func encodeQ2(_ x: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let block = affine(x, width: 16, top: 3, scaleTop: 15)
    fill(p, bytes: 84)
    for group in 0..<16 { p[group] = UInt8(block.scales[group] | block.mins[group] << 4) }
    for i in 0..<size { p[16 + i / 128 * 32 + i % 32] |= block.codes[i] << UInt8(i % 128 / 32 * 2) }
    ((p + 80).word, (p + 82).word) = (block.outer, block.outerMin)
  }

  static func encodeQ3(_ x: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let block = signed(x, half: 4, scaleHalf: 32)
    fill(p, bytes: 110)
    for i in 0..<size {
      p[i % 32] |= (block.codes[i] >> 2) << UInt8(i / 32)
      p[32 + i / 128 * 32 + i % 32] |= (block.codes[i] & 3) << UInt8(i % 128 / 32 * 2)
    }
    for group in 0..<16 {
      let scale = UInt8(block.scales[group] + 32)
      p[96 + group % 8] |= (scale & 15) << UInt8(group / 8 * 4)
      p[104 + group % 4] |= (scale >> 4) << UInt8(group / 4 * 2)
    }
    (p + 108).word = block.outer
  }

  static func encodeQ4(_ x: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let block = affine(x, width: 32, top: 15, scaleTop: 63)
    fill(p, bytes: 144)
    storeSixBits(block, p)
    for i in 0..<size { p[16 + i / 64 * 32 + i % 32] |= block.codes[i] << UInt8(i % 64 / 32 * 4) }
  }

  static func encodeQ5(_ x: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let block = affine(x, width: 32, top: 31, scaleTop: 63)
    fill(p, bytes: 176)
    storeSixBits(block, p)
    for i in 0..<size {
      p[16 + i % 32] |= (block.codes[i] >> 4) << UInt8(i / 32)
      p[48 + i / 64 * 32 + i % 32] |= (block.codes[i] & 15) << UInt8(i % 64 / 32 * 4)
    }
  }

  static func encodeQ6(_ x: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let block = signed(x, half: 32, scaleHalf: 128)
    fill(p, bytes: 210)
    for i in 0..<size {
      p[i / 128 * 64 + i % 64] |= (block.codes[i] & 15) << UInt8(i % 128 / 64 * 4)
      p[128 + i / 128 * 32 + i % 32] |= (block.codes[i] >> 4) << UInt8(i % 128 / 32 * 2)
    }
    for group in 0..<16 { p[192 + group] = UInt8(bitPattern: Int8(block.scales[group])) }
    (p + 208).word = block.outer
  }

  private static func fill(_ p: UnsafeMutableRawPointer, bytes: Int) { p.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }

  private static func storeSixBits(_ block: BlockCodes, _ p: UnsafeMutableRawPointer) {
    (p.word, (p + 2).word) = (block.outer, block.outerMin)
    for group in 0..<8 {
      let (scale, min) = (UInt8(block.scales[group]), UInt8(block.mins[group]))
      if group < 4 {
        p[4 + group] |= scale
        p[8 + group] |= min
      } else {
        p[8 + group] = scale & 15 | min << 4
        p[group] |= scale << 2 & 0xC0
        p[4 + group] |= min << 2 & 0xC0
      }
    }
  }

  // MARK: Choosing the integers

  /// The f16 scale next to `value`. Subnormal ones are rounded away from zero, so that the integers times the scale still reach.
  static func outerScale(_ value: Float) -> (bits: UInt16, value: Float) {
    let bits = HalfPrecision.f16(value)
    let nearest = HalfPrecision.float(f16: bits)
    let isShort = abs(value) < 0x1p-14 && abs(nearest) < abs(value)
    return isShort ? (bits + 1, HalfPrecision.float(f16: bits + 1)) : (bits, nearest)
  }

  /// x ≈ outer · scale · q - outerMin · min with q in 0...top, scale and min in 0...scaleTop, in groups of `width`.
  private static func affine(_ x: UnsafePointer<Float>, width: Int, top: Float, scaleTop: Float) -> BlockCodes {
    var block = BlockCodes()
    let (elements, settled) = WeightedElements.read(x, count: size)
    if let settled {
      block.outer = settled
      return block
    }
    var found: [(scale: Float, min: Float)] = []
    elements.forEachGroup(of: width) { _, fit in found.append(fit.affine(top: top)) }
    let (outer, outerMin): (Float, Float)
    (block.outer, outer) = outerScale((found.map(\.scale).max() ?? 0) / scaleTop)
    (block.outerMin, outerMin) = outerScale((found.map(\.min).max() ?? 0) / scaleTop)
    elements.forEachGroup(of: width) { group, fit in
      var (least, inverse, offset) = (Float.infinity, Float(0), Float(0))
      for scale in neighbours(found[group].scale, outer, 0...scaleTop) {
        for min in neighbours(found[group].min, outerMin, 0...scaleTop) {
          let (step, low) = (outer * scale, outerMin * min)
          let reciprocal = step == 0 ? 0 : 1 / step
          let error = fit.error { (($0 + low) * reciprocal).rounded(0, top) * step - low }
          guard error < least else { continue }
          (least, inverse, offset) = (error, reciprocal, low)
          (block.scales[group], block.mins[group]) = (Int(scale), Int(min))
        }
      }
      block.store(fit, group) { (($0 + offset) * inverse).rounded(0, top) }
    }
    return block
  }

  /// x ≈ outer · scale · (code - half) with codes in 0..<2 half, scale in -scaleHalf..<scaleHalf, in groups of 16.
  private static func signed(_ x: UnsafePointer<Float>, half: Float, scaleHalf: Float) -> BlockCodes {
    var block = BlockCodes()
    let (elements, settled) = WeightedElements.read(x, count: size)
    if let settled {
      block.outer = settled
      return block
    }
    var found: [Float] = []
    elements.forEachGroup(of: 16) { _, fit in found.append(fit.signed(half: half)) }
    let outer: Float
    (block.outer, outer) = outerScale((found.max { abs($0) < abs($1) } ?? 0) / -scaleHalf)
    elements.forEachGroup(of: 16) { group, fit in
      var (least, inverse) = (Float.infinity, Float(0))
      for scale in neighbours(found[group], outer, -scaleHalf...scaleHalf - 1) {
        let step = outer * scale
        let reciprocal = step == 0 ? 0 : 1 / step
        let error = fit.error { ($0 * reciprocal).rounded(-half, half - 1) * step }
        guard error < least else { continue }
        (least, inverse) = (error, reciprocal)
        block.scales[group] = Int(scale)
      }
      block.store(fit, group) { ($0 * inverse).rounded(-half, half - 1) + half }
    }
    return block
  }

  /// The integer nearest to value / unit and those beside it.
  private static func neighbours(_ value: Float, _ unit: Float, _ range: ClosedRange<Float>) -> StrideThrough<Float> {
    let nearest = unit == 0 ? 0 : min(range.upperBound, max(range.lowerBound, (value / unit).rounded()))
    return stride(from: max(range.lowerBound, nearest - 1), through: min(range.upperBound, nearest + 1), by: 1)
  }
}
