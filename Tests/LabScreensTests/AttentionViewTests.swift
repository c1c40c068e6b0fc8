// The view of one head: map, lists, words.
import Insight
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct AttentionViewTests {
  private func state(_ size: Size, _ language: Language, color: ColorMode = .trueColor, prompt: String = SmallLab.prompt) throws
    -> ScreenState
  {
    var state = try SmallLab.state(size, language, color: color, prompt: prompt)
    _ = state.show(.attention)
    return state
  }

  @Test(arguments: StepperViewTests.screens) func rowsAreTheRunsOwn(_ screen: (Size, Language)) throws {
    var state = try state(screen.0, screen.1)
    let trace = try #require(state.trace)
    for (head, row) in [(0, 5), (3, trace.ids.count - 1), (1, 0)] {
      (state.cursor.head, state.cursor.row, state.cursor.column) = (head, row, 0)
      let frame = state.frame()
      #expect(frame.hasWholeGlyphs)
      let pattern = try #require(trace.tensor(.block(0, .pattern)))
      let text = frame.plainText
      // The largest weight leads the list, the cursor's is in the readout.
      let best = (0...row).map { pattern[head, row, $0] }.max() ?? 0
      #expect(text.contains(Numbers.significant(Double(best), digits: 3)))
      #expect(text.contains("= \(Numbers.significant(Double(pattern[head, row, 0])))"))
      #expect(text.contains(screen.1 == .zh ? "不是解释" : "does not"))
    }
  }

  @Test func theShareOfTheLargestKeysIsRight() {
    let weights = RankedWeights([(0, 0.5), (1, 0.3), (2, 0.15), (3, 0.05), (4, -.infinity)])
    #expect(weights.places.map(\.position) == [0, 1, 2, 3])
    #expect(weights.count(holding: 0.9) == 3)
    #expect(abs(weights.share(ofFirst: 3) - 0.95) < 1e-6)
    let even = RankedWeights((0..<8).map { ($0, 0.125) })
    #expect(abs(even.entropy - 3) < 1e-6)
    #expect(even.evenEntropy == 3)
  }

  @Test func aLongContextIsPooledAndSaysSo() throws {
    var state = try state(SmallLab.sizes[0], .en, prompt: String(repeating: "a b c d e ", count: 8))
    state.cursor.row = 40
    let text = state.frame().plainText
    #expect(text.contains(#/1 px = \d+×\d+/#))
    // The window shows the cursor's query with its label.
    #expect(text.contains("▸40"))
    #expect(text.contains(#/\d+ more keys hold/#))
  }

  @Test func poolingKeepsTheLargestLink() throws {
    let state = try state(SmallLab.sizes[0], .en)
    let trace = try #require(state.trace)
    let pattern = try #require(trace.tensor(.block(1, .pattern)))
    let slice = try #require(TensorSlice(map: pattern, head: 2))
    let all = 0..<slice.rows
    let pooled = slice.heatmap(rows: all, columns: 0..<slice.columns, factor: 3, isCausal: true, scale: .probability)
    for row in 0..<pooled.rows {
      for column in 0..<pooled.columns {
        var best: Float?
        for r in all where r / 3 == row { for c in 0...r where c / 3 == column { best = max(best ?? 0, slice[r, c]) } }
        #expect(pooled[row, column] == best)
      }
    }
  }

  @Test func maskedCellsHaveAGlyph() throws {
    for color in ColorMode.allCases {
      let state = try state(SmallLab.sizes[1], .en, color: color)
      #expect(state.frame().plainText.contains(color.hasColorMaps ? "·   ·   ·" : "'   '   '"))
    }
  }

  @Test func aCoveredPatternShowsNoNumber() throws {
    for size in SmallLab.sizes {
      var state = try state(size, .en)
      state.cover = .pattern
      let text = state.frame().plainText
      #expect(text.contains("????"))
      #expect(!text.contains("hold"))
      #expect(!text.contains("entropy"))
      #expect(text.contains("covered"))
    }
  }

  @Test func arrowsMoveOverTheMap() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send(try KeyScript.parse("2 g Right Right Up"))
    let count = try #require(driver.state.trace).ids.count
    #expect(driver.state.cursor.column == 2)
    #expect(driver.state.cursor.row == count - 2)
    driver.send(try KeyScript.parse("G"))
    #expect(driver.state.cursor.column == count - 2)
    #expect(driver.state.isAttentionMap)
  }
}
