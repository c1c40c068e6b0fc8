// What a forward pass reads besides weights and cache: ids, angles, attention spans. It lies in fixed memory, so that a program runs again with
// new values in it.
import Tensors

/// The inputs of one forward pass.
final class Pass {
  let ids: TokenIds
  let angles: RotaryAngles
  let layout: AttentionLayout

  init(_ tokens: [Int32], _ run: Run, _ c: TransformerConfiguration) {
    let (count, past) = (tokens.count, run.cache?.count ?? 0)
    ids = TokenIds(tokens)
    var positions = Array(past..<past + count)
    var spans = [AttentionSpan(queryStart: 0, queryCount: count, keyStart: 0, keyCount: past + count)]
    if let documents = run.documents {
      precondition(documents.reduce(0, +) == count, "the documents do not fill the tokens")
      var start = 0
      spans = documents.map { length in
        defer { start += length }
        return AttentionSpan(queryStart: start, queryCount: length, keyStart: start, keyCount: length)
      }
      positions = documents.flatMap { Array(0..<$0) }
    }
    angles = RotaryAngles(positions: positions, headSize: c.headSize, base: c.ropeBase)
    layout = AttentionLayout(spans: spans, heads: c.headCount, keyValueHeads: c.keyValueHeadCount, headSize: c.headSize)
  }

  /// The next pass of one token behind `past` others.
  func set(_ token: Int32, past: Int) {
    ids[0] = token
    angles.set(row: 0, position: past)
    layout.setSingleSpan(queryCount: 1, keyCount: past + 1)
  }
}
