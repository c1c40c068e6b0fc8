// The decoder, the choice of colours, the pace of frames and the mailbox, without a terminal.
import Terminal
import Testing

@testable import CursesTerminal

@Suite struct DecoderTests {
  /// Feeds bytes as ncurses would deliver unknown ones, with a pause at the end.
  private func events(_ bytes: some Sequence<UInt8>, pauses: Bool = false) -> [InputEvent] {
    var decoder = InputDecoder()
    var events: [InputEvent] = []
    for byte in bytes {
      events += decoder.feed(.byte(byte))
      if pauses { events += decoder.idle() }
    }
    return events + decoder.idle()
  }

  @Test func charactersOfEveryLengthInPieces() {
    #expect(events("aé你🙂".utf8, pauses: true) == ["a", "é", "你", "🙂"].map { .key(.character($0)) })
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xE4, 0xBD], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xF0, 0x9F, 0x99], [0xC2, 0x85],
    ] as [[UInt8]])
  func brokenCharactersLoseNothingAfterThem(_ bytes: [UInt8]) {
    let found = events(bytes + [UInt8(ascii: "j"), UInt8(ascii: "k")])
    #expect(Array(found.suffix(2)) == [.key(.character("j")), .key(.character("k"))])
    #expect(found.dropLast(2).allSatisfy { if case .unknown = $0 { true } else { false } })
  }

  @Test func escapes() {
    #expect(events([0x1B]) == [.key(.escape)])
    #expect(events([0x1B, 0x1B]) == [.key(.escape), .key(.escape)])
    #expect(events([0x1B, 0x78]) == [.key(.alt("x"))])
    #expect(events([0x1B, 0x78], pauses: true) == [.key(.escape), .key(.character("x"))])
    #expect(events([0x1B] + Array("你".utf8)) == [.key(.alt("你"))])
    #expect(events([0x1B, 0x5B]) == [.key(.alt("["))])
    #expect(events("\u{1B}[99;9~j".utf8) == [.unknown("Esc [99;9~"), .key(.character("j"))])
    #expect(events([0x1B, 0x7F]) == [.key(.altBackspace)])
    #expect(events([0x1B, 0x0D]) == [.key(.altEnter)])
  }

  @Test func endlessSequenceEnds() {
    let found = events([0x1B, 0x5B] + [UInt8](repeating: UInt8(ascii: "1"), count: 1000))
    #expect(found.count > 1 && found.count < 1000)
  }

  @Test func controls() {
    #expect(
      events([0, 1, 26, 28, 31, 9, 10, 13, 8, 127]) == [
        .key(.control("@")), .key(.control("a")), .key(.control("z")), .key(.control("\\")), .key(.control("_")), .key(.tab),
        .key(.control("j")),
        .key(.enter), .key(.backspace), .key(.backspace),
      ])
  }

  @Test func pastes() {
    var decoder = InputDecoder()
    var found = decoder.feed(.byte(0x1B)) + decoder.feed(.name("paste-begin"))
    #expect(found == [.key(.escape)])
    found = []
    for byte in "a\r\nb\rc\u{1B}[A\u{1B}[201~x".utf8 { found += decoder.feed(.byte(byte)) }
    #expect(found == [.paste("a\nb\nc\u{1B}[A"), .key(.character("x"))])
  }

  @Test func tooLongAPasteIsCutAndSaysSo() {
    var decoder = InputDecoder()
    _ = decoder.feed(.name("paste-begin"))
    var found: [InputEvent] = []
    for _ in 0..<(InputDecoder.pasteLimit + 10_000) { found += decoder.feed(.byte(UInt8(ascii: "a"))) }
    for byte in "\u{1B}[201~".utf8 { found += decoder.feed(.byte(byte)) }
    guard case .paste(let text) = found.first else {
      Issue.record("no paste")
      return
    }
    #expect(text.utf8.count == InputDecoder.pasteLimit)
    #expect(found.last == .pasteCut(limit: InputDecoder.pasteLimit))
    #expect(!decoder.isPasting)
  }

  @Test func abandonedPaste() {
    var decoder = InputDecoder()
    _ = decoder.feed(.name("paste-begin"))
    for byte in "half".utf8 { _ = decoder.feed(.byte(byte)) }
    let pending = decoder.idle()
    #expect(pending.isEmpty)
    let delivered = decoder.abandonPaste()
    #expect(delivered == [.paste("half")])
  }

  @Test func names() {
    var decoder = InputDecoder()
    let found = ["KEY_UP", "KEY_F(5)", "kLFT5", "KEY_F(63)", "paste-end", "KEY_RESIZE", ""].flatMap { decoder.feed(.name($0)) }
    #expect(found == [.key(.up), .key(.function(5)), .key(.controlLeft), .unknown("KEY_F(63)"), .unknown("")])
  }

  /// Random bytes: never a control character typed, never a trap.
  @Test func randomBytes() {
    var state: UInt64 = 42
    var decoder = InputDecoder()
    for step in 0..<200_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let found = step % 1000 == 0 ? decoder.feed(.name("paste-begin")) : decoder.feed(.byte(UInt8(truncatingIfNeeded: state >> 33)))
      for case .key(.character(let character)) in found {
        #expect(character.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
      }
      if step % 500 == 0 { _ = decoder.abandonPaste() }
    }
  }
}

@Suite struct TerminalChoiceTests {
  private let entries = ["xterm-256color": 256, "xterm": 8, "xterm-direct": 1 << 24, "vt100": -1, "tmux-256color": 256, "rxvt-16color": 16]

  private func choose(_ variables: [String: String], _ preference: ColorPreference = .auto) throws -> TerminalChoice {
    try TerminalChoice.choose(environment: { variables[$0] }, preference: preference) { name throws(ScreenError) in
      guard let colors = entries[name] else { throw .unknownTerminal(name) }
      return colors
    }
  }

  @Test func modes() throws {
    #expect(try choose(["TERM": "xterm-256color"]).colorMode == .color256)
    #expect(try choose(["TERM": "xterm"]).colorMode == .color16)
    #expect(try choose(["TERM": "vt100"]).colorMode == .none)
    #expect(try choose(["TERM": "xterm-direct"]).colorMode == .trueColor)
    #expect(
      try choose(["TERM": "xterm-256color", "COLORTERM": "truecolor"])
        == TerminalChoice(name: "xterm-direct", colorMode: .trueColor, colors: 1 << 24))
    #expect(try choose(["TERM": "tmux-256color", "COLORTERM": "24bit"]).name == "tmux-256color", "no such entry: 256 colours")
    #expect(try choose(["TERM": "xterm-256color", "NO_COLOR": "1"]).colorMode == .none)
    #expect(try choose(["TERM": "xterm-256color", "NO_COLOR": ""]).colorMode == .color256)
    #expect(try choose(["TERM": "xterm-256color", "NO_COLOR": "1"], .always).colorMode == .color256)
    #expect(try choose(["TERM": "xterm-256color"], .never).colorMode == .none)
    #expect(throws: ScreenError.terminalNotNamed) { try choose([:]) }
    #expect(throws: ScreenError.unknownTerminal("x\u{1B}[")) { try choose(["TERM": "x\u{1B}["]) }
    #expect(!ScreenError.unknownTerminal("x\u{1B}[").message.en.contains("\u{1B}"))
  }

  @Test func numbers() throws {
    let direct = try choose(["TERM": "xterm-direct"])
    #expect(direct.number(of: .default) == -1)
    #expect(direct.number(of: .rgb(1, 2, 3)) == 0x010203)
    #expect(direct.number(of: .rgb(0, 0, 5)) == 8, "0…7 are the basic colours")
    #expect(direct.number(of: .ansi(1)) == 1)
    #expect(direct.number(of: .indexed(196)) == 0xFF0000)
    #expect(try choose(["TERM": "xterm"]).number(of: .ansi(9)) == 1)
    #expect(try choose(["TERM": "rxvt-16color"]).number(of: .ansi(9)) == 9)
  }
}

@Suite struct FramePacerTests {
  @Test func paces() {
    var pacer = FramePacer()
    let start = ContinuousClock.now
    #expect(pacer.delay(start) == .zero, "the first frame is due at once")
    pacer.drew(start, wasDropped: false)
    #expect(pacer.delay(start) == nil)
    // The answer to a key comes in parts: a few of them at once, then 30 frames a second.
    for _ in 1..<FramePacer.burst {
      pacer.request(urgent: false)
      #expect(pacer.delay(start) == .zero)
      pacer.drew(start, wasDropped: false)
    }
    pacer.request(urgent: false)
    #expect(pacer.delay(start + .milliseconds(10)) == .milliseconds(23))
    #expect(pacer.delay(start + .milliseconds(40)) == .zero)
    pacer.request(urgent: true)
    #expect(pacer.delay(start + .milliseconds(1)) == .zero, "a key does not wait")
    pacer.drew(start + .milliseconds(1), wasDropped: true)
    #expect(pacer.delay(start + .milliseconds(2)) == .milliseconds(32), "a dropped frame is tried again an interval later")
  }

  @Test func aSecondOfMessagesGivesThirtyFrames() {
    var pacer = FramePacer()
    let start = ContinuousClock.now
    var frames = 0
    for millisecond in 0..<10_000 {
      pacer.request(urgent: false)
      guard pacer.delay(start + .milliseconds(millisecond)) == .zero else { continue }
      frames += 1
      pacer.drew(start + .milliseconds(millisecond), wasDropped: false)
    }
    #expect(frames == 10_000 / 33 + FramePacer.burst)
  }
}

@Suite struct WakeMailboxTests {
  @Test func messagesOfManyThreadsArriveInTheOrderOfEach() async {
    let mailbox = WakeMailbox<(thread: Int, number: Int)>()
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { for number in 0..<2000 { mailbox.post((thread, number)) } }
      }
    }
    let messages = mailbox.drain()
    #expect(messages.count == 8000)
    for thread in 0..<4 { #expect(messages.filter { $0.thread == thread }.map(\.number) == Array(0..<2000)) }
    #expect(mailbox.drain().isEmpty)
  }
}
