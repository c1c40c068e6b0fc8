// The smallest program on the screen, used by the tests only: it shows the last events, and ends in every way that a program can end.
// Not here: anything that the lab does.
import CursesTerminal
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func view(_ size: Size, _ lines: [DisplayText], _ mode: ColorMode) -> Frame {
  var frame = Frame(size)
  let theme = Theme(colorMode: mode)
  let inner = frame.box(frame.bounds, title: "demo 演示 \(size.columns)x\(size.rows) \(mode.rawValue)", style: theme.border)
  for (row, line) in lines.suffix(max(0, inner.height - 2)).enumerated() { frame.draw(line, row: row, of: inner) }
  let strip = inner.row(inner.height - 1)
  frame.drawStrip((0..<16).map { Float($0) / 15 }, in: strip, scale: .probability, theme: theme)
  frame.draw("red", at: Point(x: strip.x + 18, y: strip.y), theme.error, in: strip)
  frame.cursor = Point(x: inner.x, y: inner.y)
  return frame
}

nonisolated func overflow(_ depth: Int) -> Int { depth < 0 ? 0 : overflow(depth + 1) + (depth & 1) }

/// Not a closure in the top-level code, which belongs to the main actor and must not run on another thread.
nonisolated func postFromThread(_ mailbox: WakeMailbox<DisplayText>) {
  var thread = pthread_t()
  pthread_create(&thread, nil, postMessages, Unmanaged.passRetained(mailbox).toOpaque())
}

nonisolated func postMessages(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let mailbox = Unmanaged<WakeMailbox<DisplayText>>.fromOpaque(argument).takeRetainedValue()
  for number in 1...1000 { mailbox.post("message \(number)") }
  return nil
}

nonisolated func overflowInThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  CursesScreen.protectCurrentThread()
  print(overflow(0))
  return nil
}

func complain(_ text: String) {
  let line = DisplayText(text).string + "\n"
  _ = write(STDERR_FILENO, line, line.utf8.count)
}

func end(by way: Character) {
  switch way {
  case "t": fatalError("the demo traps 陷阱")
  case "a": abort()
  case "s": raise(SIGSEGV)
  case "m":
    // A write to an address that no mapping holds.
    UnsafeMutablePointer<UInt8>(bitPattern: 16)?.pointee = 1
  case "o": print(overflow(0))
  case "O":
    var thread = pthread_t()
    pthread_create(&thread, nil, overflowInThread, nil)
    pthread_join(thread, nil)
  case "x": exit(7)
  case "e": complain("a note on standard error")
  default: break
  }
}

do {
  let screen = try CursesScreen(color: CommandLine.arguments.contains("--no-color") ? .never : .auto)
  let mailbox = WakeMailbox<DisplayText>()
  var lines: [DisplayText] = ["ready"]
  screen.run(mailbox: mailbox) { event in
    switch event {
    case .message(let line): lines.append(line)
    case .input(.key(.character("q"))): return .leave
    case .input(.key(.character("p"))):
      postFromThread(mailbox)
    case .input(.key(.character("c"))): lines = []
    case .input(.key(.character("v"))):
      // A child that writes to the terminal, as an editor does.
      screen.suspend { _ = write(STDOUT_FILENO, "other program\r\n", 15) }
      lines.append("back")
    case .input(.key(.character(let way))) where "tasmoOxe".contains(way): end(by: way)
    case .input(.key(let key)): lines.append("key \(key.description)")
    case .input(.paste(let text)): lines.append("paste \(text)")
    case .input(let other): lines.append("\(String(describing: other))")
    }
    return .changed
  } view: { size in
    view(size, lines, screen.colorMode)
  }
  screen.close()
  print("goodbye")
} catch {
  complain(error.message.en)
  exit(1)
}
