// What a person can do to the program: keys, pastes, a new window size. Not here: bytes of a terminal (CursesTerminal), meaning (LabScreens).

/// A key as the interface knows it. Ctrl-I, Ctrl-M, Ctrl-H and Ctrl-[ do not exist: a terminal sends them as Tab, Enter, Backspace and Esc.
public enum Key: Sendable, Hashable {
  /// A printable character, composed as it arrived. The space bar is `character(" ")`.
  case character(Character)
  /// Ctrl with a lower-case letter, or one of `@ \ ] ^ _`.
  case control(Character)
  /// Alt (or Esc as a prefix) with a character.
  case alt(Character)
  case enter, altEnter, escape, tab, backTab, backspace, altBackspace, delete, insert
  case up, down, left, right, home, end, pageUp, pageDown
  case controlLeft, controlRight, controlUp, controlDown
  case shiftUp, shiftDown, shiftLeft, shiftRight
  /// F1…F12.
  case function(Int)
}

public enum InputEvent: Sendable, Hashable {
  case key(Key)
  /// Bracketed paste, with its newlines; never the same as typing.
  case paste(String)
  /// A paste was longer than this many bytes; what came before the limit has been delivered as `paste`.
  case pasteCut(limit: Int)
  case resize(Size)
  /// The program was stopped (Ctrl-Z) and is back; the screen has been redrawn.
  case resumed
  /// A sequence that no key table knows.
  case unknown(String)
  /// The terminal has gone; nothing more will come.
  case closed
}

extension Key: CustomStringConvertible {
  /// The name in key scripts and on the screen: `Right`, `C-p`, `M-x`, `a`.
  public var description: String {
    switch self {
    case .character(" "): "Space"
    case .character(let character): String(character)
    case .control(let character): "C-\(character)"
    case .alt(let character): "M-\(character)"
    case .function(let number): "F\(number)"
    default: Key.names.first { $0.key == self }?.name ?? ""
    }
  }

  /// Keys with a name of their own. Names are compared without regard to case.
  static let names: [(name: String, key: Key)] = [
    ("Enter", .enter), ("M-Enter", .altEnter), ("Esc", .escape), ("Tab", .tab), ("S-Tab", .backTab), ("Backspace", .backspace),
    ("M-Backspace", .altBackspace), ("Delete", .delete), ("Insert", .insert), ("Up", .up), ("Down", .down), ("Left", .left),
    ("Right", .right), ("Home", .home), ("End", .end), ("PgUp", .pageUp), ("PgDn", .pageDown), ("C-Left", .controlLeft),
    ("C-Right", .controlRight), ("C-Up", .controlUp), ("C-Down", .controlDown), ("S-Up", .shiftUp), ("S-Down", .shiftDown),
    ("S-Left", .shiftLeft), ("S-Right", .shiftRight), ("Space", .character(" ")),
  ]

  /// The key of a name: `Right`, `C-p`, `M-x`, `F1`, `Space`, or a single printable character.
  public init?(named name: String) {
    if name.count == 1, let character = name.first, Key.isPrintable(character) {
      self = .character(character)
      return
    }
    if let known = Key.names.first(where: { $0.name.lowercased() == name.lowercased() }) {
      self = known.key
      return
    }
    if let first = name.first, first == "F" || first == "f", let number = Int(name.dropFirst()), (1...12).contains(number) {
      self = .function(number)
      return
    }
    guard name.count == 3, let character = name.last, Key.isPrintable(character), character != " " else { return nil }
    switch name.prefix(2) {
    case "C-", "c-":
      let lower = Character(character.lowercased())
      guard "abcdefgjklnopqrstuvwxyz@\\]^_".contains(lower) else { return nil }
      self = .control(lower)
    case "M-", "m-": self = .alt(character)
    default: return nil
    }
  }

  static func isPrintable(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
  }
}
