// What the heads of one block do with queries, keys and values, watched or not; every kind of block calls it. Not here: how these are made
// (TransformerBlock, EncoderBlock), and the arithmetic (Tensors).
import Tensors

extension Run {
  /// Attention itself: fused, or one operation after another for whoever watches, or trains what the fused gradient does not know.
  /// - Parameters: q [n, heads, size]; k, v [n, keyValueHeads, size]; output, the projection behind it, of which each head has its share.
  /// - Returns: [n, heads, size].
  func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ layout: AttentionLayout, output: Projection, layer: Int) -> Tensor {
    let past = cache?.store(layer: layer, key: k, value: v, layout, tape)
    let isTrained = q.needsGradient || k.needsGradient || v.needsGradient
    if recorder == nil, layout.hasFusedGradient || !isTrained { return attention(q, k, v, layout, cache: past, tape) }

    var scores = hook(.block(layer, .scores), attentionScores(q, k, layout, cache: past, tape))
    if let cap = layout.rules.softCap { scores = hook(.block(layer, .cappedScores), softCap(scores, at: cap, tape)) }
    let unmasked = scores
    let mask = Hook.block(layer, .maskedScores)
    let masked =
      tape == nil && layout.rules.window == nil
      ? recorder?.value(at: mask, ifChanged: { causalMask(unmasked, layout) }) : hook(mask, causalMask(unmasked, layout, tape))
    let pattern = hook(.block(layer, .pattern), masked.map { attentionPattern($0, layout, tape) } ?? causalPattern(unmasked, layout))
    let z = hook(.block(layer, .mix), attentionMix(pattern, v, layout, rows: q.shape[0], cache: past, tape))
    if recorder?.isWanted(.block(layer, .headResult)) == true { _ = hook(.block(layer, .headResult), output.shares(of: z)) }
    return z
  }
}

extension Projection {
  /// What each head adds to the product, [n, heads, d]; their sum over heads, and the bias, is the projection of `z`.
  /// - Parameter z: [n, heads, size].
  func shares(of z: Tensor) -> Tensor {
    let (n, heads, size, width) = (z.shape[0], z.shape[1], z.shape[2], weight.rows)
    let result = Tensor(uninitialized: [n, heads, width])
    let matrix = weight.tensor
    // What the projection reads: a quantized weight rounds its input row by row.
    let read = Tensor(
      (0..<n).flatMap { row in weight.operand(Array(UnsafeBufferPointer(start: z.data + row * heads * size, count: heads * size))) },
      z.shape)
    if let adapter {
      let change = Projection(Weight(adapter.product)).shares(of: z)
      result.data.update(from: change.data, count: result.count)
    } else {
      result.data.update(repeating: 0, count: result.count)
    }
    for head in 0..<heads {
      let part = Tensor(uninitialized: [n, size])
      let columns = Tensor(uninitialized: [width, size])
      for row in 0..<n { (part.data + row * size).update(from: read.data + (row * heads + head) * size, count: size) }
      for row in 0..<width { (columns.data + row * size).update(from: matrix.data + (row * heads + head) * size, count: size) }
      let share = linear(part, columns)
      for row in 0..<n {
        let sum = result.data + (row * heads + head) * width
        for i in 0..<width { sum[i] += share[row * width + i] }
      }
    }
    return result
  }
}
