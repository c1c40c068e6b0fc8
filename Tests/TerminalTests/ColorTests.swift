// Palettes and colour maps: steps grow in lightness, reductions are exact where they can be.
@testable import Terminal
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ColorTests {
  /// CIE L*, 0…100.
  private func lightness(_ color: Color) -> Double {
    let rgb: (UInt8, UInt8, UInt8)
    switch color {
    case .indexed(let index), .ansi(let index): rgb = Palette.components(index)
    case .rgb(let red, let green, let blue): rgb = (red, green, blue)
    case .default: return 0
    }
    let linear = [rgb.0, rgb.1, rgb.2].map { component -> Double in
      let value = Double(component) / 255
      return value > 0.04045 ? pow((value + 0.055) / 1.055, 2.4) : value / 12.92
    }
    let y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y
  }

  @Test(arguments: [ColorMode.trueColor, .color256], [ColorMap.viridis, .grey]) func lightnessGrows(_ mode: ColorMode, _ map: ColorMap) {
    let steps = (0..<map.steps(mode)).map { lightness(map.color(step: $0, mode: mode)) }
    for (low, high) in zip(steps, steps.dropFirst()) { #expect(low < high) }
    #expect(steps.count >= 12)
  }

  @Test(arguments: [ColorMode.trueColor, .color256], [true, false]) func divergingGrowsOnBothSides(_ mode: ColorMode, _ isNegative: Bool) {
    let steps = (0..<ColorMap.diverging.steps(mode)).map {
      lightness(ColorMap.diverging.color(step: $0, isNegative: isNegative, mode: mode))
    }
    for (low, high) in zip(steps, steps.dropFirst()) { #expect(low < high) }
  }

  @Test func scales() {
    let scale = ColorScale.diverging(limit: 2)
    #expect(scale.color(0, mode: .trueColor) == .default)
    #expect(scale.color(2, mode: .color256) == .indexed(117))
    #expect(scale.color(-5, mode: .color256) == .indexed(215))
    #expect(scale.color(-0.001, mode: .color256) == .indexed(94), "anything but zero is seen")
    #expect(ColorScale.probability.color(0, mode: .trueColor) == Color(hex: 0x440154))
    #expect(ColorScale.probability.color(1, mode: .trueColor) == Color(hex: 0xFDE725))
    #expect(ColorScale.probability.color(.infinity, mode: .color256) == .indexed(220))
    #expect(ColorScale.probability.color(0.5, mode: .color16) == .default)
    let same = ColorScale.sequential(of: [3, 3, .nan])
    #expect(same.minimum == 3 && same.maximum > 3)
    #expect(ColorScale.sequential(of: [Float.nan]).maximum.isFinite)
    #expect(ColorScale.diverging(of: [Float]()).maximum == 1)
    let glyphs = [0, 0.25, 0.5, 0.75, 1].map { ColorScale.probability.glyph($0, glyphs: .block) }
    #expect(glyphs == ["·", "░", "▒", "▓", "█"])
    #expect([-1, -0.3, 0, 0.3, 1].map { ColorScale.diverging(limit: 1).glyph($0, glyphs: .ascii) } == ["=", "-", ".", "+", "#"])
  }

  @Test func reductions() {
    for index in UInt8(16)...255 {
      let (red, green, blue) = Palette.components(index)
      let reduced = Color.rgb(red, green, blue).reduced(to: .color256)
      guard case .indexed(let found) = reduced else {
        Issue.record("\(reduced)")
        continue
      }
      #expect(Palette.components(found) == (red, green, blue))
    }
    // The short cut finds what a search over all colours finds.
    func distance(_ index: UInt8, _ color: (UInt8, UInt8, UInt8)) -> Int {
      let found = Palette.components(index)
      let (dr, dg, db) = (Int(found.0) - Int(color.0), Int(found.1) - Int(color.1), Int(found.2) - Int(color.2))
      return 3 * dr * dr + 6 * dg * dg + db * db
    }
    var random = SplitMix(state: 29)
    for _ in 0..<500 {
      let color = (
        UInt8.random(in: 0...255, using: &random), UInt8.random(in: 0...255, using: &random), UInt8.random(in: 0...255, using: &random)
      )
      let best = (UInt8(16)...255).map { distance($0, color) }.min()
      #expect(distance(Palette.nearest(color.0, color.1, color.2), color) == best, "\(color)")
    }
    #expect(Color.rgb(250, 10, 10).reduced(to: .color16) == .ansi(9))
    #expect(Color.indexed(9).reduced(to: .color16) == .ansi(9))
    #expect(Color.ansi(6).reduced(to: .color256) == .ansi(6))
    #expect(Color.rgb(1, 2, 3).reduced(to: .none) == .default)
    #expect(Color.rgb(255, 255, 255).readable == .indexed(16))
    #expect(Color.indexed(53).readable == .indexed(231))
  }
}
