// The engine's thread: effects in, reports out through the mailbox. The screen's thread never waits for it.
import CursesTerminal
import Foundation
import LabScreens

/// Runs a `LabEngine` on one thread of low priority.
final class EngineThread: @unchecked Sendable {
  private let condition = NSCondition()
  private var queue: [ScreenEffect] = []
  private let cancellation = LabEngine.Cancellation()
  private let mailbox: WakeMailbox<EngineReport>

  /// `make` is called on the engine's thread, where the engine then lives.
  init(mailbox: WakeMailbox<EngineReport>, make: @escaping @Sendable (LabEngine.Cancellation) -> LabEngine) {
    self.mailbox = mailbox
    let thread = Thread { [self] in
      CursesScreen.protectCurrentThread()
      #if os(Linux)
        // A key must be answered while the model computes on every core. On Linux the 0 means this thread, and the kernels' threads follow it.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      #endif
      let engine = make(cancellation)
      while true {
        let effect = next()
        engine.perform(effect) { mailbox.post($0) }
      }
    }
    thread.stackSize = 8 << 20
    thread.name = "engine"
    thread.start()
  }

  func submit(_ effects: [ScreenEffect]) {
    guard !effects.isEmpty else { return }
    condition.lock()
    for effect in effects {
      if case .cancel = effect {
        // What is being computed, and what waits to be, is no longer wanted; what must be kept still is.
        cancellation.cancel()
        queue.removeAll { effect in
          switch effect {
          case .trace, .sample, .openModel: true
          case .chat(let work): work.isComputation
          default: false
          }
        }
      } else {
        queue.removeAll { effect.supersedes($0) }
        queue.append(effect)
      }
    }
    condition.signal()
    condition.unlock()
  }

  /// Waits until everything submitted has been done, at most a second: progress is on disk before the program ends.
  func finish() {
    let deadline = Date(timeIntervalSinceNow: 1)
    condition.lock()
    while (!queue.isEmpty || isBusy), condition.wait(until: deadline) {}
    condition.unlock()
  }

  private var isBusy = false

  /// Whether anything is being done, or waits to be.
  var isWorking: Bool {
    condition.lock()
    defer { condition.unlock() }
    return isBusy || !queue.isEmpty
  }

  private func next() -> ScreenEffect {
    condition.lock()
    isBusy = false
    condition.broadcast()
    while queue.isEmpty { condition.wait() }
    isBusy = true
    let effect = queue.removeFirst()
    cancellation.clear()
    condition.unlock()
    return effect
  }
}
