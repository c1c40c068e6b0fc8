// Signals of the plain commands: a first SIGINT asks long work to stop, a second leaves at once. Not here: the lab's own handling (CursesTerminal).
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum Interrupt {
  private static let requests = Atomic<Int>(0)
  private static let isExpected = Atomic<Bool>(false)

  /// Whether the user wants the work to stop.
  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// SIGINT ends the program with 130, until a command asks for more patience.
  static func install() {
    // Touched here so that the handler never is the first to initialise them.
    _ = isRequested
    isExpected.store(false, ordering: .relaxed)
    handle(SIGINT)
    // A limit of file sizes is an error of the write that meets it, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
  }

  /// From now on the first signal only sets `isRequested`.
  static func expect(_ others: [Int32] = []) {
    isExpected.store(true, ordering: .relaxed)
    for signal in others { handle(signal) }
  }

  /// Back to where a signal ends the program; earlier requests are forgotten.
  static func rest() {
    isExpected.store(false, ordering: .relaxed)
    requests.store(0, ordering: .relaxed)
  }

  /// What this process was told to ignore (nohup, jobs in the background of a script) stays ignored.
  private static func handle(_ number: Int32) {
    let previous = signal(number) { _ in
      let earlier = Interrupt.requests.add(1, ordering: .relaxed).oldValue
      if earlier > 0 || !Interrupt.isExpected.load(ordering: .relaxed) { _exit(130) }
    }
    if unsafeBitCast(previous, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
  }
}
