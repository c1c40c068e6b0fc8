// Which terminal description and how many colours: a pure decision over the environment and what descriptions exist.
import Terminal

/// The user's wish about colours (`--color`).
public enum ColorPreference: String, Sendable, CaseIterable {
  case auto, always, never
}

struct TerminalChoice: Hashable {
  /// The terminfo entry to open.
  let name: String
  let colorMode: ColorMode
  /// Colours of the entry: 8 and 16 differ in how bright colours are shown.
  let colors: Int

  /// Decides. `describe` gives the number of colours of an entry, nil where there is no usable one.
  static func choose(
    environment: (String) -> String?, preference: ColorPreference, describe: (String) throws(ScreenError) -> Int
  ) throws(ScreenError) -> TerminalChoice {
    guard let name = environment("TERM"), !name.isEmpty else { throw .terminalNotNamed }
    let colors = try describe(name)
    // https://no-color.org: any value but the empty one; an explicit wish is stronger.
    let refuses = preference == .never || (preference == .auto && environment("NO_COLOR")?.isEmpty == false)
    if refuses { return TerminalChoice(name: name, colorMode: .none, colors: colors) }
    if colors >= 1 << 24 { return TerminalChoice(name: name, colorMode: .trueColor, colors: colors) }
    let announced = environment("COLORTERM").map { $0 == "truecolor" || $0 == "24bit" } ?? false
    if announced {
      // ncurses gives 24-bit colour only under an entry of its own (package ncurses-term).
      let base = name.hasSuffix("-256color") ? String(name.dropLast("-256color".count)) : name
      if let direct = try? describe(base + "-direct"), direct >= 1 << 24 {
        return TerminalChoice(name: base + "-direct", colorMode: .trueColor, colors: direct)
      }
    }
    let mode: ColorMode = colors >= 256 ? .color256 : (colors >= 8 ? .color16 : .none)
    return TerminalChoice(name: name, colorMode: mode, colors: colors)
  }

  /// The terminal's number of a colour that has been reduced to the mode; -1 is its own.
  func number(of color: Color) -> Int32 {
    switch color {
    case .default: return -1
    case .ansi(let index) where colorMode == .trueColor && index >= 8:
      let (red, green, blue) = Palette.components(index)
      return TerminalChoice.direct(red, green, blue)
    case .ansi(let index): return Int32(colors < 16 ? index % 8 : index)
    case .indexed(let index) where colorMode == .trueColor:
      let (red, green, blue) = Palette.components(index)
      return TerminalChoice.direct(red, green, blue)
    case .indexed(let index): return Int32(index)
    case .rgb(let red, let green, let blue): return TerminalChoice.direct(red, green, blue)
    }
  }

  /// Direct-colour entries keep the numbers 0…7 for the eight basic colours: a blue that dark becomes the next that is free.
  private static func direct(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
    let number = Int32(red) << 16 | Int32(green) << 8 | Int32(blue)
    return number < 8 ? 8 : number
  }
}
