// From a number to a colour or, where there are no colours, to a glyph. Not here: the steps of the maps (ColorMap), drawing.

/// A range of values with the map that shows it. Views say beside it whether the range is per row, per head or fixed.
public struct ColorScale: Sendable, Hashable {
  public let map: ColorMap
  public let minimum: Float
  public let maximum: Float

  /// A range from small to large. An empty or non-finite range becomes one around its minimum.
  public static func sequential(_ minimum: Float, _ maximum: Float, map: ColorMap = .viridis) -> ColorScale {
    let low = minimum.isFinite ? minimum : 0
    return ColorScale(map: map, minimum: low, maximum: maximum.isFinite && maximum > low ? maximum : low + 1)
  }

  /// A range around zero: zero is the background, the sign chooses the hue, the size the lightness.
  public static func diverging(limit: Float) -> ColorScale {
    let limit = limit.isFinite && limit > 0 ? limit : 1
    return ColorScale(map: .diverging, minimum: -limit, maximum: limit)
  }

  /// From the smallest to the largest finite value.
  public static func sequential(of values: some Sequence<Float>, map: ColorMap = .viridis) -> ColorScale {
    var low = Float.infinity
    var high = -Float.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    return sequential(low, high, map: map)
  }

  /// Around zero, up to the largest finite magnitude.
  public static func diverging(of values: some Sequence<Float>) -> ColorScale {
    var limit: Float = 0
    for value in values where value.isFinite { limit = max(limit, abs(value)) }
    return diverging(limit: limit)
  }

  /// Attention weights and other probabilities: fixed, so that heads compare.
  public static let probability = ColorScale.sequential(0, 1)

  /// 0…1 along the range, or −1…1 for a diverging scale; values outside the range count as its ends.
  public func position(_ value: Float) -> Float {
    guard value.isFinite else { return value > 0 ? 1 : (map == .diverging && value < 0 ? -1 : 0) }
    if map == .diverging { return min(1, max(-1, value / maximum)) }
    return min(1, max(0, (value - minimum) / (maximum - minimum)))
  }

  /// The background colour of a value; `default` without colour maps and for the zero of a diverging scale.
  public func color(_ value: Float, mode: ColorMode) -> Color { map.color(position(value), mode: mode) }

  /// One of five glyphs by size; a diverging scale has two for each sign and one around zero.
  public func glyph(_ value: Float, glyphs: GlyphMode) -> Unicode.Scalar {
    let position = position(value)
    if map == .diverging {
      let steps: [Unicode.Scalar] = ["=", "-", glyphs == .ascii ? "." : "·", "+", "#"]
      return steps[min(4, max(0, Int((position * 2.5 + 2.5).rounded(.down))))]
    }
    let steps: [Unicode.Scalar] = glyphs == .ascii ? [".", ":", "+", "*", "#"] : ["·", "░", "▒", "▓", "█"]
    return steps[min(4, Int(position * 5))]
  }
}
