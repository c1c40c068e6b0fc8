// Keys while something lies over the panes: text fields, lists, help. q is a letter here.
import Chat
import Course
import Languages
import Terminal

extension ScreenState {
  mutating func handleInOverlay(_ key: Key) -> [ScreenEffect] {
    guard let overlay else { return [] }
    if case .prompt(var editor) = overlay, editor.search != nil {
      // Ctrl-R is open: every key is its own until it closes.
      _ = editor.handle(key)
      self.overlay = .prompt(editor)
      return []
    }
    if key == .escape {
      self.overlay = nil
      return []
    }
    switch overlay {
    case .help(var scroll):
      if key == .character("q") || key == .character("?") || key == .function(1) {
        self.overlay = nil
      } else if key == .character("L") {
        return perform(.language, nil)
      } else {
        _ = scroll.handle(key, content: HelpPage(self).lines.count, height: Layout(self).overlayHeight)
        self.overlay = .help(scroll)
      }
      return []
    case .lessons(let selected): return handleLessons(key, selected)
    case .chats(let list, let selected): return handleChats(key, list, selected)
    case .choice(let check, let selected): return handleChoice(key, check, selected)
    case .palette(var editor, let selected): return handlePalette(key, &editor, selected)
    case .prompt(var editor):
      if key == .control("g") { return [.editExternally(editor.text)] }
      if key == .enter {
        self.overlay = nil
        return setPrompt(editor.submit())
      }
      _ = editor.handle(key)
      self.overlay = .prompt(editor)
      return []
    case .commandLine(var editor):
      if key == .enter {
        self.overlay = nil
        return runCommandLine(editor.text)
      }
      if key == .tab { editor.setText(TypedCommand.complete(editor.text)) } else { _ = editor.handle(key) }
      self.overlay = .commandLine(editor)
      return []
    case .search(var editor):
      if key == .enter {
        self.overlay = nil
        lastSearch = editor.text
        return find(lastSearch)
      }
      _ = editor.handle(key)
      self.overlay = .search(editor)
      return []
    case .answer(let check, var editor):
      if key == .enter {
        let text = editor.text
        guard !text.isEmpty else { return [] }
        if case .number? = lesson?.check(check)?.kind {
          guard let number = TypedNumber.parse(text) else {
            notice = Notice(Bilingual(zh: "这里要填一个数", en: "the answer is a number"))
            return []
          }
          return answered(check, .number(number))
        }
        return answered(check, .text(text))
      }
      _ = editor.handle(key)
      self.overlay = .answer(check: check, editor)
      return []
    case .guess(let check, var editor):
      if key == .enter { return editor.text.isEmpty ? [] : guessed(check, editor.text) }
      _ = editor.handle(key)
      self.overlay = .guess(check: check, editor)
      return []
    }
  }

  mutating func pasteInOverlay(_ text: String) -> [ScreenEffect] {
    switch overlay {
    case .prompt(var editor):
      editor.paste(text)
      overlay = .prompt(editor)
    case .commandLine(var editor):
      editor.paste(text)
      overlay = .commandLine(editor)
    case .search(var editor):
      editor.paste(text)
      overlay = .search(editor)
    case .answer(let check, var editor):
      editor.paste(text)
      overlay = .answer(check: check, editor)
    case .guess(let check, var editor):
      editor.paste(text)
      overlay = .guess(check: check, editor)
    default: break
    }
    return []
  }

  private mutating func handleLessons(_ key: Key, _ selected: Int) -> [ScreenEffect] {
    let entries = course?.entries ?? []
    switch key {
    case .down, .character("j"): overlay = .lessons(selected: max(0, min(selected + 1, entries.count - 1)))
    case .up, .character("k"): overlay = .lessons(selected: max(0, selected - 1))
    case .home, .character("g"): overlay = .lessons(selected: 0)
    case .end, .character("G"): overlay = .lessons(selected: max(0, entries.count - 1))
    case .character("q"), .character("o"): overlay = nil
    case .enter, .right:
      guard entries.indices.contains(selected) else { return [] }
      guard entries[selected].isWritten else {
        notice = Notice(Bilingual(zh: "这一课还没有写好", en: "this lesson is still to come"))
        return []
      }
      return [.openLesson(id: entries[selected].id)]
    default: break
    }
    return []
  }

  private mutating func handleChats(_ key: Key, _ list: [ConversationSummary], _ selected: Int) -> [ScreenEffect] {
    switch key {
    case .down, .character("j"): overlay = .chats(list, selected: min(selected + 1, list.count - 1))
    case .up, .character("k"): overlay = .chats(list, selected: max(0, selected - 1))
    case .home, .character("g"): overlay = .chats(list, selected: 0)
    case .end, .character("G"): overlay = .chats(list, selected: list.count - 1)
    case .character("q"), .character("O"): overlay = nil
    case .enter, .right:
      overlay = nil
      return list.indices.contains(selected) ? [.chat(.load(id: list[selected].id))] : []
    default: break
    }
    return []
  }

  private mutating func handleChoice(_ key: Key, _ check: String, _ selected: Int) -> [ScreenEffect] {
    guard let lesson, let options = lesson.check(check)?.options(seed: lesson.seed), !options.isEmpty else {
      overlay = nil
      return []
    }
    switch key {
    case .down, .character("j"): overlay = .choice(check: check, selected: min(selected + 1, options.count - 1))
    case .up, .character("k"): overlay = .choice(check: check, selected: max(0, selected - 1))
    case .character(let digit):
      guard let number = digit.wholeNumberValue, options.indices.contains(number - 1) else { return [] }
      return answered(check, .choice(options[number - 1].id))
    case .enter: return answered(check, .choice(options[selected].id))
    default: break
    }
    return []
  }

  private mutating func handlePalette(_ key: Key, _ editor: inout LineEditor, _ selected: Int) -> [ScreenEffect] {
    let matches = Palette.matches(editor.text, language: language)
    switch key {
    case .down, .control("n"): overlay = .palette(editor, selected: min(selected + 1, max(0, matches.count - 1)))
    case .up, .control("p"): overlay = .palette(editor, selected: max(0, selected - 1))
    case .enter:
      overlay = nil
      return matches.indices.contains(selected) ? perform(matches[selected].command, nil) : []
    default:
      _ = editor.handle(key)
      overlay = .palette(editor, selected: 0)
    }
    return []
  }

  private mutating func runCommandLine(_ text: String) -> [ScreenEffect] {
    let trimmed = text.drop { $0 == " " }
    guard !trimmed.isEmpty else { return [] }
    guard let (command, argument) = TypedCommand.parse(String(trimmed)) else {
      notice = Notice(Bilingual(zh: "没有命令“\(trimmed)”；Ctrl-P 可以搜索", en: "no command “\(trimmed)”; Ctrl-P searches them"), .failure)
      return []
    }
    return perform(command, argument)
  }

  /// Moves to the next place that holds the text: a line of the lesson, or a token.
  mutating func find(_ text: String) -> [ScreenEffect] {
    guard !text.isEmpty else { return [] }
    let wanted = text.lowercased()
    if visiblePane == .lesson {
      let lines = LessonPage(self).texts
      let order = Array(lines.indices.dropFirst(lessonScroll.offset + 1)) + Array(lines.indices.prefix(lessonScroll.offset + 1))
      guard let line = order.first(where: { lines[$0].lowercased().contains(wanted) }) else {
        missing(text)
        return []
      }
      lessonScroll = ScrollState()
      for _ in 0..<line { _ = lessonScroll.handle(.down, content: lines.count, height: Layout(self).lessonTextHeight) }
    } else if view == .weights {
      let (isFound, effects) = findTensor(text)
      if !isFound { missing(text) }
      return effects
    } else if let trace, let tokenizer = model?.tokenizer {
      let order = Array(trace.ids.indices.dropFirst(cursor.row + 1)) + Array(trace.ids.indices.prefix(cursor.row + 1))
      guard let row = order.first(where: { tokenizer.decode([trace.ids[$0]]).lowercased().contains(wanted) }) else {
        missing(text)
        return []
      }
      cursor.row = row
    }
    return []
  }

  private mutating func missing(_ text: String) {
    notice = Notice(Bilingual(zh: "没有找到“\(text)”", en: "“\(text)” was not found"))
  }
}

/// A number as people type it, also with a Chinese input method and as copied from the screen: `-1.5`, `−1.5`, `１．５`.
enum TypedNumber {
  static func parse(_ text: String) -> Double? {
    let plain = text.unicodeScalars.compactMap { scalar -> Character? in
      switch scalar.value {
      case 0x20, 0x3000: nil
      case 0x2212: "-"
      case 0x3002: "."
      // Full-width forms stand in the order of ASCII.
      case 0xFF01...0xFF5E: Character(Unicode.Scalar(UInt8(scalar.value - 0xFEE0)))
      default: Character(scalar)
      }
    }
    // "nan" and "inf" are no answers, and JSON cannot keep them.
    return Double(String(plain)).flatMap { $0.isFinite ? $0 : nil }
  }
}

/// The command line's words.
public enum TypedCommand {
  /// `name` or `name argument`.
  public static func parse(_ text: String) -> (Command, String?)? {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard let name = parts.first, let command = Command(rawValue: String(name)) ?? aliases[String(name)] else { return nil }
    return (command, parts.count > 1 ? String(parts[1]) : nil)
  }

  /// Short names that people type out of habit.
  static let aliases: [String: Command] = [
    "q": .leave, "quit": .leave, "exit": .leave, "h": .help, "prompt": .editPrompt, "temperature": .warmer, "seed": .nextSeed,
    "lesson": .lessons, "step": .viewStepper, "attention": .viewAttention, "heads": .viewHeads, "probabilities": .viewProbabilities,
    "text": .viewText, "weights": .viewWeights, "training": .viewTraining, "lang": .language,
  ]

  /// The longest completion of a command's name.
  public static func complete(_ text: String) -> String {
    let names = (Command.allCases.map(\.rawValue) + aliases.keys).filter { $0.hasPrefix(text) }.sorted()
    guard var common = names.first else { return text }
    for name in names { while !name.hasPrefix(common) { common.removeLast() } }
    return names.count == 1 ? common + " " : common
  }
}

/// Fuzzy search over the table.
public enum Palette {
  /// Commands whose name, title or help holds the letters in order; closer matches first.
  public static func matches(_ text: String, language: Language) -> [CommandEntry] {
    let wanted = Array(text.lowercased())
    let scored = CommandTable.entries.compactMap { entry -> (CommandEntry, Int)? in
      let candidates = [entry.title[language], entry.command.rawValue, entry.title[language.other], entry.help[language]]
      let scores = candidates.enumerated().compactMap { place, text in score(wanted, Array(text.lowercased())).map { $0 + place * 100 } }

      return scores.min().map { (entry, $0) }
    }
    return scored.enumerated().sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element.0)
  }

  /// Gaps between the letters' places; nil when one is missing.
  private static func score(_ wanted: [Character], _ text: [Character]) -> Int? {
    var (place, gaps) = (0, 0)
    for letter in wanted {
      guard let found = text[place...].firstIndex(of: letter) else { return nil }
      gaps += found - place
      place = found + 1
    }
    return gaps
  }
}
