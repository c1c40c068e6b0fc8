// ggml's IQ4_NL: 32 elements, an f16 scale and 4-bit indices of a table that is dense around zero, where weights are. Decoding and encoding.

public enum IQ4NLBlocks {
  /// ggml-common.h, `kvalues_iq4nl`.
  public static let table: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

  static func decode(_ p: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>) {
    let scale = p.half
    for i in 0..<16 {
      target[i] = scale * table[Int(p[2 + i] & 15)]
      target[i + 16] = scale * table[Int(p[2 + i] >> 4)]
    }
  }

  static func encode(_ values: UnsafePointer<Float>, into p: UnsafeMutableRawPointer) {
    let (elements, settled) = WeightedElements.read(values, count: 32)
    var (bits, scale) = (settled ?? 0, Float(0))
    if settled == nil { elements.forEachGroup(of: 32) { _, fit in (bits, scale) = KBlocks.outerScale(self.scale(of: fit)) } }
    p.word = bits
    // Without a scale the index of 1, the entry next to zero.
    let inverse = scale == 0 ? 0 : 1 / scale
    func index(_ value: Float) -> UInt8 { UInt8(middles.count { value * inverse > $0 }) }
    for i in 0..<16 { p[2 + i] = index(values[i]) | index(values[i + 16]) << 4 }
  }

  /// Halfway between the entries.
  private static let middles = zip(table, table.dropFirst()).map { ($0 + $1) / 2 }

  /// Trials put the largest element near either end of the table.
  private static func scale(of fit: GroupFit) -> Float {
    let extreme = fit.range.high > -fit.range.low ? fit.range.high : fit.range.low
    let trials = (0..<26).lazy.map { (1 + 0.04 * Float($0 % 13 - 6)) * ($0 < 13 ? table[0] : table[15]) / extreme }
    return fit.scale(trials) { x, inverse in
      let y = x * inverse
      var entry = Lanes(repeating: table[0])
      for next in 1..<16 { entry.replace(with: table[next], where: y .> middles[next - 1]) }
      return entry
    }
  }
}
