// What a run reports, kept beside its checkpoints as one JSON object a line, so that another process can watch it and a run that goes on has its past.
// Not here: the curve that is drawn of it (the program), checkpoints.
import Languages
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file `log.jsonl` of a run's folder, for appending. Whoever writes it has the folder for itself (`RunLock`).
public final class RunLog {
  public static let name = "log.jsonl"
  private let path: String
  /// Opened with the first line: by then the run has its folder.
  private var descriptor: Int32 = -1

  public init(folder: String) { path = "\(folder)/\(RunLog.name)" }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func openFile() throws(FileError) {
    guard descriptor < 0 else { return }
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.notWritten(path, errno) }
    // A kill may have cut the last line; what comes next begins on a line of its own.
    let size = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 0x0A
    guard size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != 0x0A else { return }
    try write([0x0A])
  }

  /// Appends what belongs into the log; other events are no news to a reader.
  public func append(_ event: TrainingEvent) throws(FileError) {
    guard let object = event.logObject else { return }
    try openFile()
    try write(Array((JSON.object(object).serialized() + "\n").utf8))
  }

  /// One call a line, so that a reader meets whole lines but for the last.
  private func write(_ bytes: [UInt8]) throws(FileError) {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { Self.systemWrite(descriptor, $0.baseAddress! + start, bytes.count - start) }
      if count < 0 && errno != EINTR { throw FileError.notWritten(path, errno) }
      start += max(0, count)
    }
  }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes, count)
    #else
      Darwin.write(descriptor, bytes, count)
    #endif
  }
}

extension FileError {
  fileprivate static func notWritten(_ path: String, _ number: Int32) -> FileError {
    let reason = String(cString: strerror(number))
    return FileError(
      file: path, place: "write", problem: Bilingual(zh: "无法写入：\(reason)", en: "it cannot be written: \(reason)"),
      mend: Bilingual(zh: "请检查权限和磁盘空间，或换一个目录", en: "Check permissions and disk space, or choose another folder"))
  }
}

extension TrainingStep {
  /// The numbers by the names that `llmlab train --json` prints them under.
  public var object: JSONObject {
    [
      "step": .integer(step), "total_steps": .integer(totalSteps), "loss": .number(loss), "learning_rate": .number(learningRate),
      "gradient_norm": .number(gradientNorm), "tokens_per_second": .number(tokensPerSecond), "seconds_left": .number(secondsLeft),
    ]
  }
}

extension TrainingEvent {
  /// The line of the log.
  var logObject: JSONObject? {
    switch self {
    case .step(let step): step.object
    case .evaluated(let step, let loss, let bitsPerByte):
      ["step": .integer(step), "heldout_loss": .number(loss), "heldout_bits_per_byte": .number(bitsPerByte)]
    case .sampled(let step, let samples):
      [
        "step": .integer(step),
        "samples": .array(
          samples.map { .object(["prompt": .string($0.prompt), "answer": .string($0.answer), "ended": .bool($0.isEnded)]) }),
      ]
    case .resumed, .checkpoint, .finished: nil
    }
  }
}

/// Reads a log, or what `llmlab train --json` printed, from where it stopped reading.
public struct RunLogReader: Sendable {
  public let path: String
  private var offset = 0
  /// What is not a line yet.
  private var rest: [UInt8] = []
  private static let chunk = 1 << 20
  private static let longestLine = 1 << 20

  public init(path: String) { self.path = path }

  /// Events since the last call, oldest first; lines that are none are passed over. A file that was replaced by a shorter one is read anew, and
  /// `isFresh` says so.
  public mutating func read() throws(FileError) -> (events: [TrainingEvent], isFresh: Bool) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(
        file: path, place: "open", problem: Bilingual(same: String(cString: strerror(errno))),
        mend: Bilingual(zh: "请检查路径", en: "Check the path"))
    }
    defer { close(descriptor) }
    var isFresh = offset == 0
    if lseek(descriptor, 0, SEEK_END) < off_t(offset) { (offset, rest, isFresh) = (0, [], true) }
    var events: [TrainingEvent] = []
    var buffer = [UInt8](repeating: 0, count: RunLogReader.chunk)
    while true {
      let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
      guard count > 0 else { break }
      offset += count
      var start = 0
      for end in 0..<count where buffer[end] == 0x0A {
        if let event = RunLogReader.event(rest + buffer[start..<end]) { events += event }
        rest = []
        start = end + 1
      }
      rest += buffer[start..<count]
      // What never ends is no line of ours.
      if rest.count > RunLogReader.longestLine { rest = [] }
    }
    return (events, isFresh)
  }

  /// A line holds a step, an evaluation, samples, or several of them.
  static func event(_ line: [UInt8]) -> [TrainingEvent]? {
    guard case .object(let object)? = try? JSON.parse(line, file: "log"), case .integer(let step)? = object["step"], step >= 0 else {
      return nil
    }
    func number(_ key: String) -> Double? {
      switch object[key] {
      case .integer(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    }
    var events: [TrainingEvent] = []
    if let loss = number("loss") {
      var total = step
      if case .integer(let value)? = object["total_steps"] { total = max(step, value) }
      events.append(
        .step(
          TrainingStep(
            step: step, totalSteps: total, loss: loss, learningRate: number("learning_rate") ?? 0,
            gradientNorm: number("gradient_norm") ?? 0,
            tokensPerSecond: number("tokens_per_second") ?? 0, secondsLeft: number("seconds_left") ?? 0)))
    }
    if let bits = number("heldout_bits_per_byte") {
      events.append(.evaluated(step: step, loss: number("heldout_loss") ?? .nan, bitsPerByte: bits))
    }
    if case .array(let list)? = object["samples"] {
      let samples = list.prefix(TrainingSample.most).compactMap { entry -> TrainingSample? in
        guard case .string(let prompt)? = entry["prompt"], case .string(let answer)? = entry["answer"] else { return nil }
        return TrainingSample(prompt: prompt, answer: answer, isEnded: entry["ended"] == .bool(true))
      }
      events.append(.sampled(step: step, samples))
    }
    return events.isEmpty ? nil : events
  }
}
