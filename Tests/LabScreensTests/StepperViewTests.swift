// The stepper's frames: everything lit, whole and true, at every size and in both languages.
import Course
import Inference
import Insight
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct StepperViewTests {
  static let screens = SmallLab.sizes.flatMap { size in Language.allCases.map { (size, $0) } }

  @Test(arguments: screens) func everyOperationIsLitAndNumbered(_ screen: (Size, Language)) throws {
    var state = try SmallLab.state(screen.0, screen.1)
    let trace = try #require(state.trace)
    let (operations, configuration) = (trace.operations, trace.model.transformer.configuration)
    for operation in operations {
      state.cursor.operation = operation.index
      state.clampCursor()
      let frame = state.frame()
      #expect(frame.hasWholeGlyphs)
      let text = frame.plainText
      #expect(text.contains("▸\(operation.kind.label)"), "\(operation.kind) is not lit")
      #expect(text.contains("\(operation.index + 1)/\(operations.count) "))
      if let hook = operation.output { #expect(text.contains(hook.name)) }
      let words = operation.kind.explanation(in: configuration)[screen.1].prefix(screen.1 == .zh ? 8 : 16)
      #expect(text.contains(words), "\(operation.kind) is not explained")
    }
  }

  @Test func theLitPieceIsMarkedWithoutColour() throws {
    for glyphs in [GlyphMode.block, .ascii] {
      let operations = SmallLab.model.transformer.operations
      for operation in operations {
        let strip = PipelineStrip(operations: operations, current: operation.index, glyphs: glyphs)
        let lit = strip.pieces.filter { $0.kind == .lit }
        #expect(lit.count == 1)
        #expect(lit[0].text.hasPrefix(glyphs == .ascii ? "<" : "▸"))
      }
    }
  }

  /// The readout of every operation shows the run's own number.
  @Test(arguments: Language.allCases) func theReadoutIsTheTraceValue(_ language: Language) throws {
    var state = try SmallLab.state(SmallLab.sizes[1], language)
    let trace = try #require(state.trace)
    var random = WalkRandom(state: 11)
    for operation in trace.operations where operation.output != nil {
      state.cursor.operation = operation.index
      for _ in 0..<4 {
        state.cursor.row = .random(in: 0..<trace.ids.count, using: &random)
        state.cursor.head = .random(in: 0..<4, using: &random)
        state.cursor.column = .random(in: 0..<300, using: &random)
        state.clampCursor()
        if state.isAttentionMap { state.cursor.column = min(state.cursor.column, state.cursor.row) }
        let tensor = try #require(trace.output(of: operation))
        let offset = zip(state.cell, tensor.shape).reduce(0) { $0 * $1.1 + $1.0 }
        let value = Numbers.significant(Double(tensor[offset]))
        #expect(
          state.frame().plainText.contains(operation.kind == .logits ? "logit \(value)" : "= \(value)"), "\(operation.kind) \(state.cell)")
      }
    }
  }

  @Test func keysAndValuesShowTheSharedHead() throws {
    var state = try SmallLab.state()
    let trace = try #require(state.trace)
    state.cursor.operation = try #require(trace.operations.first { $0.kind == .key }).index
    state.cursor.head = 3
    #expect(state.cell[1] == 1)
    state.cursor.operation = try #require(trace.operations.first { $0.kind == .query }).index
    #expect(state.cell[1] == 3)
  }

  @Test func aCardAlwaysEndsInItsResult() throws {
    for size in SmallLab.sizes {
      var state = try SmallLab.state(size)
      let trace = try #require(state.trace)
      for operation in trace.operations {
        state.cursor.operation = operation.index
        state.clampCursor()
        let card = try #require(state.cardUnderCursor(trace))
        let text = state.frame().plainText
        #expect(text.contains(card.name))
        let last = text.split(separator: "\n").last { $0.contains("⇒") }
        #expect(last?.contains(card.result.text) == true, "\(operation.kind) at \(size.columns)×\(size.rows)")
      }
    }
  }

  @Test func whatDoesNotFitIsCounted() throws {
    var state = try SmallLab.state()
    let trace = try #require(state.trace)
    state.cursor.operation = try #require(trace.operations.first { $0.kind == .norm1 }).index
    #expect(state.frame().plainText.contains(#/… \d+ more lines/#))
    state.language = .zh
    #expect(state.frame().plainText.contains(#/… 还有 \d+ 行/#))
  }

  @Test func coversHideUntilRevealed() throws {
    var state = try SmallLab.state(SmallLab.sizes[1])
    let trace = try #require(state.trace)
    func text(_ kind: OperationKind, _ cover: LabCover?) -> String {
      state.cover = cover
      state.cursor.operation = trace.operations.first { $0.kind == kind }?.index ?? 0
      state.clampCursor()
      return state.frame().plainText
    }
    let best = Numbers.significant(Double(trace.lastLogits.max() ?? 0))
    #expect(text(.logits, nil).contains(best))
    #expect(!text(.logits, .probabilities).contains(best))
    #expect(text(.sample, .sample).contains("????"))
    #expect(text(.logits, .sample).contains(best))
    #expect(text(.softmax, .pattern).contains("= ?"))
    #expect(!text(.softmax, .pattern).contains("⇒"))
    #expect(text(.scores, .pattern).contains("⇒"))
  }

  @Test func aDrawnTokenShowsItsRandomNumber() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send([.key(.end), .key(.character("s")), .key(.character("["))])
    let choice = try #require(driver.state.walk.first).choice
    let draw = try #require(choice.draw)
    let text = driver.state.frame().plainText
    #expect(text.contains("u = \(Numbers.significant(draw))"))
    #expect(text.contains("drawn"))
  }

  /// Areas of every shape, in every colour and glyph mode, at every operation: nothing outside, nothing cut in the middle.
  @Test(arguments: ColorMode.allCases) func nothingIsDrawnOutsideThePane(_ color: ColorMode) throws {
    let mark = Style(foreground: .ansi(1))
    var random = WalkRandom(state: 5)
    for glyphs in GlyphMode.allCases {
      var state = try SmallLab.state(Size(columns: 80, rows: 24), .zh, color: color, glyphs: glyphs)
      let trace = try #require(state.trace)
      for round in 0..<60 {
        state.view = [.stepper, .attention, .heads][round % 3]
        state.cursor.operation = .random(in: 0..<trace.operations.count, using: &random)
        state.cursor.row = .random(in: 0..<trace.ids.count, using: &random)
        state.cursor.column = .random(in: 0..<300, using: &random)
        state.cursor.head = .random(in: 0..<4, using: &random)
        state.clampCursor()
        if state.view != .stepper, !state.isAttentionMap { state.cursor.column = min(state.cursor.column, trace.ids.count - 1) }
        let area = Rect(x: 3, y: 2, width: .random(in: 2...140, using: &random), height: .random(in: 2...50, using: &random))
        var frame = Frame(Size(columns: area.width + 7, rows: area.height + 5))
        frame.fill(frame.bounds, mark, glyph: "x")
        state.drawLab(&frame, area)
        #expect(frame.hasWholeGlyphs)
        for y in 0..<frame.size.rows {
          for x in 0..<frame.size.columns where !area.contains(Point(x: x, y: y)) {
            if frame[x, y] != Cell(Glyph("x"), mark) { Issue.record("\(state.view) \(area) wrote at \(x),\(y)") }
          }
        }
      }
    }
  }
}
