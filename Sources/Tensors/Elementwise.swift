// Two small functions of one tensor: scaling (Gemma's embedding) and soft capping of scores and logits (Gemma 2, arXiv:2408.00118).
import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// x · factor.
public func scale(_ x: Tensor, by factor: Float, _ tape: Tape? = nil) -> Tensor {
  let y = Tape.output(x.shape, of: [x], tape)
  var step = ck_step()
  ck_step_scale(&step, x.data, factor, y.data, x.count)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      x.receive { dx, add in for i in 0..<dy.count { dx[i] = (add ? dx[i] : 0) + dy.data[i] * factor } }
    }
  }
  return y
}

/// cap · tanh(x / cap): close to x when small, never above the cap.
public func softCap(_ x: Tensor, at cap: Float, _ tape: Tape? = nil) -> Tensor {
  let y = Tape.output(x.shape, of: [x], tape)
  var step = ck_step()
  ck_step_soft_cap(&step, x.data, cap, y.data, x.count)
  Tape.perform(step, tape)
  if y.needsGradient {
    tape?.record {
      guard let dy = y.gradient else { return }
      x.receive { dx, add in
        for i in 0..<dy.count {
          let tanh = y.data[i] / cap
          dx[i] = (add ? dx[i] : 0) + dy.data[i] * (1 - tanh * tanh)
        }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `softCap`.
  public static func softCap(_ x: [Float], at cap: Float) -> [Float] { x.map { Float(Double(cap) * tanh(Double($0) / Double(cap))) } }
}
