// Heatmaps, strips, bars, colour bars and sparklines as cells, in every mode.
@testable import Terminal
import Testing

@Suite struct WidgetTests {
  private let values: [Float] = [1, 0, 0, 0.5, 0.5, 0, 0.2, 0.3, 0.5]

  private func draw(
    _ map: Heatmap, _ columns: Int, _ rows: Int, _ theme: Theme, maximumPixel: Int = 1, cursor: (row: Int, column: Int)? = nil
  ) -> (Frame, HeatmapPlacement?) {
    var frame = Frame(Size(columns: columns, rows: rows))
    let placement = frame.draw(map, in: frame.bounds, cursor: cursor, theme: theme, maximumPixel: maximumPixel)
    return (frame, placement)
  }

  @Test func halfBlocks() {
    let (frame, placement) = draw(.causal(3, values: values), 10, 3, Theme(colorMode: .trueColor))
    // Two rows of pixels a line; the future is masked: half cells stay empty, whole ones carry a dot.
    #expect(frame.plainText == "▀▄·\n▀▀▀\n\n")
    #expect(frame[0, 0].style == Style(foreground: Color(hex: 0xFDE725), background: ColorScale.probability.color(0.5, mode: .trueColor)))
    #expect(frame[1, 0].style.background == .default)
    #expect(placement?.area == Rect(x: 0, y: 0, width: 3, height: 2))
  }

  @Test func wholeCellsWithoutColours() {
    let (frame, _) = draw(.causal(3, values: values), 10, 3, Theme(colorMode: .none))
    #expect(frame.plainText == "██' '\n▒▒▒▒'\n░░░░▒▒\n")
    let (ascii, _) = draw(.causal(3, values: values), 10, 3, Theme(colorMode: .color16, glyphMode: .ascii))
    #expect(ascii.plainText == "##' '\n++++'\n::::++\n")
    let (narrow, placement) = draw(.causal(3, values: values), 3, 3, Theme(colorMode: .none))
    #expect(narrow.plainText == "█''\n▒▒'\n░░▒\n")
    #expect(placement?.pixelWidth == 1)
  }

  @Test func largePixelsSayTheirNumbers() {
    let (frame, _) = draw(.causal(3, values: values), 20, 10, Theme(colorMode: .none), maximumPixel: 2)
    #expect(frame.plainText.hasPrefix("█1.0"))
    #expect(frame.plainText.contains("░.20"))
  }

  @Test func signsOnLargeCells() {
    let map = Heatmap(rows: 1, columns: 3, values: [-1, 0, 1], scale: .diverging(limit: 1))
    let (frame, placement) = draw(map, 12, 4, Theme(colorMode: .color256), maximumPixel: 2)
    #expect(frame.plainText == "-   +\n\n\n\n")
    #expect(frame[0, 0].style.background == .indexed(215))
    #expect(frame[2, 0].style.background == .default)
    #expect(frame[5, 0].style.background == .indexed(117))
    #expect(placement?.pixelWidth == 2)
  }

  @Test func poolingKeepsTheLargest() {
    var large = [Float](repeating: 0.01, count: 100 * 100)
    large[37 * 100 + 12] = 1
    let map = Heatmap(rows: 100, columns: 100, values: large, scale: .probability)
    let (frame, placement) = draw(map, 20, 10, Theme(colorMode: .color256))
    #expect(placement?.rowFactor == 5 && placement?.columnFactor == 5)
    #expect(placement?.x(column: 12) == 2 && placement?.y(row: 37) == 3)
    #expect(frame[2, 3].style.background == .indexed(220) || frame[2, 3].style.foreground == .indexed(220))
    let negative = Heatmap(rows: 1, columns: 2, values: [-3, 1], scale: .diverging(limit: 3)).pooled(rowFactor: 1, columnFactor: 2)
    #expect(negative[0, 0] == -3)
    let broken = Heatmap(rows: 1, columns: 2, values: [.nan, 1], scale: .probability).pooled(rowFactor: 1, columnFactor: 2)
    #expect(broken[0, 0]?.isNaN == true, "a value that is not a number is never hidden")
    #expect(map.window(rows: 30..<40, columns: 10..<20)[7, 2] == 1)
  }

  @Test(arguments: ColorMode.allCases, GlyphMode.allCases) func everyModeAndSize(_ color: ColorMode, _ glyphs: GlyphMode) {
    var random = SplitMix(state: 17)
    let theme = Theme(colorMode: color, glyphMode: glyphs)
    for _ in 0..<60 {
      let rows = Int.random(in: 0...40, using: &random)
      let columns = Int.random(in: 0...40, using: &random)
      let values = (0..<(rows * columns)).map { _ in Bool.random(using: &random) ? Float.random(in: -2...2, using: &random) : .nan }
      let masked = values.map { _ in Int.random(in: 0...3, using: &random) == 0 }
      let scale = Bool.random(using: &random) ? ColorScale.probability : .diverging(limit: 1)
      let map = Heatmap(rows: rows, columns: columns, values: values, masked: masked, scale: scale)
      var frame = Frame(Size(columns: 33, rows: 12))
      let area = Rect(x: 2, y: 1, width: Int.random(in: 0...31, using: &random), height: Int.random(in: 0...11, using: &random))
      let cursor =
        rows > 0 && columns > 0 ? (row: Int.random(in: 0..<rows, using: &random), column: Int.random(in: 0..<columns, using: &random)) : nil
      let placement = frame.draw(map, in: area, cursor: cursor, theme: theme)
      #expect((placement == nil) == (rows == 0 || columns == 0 || area.isEmpty))
      if let placement {
        #expect(area.intersection(placement.area) == placement.area)
        // Nothing is silently left out: the last row and column have a place.
        #expect(placement.area.contains(Point(x: placement.x(column: columns - 1), y: placement.y(row: rows - 1))))
      }
      if glyphs == .ascii { #expect(frame.plainText.unicodeScalars.allSatisfy { $0.isASCII }) }
    }
  }

  @Test func strips() {
    var frame = Frame(Size(columns: 4, rows: 2))
    let placement = frame.drawStrip([-1, -0.3, 0, 0.3, 1], in: frame.bounds, scale: .diverging(limit: 1), theme: Theme(colorMode: .none))
    #expect(frame.plainText == "=-·+\n#\n")
    #expect(placement?.factor == 1 && placement?.point(of: 4) == Point(x: 0, y: 1))
    var small = Frame(Size(columns: 2, rows: 1))
    let pooled = small.drawStrip([0, -1, 0.3, 0.1], in: small.bounds, scale: .diverging(limit: 1), theme: Theme(colorMode: .none))
    #expect(pooled?.factor == 2)
    #expect(small.plainText == "=+\n")
  }

  @Test func bars() {
    #expect(Bar.text(0.5, width: 4, glyphs: .block).string == "██")
    #expect(Bar.text(0.53, width: 4, glyphs: .block).string == "██▏")
    #expect(Bar.text(1e-9, width: 4, glyphs: .block).string == "▏")
    #expect(Bar.text(0, width: 4, glyphs: .block).string == "")
    #expect(Bar.text(.nan, width: 4, glyphs: .block).string == "")
    #expect(Bar.text(7, width: 4, glyphs: .ascii).string == "####")
    var frame = Frame(Size(columns: 9, rows: 2))
    frame.drawBalance(0.5, in: frame.bounds.row(0), theme: Theme(colorMode: .none))
    frame.drawBalance(-0.53, in: frame.bounds.row(1), theme: Theme(colorMode: .none))
    #expect(frame.plainText == "    │██\n ▉██│\n")
    #expect(frame[1, 1].style.isReversed)
  }

  @Test func colorBars() {
    var frame = Frame(Size(columns: 40, rows: 1))
    frame.drawColorBar(.diverging(limit: 2), in: frame.bounds, unit: "logit", note: "每行", theme: Theme(colorMode: .none))
    #expect(frame.plainText.hasPrefix("-2.00 ===="))
    #expect(frame.plainText.hasSuffix("### 2.00 logit 每行\n"))
    #expect(frame.plainText.contains("·0·"), "zero is marked")
    var narrow = Frame(Size(columns: 12, rows: 1))
    narrow.drawColorBar(.probability, in: narrow.bounds, theme: Theme(colorMode: .color256))
    #expect(narrow.plainText == "0.00    1.00\n")
  }

  @Test func sparklines() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7], width: 8, glyphs: .block).string == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([0, .nan, 7], width: 3, glyphs: .ascii).string == "_ #")
    #expect(Sparkline.text([0, 3, 3, 0], width: 2, glyphs: .braille).string == "⡈⢁")
    #expect(Sparkline.text([5, 5], width: 9, glyphs: .block).string == "▁▁")
    #expect(Sparkline.text([], width: 9, glyphs: .block).isEmpty)
  }

  @Test func numbers() {
    #expect(Numbers.significant(0.12345) == "0.1235" || Numbers.significant(0.12345) == "0.1234")
    #expect(Numbers.significant(12.3456) == "12.35")
    #expect(Numbers.significant(1234.56) == "1235")
    #expect(Numbers.significant(0.99996) == "1.000")
    #expect(Numbers.significant(0) == "0.000")
    #expect(Numbers.significant(1.2e-5) == "1.200e-05")
    #expect(Numbers.significant(.nan) == "NaN" && Numbers.significant(-.infinity) == "-inf")
    #expect(Numbers.fixed(-0.0001, decimals: 2) == "0.00")
    #expect(Numbers.fixed(2.005, decimals: 1) == "2.0")
    #expect(Numbers.count(999) == "999" && Numbers.count(1500) == "1.50 k" && Numbers.count(12_345_678) == "12.3 M")
    for value in [
      0, 0.42, -0.42, 0.999, -0.999, 1, 4.25, -4.2, 9.96, 42, -42, 99.6, -99.6, 420, 4200, -4200, 99_999, 1e9, -1e9, .nan, -.infinity,
    ] as [Float] {
      #expect(DisplayText(Numbers.tiny(value)).width <= 3, "\(value) \(Numbers.tiny(value))")
    }
    #expect(Numbers.tiny(0.42) == ".42" && Numbers.tiny(-0.42) == "-.4" && Numbers.tiny(1) == "1.0")
  }
}
