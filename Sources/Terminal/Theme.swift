// What styles mean, and how much the terminal can show: the one value that every view gets beside its state.

/// Styles by meaning, with the colour and glyph modes that drawing helpers need.
///
/// The interface keeps to the terminal's default colours plus ANSI 1, 2, 5 and 6, bold and reverse, which are readable on light and dark; each
/// meaning has a second channel besides colour.
public struct Theme: Sendable, Hashable {
  public var colorMode: ColorMode
  public var glyphMode: GlyphMode

  public init(colorMode: ColorMode, glyphMode: GlyphMode = .block) {
    self.colorMode = colorMode
    self.glyphMode = glyphMode
  }

  public var text: Style { .plain }
  public var dim: Style { Style(.dim) }
  public var strong: Style { Style(.bold) }
  public var heading: Style { style(6, .bold) }
  public var code: Style { style(5) }
  public var link: Style { style(6, .underline) }
  public var good: Style { style(2) }
  public var warning: Style { style(5, .bold) }
  public var error: Style { style(1, .bold) }
  public var accent: Style { style(6) }
  public var key: Style { Style(.bold) }
  /// The line or cell under the cursor.
  public var selection: Style { Style(.reverse) }
  public var border: Style { Style(.dim) }
  public var focusedBorder: Style { style(6, .bold) }
  /// The bottom line and other bars.
  public var bar: Style { Style(.reverse) }

  public var borders: BorderGlyphs { glyphMode == .ascii ? .ascii : .line }

  private func style(_ ansi: UInt8, _ attributes: Attributes = []) -> Style {
    Style(foreground: colorMode == .none ? .default : .ansi(ansi), attributes)
  }
}
