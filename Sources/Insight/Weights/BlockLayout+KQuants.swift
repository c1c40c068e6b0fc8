// The layouts of ggml's k-quants: blocks of 256 in groups of 16 or 32 that have small scales of their own (ggml-common.h, ggml-quants.c).
// Not here: the simple types (BlockLayout).
import Languages

extension BlockLayout {
  private static let groupScalesName = Bilingual(zh: "各组的比例", en: "scales of the groups")
  private static let groupMinimumsName = Bilingual(zh: "各组的比例和最小值", en: "scales and minimums of the groups")

  private static func part(_ name: Bilingual, _ bytes: Range<Int>) -> BlockPart { BlockPart(name: name, bytes: bytes, value: nil) }

  private static func groups(_ size: Int, _ bits: Int, _ scaleBits: Int, hasMinimum: Bool) -> Bilingual {
    let (zh, en) = hasMinimum ? ("比例和最小值", "scale and minimum") : ("比例", "scale")
    return Bilingual(
      zh: "256 个权重分成 \(256 / size) 组，每组有自己的 \(scaleBits) 位\(zh)，再乘以整块共用的 f16 数；每个权重 \(bits) 位。",
      en:
        "256 weights in \(256 / size) groups: each group has its own \(en) of \(scaleBits) bits, times an f16 number that the whole block shares; "
        + "each weight has \(bits) bits.")
  }

  /// Element e lies in half n, quarter j of it, half h of that, place l: 128 · n + 32 · j + 16 · h + l.
  private static func split(_ e: Int) -> (n: Int, j: Int, h: Int, l: Int) { (e / 128, e % 128 / 32, e % 32 / 16, e % 16) }

  static let q2K = BlockLayout(
    formula: "value = (scale · s) · code − (minimum · m)", words: groups(16, 2, 4, hasMinimum: true)
  ) { bytes in
    let (scale, minimum) = (bytes.half(80), bytes.half(82))
    return (
      [part(groupMinimumsName, 0..<16), part(codesName(2), 16..<80), half(scaleName, 80, bytes), half(minimumName, 82, bytes)],
      (0..<256).map { e in
        let (n, j, h, l) = split(e)
        let place = 16 + 32 * n + 16 * h + l
        let group = bytes[8 * n + 2 * j + h]
        return BlockElement(
          .linear(
            scale: BlockFactor(scale, times: group & 15), code: bytes[place] >> (2 * j) & 3, shift: 0,
            offset: BlockFactor(-minimum, times: group >> 4)), places: [place])
      }
    )
  }

  static let q3K = BlockLayout(
    formula: "value = (scale · s) · (code − 4)", words: groups(16, 3, 6, hasMinimum: false)
  ) { bytes in
    let scale = bytes.half(108)
    // Six bits each: four from bytes 0…7, two from bytes 8…11.
    let groups = (0..<16).map { i in
      ((i < 8 ? bytes.low(96 + i) : bytes.high(88 + i)) | (bytes[104 + i % 4] >> (2 * (i / 4)) & 3) << 4) - 32
    }
    return (
      [
        part(Bilingual(zh: "第 3 位", en: "third bits"), 0..<32), part(codesName(2), 32..<96), part(groupScalesName, 96..<108),
        half(scaleName, 108, bytes),
      ],
      (0..<256).map { e in
        let (n, j, h, l) = split(e)
        let (place, mask) = (32 + 32 * n + 16 * h + l, 16 * h + l)
        let code = bytes[place] >> (2 * j) & 3 | (bytes[mask] >> (4 * n + j) & 1) << 2
        return BlockElement(
          .linear(scale: BlockFactor(scale, times: groups[8 * n + 2 * j + h]), code: code, shift: 4, offset: nil), places: [mask, place])
      }
    )
  }

  /// Eight scales and eight minimums of six bits in twelve bytes (`get_scale_min_k4`).
  private static func scaleAndMinimum(_ bytes: BlockBytes, _ start: Int, _ i: Int) -> (Int, Int) {
    if i < 4 { return (bytes[start + i] & 63, bytes[start + i + 4] & 63) }
    return (
      bytes.low(start + i + 4) | (bytes[start + i - 4] >> 6) << 4, bytes.high(start + i + 4) | (bytes[start + i] >> 6) << 4
    )
  }

  static let q4K = BlockLayout(
    formula: "value = (scale · s) · code − (minimum · m)", words: groups(32, 4, 6, hasMinimum: true)
  ) { bytes in
    let (scale, minimum) = (bytes.half(0), bytes.half(2))
    return (
      [half(scaleName, 0, bytes), half(minimumName, 2, bytes), part(groupMinimumsName, 4..<16), part(codesName(4), 16..<144)],
      (0..<256).map { e in
        let (group, place) = (e / 32, 16 + e / 64 * 32 + e % 32)
        let (s, m) = scaleAndMinimum(bytes, 4, group)
        return BlockElement(
          .linear(
            scale: BlockFactor(scale, times: s), code: group % 2 == 0 ? bytes.low(place) : bytes.high(place), shift: 0,
            offset: BlockFactor(-minimum, times: m)), places: [place])
      }
    )
  }

  static let q5K = BlockLayout(
    formula: "value = (scale · s) · code − (minimum · m)", words: groups(32, 5, 6, hasMinimum: true)
  ) { bytes in
    let (scale, minimum) = (bytes.half(0), bytes.half(2))
    return (
      [
        half(scaleName, 0, bytes), half(minimumName, 2, bytes), part(groupMinimumsName, 4..<16), part(highBitsName, 16..<48),
        part(codesName(4), 48..<176),
      ],
      (0..<256).map { e in
        let (group, place, high) = (e / 32, 48 + e / 64 * 32 + e % 32, 16 + e % 32)
        let (s, m) = scaleAndMinimum(bytes, 4, group)
        let code = (group % 2 == 0 ? bytes.low(place) : bytes.high(place)) | (bytes[high] >> group & 1) << 4
        return BlockElement(
          .linear(scale: BlockFactor(scale, times: s), code: code, shift: 0, offset: BlockFactor(-minimum, times: m)),
          places: [high, place])
      }
    )
  }

  static let q6K = BlockLayout(
    formula: "value = (scale · s) · (code − 32)", words: groups(16, 6, 8, hasMinimum: false)
  ) { bytes in
    let scale = bytes.half(208)
    return (
      [
        part(codesName(4), 0..<128), part(Bilingual(zh: "第 5、6 位", en: "fifth and sixth bits"), 128..<192),
        part(groupScalesName, 192..<208), half(scaleName, 208, bytes),
      ],
      (0..<256).map { e in
        let (n, j, l) = (e / 128, e % 128 / 32, e % 32)
        let (place, high) = (64 * n + j % 2 * 32 + l, 128 + 32 * n + l)
        let code = (j < 2 ? bytes.low(place) : bytes.high(place)) | (bytes[high] >> (2 * j) & 3) << 4
        return BlockElement(
          .linear(scale: BlockFactor(scale, times: bytes.signed(192 + e / 16)), code: code, shift: 32, offset: nil), places: [place, high])
      }
    )
  }
}
