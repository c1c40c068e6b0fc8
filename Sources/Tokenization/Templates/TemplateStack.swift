// How much of the thread's stack a template uses. Levels alone do not bound it: unoptimized code takes ten times as much for one, and threads may
// have 512 KiB. Not here: the caps on levels.
import ModelFiles

/// Measures from where it was made.
struct TemplateStack {
  private let start = Self.here()

  @inline(never) private static func here() -> UInt {
    var mark: UInt8 = 0
    return withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
  }

  /// Throws when less than what a call without further nesting needs may be left.
  func check() throws(TemplateFault) {
    let here = Self.here()
    let used = start > here ? start - here : here - start
    // Sanitizers may put variables elsewhere; then the distance says nothing and the levels alone count.
    if used > Limits.templateStackBytes, used < 1 << 30 { throw .tooDeep }
  }
}
