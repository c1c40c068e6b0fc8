// Rectangles: cuts add up, clip and never go negative.
import Terminal
import Testing

@Suite struct LayoutTests {
  @Test func splitting() {
    let screen = Rect(Size(columns: 120, rows: 40))
    #expect(screen.columns([.share(2, minimum: 40), .share(3)]).map(\.width) == [48, 72])
    #expect(Rect(Size(columns: 80, rows: 24)).columns([.share(1, minimum: 50), .share(1)]).map(\.width) == [50, 30])
    #expect(screen.rows([.fixed(1), .share(1), .fixed(2)]).map(\.height) == [1, 37, 2])
    #expect(screen.rows([.fixed(1), .share(1), .fixed(2)]).map(\.y) == [0, 1, 38])
    #expect(screen.columns([.share(1), .share(1)], gap: 1).map(\.x) == [0, 60])
    let (top, rest) = screen.cut(top: 3)
    #expect(top.height == 3 && rest.y == 3 && rest.height == 37)
    let (above, bottom) = screen.cut(bottom: 50)
    #expect(above.height == 0 && bottom.height == 40)
  }

  @Test func lengthsNeverExceedTheTotal() {
    var random = SplitMix(state: 5)
    for _ in 0..<2000 {
      let extents = (0..<Int.random(in: 0...5, using: &random)).map { _ -> Extent in
        Bool.random(using: &random)
          ? .fixed(Int.random(in: 0...40, using: &random))
          : .share(Int.random(in: 0...3, using: &random), minimum: Int.random(in: 0...20, using: &random))
      }
      let area = Rect(x: 3, y: 1, width: Int.random(in: 0...100, using: &random), height: 5)
      let parts = area.columns(extents, gap: Int.random(in: 0...2, using: &random))
      #expect(parts.allSatisfy { $0.x >= area.x && $0.right <= area.right })
      for (left, right) in zip(parts, parts.dropFirst()) { #expect(left.right <= right.x) }
    }
  }

  @Test func rectangles() {
    let a = Rect(x: 0, y: 0, width: 10, height: 10)
    #expect(a.intersection(Rect(x: 5, y: 8, width: 10, height: 10)) == Rect(x: 5, y: 8, width: 5, height: 2))
    #expect(a.intersection(Rect(x: 20, y: 20, width: 1, height: 1)).isEmpty)
    #expect(a.inset() == Rect(x: 1, y: 1, width: 8, height: 8))
    #expect(Rect(x: 0, y: 0, width: 1, height: 1).inset().isEmpty)
    #expect(a.centered(Size(columns: 4, rows: 20)) == Rect(x: 3, y: 0, width: 4, height: 10))
    #expect(Rect(x: 0, y: 0, width: -3, height: 2).width == 0)
  }

  @Test func scrolling() {
    var scroll = ScrollState()
    let isKnown = [Key.end, .enter].map { scroll.handle($0, content: 100, height: 10) }
    #expect(isKnown == [true, false])
    #expect(scroll.offset == 90)
    _ = scroll.handle(.pageUp, content: 100, height: 10)
    #expect(scroll.offset == 81)
    scroll.reveal(5, content: 100, height: 10, margin: 2)
    #expect(scroll.offset == 3)
    scroll.clamp(content: 4, height: 10)
    #expect(scroll.offset == 0)
  }

  @Test func lists() {
    var list = ListState()
    for _ in 0..<12 { _ = list.handle(.down, count: 20, height: 5) }
    #expect(list.selected == 12)
    #expect(list.visible(count: 20, height: 5) == 8..<13)
    _ = list.handle(.character("g"), count: 20, height: 5)
    #expect(list.selected == 0 && list.visible(count: 20, height: 5) == 0..<5)
    #expect(list.visible(count: 2, height: 5) == 0..<2)
    list.select(7, count: 0, height: 5)
    #expect(list.selected == 0 && list.visible(count: 0, height: 5).isEmpty)
  }
}
