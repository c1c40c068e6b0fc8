// The command table: complete, without two meanings for a key, with words in both languages.
import Course
import Languages
import Terminal
import Testing

@testable import LabScreens

struct CommandTableTests {
  @Test func everyCommandIsInTheTableOnce() {
    #expect(CommandTable.entries.count == Command.allCases.count)
    #expect(Set(CommandTable.entries.map(\.command)) == Set(Command.allCases))
  }

  @Test(arguments: [CommandScope.everywhere, .lesson, .lab, .chat, .training])
  func keysAreDistinctInTheirScope(scope: CommandScope) {
    // A pane's key would hide one that works everywhere.
    // In chat and training views their own come first, as their help says.
    let entries = CommandTable.entries.filter { $0.scope == scope || $0.scope == .everywhere && scope != .chat && scope != .training }
    let keys = entries.flatMap(\.keys)
    let doubled = Dictionary(grouping: keys) { $0 }.filter { $0.value.count > 1 }.keys
    #expect(doubled.isEmpty)
  }

  @Test func everyCommandHasAKeyThatATerminalCanSend() {
    for entry in CommandTable.entries {
      #expect(!entry.keys.isEmpty, "\(entry.command)")
      for key in entry.keys {
        // Tab, Enter, Backspace and Esc in disguise.
        #expect(![Key.control("i"), .control("m"), .control("h"), .control("[")].contains(key))
        #expect(Key(named: key.description) == key)
      }
    }
  }

  @Test(arguments: Language.allCases)
  func titlesAndHelpAreWrittenAndDiffer(language: Language) {
    let titles = CommandTable.entries.map { $0.title[language] }
    #expect(Set(titles).count == titles.count)
    for entry in CommandTable.entries {
      #expect(!entry.title[language].isEmpty && !entry.help[language].isEmpty)
      // Short enough for the bottom line.
      #expect(DisplayText(entry.title[language]).width <= 20)
      #expect(entry.help.en.allSatisfy { $0.isASCII })
      #expect(entry.help.zh.unicodeScalars.contains { $0.properties.isIdeographic })
    }
  }

  @Test func everyKeyFindsItsCommand() {
    for entry in CommandTable.entries {
      if entry.scope == .chat || entry.scope == .training {
        let view: LabView = entry.scope == .chat ? .chat : .training
        for key in entry.keys { #expect(CommandTable.command(for: key, pane: .lab, view: view) == entry.command) }
        continue
      }
      let panes: [Pane] = entry.scope == .lesson ? [.lesson] : entry.scope == .lab ? [.lab] : [.lesson, .lab]
      for pane in panes { for key in entry.keys { #expect(CommandTable.command(for: key, pane: pane) == entry.command) } }
    }
  }

  @Test func namesAreTypedAsTheyAre() {
    for command in Command.allCases {
      #expect(TypedCommand.parse(command.rawValue)?.0 == command)
      #expect(TypedCommand.parse("\(command.rawValue) 3")?.1 == "3")
    }
    #expect(TypedCommand.parse("nothing") == nil)
    #expect(TypedCommand.complete("zo") == "zoom ")
    #expect(TypedCommand.complete("view-") == "view-")
  }

  @Test func keysReadWell() {
    #expect(CommandTable.glyph(.left) == "←")
    #expect(CommandTable.glyph(.left, .ascii) == "Left")
    #expect(CommandTable.glyph(.control("p")) == "Ctrl-P")
    #expect(CommandTable.glyph(.character("a")) == "a")
  }

  @Test func whatCannotBeUsedSaysWhyInBothLanguages() {
    let state = ScreenState(size: Size(columns: 80, rows: 24), language: .zh, theme: Theme(colorMode: .none))
    for command in [Command.sample, .nextOperation, .takeBack, .undo, .redo, .answer, .hint, .runHere, .nextStep, .searchNext, .back] {
      let reason = CommandTable.reasonDisabled(command, state)
      #expect(reason?.zh.isEmpty == false && reason?.en.isEmpty == false, "\(command)")
    }
    for command in [Command.help, .palette, .leave, .language, .editPrompt] { #expect(CommandTable.reasonDisabled(command, state) == nil) }
  }
}
