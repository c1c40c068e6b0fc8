// When to draw: at once after a key, otherwise at most 30 times a second. Pure; the loop brings the time.

struct FramePacer {
  static let interval = Duration.milliseconds(33)

  private var last: ContinuousClock.Instant?
  private var isDirty = true
  private var isUrgent = true

  /// Something changed; `urgent` after a key, whose answer must not wait.
  mutating func request(urgent: Bool) {
    isDirty = true
    isUrgent = isUrgent || urgent
  }

  /// Time until the next frame is due: nil where there is nothing to draw.
  func delay(_ now: ContinuousClock.Instant) -> Duration? {
    guard isDirty else { return nil }
    guard !isUrgent, let last else { return .zero }
    return max(.zero, FramePacer.interval - last.duration(to: now))
  }

  /// A frame was written, or dropped because the terminal takes nothing; then the next try comes an interval later.
  mutating func drew(_ now: ContinuousClock.Instant, wasDropped: Bool) {
    last = now
    isDirty = wasDropped
    isUrgent = false
  }
}
