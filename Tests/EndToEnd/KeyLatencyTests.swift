// How long a key waits for its frame while the model computes on every core, and how long a cold start takes: measured through a terminal and
// printed. No test of times: LLMLAB_BENCH=1 runs it, LLMLAB_BINARY names the (release) program, LLMLAB_BENCH_MODEL another model.
import Foundation
import PtySession
import Testing

@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["LLMLAB_BENCH"] == "1", "set LLMLAB_BENCH=1 to measure"))
struct KeyLatencyTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let program = environment["LLMLAB_BINARY"] ?? Program.path
  /// The model that ships, else random weights.
  private static let model: [String] = {
    if let path = environment["LLMLAB_BENCH_MODEL"] { return ["--model", path] }
    let folder = URL(fileURLWithPath: program).resolvingSymlinksInPath().deletingLastPathComponent()
    let shipped = folder.appendingPathComponent("llmlab_Assets.resources/models/sprout-nano.gguf").path
    return FileManager.default.fileExists(atPath: shipped) ? [] : ["--model", LabTerminal.slowModel]
  }()

  private func open(_ arguments: [String], rows: Int, columns: Int) throws -> Session {
    try Session(
      Self.program, environment: ["LLMLAB_HOME": LabTerminal.home(), "HOME": Program.folder], arguments: arguments + Self.model, rows: rows,
      columns: columns)
  }

  private func report(_ what: String, _ times: [Duration]) {
    let sorted = times.map { Double($0.components.attoseconds) / 1e15 + Double($0.components.seconds) * 1e3 }.sorted()
    guard let last = sorted.last else { return }
    func quantile(_ share: Double) -> String { String(format: "%.2f", sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) }
    print(
      "\(what): n \(sorted.count), p50 \(quantile(0.5)), p90 \(quantile(0.9)), p99 \(quantile(0.99)), max \(String(format: "%.2f", last)) ms"
    )
  }

  /// From before the key is written until the terminal has read a frame that shows what the key did.
  private func latency(_ session: Session, _ key: String, until shows: (Session) -> Bool) -> Duration? {
    let start = ContinuousClock.now
    session.type(key)
    while !shows(session) {
      session.pump(milliseconds: 20)
      if ContinuousClock.now - start > .seconds(10) { return nil }
    }
    return ContinuousClock.now - start
  }

  /// Some three hundred tokens, so that one pass takes a while; fewer where every byte is a token.
  private static var prompt: String {
    let isSlow = model.last == LabTerminal.slowModel
    return isSlow ? LabTerminal.longPrompt : String(repeating: LabTerminal.longPrompt, count: 4)
  }

  /// Sees to it that the model writes. It ends a text sooner or later: then from the prompt anew, with another seed.
  private func keepWriting(_ session: Session) -> Bool {
    for attempt in 0..<200 {
      if session.line(59).contains("writing") { return true }
      session.type(attempt % 20 == 0 ? "e\rd" : "w")
      session.pump(milliseconds: 50)
    }
    return false
  }

  @Test func keysWhileTheModelComputes() throws {
    let session = try open(["step", Self.prompt, "--lang", "en"], rows: 60, columns: 200)
    session.waitForText("hook_embed")
    // The cell with the n of n/N is found once: reading the screen would be a part of the time.
    let row = try #require((0..<60).first { session.line($0).contains("hook_embed") && session.line($0).contains("1/") })
    let column = try #require((0..<10).first { session.cell(row: row, column: $0).scalars.0 == 0x31 })
    var (busy, idle): ([Duration], [Duration]) = ([], [])
    for isBusy in [true, false] {
      if !isBusy {
        session.type("\u{3}")
        session.wait("the model rests") { !$0.line(59).contains("writing") }
      }
      for key in 0..<500 {
        if isBusy { try #require(keepWriting(session), "the model does not write:\n\(session.text)") }
        let isForward = key % 2 == 0
        let mark: UInt32 = isForward ? 0x32 : 0x31
        let time = latency(session, isForward ? "\u{1B}[C" : "\u{1B}[D") { $0.cell(row: row, column: column).scalars.0 == mark }
        guard let time else { Issue.record("no answer to a key:\n\(session.text)"); return }
        if isBusy { busy.append(time) } else { idle.append(time) }
        // The next key somewhere in the middle of a pass, not always right after a frame.
        session.pump(milliseconds: key * 7 % 23)
      }
    }
    report("key to frame at 200×60 while the model writes", busy)
    report("key to frame at 200×60, the model at rest", idle)
    session.type("q")
    session.waitForEnd()
  }

  @Test func coldStart() throws {
    var first: [Duration] = []
    var run: [Duration] = []
    var sampled: [Duration] = []
    var token: [Duration] = []
    for _ in 0..<12 {
      let start = ContinuousClock.now
      let session = try open(["step", "Once upon a time", "--lang", "en"], rows: 24, columns: 80)
      while !session.line(0).contains("llmlab"), ContinuousClock.now - start < .seconds(20) { session.pump(milliseconds: 50) }
      first.append(ContinuousClock.now - start)
      while session.tokenCount == nil, ContinuousClock.now - start < .seconds(20) { session.pump(milliseconds: 50) }
      run.append(ContinuousClock.now - start)
      let count = session.tokenCount ?? 0
      session.type("s")
      while session.tokenCount != count + 1, ContinuousClock.now - start < .seconds(20) { session.pump(milliseconds: 50) }
      sampled.append(ContinuousClock.now - start)
      session.type("q")
      session.waitForEnd()

      let plain = ContinuousClock.now
      let command = try open(["run", "--raw", "--max-tokens", "1", "Once upon a time"], rows: 24, columns: 80)
      while command.bytesRead == 0, !command.hasEnded { command.pump(milliseconds: 50) }
      token.append(ContinuousClock.now - plain)
      command.waitForEnd()
    }
    report("cold start to the first frame", first)
    report("cold start to the run on the screen", run)
    report("cold start to the first sampled token on the screen", sampled)
    report("cold start to the first byte of `llmlab run`", token)
  }
}
