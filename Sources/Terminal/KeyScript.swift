// Key scripts: input as text, for `screen --keys`, tests and documentation. Not here: what the keys do.
//
// A script is a list of items between spaces:
//   Right  C-p  M-x  F1  S-Tab     a key by its name (Key.names), any case
//   j                              a single printable character is that key
//   <C-p>                          a name may stand in angle brackets
//   Right*12                       a named key this many times, at most 1,000
//   :step<Enter>   /cat<Enter>     an item that begins with : or / or holds a <Name> is typed, names in brackets as keys
//   "some text"                    typed character by character; \" \\ \n and \t inside
//   paste"some text"               arrives as one bracketed paste
import Languages

public enum KeyScript {
  /// The events of a script.
  public static func parse(_ script: String) throws(KeyScriptError) -> [InputEvent] {
    var parser = Parser(script)
    return try parser.events()
  }

  private struct Parser {
    let characters: [Character]
    var index = 0

    init(_ script: String) { characters = Array(script) }

    mutating func events() throws(KeyScriptError) -> [InputEvent] {
      var events: [InputEvent] = []
      while index < characters.count {
        if characters[index].isWhitespace {
          index += 1
        } else if characters[index] == "\"" && index + 1 < characters.count && !characters[index + 1].isWhitespace {
          events += KeyScript.typed(try quoted()).map(InputEvent.key)
        } else if characters[index...].starts(with: "paste\"") {
          index += 5
          events.append(.paste(try quoted()))
        } else {
          let start = index
          while index < characters.count, !characters[index].isWhitespace { index += 1 }
          events += try word(String(characters[start..<index]), at: start).map(InputEvent.key)
        }
      }
      return events
    }

    /// The text of a quoted item; `index` is on the opening quote.
    private mutating func quoted() throws(KeyScriptError) -> String {
      let start = index
      var text = ""
      index += 1
      while index < characters.count {
        let character = characters[index]
        index += 1
        if character == "\"" { return text }
        guard character == "\\" else {
          text.append(character)
          continue
        }
        guard index < characters.count else { break }
        switch characters[index] {
        case "n": text.append("\n")
        case "t": text.append("\t")
        case let other: text.append(other)
        }
        index += 1
      }
      throw KeyScriptError(column: start + 1, item: String(characters[start...]), problem: .openQuote)
    }

    private func word(_ word: String, at start: Int) throws(KeyScriptError) -> [Key] {
      if let key = Key(named: word) { return [key] }
      if let star = word.lastIndex(of: "*"), let key = Key(named: String(word[..<star])) {
        guard let count = Int(word[word.index(after: star)...]), (0...1000).contains(count) else {
          throw KeyScriptError(column: start + 1, item: word, problem: .badCount)
        }
        return [Key](repeating: key, count: count)
      }
      let keys = KeyScript.bracketed(word)
      guard word.first == ":" || word.first == "/" || keys.named else {
        throw KeyScriptError(column: start + 1, item: word, problem: .unknownName)
      }
      return keys.keys
    }
  }

  /// Characters of a word as keys, `<Name>` as the key of that name; whether there was any such name.
  private static func bracketed(_ word: String) -> (keys: [Key], named: Bool) {
    var keys: [Key] = []
    var named = false
    var rest = Substring(word)
    while let first = rest.first {
      if first == "<", let end = rest.dropFirst(2).firstIndex(of: ">"),
        let key = Key(named: String(rest[rest.index(after: rest.startIndex)..<end]))
      {
        keys.append(key)
        named = true
        rest = rest[rest.index(after: end)...]
      } else {
        keys.append(.character(first))
        rest = rest.dropFirst()
      }
    }
    return (keys, named)
  }

  /// Text as the keys that type it; a newline is Ctrl-J, which makes a new line in a prompt without sending it.
  public static func typed(_ text: String) -> [Key] {
    text.compactMap { character in
      switch character {
      case "\n", "\r\n": .control("j")
      case "\t": .tab
      default: Key.isPrintable(character) ? .character(character) : nil
      }
    }
  }
}

/// A script that names a key that does not exist, or does not end.
public struct KeyScriptError: BilingualError, Hashable {
  public enum Problem: Sendable, Hashable { case unknownName, openQuote, badCount }

  /// Column in the script, from 1.
  public let column: Int
  public let item: String
  public let problem: Problem

  public var message: Bilingual {
    switch problem {
    case .unknownName:
      Bilingual(
        zh: "按键脚本第 \(column) 列：没有名为“\(item)”的按键。要输入文字，请加引号，例如 \"\(item)\"。",
        en: "Key script, column \(column): there is no key named “\(item)”. To type text, put it in quotes: \"\(item)\".")
    case .openQuote:
      Bilingual(
        zh: "按键脚本第 \(column) 列：引号没有结束。请在末尾补上 \"。",
        en: "Key script, column \(column): a quote is not closed. Add \" at its end.")
    case .badCount:
      Bilingual(
        zh: "按键脚本第 \(column) 列：“\(item)”的重复次数应在 0 到 1000 之间，例如 Right*12。",
        en: "Key script, column \(column): the count in “\(item)” must be 0 to 1000, for example Right*12.")
    }
  }
}
