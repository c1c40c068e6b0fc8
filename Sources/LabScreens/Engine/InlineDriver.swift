// Drives the screen without a terminal or threads: every effect is done before the next key. For `screen`, for tests, for replaying lessons.
import Terminal

/// A state with its engine, in lockstep.
public struct InlineDriver {
  public private(set) var state: ScreenState
  private let engine: LabEngine
  /// Effects of one key at most: a model that never ends must not hang a script.
  private static let effectLimit = 2000

  public init(_ state: ScreenState, _ engine: LabEngine) {
    self.state = state
    self.engine = engine
    run(self.state.begin())
  }

  public mutating func send(_ events: [InputEvent]) { for event in events where !state.isLeaving { send(.input(event)) } }

  public mutating func send(_ action: ScreenAction) { run(state.update(action)) }

  private mutating func run(_ effects: [ScreenEffect]) {
    var queue = effects
    var count = 0
    while !queue.isEmpty, count < InlineDriver.effectLimit {
      count += 1
      var reports: [EngineReport] = []
      engine.perform(queue.removeFirst()) { reports.append($0) }
      for report in reports { queue += state.update(.engine(report)) }
    }
  }
}
