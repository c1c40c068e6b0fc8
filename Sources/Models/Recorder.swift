// The recorder: keeps the tensors of the hooks that someone wants to see, with the time each took. It never changes a value.
import Tensors

/// Keeps hooked tensors of one forward pass.
public final class Recorder {
  /// Whether a hook is wanted; others cost one call.
  private let wants: (Hook) -> Bool
  public private(set) var tensors: [Hook: Tensor] = [:]
  /// Nanoseconds from the previous hook to this one: the time of the operation that made the tensor.
  public private(set) var nanoseconds: [Hook: Int] = [:]
  private var last = ContinuousClock.now

  /// Records every hook except `headResult`, which nothing but an explicit request computes.
  public init() {
    wants = { hook in
      if case .block(_, .headResult) = hook { false } else { true }
    }
  }

  public init(wants: @escaping (Hook) -> Bool) { self.wants = wants }

  func isWanted(_ hook: Hook) -> Bool { wants(hook) }

  func start() { last = .now }

  func record(_ hook: Hook, _ tensor: Tensor) {
    let now = ContinuousClock.now
    if wants(hook) {
      tensors[hook] = tensor
      let elapsed = (now - last).components
      nanoseconds[hook] = Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
    }
    last = now
  }
}
