// Scaled dot-product attention (Vaswani et al. 2017) with grouped queries (Ainslie et al. 2023), fused: pattern and mix in one pass per head.
// The unfused operations of AttentionSteps.swift are its twin, and what the recorder shows.
import CKernels

/// z = softmax(mask(q·kᵀ/√size))·v for every head of every span.
/// - Parameters: q [n, heads, size]; k, v [m, keyValueHeads, size].
/// - Returns: [n, heads, size].
public func attention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, _ layout: AttentionLayout, cache: AttentionCacheMemory? = nil, _ tape: Tape? = nil
) -> Tensor {
  layout.check(q: q, k: k, v: v, cache: cache)
  let z = Tape.output(q.shape, of: [q, k, v], tape)
  // Largest score and sum of each row: with them backward computes the pattern again instead of reading it.
  let statistics = z.needsGradient ? Tensor(uninitialized: [q.shape[0], layout.heads, 2]) : nil
  var step = ck_step()
  layout.withKernelLayout(cache: cache) { ck_step_attention(&step, $0, q.data, k.data, v.data, statistics?.data, z.data) }
  Tape.perform(step, tape)
  if let statistics {
    precondition(layout.hasFusedGradient, "attention with these rules trains through its single steps")
    precondition(cache == nil, "a cache has no gradients")
    precondition(q.needsGradient && k.needsGradient && v.needsGradient, "the fused backward pass serves queries, keys and values together")
    precondition(
      !q.sharesGradient(with: k) && !k.sharesGradient(with: v) && !v.sharesGradient(with: q),
      "the fused backward pass writes three gradients at once")
    layout.checkGradients(q: q, k: k)
    tape?.record {
      guard let dz = z.gradient else { return }
      q.receive { dq, addQ in
        k.receive { dk, addK in
          v.receive { dv, addV in
            layout.withKernelLayout {
              ck_attention_backward(
                $0, q.data, k.data, v.data, statistics.data, dz.data, dq, addQ ? 1 : 0, dk, addK ? 1 : 0, dv, addV ? 1 : 0)
            }
          }
        }
      }
    }
  }
  return z
}
