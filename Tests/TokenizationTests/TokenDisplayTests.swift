// Every token is visible and harmless on a screen.
import Testing

@testable import Tokenization

@Suite struct TokenDisplayTests {
  @Test func showsBytesThatHaveNoGlyph() throws {
    let tokenizer = try Golden.tokenizer()
    func shown(_ bytes: [UInt8]) -> String {
      let vocabulary = Vocabulary(tokens: ByteStrings([bytes]), kinds: [.normal], spellings: ["x"])
      return Tokenizer(vocabulary: vocabulary, merges: [], pipeline: tokenizer.pipeline, roles: .init(), chatTemplate: nil).displayText(
        of: 0)
    }
    func shown(_ text: String) -> String { shown(Array(text.utf8)) }
    #expect(shown(" the") == "␣the")
    #expect(shown("\n\t\r") == "⏎⇥␍")
    #expect(shown([0xE4, 0xBD]) == "⟨E4 BD⟩")
    #expect(shown([0x61, 0xFF, 0xE4, 0xBD, 0xA0]) == "a⟨FF⟩你")
    #expect(shown("\u{1B}[31m\u{7F}\u{85}") == "␛[31m␡⟨U+0085⟩")
    #expect(shown("\u{202E}\u{200B}\u{3000}\u{E0041}") == "⟨U+202E⟩⟨U+200B⟩⟨U+3000⟩⟨U+E0041⟩")
    #expect(shown("\u{301}e\u{301}") == "◌\u{301}e\u{301}")
  }

  @Test func noTokenIsEmptyOrHoldsControls() throws {
    let tokenizer = try Golden.tokenizer()
    for id in 0..<tokenizer.vocabulary.count {
      let text = tokenizer.displayText(of: id)
      #expect(!text.isEmpty)
      #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.properties.generalCategory != .format })
    }
  }
}
