// The cell grid: clipping, wide glyphs at edges, boxes, plain and ANSI text, and random drawing.
import Terminal
import Testing

@Suite struct FrameTests {
  private func frame(_ columns: Int, _ rows: Int) -> Frame { Frame(Size(columns: columns, rows: rows)) }

  @Test func box() {
    var frame = frame(20, 4)
    let inner = frame.box(frame.bounds, title: "注意力 attention", note: "3/7")
    frame.draw("hello", row: 0, of: inner)
    frame.draw("right", row: 1, of: inner, .plain, .right)
    #expect(
      frame.plainText == """
        ┌─ 注意力 attent… ─┐
        │hello             │
        │             right│
        └──────────── 3/7 ─┘

        """)
  }

  @Test func asciiBoxAndTinyBoxes() {
    var frame = frame(6, 3)
    frame.box(frame.bounds, title: "t", glyphs: .ascii)
    #expect(frame.plainText == "+----+\n|    |\n+----+\n")
    for width in 0...3 { for height in 0...3 { frame.box(Rect(x: 4, y: 1, width: width, height: height), title: "标题") } }
  }

  @Test func wideGlyphsAtEdges() {
    var frame = frame(5, 1)
    frame.draw("你好吗", at: Point(x: 0, y: 0))
    #expect(frame.plainText == "你好\n", "the half of a glyph at the edge is a space")
    frame.draw("好", at: Point(x: -1, y: 0))
    #expect(frame[0, 0].scalar == " ")
    #expect(frame[1, 0].scalar == " ", "its other half was cut")
    #expect(frame[2, 0].scalar == "好")
    frame.draw("x", at: Point(x: 3, y: 0))
    #expect(frame.plainText == "   x\n")
  }

  @Test func clipping() {
    var frame = frame(10, 2)
    frame.fill(frame.bounds, glyph: "#")
    let clip = Rect(x: 2, y: 0, width: 5, height: 1)
    let columns = frame.draw("中文字符abc", at: Point(x: 1, y: 0), in: clip)
    #expect(columns == 11)
    #expect(frame.plainText == "## 文字###\n##########\n")
  }

  @Test func controlsNeverReachACell() {
    var frame = frame(30, 1)
    frame.draw("\u{1B}]0;x\u{7}\u{202E}\u{9B}m\n\t!", at: Point(x: 0, y: 0))
    #expect(frame.plainText == "␛]0;x␇\u{FFFD}⟨9B⟩m⏎   !\n")
  }

  @Test func framesInFrames() {
    var inner = frame(4, 2)
    inner.draw("你a", at: Point(x: 0, y: 0))
    inner.draw("b", at: Point(x: 3, y: 1))
    inner.cursor = Point(x: 3, y: 1)
    var outer = frame(6, 3)
    outer.draw(inner, at: Point(x: 2, y: 1))
    #expect(outer.plainText == "\n  你a\n     b\n")
    #expect(outer.cursor == Point(x: 5, y: 2))
    var cut = frame(6, 3)
    cut.draw(inner, at: Point(x: -1, y: 0))
    #expect(cut.plainText == " a\n  b\n\n")
  }

  @Test func ansiText() {
    var frame = frame(4, 2)
    frame.draw("ab", at: Point(x: 0, y: 0), Style(foreground: .ansi(1), .bold))
    frame.draw("c", at: Point(x: 0, y: 1), Style(foreground: .rgb(255, 0, 0), background: .indexed(236)))
    #expect(frame.ansiText(.color16) == "\u{1B}[0;1;31mab\u{1B}[0m  \n\u{1B}[0;91;40mc\u{1B}[0m   \n")
    #expect(frame.ansiText(.color256).contains("\u{1B}[0;38;5;196;48;5;236mc"))
    #expect(frame.ansiText(.trueColor).contains("38;2;255;0;0;48;5;236mc"))
    #expect(frame.ansiText(.none) == "\u{1B}[0;1mab\u{1B}[0m  \nc   \n")
  }

  @Test func restylingAndScrollBar() {
    var frame = frame(3, 4)
    frame.restyle(Rect(x: 1, y: 1, width: 9, height: 1)) { $0 = Style(.reverse) }
    #expect(frame[1, 1].style.isReversed && frame[2, 1].style.isReversed && !frame[0, 1].style.isReversed)
    frame.scrollBar(Rect(x: 2, y: 0, width: 1, height: 4), offset: 4, content: 8, theme: Theme(colorMode: .none))
    #expect(frame.plainText == "  │\n  │\n  █\n  █\n")
  }

  /// Whatever is drawn, only the clip changes, and every wide glyph keeps both halves.
  @Test func randomDrawingStaysInside() {
    var random = SplitMix(state: 3)
    for _ in 0..<400 {
      let size = Size(columns: Int.random(in: 0...30, using: &random), rows: Int.random(in: 0...8, using: &random))
      var frame = Frame(size)
      for _ in 0..<30 {
        let clip = Rect(
          x: Int.random(in: -5...30, using: &random), y: Int.random(in: -3...8, using: &random),
          width: Int.random(in: 0...20, using: &random), height: Int.random(in: 0...5, using: &random))
        let place = Point(x: Int.random(in: -40...40, using: &random), y: Int.random(in: -3...10, using: &random))
        let before = frame
        let kind = Int.random(in: 0...4, using: &random)
        switch kind {
        case 0: frame.fill(clip, glyph: "你")
        case 1: frame.draw(before, at: place, in: clip)
        case 2:
          let values = (0..<36).map { _ in Float.random(in: -1...1, using: &random) }
          frame.draw(
            Heatmap(rows: 6, columns: 6, values: values, scale: .diverging(limit: 1)), in: clip, theme: Theme(colorMode: .color256))
        default: frame.draw(DisplayText(random.text(6)), at: place, in: clip)
        }
        for y in 0..<size.rows {
          for x in 0..<size.columns {
            let cell = frame[x, y]
            // Outside the clip a cell may only lose half a glyph that the clip cut.
            if !clip.contains(Point(x: x, y: y)), cell != before[x, y] {
              #expect(before[x, y].width != 1 && cell.scalar == " " && cell.width == 1)
            }
            if cell.width == 2 { #expect(frame[x + 1, y].isContinuation && x + 1 < size.columns) }
            if cell.isContinuation { #expect(x > 0 && frame[x - 1, y].width == 2) }
          }
        }
      }
      #expect(frame.plainText.split(separator: "\n", omittingEmptySubsequences: false).count == size.rows + 1)
    }
  }

  /// A full rewrite of a large screen; the bound is for debug builds on a busy machine, release takes a fraction of it.
  @Test func speed() {
    let line = DisplayText(String(repeating: "模型 word ", count: 20))
    let clock = ContinuousClock()
    let best = (0..<5).map { _ in
      clock.measure {
        var frame = frame(200, 60)
        for y in 0..<60 { frame.draw(line, at: Point(x: 0, y: y), Style(foreground: .rgb(UInt8(y), 3, 4))) }
      }
    }.min()
    #expect(best.map { $0 < .milliseconds(200) } == true, "\(String(describing: best))")
  }
}
