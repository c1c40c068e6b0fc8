// Bytes and key names of ncurses → input events: UTF-8, Ctrl, Alt, unknown sequences, pastes. Pure, so that every case has a test without a terminal.
import Terminal

struct InputDecoder {
  enum Piece: Hashable {
    case byte(UInt8)
    /// A key that ncurses recognised, by name.
    case name(String)
  }

  /// Bytes of a paste that are kept.
  static let pasteLimit = 1 << 20
  private static let pasteEnd: [UInt8] = [0x1B] + Array("[201~".utf8)
  private static let sequenceLimit = 64

  private enum State {
    case plain
    /// After Esc: Alt with what follows, a sequence, or Esc alone.
    case escape
    /// After Esc [ or Esc O, a sequence that ncurses does not know.
    case sequence([UInt8])
    case paste
  }

  private var state = State.plain
  private var character: [UInt8] = []
  private var isAlt = false
  private var pasted: [UInt8] = []
  private var pastedCount = 0

  var isPasting: Bool { if case .paste = state { true } else { false } }

  /// The events that a piece completes.
  mutating func feed(_ piece: Piece) -> [InputEvent] {
    switch (state, piece) {
    case (.paste, .byte(let byte)): return pasteByte(byte)
    case (.paste, .name): return []
    case (_, .name(let name)):
      let before = settle()
      if name == "paste-begin" {
        state = .paste
        pasted = []
        pastedCount = 0
        return before
      }
      return before + (InputDecoder.event(named: name).map { [$0] } ?? [])
    case (.escape, .byte(let byte)):
      state = .plain
      if byte == 0x1B {
        state = .escape
        return [.key(.escape)]
      }
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") {
        state = .sequence([byte])
        return []
      }
      isAlt = true
      return plainByte(byte)
    case (.sequence(var bytes), .byte(let byte)):
      bytes.append(byte)
      // ECMA-48: parameters and intermediates are 0x20…0x3F, the final byte is 0x40…0x7E.
      if (0x20..<0x40).contains(byte), bytes.count < InputDecoder.sequenceLimit {
        state = .sequence(bytes)
        return []
      }
      state = .plain
      return [.unknown("Esc " + DisplayText(bytes: bytes).string)]
    case (.plain, .byte(let byte)): return plainByte(byte)
    }
  }

  /// No more input for now: what waits for more is taken as it is.
  mutating func idle() -> [InputEvent] {
    if isPasting { return [] }
    return settle()
  }

  /// The end of a paste never came: what has come is delivered.
  mutating func abandonPaste() -> [InputEvent] { isPasting ? finishPaste() : [] }

  private mutating func settle() -> [InputEvent] {
    defer { if !isPasting { state = .plain } }
    switch state {
    case .escape: return [.key(.escape)]
    case .sequence(let bytes) where bytes.count == 1: return [.key(.alt(Character(Unicode.Scalar(bytes[0]))))]
    case .sequence(let bytes): return [.unknown("Esc " + DisplayText(bytes: bytes).string)]
    case .plain, .paste: return []
    }
  }

  // MARK: Characters

  private mutating func plainByte(_ byte: UInt8) -> [InputEvent] {
    if !character.isEmpty || byte >= 0x80 { return unicodeByte(byte) }
    let alt = isAlt
    isAlt = false
    switch byte {
    case 0x1B:
      state = .escape
      return []
    case 0x08, 0x7F: return [.key(alt ? .altBackspace : .backspace)]
    case 0x09: return [.key(.tab)]
    case 0x0D: return [.key(alt ? .altEnter : .enter)]
    case 0x00..<0x20:
      // 0x00 is Ctrl-@, 0x01…0x1A the letters, 0x1C…0x1F Ctrl-\ ] ^ _.
      let code = byte == 0 || byte > 0x1A ? byte + 0x40 : byte + 0x60
      return [.key(.control(Character(Unicode.Scalar(code))))]
    default:
      let typed = Character(Unicode.Scalar(byte))
      return [.key(alt ? .alt(typed) : .character(typed))]
    }
  }

  private mutating func unicodeByte(_ byte: UInt8) -> [InputEvent] {
    character.append(byte)
    let needed: Int
    switch character[0] {
    case 0xC2..<0xE0: needed = 2
    case 0xE0..<0xF0: needed = 3
    case 0xF0..<0xF5: needed = 4
    default: needed = 1
    }
    // A byte that cannot continue ends the broken character and begins anew.
    if character.count > 1, !(0x80..<0xC0).contains(byte) {
      character = []
      return [.unknown("UTF-8")] + feed(.byte(byte))
    }
    guard character.count >= needed else { return [] }
    let text = String(decoding: character, as: UTF8.self)
    character = []
    let alt = isAlt
    isAlt = false
    guard let typed = text.first, text.count == 1, typed != "\u{FFFD}", Key.isTypable(typed) else { return [.unknown("UTF-8")] }
    return [.key(alt ? .alt(typed) : .character(typed))]
  }

  // MARK: Pastes

  private mutating func pasteByte(_ byte: UInt8) -> [InputEvent] {
    pastedCount += 1
    pasted.append(byte)
    if byte == 0x7E, pasted.suffix(InputDecoder.pasteEnd.count).elementsEqual(InputDecoder.pasteEnd) {
      pasted.removeLast(InputDecoder.pasteEnd.count)
      pastedCount -= InputDecoder.pasteEnd.count
      return finishPaste()
    }
    // Beyond the limit only as much is kept as the end mark needs.
    if pasted.count >= InputDecoder.pasteLimit + 4096 {
      pasted.removeSubrange(InputDecoder.pasteLimit..<(pasted.count - InputDecoder.pasteEnd.count))
    }
    return []
  }

  private mutating func finishPaste() -> [InputEvent] {
    state = .plain
    let isCut = pastedCount > InputDecoder.pasteLimit
    let text = String(decoding: pasted.prefix(InputDecoder.pasteLimit), as: UTF8.self)
    pasted = []
    let unified = text.unicodeScalars.contains("\r") ? InputDecoder.unifyNewlines(text) : text
    return [.paste(unified)] + (isCut ? [.pasteCut(limit: InputDecoder.pasteLimit)] : [])
  }

  /// Terminals send the newlines of a paste as CR.
  private static func unifyNewlines(_ text: String) -> String {
    String(text.map { $0 == "\r\n" || $0 == "\r" ? "\n" : $0 })
  }

  // MARK: Names

  private static let keys: [String: Key] = [
    "KEY_UP": .up, "KEY_DOWN": .down, "KEY_LEFT": .left, "KEY_RIGHT": .right, "KEY_HOME": .home, "KEY_END": .end,
    "KEY_PPAGE": .pageUp, "KEY_NPAGE": .pageDown, "KEY_BACKSPACE": .backspace, "KEY_DC": .delete, "KEY_IC": .insert,
    "KEY_BTAB": .backTab, "KEY_ENTER": .enter, "KEY_A1": .home, "KEY_A3": .pageUp, "KEY_C1": .end, "KEY_C3": .pageDown,
    "kUP5": .controlUp, "kDN5": .controlDown, "kLFT5": .controlLeft, "kRIT5": .controlRight, "kUP": .shiftUp, "kDN": .shiftDown,
    "KEY_SR": .shiftUp, "KEY_SF": .shiftDown, "KEY_SLEFT": .shiftLeft, "KEY_SRIGHT": .shiftRight, "KEY_FIND": .home,
    "KEY_SELECT": .end,
  ]

  private static func event(named name: String) -> InputEvent? {
    if let key = keys[name] { return .key(key) }
    if name.hasPrefix("KEY_F("), let number = Int(name.dropFirst(6).dropLast()), (1...12).contains(number) {
      return .key(.function(number))
    }
    // The end of a paste that did not begin, and ncurses' own note about the size, are nobody's input.
    if name == "paste-end" || name == "KEY_RESIZE" { return nil }
    return .unknown(name)
  }
}

extension Key {
  /// No control, C1 included.
  fileprivate static func isTypable(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy { $0.value >= 0xA0 || (0x20..<0x7F).contains($0.value) }
  }
}
