// The loop on the main thread: input and messages in, frames out. Not here: state, update and view, which the program hands in.
import Terminal

/// What the loop brings to `update`.
public enum LoopEvent<Message: Sendable>: Sendable {
  case input(InputEvent)
  case message(Message)
}

/// What `update` asks for.
public enum LoopAnswer: Sendable {
  /// Nothing that is seen has changed.
  case unchanged
  case changed
  case leave
}

extension CursesScreen {
  /// Runs until `update` answers `leave`. `view` is called at once after input and at most 30 times a second for long (FramePacer); messages that arrive
  /// between two frames are all applied before the next. `update` must never block. A `closed` event ends the loop after `update` has seen it.
  public func run<Message>(
    mailbox: WakeMailbox<Message>, update: (LoopEvent<Message>) -> LoopAnswer, view: (Size) -> Frame
  ) {
    var pacer = FramePacer()
    while true {
      if pacer.delay(.now) == .zero {
        let wasShown = present(view(size))
        pacer.drew(.now, wasDropped: !wasShown)
      }
      for event in nextEvents(timeout: pacer.delay(.now), wake: mailbox.descriptor) {
        if case .resize = event { pacer.request(urgent: false) }
        if event == .resumed { pacer.request(urgent: true) }
        switch update(.input(event)) {
        case .unchanged: break
        case .changed: pacer.request(urgent: true)
        case .leave: return
        }
        if event == .closed { return }
      }
      for message in mailbox.drain() {
        switch update(.message(message)) {
        case .unchanged: break
        case .changed: pacer.request(urgent: false)
        case .leave: return
        }
      }
    }
  }
}
