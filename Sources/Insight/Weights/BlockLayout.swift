// The layouts of float types and of ggml's simple quantized types, as ggml-common.h and ggml-quants.c (https://github.com/ggml-org/ggml) define
// them. Not here: k-quants (BlockLayout+KQuants), decoding whole tensors (ModelFiles).
import Languages
import ModelFiles

/// What the bytes of a block of one type mean.
struct BlockLayout: Sendable {
  let formula: String
  let words: Bilingual
  let decode: @Sendable (BlockBytes) -> (parts: [BlockPart], elements: [BlockElement])

  static let all: [ElementType: BlockLayout] = [
    .f32: float(exponentBits: 8, fractionBits: 23) { ($0.long(0), Float(bitPattern: $0.long(0))) },
    .f16: float(exponentBits: 5, fractionBits: 10) { (UInt32($0.word(0)), $0.half(0)) },
    .bf16: float(exponentBits: 8, fractionBits: 7) { (UInt32($0.word(0)), HalfPrecision.float(bf16: $0.word(0))) },
    .q8_0: q8, .q4_0: q4, .q4_1: q4WithMinimum, .q5_0: q5, .q5_1: q5WithMinimum, .iq4_nl: q4Nonlinear,
    .q2_k: q2K, .q3_k: q3K, .q4_k: q4K, .q5_k: q5K, .q6_k: q6K,
  ]

  static let scaleName = Bilingual(zh: "比例", en: "scale")
  static let minimumName = Bilingual(zh: "最小值", en: "minimum")
  static let highBitsName = Bilingual(zh: "第 5 位", en: "fifth bits")

  static func codesName(_ bits: Int) -> Bilingual { Bilingual(zh: "编码，各 \(bits) 位", en: "codes of \(bits) bits") }

  static func half(_ name: Bilingual, _ place: Int, _ bytes: BlockBytes) -> BlockPart {
    BlockPart(name: name, bytes: place..<place + 2, value: bytes.half(place))
  }

  // MARK: Floats

  /// IEEE 754: a sign bit, an exponent with the bias 2^(bits − 1) − 1, and the fraction behind an implied 1 (0 where the exponent is all zeros).
  private static func float(
    exponentBits: Int, fractionBits: Int, _ read: @escaping @Sendable (BlockBytes) -> (bits: UInt32, value: Float)
  ) -> BlockLayout {
    let size = (1 + exponentBits + fractionBits) / 8
    let bias = 1 << (exponentBits - 1) - 1
    return BlockLayout(
      formula: "value = (−1)^sign · 1.fraction · 2^(exponent − \(bias))",
      words: Bilingual(
        zh: "一个数 \(8 * size) 位：1 位符号、\(exponentBits) 位指数、\(fractionBits) 位小数，低位字节在前。",
        en:
          "\(8 * size) bits for one number: 1 for the sign, \(exponentBits) for the exponent, \(fractionBits) for the fraction; the low byte comes first."
      )
    ) { bytes in
      let (bits, value) = read(bytes)
      let exponent = Int(bits >> UInt32(fractionBits)) & (1 << exponentBits - 1)
      let digits = binary(bits, 1 + exponentBits + fractionBits)
      let text = [digits.prefix(1), digits.dropFirst().prefix(exponentBits), digits.dropFirst(1 + exponentBits)].joined(separator: " ")
      let part = BlockPart(name: Bilingual(zh: "符号、指数、小数", en: "sign, exponent, fraction"), bytes: 0..<size, value: value)
      let places = Array(0..<size)
      guard exponent != 1 << exponentBits - 1 else { return ([part], [BlockElement(.special(bits: text), places: places, special: value)]) }
      let power = max(exponent, 1) - bias
      let significand = Float(sign: value.sign, exponent: -power, significand: value.magnitude)
      return ([part], [BlockElement(.binary(significand: significand, exponent: power, bits: text), places: places)])
    }
  }

  private static func binary(_ bits: UInt32, _ count: Int) -> String {
    let digits = String(bits, radix: 2)
    return String(repeating: "0", count: count - digits.count) + digits
  }

  // MARK: Blocks of 32

  private static let q8 = BlockLayout(
    formula: "value = scale · code",
    words: Bilingual(zh: "32 个权重共用一个 f16 比例；每个权重存一个有符号字节。", en: "32 weights share one f16 scale; each weight is one signed byte.")
  ) { bytes in
    let scale = BlockFactor(bytes.half(0))
    return (
      [half(scaleName, 0, bytes), BlockPart(name: codesName(8), bytes: 2..<34, value: nil)],
      (0..<32).map { BlockElement(.linear(scale: scale, code: bytes.signed(2 + $0), shift: 0, offset: nil), places: [2 + $0]) }
    )
  }

  private static let q4 = BlockLayout(
    formula: "value = scale · (code − 8)",
    words: Bilingual(
      zh: "32 个权重共用一个 f16 比例；每个权重 4 位：前 16 个在各字节的低半，后 16 个在高半。",
      en:
        "32 weights share one f16 scale; each weight has 4 bits: the first 16 in the low halves of the bytes, the last 16 in the high halves."
    )
  ) { bytes in
    let scale = BlockFactor(bytes.half(0))
    return (
      [half(scaleName, 0, bytes), BlockPart(name: codesName(4), bytes: 2..<18, value: nil)],
      (0..<32).map { BlockElement(.linear(scale: scale, code: nibble(bytes, 2, $0), shift: 8, offset: nil), places: [2 + $0 % 16]) }
    )
  }

  private static let q4WithMinimum = BlockLayout(
    formula: "value = scale · code + minimum",
    words: Bilingual(
      zh: "32 个权重共用一个 f16 比例和一个 f16 最小值；每个权重 4 位。", en: "32 weights share an f16 scale and an f16 minimum; each weight has 4 bits.")
  ) { bytes in
    let (scale, minimum) = (BlockFactor(bytes.half(0)), BlockFactor(bytes.half(2)))
    return (
      [half(scaleName, 0, bytes), half(minimumName, 2, bytes), BlockPart(name: codesName(4), bytes: 4..<20, value: nil)],
      (0..<32).map { BlockElement(.linear(scale: scale, code: nibble(bytes, 4, $0), shift: 0, offset: minimum), places: [4 + $0 % 16]) }
    )
  }

  private static let q5 = BlockLayout(
    formula: "value = scale · (code − 16)",
    words: Bilingual(
      zh: "32 个权重共用一个 f16 比例；每个权重 5 位：4 位在半个字节里，第 5 位另存在 4 个字节里。",
      en: "32 weights share one f16 scale; each weight has 5 bits: 4 in half a byte, the fifth among 4 bytes of their own.")
  ) { bytes in
    let scale = BlockFactor(bytes.half(0))
    return (
      [
        half(scaleName, 0, bytes), BlockPart(name: highBitsName, bytes: 2..<6, value: nil),
        BlockPart(name: codesName(4), bytes: 6..<22, value: nil),
      ],
      (0..<32).map { i in
        BlockElement(
          .linear(scale: scale, code: nibble(bytes, 6, i) | bit(bytes, 2, i) << 4, shift: 16, offset: nil), places: [2 + i / 8, 6 + i % 16])
      }
    )
  }

  private static let q5WithMinimum = BlockLayout(
    formula: "value = scale · code + minimum",
    words: Bilingual(
      zh: "32 个权重共用一个 f16 比例和一个 f16 最小值；每个权重 5 位，第 5 位另存。",
      en: "32 weights share an f16 scale and an f16 minimum; each weight has 5 bits, the fifth stored apart.")
  ) { bytes in
    let (scale, minimum) = (BlockFactor(bytes.half(0)), BlockFactor(bytes.half(2)))
    return (
      [
        half(scaleName, 0, bytes), half(minimumName, 2, bytes), BlockPart(name: highBitsName, bytes: 4..<8, value: nil),
        BlockPart(name: codesName(4), bytes: 8..<24, value: nil),
      ],
      (0..<32).map { i in
        BlockElement(
          .linear(scale: scale, code: nibble(bytes, 8, i) | bit(bytes, 4, i) << 4, shift: 0, offset: minimum),
          places: [4 + i / 8, 8 + i % 16])
      }
    )
  }

  private static let q4Nonlinear = BlockLayout(
    formula: "value = scale · table[code]",
    words: Bilingual(
      zh: "32 个权重共用一个 f16 比例；4 位编码查一张固定的表，表在 0 附近更密。",
      en: "32 weights share one f16 scale; the 4-bit code looks up a fixed table that is denser around 0.")
  ) { bytes in
    let scale = BlockFactor(bytes.half(0))
    return (
      [half(scaleName, 0, bytes), BlockPart(name: codesName(4), bytes: 2..<18, value: nil)],
      (0..<32).map { i in
        let code = nibble(bytes, 2, i)
        return BlockElement(.table(scale: scale, code: code, entry: Int(IQ4NLBlocks.table[code])), places: [2 + i % 16])
      }
    )
  }

  /// Code `i` of 32: low halves first, then high halves.
  private static func nibble(_ bytes: BlockBytes, _ start: Int, _ i: Int) -> Int {
    i < 16 ? bytes.low(start + i) : bytes.high(start + i - 16)
  }

  /// Bit `i`, counted from the lowest of the first byte.
  private static func bit(_ bytes: BlockBytes, _ start: Int, _ i: Int) -> Int { bytes[start + i / 8] >> (i % 8) & 1 }
}
