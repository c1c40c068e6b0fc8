// The pipeline strip: the whole forward pass on one line, the current block unfolded and the current operation lit. It stands on top of every
// view of the lab, so that a reader always knows where in the computation the numbers below come from. Not here: the numbers.
import Insight
import Models
import Terminal

/// The strip as pieces of text, so that it can be measured before it is drawn.
struct PipelineStrip {
  enum Kind: Sendable, Hashable { case passed, lit, ahead, folded, structure }

  struct Piece: Sendable, Hashable {
    let text: String
    let kind: Kind
  }

  let pieces: [Piece]

  init(operations: [Operation], current: Int, glyphs: GlyphMode) {
    let ascii = glyphs == .ascii
    let arrow = ascii ? " > " : " › "
    let (open, close) = ascii ? ("<", ">") : ("▸", "◂")
    let layer = operations.indices.contains(current) ? operations[current].layer : nil
    var pieces = [Piece(text: "tok", kind: .passed)]
    var index = 0
    while index < operations.count {
      let operation = operations[index]
      pieces.append(Piece(text: arrow, kind: .structure))
      guard let own = operation.layer else {
        pieces.append(PipelineStrip.piece(operation, current, operation.kind.label, open, close))
        index += 1
        continue
      }
      let end = operations[index...].firstIndex { $0.layer != own } ?? operations.count
      if own == layer {
        pieces.append(Piece(text: "L\(own)[", kind: .structure))
        pieces += PipelineStrip.block(operations[index..<end], current, open, close, bar: ascii ? "| " : "│ ")
        pieces.append(Piece(text: "]", kind: .structure))
      } else {
        pieces.append(Piece(text: "L\(own)", kind: end <= current ? .folded : .ahead))
      }
      index = end
    }
    self.pieces = pieces
  }

  private static func piece(_ operation: Operation, _ current: Int, _ name: String, _ open: String, _ close: String) -> Piece {
    if operation.index == current { return Piece(text: open + name + close, kind: .lit) }
    return Piece(text: name, kind: operation.index < current ? .passed : .ahead)
  }

  private static func block(_ operations: ArraySlice<Operation>, _ current: Int, _ open: String, _ close: String, bar: String) -> [Piece] {
    var pieces: [Piece] = []
    for operation in operations {
      // Queries and keys are rotated one after the other; the strip has one word for both until one of them is current.
      if operation.kind == .rotateKey, operation.index != current { continue }
      if operation.kind == .rotateQuery, operation.index + 1 == current { continue }
      var name = operation.kind.label
      if operation.index == current, operation.kind == .rotateQuery || operation.kind == .rotateKey {
        name += operation.kind == .rotateQuery ? " q" : " k"
      }
      if operation.kind == .norm2 { pieces.append(Piece(text: bar, kind: .structure)) }
      pieces.append(piece(operation, current, name, open, close))
      if operation.index != operations.last?.index { pieces.append(Piece(text: " ", kind: .structure)) }
    }
    return pieces
  }

  var width: Int { pieces.reduce(0) { $0 + DisplayText($1.text).width } }

  /// First column and width of the lit piece.
  var lit: (start: Int, width: Int) {
    var x = 0
    for piece in pieces {
      let width = DisplayText(piece.text).width
      if piece.kind == .lit { return (x, width) }
      x += width
    }
    return (0, 0)
  }
}

extension ScreenState {
  /// Draws the strip in the first row of an area and returns the rest. Where it is too long it scrolls, and its ends say so.
  func drawPipeline(_ frame: inout Frame, _ area: Rect, _ trace: Trace) -> Rect {
    let (line, rest) = area.cut(top: 1)
    let strip = PipelineStrip(operations: trace.operations, current: cursor.operation, glyphs: theme.glyphMode)
    let total = strip.width
    var offset = 0
    if total > line.width {
      let lit = strip.lit
      offset = min(max(0, lit.start + lit.width / 2 - line.width / 2), total - line.width)
    }
    var x = line.x - offset
    for piece in strip.pieces {
      x += frame.draw(DisplayText(piece.text), at: Point(x: x, y: line.y), style(piece.kind), in: line)
    }
    let more = theme.ellipsis
    if offset > 0 { frame.put(Glyph(more), at: line.origin, theme.dim, in: line) }
    if offset + line.width < total { frame.put(Glyph(more), at: Point(x: line.right - 1, y: line.y), theme.dim, in: line) }
    return rest
  }

  private func style(_ kind: PipelineStrip.Kind) -> Style {
    switch kind {
    case .lit: theme.accent.with([.bold, .reverse])
    case .passed, .folded: theme.text
    case .ahead, .structure: theme.dim
    }
  }
}
