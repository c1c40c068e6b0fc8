// IEEE binary16 and bfloat16 as bit patterns, rounding to nearest even. Not here: arithmetic in half precision.
//
// Done with integers and one multiplication, because `Float16` is missing on x86 macOS and is a library call without F16C.

public enum HalfPrecision {
  /// binary16 → f32, exact. Multiplying by 2^112 moves the exponent bias from 15 to 127 and normalizes subnormals at once.
  @inline(__always)
  public static func float(f16 bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let sign = UInt32(bits & 0x8000) << 16
    // All ones in the exponent: infinity and NaN keep their payload.
    let scaled = magnitude < 0x0F80_0000 ? (Float(bitPattern: magnitude) * 0x1p112).bitPattern : magnitude | 0x7F80_0000
    return Float(bitPattern: scaled | sign)
  }

  /// f32 → binary16. Too large becomes infinity; NaN keeps the upper payload bits and stays NaN, as in NumPy.
  @inline(__always)
  public static func f16(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7C00 | max(UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3FF, 1) }
    // From 65520 on, halfway between the largest finite number and the next.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    // Below 2^-14 the result is subnormal: adding 0.5, whose last bit is worth 2^-24, rounds to its multiples.
    if magnitude < 0x3880_0000 { return sign | UInt16(truncatingIfNeeded: (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000) }
    let rounded = magnitude &+ 0xFFF &+ (magnitude >> 13 & 1) &- 112 << 23
    return sign | UInt16(truncatingIfNeeded: rounded >> 13)
  }

  /// bfloat16 → f32, exact.
  @inline(__always)
  public static func float(bf16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// f32 → bfloat16. NaN becomes quiet, as in ggml.
  @inline(__always)
  public static func bf16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if bits & 0x7FFF_FFFF > 0x7F80_0000 { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
