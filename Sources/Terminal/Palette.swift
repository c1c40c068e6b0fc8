// What a colour becomes on a terminal with fewer colours. Colour maps choose their own steps (ColorMap); this is for single colours.

extension Color {
  /// The nearest colour that `mode` has. In `none` every colour is the default one.
  public func reduced(to mode: ColorMode) -> Color {
    switch (mode, self) {
    case (.none, _): .default
    case (_, .default), (_, .ansi): self
    case (.trueColor, _): self
    case (.color256, .indexed): self
    case (.color256, .rgb(let red, let green, let blue)): .indexed(Palette.nearest(red, green, blue))
    case (.color16, .indexed(let index)) where index < 16: .ansi(index)
    case (.color16, .indexed(let index)):
      {
        let (red, green, blue) = Palette.components(index)
        return .ansi(Palette.nearestBasic(red, green, blue))
      }()
    case (.color16, .rgb(let red, let green, let blue)): .ansi(Palette.nearestBasic(red, green, blue))
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

  /// Squared distance with weights near those of brightness (ITU-R BT.601), which keeps dark tones apart.
  private static func distance(_ index: UInt8, _ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
    let (r, g, b) = components(index)
    let dr = Int(r) - Int(red)
    let dg = Int(g) - Int(green)
    let db = Int(b) - Int(blue)
    return 3 * dr * dr + 6 * dg * dg + db * db
  }

  /// The nearest of the 16 basic colours, by xterm's defaults.
  static func nearestBasic(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    (UInt8(0)..<16).min { distance($0, red, green, blue) < distance($1, red, green, blue) } ?? 0
  }

  /// The nearest of 16…255: the cube's axes are independent, so only its nearest cell and the nearest greys compete.
  static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let cell = 16 + 36 * cubeLevel(red) + 6 * cubeLevel(green) + cubeLevel(blue)
    // Under the weights the best grey is the one nearest to the weighted mean.
    let mean = (3 * Int(red) + 6 * Int(green) + Int(blue)) / 10
    let grey = UInt8(232 + min(23, max(0, (mean - 3) / 10)))
    return distance(grey, red, green, blue) < distance(cell, red, green, blue) ? grey : cell
  }

  private static func cubeLevel(_ value: UInt8) -> UInt8 {
    // Half way between 0, 95, 135, 175, 215, 255.
    value < 48 ? 0 : (value < 115 ? 1 : (value - 35) / 40)
  }
}
