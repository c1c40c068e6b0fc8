// Attention one operation at a time: scores, mask, softmax, mix. Each is an operation of the stepper; together they equal `attention`.
import CKernels

/// scale · q·k for every pair of every span, masked pairs included.
/// - Parameters: q [n, heads, size]; k [m, keyValueHeads, size].
/// - Returns: [heads, queries, keys] for one span, else flat.
public func attentionScores(_ q: Tensor, _ k: Tensor, _ layout: AttentionLayout, cache: AttentionCacheMemory? = nil, _ tape: Tape? = nil)
  -> Tensor
{
  layout.check(q: q, k: k, cache: cache)
  let scores = Tape.output(layout.scoreShape, of: [q, k], tape)
  layout.withKernelLayout(cache: cache) { ck_attention_scores($0, q.data, k.data, scores.data) }
  if scores.needsGradient {
    layout.checkGradients(q: q, k: k)
    tape?.record {
      guard let ds = scores.gradient else { return }
      q.receive { dq, add in
        layout.withKernelLayout { ck_attention_scores_backward($0, q.data, k.data, ds.data, dq, add ? 1 : 0, nil, 0) }
      }
      k.receive { dk, add in
        layout.withKernelLayout { ck_attention_scores_backward($0, q.data, k.data, ds.data, nil, 0, dk, add ? 1 : 0) }
      }
    }
  }
  return scores
}

/// −∞ where a query does not see a key: after it, or before its window.
public func causalMask(_ scores: Tensor, _ layout: AttentionLayout, _ tape: Tape? = nil) -> Tensor {
  precondition(scores.count == layout.scoreCount, "scores do not fit the spans")
  let masked = Tape.output(scores.shape, of: [scores], tape)
  layout.withKernelLayout { ck_attention_mask($0, scores.data, masked.data) }
  if masked.needsGradient {
    tape?.record {
      guard let d = masked.gradient else { return }
      // Softmax gives masked pairs a gradient of exactly 0, so the mask passes everything on.
      scores.receive { ds, add in
        if add { ck_accumulate(d.data, ds, d.count) } else { ds.update(from: d.data, count: d.count) }
      }
    }
  }
  return masked
}

/// Softmax over the keys of each query.
public func attentionPattern(_ masked: Tensor, _ layout: AttentionLayout, _ tape: Tape? = nil) -> Tensor {
  precondition(masked.count == layout.scoreCount, "scores do not fit the spans")
  let pattern = Tape.output(masked.shape, of: [masked], tape)
  layout.withKernelLayout { ck_attention_softmax($0, masked.data, pattern.data) }
  if pattern.needsGradient {
    tape?.record {
      guard let dp = pattern.gradient else { return }
      masked.receive { dm, add in
        layout.withKernelLayout { ck_attention_softmax_backward($0, pattern.data, dp.data, dm, add ? 1 : 0) }
      }
    }
  }
  return pattern
}

/// `attentionPattern` of the masked scores, from the scores: what lies behind the mask is not read. It has no gradient, and knows no window.
public func causalPattern(_ scores: Tensor, _ layout: AttentionLayout) -> Tensor {
  precondition(scores.count == layout.scoreCount && layout.rules.window == nil, "scores do not fit the spans, or have a window")
  let pattern = Tensor(uninitialized: scores.shape)
  layout.withKernelLayout { ck_attention_causal_softmax($0, scores.data, pattern.data) }
  return pattern
}

/// The values, weighted by the pattern.
/// - Parameters: pattern as from `attentionPattern`; v [m, keyValueHeads, size].
/// - Returns: [rows, heads, size]; `rows` is the number of queries.
public func attentionMix(
  _ pattern: Tensor, _ v: Tensor, _ layout: AttentionLayout, rows: Int, cache: AttentionCacheMemory? = nil, _ tape: Tape? = nil
) -> Tensor {
  precondition(pattern.count == layout.scoreCount, "the pattern does not fit the spans")
  let z = Tape.output([rows, layout.heads, layout.headSize], of: [pattern, v], tape)
  layout.check(q: z, k: v, cache: cache)
  layout.withKernelLayout(cache: cache) { ck_attention_mix($0, pattern.data, v.data, z.data) }
  if z.needsGradient {
    layout.checkGradients(q: z, k: v)
    tape?.record {
      guard let dz = z.gradient else { return }
      pattern.receive { dp, add in
        layout.withKernelLayout { ck_attention_mix_backward($0, pattern.data, v.data, dz.data, dp, add ? 1 : 0, nil, 0) }
      }
      v.receive { dv, add in
        layout.withKernelLayout { ck_attention_mix_backward($0, pattern.data, v.data, dz.data, nil, 0, dv, add ? 1 : 0) }
      }
    }
  }
  return z
}
