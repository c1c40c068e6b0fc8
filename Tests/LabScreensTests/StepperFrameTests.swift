// Whole frames as text: what a reader sees at 80×24 without colours, in both languages. Not here: single properties (StepperViewTests).
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct StepperFrameTests {
  private func frame(_ language: Language, _ glyphs: GlyphMode, _ change: (inout ScreenState) -> Void) throws -> String {
    var state = try SmallLab.state(language: language, color: .none, glyphs: glyphs)
    change(&state)
    state.clampCursor()
    return state.frame().steadyText
  }

  private func go(_ state: inout ScreenState, _ kind: OperationKind, layer: Int? = 0, row: Int, column: Int) {
    state.cursor.operation = state.trace?.operations.first { $0.kind == kind && $0.layer == layer }?.index ?? 0
    (state.cursor.row, state.cursor.column) = (row, column)
  }

  @Test func softmaxInASCII() throws {
    let text = try frame(.en, .ascii) { go(&$0, .softmax, row: 4, column: 2) }
    #expect(text == "@1")
  }

  @Test func queryInChinese() throws {
    let text = try frame(.zh, .block) { go(&$0, .query, layer: 1, row: 4, column: 7) }
    #expect(text == "@2")
  }

  @Test func attentionInChinese() throws {
    let text = try frame(.zh, .block) {
      go(&$0, .softmax, row: 4, column: 2)
      _ = $0.show(.attention)
    }
    #expect(text == "@3")
  }

  @Test func heads() throws {
    let text = try frame(.en, .block) { _ = $0.show(.heads) }
    #expect(text == "@4")
  }
}
