// All heads as small maps.
import Insight
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct HeadsViewTests {
  @Test(arguments: StepperViewTests.screens) func everyHeadHasItsLabelAndEntropy(_ screen: (Size, Language)) throws {
    var state = try SmallLab.state(screen.0, screen.1)
    _ = state.show(.heads)
    let frame = state.frame()
    #expect(frame.hasWholeGlyphs)
    let text = frame.plainText
    for heads in try #require(state.trace).headPatterns {
      for head in heads {
        #expect(text.contains("\(head.layer).\(head.head) \(Numbers.fixed(head.lastEntropy, decimals: 1))"))
      }
    }
    #expect(text.contains("▸0.0"))
    #expect(text.contains(screen.1 == .zh ? "不是解释" : "does not"))
  }

  @Test func aModelWithManyHeadsScrollsAndSaysSo() {
    let layout = HeadsLayout(area: Rect(x: 0, y: 0, width: 78, height: 15), layers: 32, heads: 32, layer: 20, head: 31)
    #expect(layout.layers.contains(20) && layout.layers.count == 5)
    #expect(layout.heads == 23..<32)
    #expect(layout.tile(layer: 20, head: 31).width >= 7)
  }

  /// Sprout's 6 × 8 heads fit on 80×24.
  @Test func sproutFits() {
    let layout = HeadsLayout(area: Rect(x: 0, y: 0, width: 78, height: 18), layers: 6, heads: 8, layer: 0, head: 0)
    #expect(layout.layers == 0..<6 && layout.heads == 0..<8)
    #expect(layout.tile.rows == 3)
  }

  @Test func smallMapsShowTheLargest() throws {
    let state = try SmallLab.state()
    let pattern = try #require(state.trace?.tensor(.block(0, .pattern)))
    let slice = try #require(TensorSlice(map: pattern, head: 1))
    for (height, width) in [(4, 8), (40, 60), (slice.rows, slice.columns)] {
      let map = slice.resampled(height: height, width: width, scale: .probability)
      #expect(map[0, 0] == 1)
      #expect(map[0, width - 1] == nil)
      #expect(map.values.compactMap { $0 }.max() == 1)
    }
  }

  @Test func arrowsChooseAHeadAndEnterOpensIt() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send(try KeyScript.parse("3 Right Right Down Enter"))
    #expect(driver.state.view == .attention)
    #expect(driver.state.cursor.head == 2)
    #expect(driver.state.operation?.layer == 1)
    #expect(driver.state.frame().plainText.contains("layer 1, head 2"))
    driver.send(try KeyScript.parse("3 Down Right Right Right Right"))
    #expect(driver.state.cursor.head == 3)
    #expect(driver.state.operation?.layer == 1)
  }

  @Test func coveredPatternsAreHidden() throws {
    var state = try SmallLab.state()
    _ = state.show(.heads)
    state.cover = .pattern
    let text = state.frame().plainText
    #expect(text.contains("????"))
    #expect(!text.contains("entropy of the last row 1"))
  }
}
