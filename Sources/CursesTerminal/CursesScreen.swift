// The ncurses screen: opens the terminal, shows frames, reads events, and leaves everything as it was. Not here: when to draw (ScreenLoop).
import CCurses
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The one screen of the process, used from the main thread only.
///
/// While it is open, standard error is kept and written out afterwards, and every way out of the program (return, exit, signals, traps, stack
/// overflow) leaves the terminal clean. A thread that may overflow its stack calls `protectCurrentThread` first.
public final class CursesScreen {
  public private(set) var size: Size
  public let colorMode: ColorMode

  private let choice: TerminalChoice
  private var shown: Frame?
  private var row: [lab_cell] = []
  private var decoder = InputDecoder()
  private var emptyReads = 0
  private var pasteDeadline: ContinuousClock.Instant?
  private var isOpen = true
  private var isClosedByTerminal = false

  /// Opens the screen. `environment` gives TERM, COLORTERM and NO_COLOR.
  public init(
    color: ColorPreference = .auto, environment: (String) -> String? = CursesScreen.variable
  ) throws(ScreenError) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
    choice = try TerminalChoice.choose(environment: environment, preference: color, describe: CursesScreen.describe)
    colorMode = choice.colorMode
    guard lab_open(choice.name, choice.colorMode != .none) else { throw .refused(choice.name) }
    size = CursesScreen.windowSize()
  }

  deinit { close() }

  /// Leaves the terminal as it was; what went to standard error meanwhile is written now.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    lab_close()
  }

  /// A variable of the process's environment.
  public static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Gives the calling thread a stack for signals, so that an overflow of its own stack leaves the terminal clean.
  public static func protectCurrentThread() { lab_protect_thread() }

  private static func describe(_ name: String) throws(ScreenError) -> Int {
    var colors: Int32 = 0
    switch lab_describe_terminal(name, &colors) {
    case LAB_TERMINAL_OK: return Int(colors)
    case LAB_TERMINAL_CANNOT_MOVE: throw .cannotMoveCursor(name)
    default: throw .unknownTerminal(name)
    }
  }

  private static func windowSize() -> Size {
    var columns: Int32 = 0
    var rows: Int32 = 0
    lab_window_size(&columns, &rows)
    return Size(columns: Int(columns), rows: Int(rows))
  }

  // MARK: Output

  /// Shows a frame; false where the terminal takes no output now and the frame was dropped.
  @discardableResult
  public func present(_ frame: Frame) -> Bool {
    guard isOpen, lab_output_is_ready() else { return false }
    if !putRows(of: frame) {
      // The colour pairs have run out: number them anew, from what this frame needs.
      lab_forget_pairs()
      shown = nil
      _ = putRows(of: frame)
    }
    shown = frame
    let cursor = frame.cursor.flatMap { frame.bounds.contains($0) ? $0 : nil }
    lab_refresh(Int32(cursor?.x ?? -1), Int32(cursor?.y ?? -1))
    return true
  }

  /// Draws everything anew at the next frame, for a screen that something else wrote on (Ctrl-L).
  public func redrawAll() {
    shown = nil
    lab_redraw_all()
  }

  private func putRows(of frame: Frame) -> Bool {
    let columns = frame.size.columns
    if row.count != columns { row = [lab_cell](repeating: lab_cell(), count: columns) }
    var complete = true
    frame.cells.withUnsafeBufferPointer { cells in
      for y in 0..<frame.size.rows {
        let line = cells[(y * columns)..<((y + 1) * columns)]
        if let shown, shown.size == frame.size,
          shown.cells[(y * columns)..<((y + 1) * columns)] == frame.cells[(y * columns)..<((y + 1) * columns)]
        {
          continue
        }
        for (x, cell) in line.enumerated() { row[x] = convert(cell) }
        complete = lab_put_row(Int32(y), row, Int32(columns)) && complete
      }
    }
    return complete
  }

  private func convert(_ cell: Cell) -> lab_cell {
    var result = lab_cell()
    let marks = cell.marks.codes
    result.scalars = (cell.scalar.value, marks.0, marks.1, marks.2, marks.3)
    result.width = UInt16(cell.width)
    let style = cell.style.reduced(to: colorMode)
    result.foreground = choice.number(of: style.foreground)
    result.background = choice.number(of: style.background)
    // The bits of `Attributes` are those of the shim.
    result.attributes = UInt16(style.attributes.rawValue)
    if case .ansi(let index) = style.foreground, index >= 8, choice.colors < 16 { result.attributes |= UInt16(LAB_BOLD) }
    return result
  }

  // MARK: Input

  /// Waits for input, a signal, a byte in the `wake` descriptor or the timeout (nil: no limit), and returns what has come from the terminal.
  public func nextEvents(timeout: Duration?, wake: Int32? = nil) -> [InputEvent] {
    guard isOpen, !isClosedByTerminal else { return [.closed] }
    var wait = timeout
    if let deadline = pasteDeadline {
      let left = max(.zero, ContinuousClock.now.duration(to: deadline))
      wait = wait.map { min($0, left) } ?? left
    }
    var descriptors = [STDIN_FILENO, lab_signal_descriptor(), wake ?? -1].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let ready = poll(&descriptors, nfds_t(descriptors.count), wait.map(CursesScreen.milliseconds) ?? -1)
    var events = ready > 0 && descriptors[1].revents != 0 ? readSignals() : []
    if ready > 0, descriptors[0].revents != 0 {
      events += readInput(isHungUp: descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0)
    } else if let deadline = pasteDeadline, ContinuousClock.now >= deadline {
      events += decoder.abandonPaste()
    }
    followPaste(sawInput: !events.isEmpty || (ready > 0 && descriptors[0].revents != 0))
    return events
  }

  /// Rounded up, so that a wait never ends before its time and spins.
  private static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  private func readInput(isHungUp: Bool) -> [InputEvent] {
    var events: [InputEvent] = []
    var input = lab_input()
    var count = 0
    // A flood of input must not keep messages and frames waiting.
    while count < 4096 {
      guard lab_read(&input) else {
        events += decoder.idle()
        break
      }
      count += 1
      let wasPasting = decoder.isPasting
      if input.byte >= 0 {
        events += decoder.feed(.byte(UInt8(truncatingIfNeeded: input.byte)))
      } else {
        events += decoder.feed(.name(withUnsafeBytes(of: input.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }))
      }
      if decoder.isPasting != wasPasting { lab_set_raw_input(decoder.isPasting) }
    }
    emptyReads = count == 0 ? emptyReads + 1 : 0
    if count == 0, isHungUp || emptyReads >= 3 {
      isClosedByTerminal = true
      events.append(.closed)
    }
    return events.flatMap { $0 == .key(.control("z")) ? stop() : [$0] }
  }

  /// A paste whose end does not come within a second of silence is over.
  private func followPaste(sawInput: Bool) {
    if !decoder.isPasting {
      if pasteDeadline != nil { lab_set_raw_input(false) }
      pasteDeadline = nil
    } else if sawInput || pasteDeadline == nil {
      pasteDeadline = .now + .seconds(1)
    }
  }

  private func readSignals() -> [InputEvent] {
    var bytes = [UInt8](repeating: 0, count: 64)
    var letters: Set<UInt8> = []
    while true {
      let count = read(lab_signal_descriptor(), &bytes, bytes.count)
      guard count > 0 else { break }
      letters.formUnion(bytes.prefix(count))
    }
    if letters.contains(UInt8(ascii: "T")) { return stop() }
    if letters.contains(UInt8(ascii: "C")) {
      // Stopped from outside (SIGSTOP): the shell has set its own modes meanwhile.
      lab_leave()
      lab_enter()
      return cameBack()
    }
    return letters.contains(UInt8(ascii: "W")) && lab_apply_window_size() ? sizeChanged() : []
  }

  private func stop() -> [InputEvent] {
    lab_stop()
    return cameBack()
  }

  private func cameBack() -> [InputEvent] {
    redrawAll()
    return sizeChanged() + [.resumed]
  }

  private func sizeChanged() -> [InputEvent] {
    let new = CursesScreen.windowSize()
    shown = nil
    guard new != size else { return [] }
    size = new
    return [.resize(new)]
  }

  /// Gives the terminal to another program (an editor) while `body` runs, and comes back.
  public func suspend<Result>(_ body: () throws -> Result) rethrows -> Result {
    lab_leave()
    defer {
      lab_enter()
      _ = cameBack()
    }
    return try body()
  }
}
