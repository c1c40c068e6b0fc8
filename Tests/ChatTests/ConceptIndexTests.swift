// The course's own text: the right concept, facet and language for a question. Also here: slash commands. Not here: what models say.
import Assets
import Chat
import Languages
import Testing

struct ConceptIndexTests {
  static let index = try? ConceptIndex(folder: Assets.corpus)

  @Test(arguments: [
    ("什么是词元？", "token", "what", Language.zh), ("What is a token?", "token", "what", .en), ("why do models use tokens", "token", "why", .en),
    ("给个词元的例子", "token", "example", .zh), ("Tell me about the token please!", "token", "what", .en),
    ("memory bound是个啥", "memory-bandwidth-bound", "what", .zh), ("可不可以再讲讲大语言模型呀", "large-language-model", "what", .zh),
  ])
  func questionsFindTheirConcept(_ question: String, _ id: String, _ facet: String, _ language: Language) throws {
    let index = try #require(Self.index)
    let found = try #require(index.text(for: question))
    #expect(found.id == id && found.facet == facet && found.language == language)
    #expect(!found.text.isEmpty && !found.term.isEmpty)
  }

  @Test(arguments: ["", "？", "hello there", "讲一个关于猫和雨伞的故事", "48*17"]) func otherQuestionsFindNone(_ question: String) throws {
    #expect(try #require(Self.index).text(for: question) == nil)
  }

  @Test func bothLanguagesAreThere() throws { #expect(try #require(Self.index).count > 500) }

  @Test func aFolderWithoutConceptsHasNone() throws {
    #expect(try ConceptIndex(folder: Assets.recipes).count == 0)
    #expect(throws: (any Error).self) { try ConceptIndex(folder: "/nonexistent") }
  }
}

struct SlashCommandTests {
  @Test(arguments: [
    ("hello", SlashCommand.Line.message("hello")), ("//etc", .message("/etc")), ("/help", .command(.help, argument: "")),
    ("/why 3", .command(.why, argument: "3")), ("/edit  two  spaces ", .command(.edit, argument: "two  spaces ")),
    ("/quit", .command(.exit, argument: "")), ("/", .unknown("")), ("/nothing x", .unknown("nothing")), ("", .message("")),
    (" /help", .message(" /help")), ("/continue", .command(.continue, argument: "")),
  ])
  func lines(_ text: String, _ line: SlashCommand.Line) { #expect(SlashCommand.parse(text) == line) }

  @Test func everyCommandHasWords() {
    for command in SlashCommand.allCases {
      #expect(!command.words.help.zh.isEmpty && command.words.help.en.allSatisfy(\.isASCII), "\(command)")
      // Name, argument and help on one line of 80 columns.
      #expect(24 + command.words.help.en.count <= 80)
    }
  }
}
