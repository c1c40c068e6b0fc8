// The colour maps: viridis, grey, and blue/orange around zero. Red against green does not exist here: many people cannot tell them apart.
// Steps are chosen per colour mode, because reducing 64 steps of viridis to xterm's 256 colours reverses its lightness in places.

public enum ColorMap: String, Sendable, Hashable, CaseIterable {
  case viridis, grey, diverging

  /// Steps in a mode; for a diverging map on each side of zero.
  public func steps(_ mode: ColorMode) -> Int {
    switch (self, mode) {
    case (_, .color16), (_, .none): 0
    case (.viridis, .trueColor): ColorMap.viridis64.count
    case (.viridis, .color256): ColorMap.viridis256.count
    case (.grey, .trueColor): 64
    case (.grey, .color256): 24
    case (.diverging, .trueColor): 31
    case (.diverging, .color256): ColorMap.blue256.count
    }
  }

  /// The colour at 0…1, for the diverging map −1…1.
  func color(_ position: Float, mode: ColorMode) -> Color {
    let count = steps(mode)
    guard count > 0 else { return .default }
    guard self == .diverging else { return color(step: min(count - 1, Int(position * Float(count))), mode: mode) }
    let step = Int((abs(position) * Float(count)).rounded(.up))
    return step == 0 ? .default : color(step: step - 1, isNegative: position < 0, mode: mode)
  }

  /// The colour of a step, 0 the lowest.
  func color(step: Int, isNegative: Bool = false, mode: ColorMode) -> Color {
    let isDirect = mode == .trueColor
    switch self {
    case .viridis: return isDirect ? Color(hex: ColorMap.viridis64[step]) : .indexed(ColorMap.viridis256[step])
    case .grey:
      let level = UInt8(16 + step * 239 / 63)
      return isDirect ? .rgb(level, level, level) : .indexed(UInt8(232 + step))
    case .diverging:
      if !isDirect { return .indexed((isNegative ? ColorMap.orange256 : ColorMap.blue256)[step]) }
      // From a dark tone that already shows its hue to a light one; orange is negative, blue positive.
      let fraction = Float(step + 1) / Float(steps(mode))
      let (dark, light): ((Float, Float, Float), (Float, Float, Float)) =
        isNegative ? ((61, 36, 12), (255, 172, 77)) : ((14, 42, 71), (105, 184, 255))
      return .rgb(
        UInt8(dark.0 + (light.0 - dark.0) * fraction), UInt8(dark.1 + (light.1 - dark.1) * fraction),
        UInt8(dark.2 + (light.2 - dark.2) * fraction))
    }
  }

  /// Twelve of xterm's colours with growing lightness (CIE L*), nearest to viridis under that condition.
  static let viridis256: [UInt8] = [53, 54, 25, 60, 30, 66, 36, 72, 42, 113, 148, 220]
  static let blue256: [UInt8] = [24, 31, 68, 75, 117]
  static let orange256: [UInt8] = [94, 130, 172, 208, 215]

  /// Every fourth of viridis' 256 colours, interpolated (van der Walt and Smith, matplotlib 1.5, CC0).
  static let viridis64: [UInt32] = [
    0x440154, 0x46075A, 0x470D60, 0x471365, 0x48186B, 0x481E6F, 0x482374, 0x482878,
    0x472D7C, 0x46327F, 0x453782, 0x433C84, 0x424186, 0x404688, 0x3E4A89, 0x3C4F8A,
    0x3A538B, 0x38578C, 0x365C8D, 0x34608D, 0x32648E, 0x31688E, 0x2F6C8E, 0x2D708E,
    0x2C748E, 0x2A778E, 0x297B8E, 0x277F8E, 0x26838E, 0x24878E, 0x238A8D, 0x218E8D,
    0x20928C, 0x1F968B, 0x1F9A8A, 0x1F9D89, 0x1FA187, 0x21A586, 0x23A984, 0x26AC81,
    0x2AB07F, 0x2FB47C, 0x35B779, 0x3BBB75, 0x42BE71, 0x4AC26D, 0x52C569, 0x5AC864,
    0x63CB5F, 0x6CCE59, 0x76D054, 0x80D34D, 0x8AD547, 0x94D841, 0x9FDA3A, 0xA9DC33,
    0xB4DD2C, 0xBFDF25, 0xCAE01F, 0xD4E21A, 0xDFE318, 0xE9E41A, 0xF3E61E, 0xFDE725,
  ]
}

extension Color {
  /// Black or white, whichever reads on this background; the default colour on the default background.
  public var readable: Color {
    let components: (UInt8, UInt8, UInt8)
    switch self {
    case .default: return .default
    case .ansi(let index), .indexed(let index): components = Palette.components(index)
    case .rgb(let red, let green, let blue): components = (red, green, blue)
    }
    let brightness = 299 * Int(components.0) + 587 * Int(components.1) + 114 * Int(components.2)
    return brightness > 128_000 ? .indexed(16) : .indexed(231)
  }
}
