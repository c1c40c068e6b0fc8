// How a cell looks: colours, attributes, and what the terminal at hand can show. Not here: which style means what (Theme).

/// A colour as a view asks for it. `ColorMode` says what becomes of it on a terminal.
public enum Color: Sendable, Hashable {
  /// The terminal's own foreground or background.
  case `default`
  /// One of the 16 colours that the user's terminal defines, 0…15. The interface uses 1, 2, 5 and 6, which are readable on light and dark.
  case ansi(UInt8)
  /// One of xterm's 256 colours; 16…255 look the same everywhere.
  case indexed(UInt8)
  case rgb(UInt8, UInt8, UInt8)

  /// 24-bit colour from 0xRRGGBB.
  public init(hex: UInt32) {
    self = .rgb(UInt8(truncatingIfNeeded: hex >> 16), UInt8(truncatingIfNeeded: hex >> 8), UInt8(truncatingIfNeeded: hex))
  }
}

/// Attributes of a cell, as the terminal knows them.
public struct Attributes: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let bold = Attributes(rawValue: 1)
  public static let dim = Attributes(rawValue: 2)
  public static let underline = Attributes(rawValue: 4)
  public static let reverse = Attributes(rawValue: 8)
  public static let strikethrough = Attributes(rawValue: 16)
  public static let italic = Attributes(rawValue: 32)
}

/// Colours and attributes of a cell.
public struct Style: Sendable, Hashable {
  public var foreground: Color
  public var background: Color
  public var attributes: Attributes

  public init(foreground: Color = .default, background: Color = .default, _ attributes: Attributes = []) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  public static let plain = Style()

  /// This style with `attributes` added.
  public func with(_ attributes: Attributes) -> Style {
    var style = self
    style.attributes.formUnion(attributes)
    return style
  }

  public func foreground(_ color: Color) -> Style {
    var style = self
    style.foreground = color
    return style
  }

  public func background(_ color: Color) -> Style {
    var style = self
    style.background = color
    return style
  }

  public var isBold: Bool { attributes.contains(.bold) }
  public var isDim: Bool { attributes.contains(.dim) }
  public var isUnderlined: Bool { attributes.contains(.underline) }
  public var isReversed: Bool { attributes.contains(.reverse) }
  public var isStruckThrough: Bool { attributes.contains(.strikethrough) }
}

/// How many colours there are.
public enum ColorMode: String, Sendable, Hashable, CaseIterable {
  case trueColor = "truecolor"
  case color256 = "256"
  case color16 = "16"
  case none = "none"

  /// Whether a heatmap can be drawn in colour; otherwise it is drawn with a ramp of glyphs.
  public var hasColorMaps: Bool { self == .trueColor || self == .color256 }
}

/// Which glyphs a view may use.
public enum GlyphMode: String, Sendable, Hashable, CaseIterable {
  /// Box drawing, half and eighth blocks.
  case block
  /// As `block`, with curves in braille dots.
  case braille
  /// ASCII only, for terminals and fonts without the others.
  case ascii
}
