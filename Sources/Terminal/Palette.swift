// What a colour becomes on a terminal with fewer colours. Colour maps choose their own steps (ColorMap); this is for single colours.

extension Color {
  /// The nearest colour that `mode` has. In `none` every colour is the default one.
  public func reduced(to mode: ColorMode) -> Color {
    switch (mode, self) {
    case (.none, _): .default
    case (_, .default), (_, .ansi): self
    case (.trueColor, _): self
    case (.color256, .indexed): self
    case (.color256, .rgb(let red, let green, let blue)): .indexed(Palette.nearest(red, green, blue, in: 16..<256))
    case (.color16, .indexed(let index)) where index < 16: .ansi(index)
    case (.color16, .indexed(let index)):
      {
        let (red, green, blue) = Palette.components(index)
        return .ansi(Palette.nearest(red, green, blue, in: 0..<16))
      }()
    case (.color16, .rgb(let red, let green, let blue)): .ansi(Palette.nearest(red, green, blue, in: 0..<16))
    }
  }
}

extension Style {
  public func reduced(to mode: ColorMode) -> Style {
    Style(foreground: foreground.reduced(to: mode), background: background.reduced(to: mode), attributes)
  }
}

/// xterm's 256 colours: 16 that the user defines, a cube of 6×6×6, 24 greys (xterm's 256colres.pl).
public enum Palette {
  private static let basic: [UInt32] = [
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
  ]
  private static let cube: [UInt8] = [0, 95, 135, 175, 215, 255]

  /// Red, green and blue of a colour; for 0…15 xterm's defaults.
  public static func components(_ index: UInt8) -> (UInt8, UInt8, UInt8) {
    if index < 16 {
      let value = basic[Int(index)]
      return (UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value))
    }
    if index >= 232 {
      let grey = 8 + 10 * (index - 232)
      return (grey, grey, grey)
    }
    let cell = Int(index) - 16
    return (cube[cell / 36], cube[cell / 6 % 6], cube[cell % 6])
  }

  /// The nearest colour by squared distance with the weights of ITU-R BT.601 brightness (rounded), which keeps dark tones apart.
  static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8, in range: Range<Int>) -> UInt8 {
    var best: UInt8 = 0
    var bestDistance = Int.max
    for index in range {
      let candidate = UInt8(index)
      let (r, g, b) = components(candidate)
      let dr = Int(r) - Int(red)
      let dg = Int(g) - Int(green)
      let db = Int(b) - Int(blue)
      let distance = 3 * dr * dr + 6 * dg * dg + db * db
      if distance < bestDistance {
        bestDistance = distance
        best = candidate
      }
    }
    return best
  }
}
