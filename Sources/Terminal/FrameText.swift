// A frame as text: plain for snapshots, with SGR escapes for `screen --ansi`, logs and documentation.

extension Frame {
  /// The glyphs, line by line, without trailing spaces; ends with a newline.
  public var plainText: String {
    var text = ""
    for y in 0..<size.rows {
      var line = String.UnicodeScalarView()
      var pending = 0
      for x in 0..<size.columns {
        let cell = self[x, y]
        if cell.isContinuation { continue }
        if cell.scalar == " ", cell.marks.isEmpty {
          pending += 1
          continue
        }
        for _ in 0..<pending { line.append(" ") }
        pending = 0
        line.append(cell.scalar)
        cell.marks.append(to: &line)
      }
      text += String(line) + "\n"
    }
    return text
  }

  /// The frame with SGR escapes (ECMA-48) in the colours of `mode`; every line ends with a reset.
  public func ansiText(_ mode: ColorMode) -> String {
    var text = ""
    for y in 0..<size.rows {
      var current = Style.plain
      var line = String.UnicodeScalarView()
      for x in 0..<size.columns {
        let cell = self[x, y]
        if cell.isContinuation { continue }
        let style = cell.style.reduced(to: mode)
        if style != current {
          line.append(contentsOf: style.selectGraphicRendition.unicodeScalars)
          current = style
        }
        line.append(cell.scalar)
        cell.marks.append(to: &line)
      }
      text += String(line) + (current == .plain ? "\n" : "\u{1B}[0m\n")
    }
    return text
  }
}

extension Style {
  /// The escape that sets this style whatever was set before.
  var selectGraphicRendition: String {
    var codes = "0"
    for (attribute, code) in Style.attributeCodes where attributes.contains(attribute) { codes += ";" + code }
    switch foreground {
    case .default: break
    case .ansi(let index): codes += ";\(index < 8 ? 30 + Int(index) : 82 + Int(index))"
    case .indexed(let index): codes += ";38;5;\(index)"
    case .rgb(let red, let green, let blue): codes += ";38;2;\(red);\(green);\(blue)"
    }
    switch background {
    case .default: break
    case .ansi(let index): codes += ";\(index < 8 ? 40 + Int(index) : 92 + Int(index))"
    case .indexed(let index): codes += ";48;5;\(index)"
    case .rgb(let red, let green, let blue): codes += ";48;2;\(red);\(green);\(blue)"
    }
    return "\u{1B}[\(codes)m"
  }

  private static let attributeCodes: [(Attributes, String)] = [
    (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"), (.strikethrough, "9"),
  ]
}
