// What a forward pass reads besides weights and cache: ids, positions, attention spans. It lies in fixed memory, so that a program runs again with
// new values in it.
import Tensors

/// The inputs of one forward pass.
final class Pass {
  let ids: TokenIds
  /// Positions as rows of a table, where the model learns them.
  let positions: TokenIds
  /// Angles by RoPE; layers mostly share one.
  private var angles: [RotaryConfiguration: RotaryAngles] = [:]
  private let layout: AttentionLayout

  init(_ tokens: [Int32], _ run: Run, _ c: TransformerConfiguration) {
    ids = TokenIds(tokens)
    let (positions, spans) = run.places(of: tokens.count)
    self.positions = TokenIds(positions.map(Int32.init))
    layout = AttentionLayout(spans: spans, heads: c.headCount, keyValueHeads: c.keyValueHeadCount, headSize: c.headSize)
    for rotary in Set([c.rotary, c.window?.rotary].compactMap(\.self)) {
      angles[rotary] = RotaryAngles(positions: positions, frequencies: rotary.frequencies, magnitude: rotary.magnitude)
    }
  }

  func angles(_ rotary: RotaryConfiguration) -> RotaryAngles {
    guard let angles = angles[rotary] else { preconditionFailure("every RoPE of the configuration has its angles") }
    return angles
  }

  func layout(_ rules: AttentionRules) -> AttentionLayout { layout.with(rules) }

  /// The next pass of one token behind `past` others.
  func set(_ token: Int32, past: Int) {
    ids[0] = token
    positions[0] = Int32(past)
    for angles in angles.values { angles.set(row: 0, position: past) }
    layout.setSingleSpan(queryCount: 1, keyCount: past + 1)
  }
}
