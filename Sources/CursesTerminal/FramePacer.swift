// When to draw: at once after a key and after a quiet moment, otherwise at most 30 times a second. Pure; the loop brings the time.

struct FramePacer {
  static let interval = Duration.milliseconds(33)
  /// Frames that may follow each other at once after a quiet moment: the answer to a key often comes in two or three parts.
  static let burst = 3

  /// Time saved up for frames, at most `burst` intervals.
  private var saved = interval * burst
  private var last: ContinuousClock.Instant?
  private var isDirty = true
  private var isUrgent = true

  /// Something changed; `urgent` after a key, whose answer must not wait.
  mutating func request(urgent: Bool) {
    isDirty = true
    isUrgent = isUrgent || urgent
  }

  private func saved(_ now: ContinuousClock.Instant) -> Duration {
    guard let last else { return saved }
    return min(saved + last.duration(to: now), FramePacer.interval * FramePacer.burst)
  }

  /// Time until the next frame is due: nil where there is nothing to draw.
  func delay(_ now: ContinuousClock.Instant) -> Duration? {
    guard isDirty else { return nil }
    return isUrgent ? .zero : max(.zero, FramePacer.interval - saved(now))
  }

  /// A frame was written, or dropped because the terminal takes nothing; then the next try comes an interval later.
  mutating func drew(_ now: ContinuousClock.Instant, wasDropped: Bool) {
    saved = wasDropped ? .zero : max(.zero, saved(now) - FramePacer.interval)
    last = now
    isDirty = wasDropped
    isUrgent = false
  }
}
