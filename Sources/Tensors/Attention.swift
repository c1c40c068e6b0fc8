// Scaled dot-product attention (Vaswani et al. 2017) with grouped queries (Ainslie et al. 2023), fused: pattern and mix in one pass per head.
// The unfused operations of AttentionSteps.swift are its twin, and what the recorder shows.
import CKernels

/// z = softmax(mask(q·kᵀ/√size))·v for every head of every span.
/// - Parameters: q [n, heads, size]; k, v [m, keyValueHeads, size].
/// - Returns: [n, heads, size].
public func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ layout: AttentionLayout, _ tape: Tape? = nil) -> Tensor {
  layout.check(q: q, k: k, v: v)
  let z = Tape.output(q.shape, of: [q, k, v], tape)
  let pattern = Tensor(uninitialized: layout.scoreShape)
  layout.withKernelLayout { ck_attention_forward($0, q.data, k.data, v.data, pattern.data, z.data) }
  if z.needsGradient {
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
                $0, q.data, k.data, v.data, pattern.data, dz.data, dq, addQ ? 1 : 0, dk, addK ? 1 : 0, dv, addV ? 1 : 0)
            }
          }
        }
      }
    }
  }
  return z
}
