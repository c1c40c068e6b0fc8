// The recorder: keeps the tensors of the hooks that someone wants to see, with the time each took; and repeats a recorded pass from the first
// changed value on. Without changes it never alters a value.
import Tensors

/// Keeps hooked tensors of one forward pass.
public final class Recorder {
  /// What to put in a hook's place: gets the value that the pass computed, returns the one that it goes on with, of the same shape.
  public typealias Change = (Tensor) -> Tensor

  /// Whether a hook is wanted; others cost one call.
  private let wants: (Hook) -> Bool
  public let tensors: RecordedTensors
  /// Nanoseconds from the previous hook to this one: the time of the operation that made the tensor.
  public private(set) var nanoseconds: [Hook: Int]
  private var last = ContinuousClock.now
  private let changes: [Hook: Change]
  /// The first changed hook: everything up to it is known from the earlier pass.
  private let resumesAt: Hook?
  private let known: RecordedTensors?

  /// Records every hook except `headResult`, which nothing but an explicit request computes.
  public convenience init() {
    self.init { hook in
      if case .block(_, .headResult) = hook { false } else { true }
    }
  }

  /// - Parameter changes: values to replace; whatever follows them in the pass follows from them.
  public init(changes: [Hook: Change] = [:], wants: @escaping (Hook) -> Bool) {
    (self.wants, self.changes, resumesAt, known) = (wants, changes, nil, nil)
    (tensors, nanoseconds) = (RecordedTensors(capacity: 256), [:])
  }

  /// Repeats a recorded pass over the same tokens with some values changed: hooks before the first change keep their tensors and are not computed
  /// again, where the earlier pass recorded them.
  public init(resuming earlier: Recorder, changes: [Hook: Change]) {
    (wants, self.changes, known) = (earlier.wants, changes, earlier.tensors)
    resumesAt = changes.keys.min()
    (tensors, nanoseconds) = (RecordedTensors(capacity: 256), [:])
  }

  public func isWanted(_ hook: Hook) -> Bool { wants(hook) }

  func start() { last = .now }

  func value(at hook: Hook, _ compute: () -> Tensor) -> Tensor {
    var tensor: Tensor
    if let resumesAt, hook <= resumesAt, let earlier = known?[hook] { tensor = earlier } else { tensor = compute() }
    if let change = changes[hook] {
      let changed = change(tensor)
      precondition(changed.shape == tensor.shape, "\(hook.name) has the shape \(tensor.shape), not \(changed.shape)")
      tensor = changed
    }
    let now = ContinuousClock.now
    if wants(hook) {
      tensors.keep(tensor, at: hook)
      let elapsed = (now - last).components
      nanoseconds[hook] = Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
    }
    last = now
    return tensor
  }

  /// A value that the pass itself does not need as a tensor: made only when it is changed here, or when someone reads it later.
  /// - Returns: the value where it is changed, nil where the pass goes on without it.
  func value(at hook: Hook, ifChanged make: @escaping @Sendable () -> Tensor) -> Tensor? {
    if changes[hook] != nil { return value(at: hook, make) }
    if wants(hook) { tensors.derive(at: hook, make) }
    return nil
  }
}
