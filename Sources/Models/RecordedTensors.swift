// What a recorder has kept, by hook. Not here: what is wanted and when (Recorder).
import Synchronization
import Tensors

/// Recorded tensors. A tensor that follows from others without arithmetic of its own is made when someone first reads it: it would cost the pass
/// memory and time for something that few look at.
public final class RecordedTensors: Sendable {
  private struct State {
    var kept: [Hook: Tensor] = [:]
    var derived: [Hook: @Sendable () -> Tensor] = [:]
  }
  private let state: Mutex<State>

  init(capacity: Int) {
    var state = State()
    state.kept.reserveCapacity(capacity)
    self.state = Mutex(state)
  }

  public subscript(hook: Hook) -> Tensor? {
    state.withLock { state in
      if let tensor = state.kept[hook] { return tensor }
      guard let make = state.derived.removeValue(forKey: hook) else { return nil }
      let tensor = make()
      state.kept[hook] = tensor
      return tensor
    }
  }

  public var hooks: Set<Hook> { state.withLock { Set($0.kept.keys).union($0.derived.keys) } }
  public var count: Int { hooks.count }
  /// Those that lie in memory.
  public var kept: [Tensor] { state.withLock { Array($0.kept.values) } }

  func keep(_ tensor: Tensor, at hook: Hook) {
    state.withLock { state in
      state.kept[hook] = tensor
      state.derived[hook] = nil
    }
  }

  func derive(at hook: Hook, _ make: @escaping @Sendable () -> Tensor) { state.withLock { $0.derived[hook] = make } }
}
