// The doctor's checks of the terminal: its name, colours, locale, and whether it draws wide characters as wide as we count. Escapes are sent to a
// terminal only, and its modes are put back.
import Languages
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum TerminalChecks {
  static func all() -> [Finding] { [terminal, colors, locale, width] }

  private static var isTerminal: Bool { StandardInput.isTerminal && Output.isTerminal }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }

  private static var terminal: Finding {
    let name = Bilingual(zh: "终端", en: "terminal")
    let term = environment("TERM") ?? ""
    let export = Bilingual(zh: "请先执行 export TERM=xterm-256color", en: "Try: export TERM=xterm-256color")
    guard isTerminal else {
      return Finding(
        "terminal", name, .warn, Bilingual(zh: "标准输入或输出不是终端", en: "standard input or output is no terminal"),
        mend: Bilingual(zh: "实验室界面需要终端；其他命令照常可用", en: "The lab needs one; all other commands work"))
    }
    if term.isEmpty || term == "dumb" {
      return Finding("terminal", name, .fail, Bilingual(zh: "TERM 为“\(term)”", en: "TERM is “\(term)”"), mend: export)
    }
    guard hasDescription(term) else {
      return Finding(
        "terminal", name, .fail, Bilingual(zh: "系统没有 TERM=\(term) 的描述", en: "the system has no description of TERM=\(term)"),
        mend: Bilingual(zh: "\(export.zh)，或安装 ncurses-term", en: "\(export.en), or install ncurses-term"))
    }
    var size = winsize()
    _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
    let fact = Bilingual(same: "\(term), \(size.ws_col)×\(size.ws_row)")
    if size.ws_col >= 80 && size.ws_row >= 24 { return Finding("terminal", name, .ok, fact) }
    return Finding("terminal", name, .warn, fact, mend: Bilingual(zh: "建议窗口至少 80×24", en: "A window of 80×24 or more is better"))
  }

  /// Where Debian, its kin and macOS keep compiled terminal descriptions.
  private static func hasDescription(_ term: String) -> Bool {
    guard let first = term.utf8.first, !term.contains("/") else { return false }
    let folders = [
      environment("TERMINFO"), environment("HOME").map { $0 + "/.terminfo" }, "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo",
      "/usr/lib/terminfo",
    ]
    let names = ["\(Character(Unicode.Scalar(first)))/\(term)", "\(String(first, radix: 16))/\(term)"]
    return folders.compactMap { $0 }.contains { folder in names.contains { ModelPlace.exists("\(folder)/\($0)") } }
  }

  private static var colors: Finding {
    let name = Bilingual(zh: "颜色", en: "colours")
    let (term, announced) = (environment("TERM") ?? "", environment("COLORTERM") ?? "")
    if environment("NO_COLOR") != nil {
      return Finding("colors", name, .ok, Bilingual(zh: "NO_COLOR 关闭了颜色", en: "switched off by NO_COLOR"))
    }
    if announced == "truecolor" || announced == "24bit" || term.hasSuffix("-direct") {
      return Finding("colors", name, .ok, Bilingual(zh: "真彩色", en: "true colour"))
    }
    if term.contains("256color") { return Finding("colors", name, .ok, Bilingual(zh: "256 色", en: "256 colours")) }
    return Finding(
      "colors", name, isTerminal ? .warn : .ok, Bilingual(zh: "没有声明 256 色或真彩色", en: "neither 256 colours nor true colour announced"),
      mend: isTerminal ? Bilingual(zh: "热力图会用字符深浅表示", en: "Heatmaps are drawn with glyphs of different weight") : nil)
  }

  private static var locale: Finding {
    let name = Bilingual(zh: "区域设置", en: "locale")
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first ?? ""
    let codeset = locale.lowercased().filter { $0 != "-" }
    let fact = Bilingual(same: locale.isEmpty ? "—" : locale)
    if codeset.contains("utf8") { return Finding("locale", name, .ok, fact) }
    return Finding(
      "locale", name, .warn, fact,
      mend: Bilingual(zh: "不是 UTF-8；请执行 export LANG=C.UTF-8", en: "It is not UTF-8; try: export LANG=C.UTF-8"))
  }

  // MARK: width

  private static var width: Finding {
    let name = Bilingual(zh: "字符宽度", en: "character widths")
    guard isTerminal else { return Finding("width", name, .ok, Bilingual(zh: "没有终端，未测试", en: "no terminal, not tested")) }
    // A wide ideograph and three characters of ambiguous width.
    let samples = ["中", "─", "é", "▀"]
    guard let measured = measure(samples) else {
      return Finding("width", name, .warn, Bilingual(zh: "终端没有回答光标位置", en: "the terminal does not report its cursor"))
    }
    let wrong = zip(samples, measured).first { sample, width in DisplayText(sample).width != width }
    guard let wrong else { return Finding("width", name, .ok, Bilingual(zh: "与计算一致", en: "as counted")) }
    return Finding(
      "width", name, .warn, Bilingual(zh: "“\(wrong.0)”占 \(wrong.1) 格", en: "“\(wrong.0)” takes \(wrong.1) cells"),
      mend: Bilingual(zh: "请在终端设置里关闭“将歧义字符显示为宽字符”", en: "Switch off “treat ambiguous characters as wide” in the terminal"))
  }

  /// Columns that the terminal moves for each sample; nil when it does not answer within a moment.
  private static func measure(_ samples: [String]) -> [Int]? {
    var saved = termios()
    guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
    var quiet = saved
    quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
    defer {
      Output.statusLine("")
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
    }
    var widths: [Int] = []
    for sample in samples {
      try? Output.data("\r\(sample)\u{1B}[6n")
      guard let column = readColumn() else { return nil }
      widths.append(column - 1)
      try? Output.data("\r\u{1B}[K")
    }
    return widths
  }

  /// Reads `ESC [ row ; column R`.
  private static func readColumn() -> Int? {
    var answer: [UInt8] = []
    while answer.last != UInt8(ascii: "R") && answer.count < 32 {
      var place = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      var byte: UInt8 = 0
      guard poll(&place, 1, 300) > 0, read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
      answer.append(byte)
    }
    return String(decoding: answer.dropLast(), as: UTF8.self).split(separator: ";").last.flatMap { Int($0) }
  }
}
