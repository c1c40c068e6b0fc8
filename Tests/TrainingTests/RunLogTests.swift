// The log of a run: what is written is read back, torn lines harm nobody, one process trains in a folder. Not here: the curve that is drawn of it.
import Foundation
import ModelFiles
import Testing

@testable import Training

@Suite struct RunLogTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func step(_ number: Int, loss: Double = 0.1 + 0.2) -> TrainingEvent {
    .step(
      TrainingStep(
        step: number, totalSteps: 12, loss: loss, learningRate: 1e-3, gradientNorm: 0.5, tokensPerSecond: 1234.5, secondsLeft: 1.0 / 3))
  }

  private func read() throws -> [TrainingEvent] {
    var reader = RunLogReader(path: "\(folder.path)/\(RunLog.name)")
    return try reader.read().events
  }

  @Test func everyBitIsReadBack() throws {
    let log = RunLog(folder: folder.path)
    let samples = [
      TrainingSample(prompt: "小猫\n?", answer: "\u{1B}[2J \"x\"", isEnded: false), TrainingSample(prompt: "", answer: "", isEnded: true),
    ]
    let written: [TrainingEvent] = [step(1), .evaluated(step: 1, loss: 2.0 / 3, bitsPerByte: 1e-300), .sampled(step: 1, samples), step(2)]
    for event in written { try log.append(event) }
    // What is no news leaves no line.
    try log.append(.checkpoint(path: "x"))
    try log.append(.finished(path: "x"))
    #expect(try read().map(\.text) == written.map(\.text))
  }

  @Test func aReaderGoesOnWhereItWas() throws {
    let log = RunLog(folder: folder.path)
    var reader = RunLogReader(path: "\(folder.path)/\(RunLog.name)")
    try log.append(step(1))
    let first = try reader.read()
    #expect(first.isFresh && first.events.map(\.text) == [step(1).text])
    #expect(try reader.read().events.isEmpty)
    try log.append(step(2))
    let second = try reader.read()
    #expect(!second.isFresh && second.events.map(\.text) == [step(2).text])
    // Another run in its place.
    try folder.write("{\"step\": 9, \"loss\": 1}\n", to: RunLog.name)
    let anew = try reader.read()
    #expect(anew.isFresh && anew.events.count == 1)
  }

  @Test func halfALineWaitsForItsRest() throws {
    try folder.write("{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"lo", to: RunLog.name)
    var reader = RunLogReader(path: "\(folder.path)/\(RunLog.name)")
    #expect(try reader.read().events.count == 1)
    let handle = try #require(FileHandle(forWritingAtPath: "\(folder.path)/\(RunLog.name)"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("ss\": 3}\n".utf8))
    #expect(try reader.read().events.map(\.text) == ["step 2 3.0"])
  }

  @Test func aTornLineEndsWhereTheNextRunBegins() throws {
    try folder.write("{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"lo", to: RunLog.name)
    try RunLog(folder: folder.path).append(step(2))
    #expect(try read().map(\.text) == ["step 1 2.0", step(2).text])
  }

  @Test func whatIsNoLineIsPassedOver() throws {
    let lines = [
      "", "[]", "null", "{\"step\": -1, \"loss\": 1}", "{\"step\": 1.5, \"loss\": 1}", "{\"loss\": 1}", "{\"step\": 1}",
      "{\"step\": 1, \"loss\": \"x\"}",
      "{\"checkpoint\": \"p\"}", "\u{0}", String(repeating: "[", count: 5000), "{\"step\": 7, \"samples\": [1, {\"prompt\": \"p\"}]}",
    ]
    try folder.write(lines.joined(separator: "\n") + "\n{\"step\": 3, \"loss\": 4, \"heldout_bits_per_byte\": 5}\n", to: RunLog.name)
    #expect(try read().map(\.text) == ["sampled 7 []", "step 3 4.0", "evaluated 3 5.0"])
  }

  @Test func whoAsksWhetherAFolderIsHeldHoldsItForNobody() throws {
    #expect(!RunLock.isHeld(folder: folder.path) && !RunLock.isHeld(folder: "/nonexistent"))
    do {
      let lock = try RunLock(folder: folder.path)
      #expect(RunLock.isHeld(folder: folder.path))
      #expect(throws: TrainingError.folderBusy(path: folder.path)) { try RunLock(folder: folder.path) }
      withExtendedLifetime(lock) {}
    }
    #expect(!RunLock.isHeld(folder: folder.path))
    _ = try RunLock(folder: folder.path)
  }

  /// What a run reports is what its log says, and answering prompts changes no bit of the training.
  @Test func aRunIsInItsLog() throws {
    let (plain, asked) = (try Tiny.trainer(), try Tiny.trainer())
    _ = try plain.run(folder: "\(folder.path)/plain")
    let log = RunLog(folder: folder.path)
    var options = RunOptions()
    options.prompts = ["你好", "hi"]
    var reported: [TrainingEvent] = []
    _ = try asked.run(
      folder: "\(folder.path)/asked", options: options,
      onEvent: { event in
        reported.append(event)
        try log.append(event)
      })
    #expect(plain.state == asked.state)
    let told = reported.filter { $0.logObject != nil }
    #expect(try read().map(\.text) == told.map(\.text))
    let samples = told.compactMap { if case .sampled(let step, let samples) = $0 { (step, samples) } else { nil } }
    #expect(samples.map(\.0) == [4, 8, 12])
    #expect(samples.allSatisfy { $0.1.map(\.prompt) == options.prompts })
    // Greedy: the same weights give the same answers.
    #expect(try TrainingSample.ask(options.prompts, asked.parameters.answering(), asked.tokenizer) == samples.last?.1)
  }
}

extension TrainingEvent {
  /// Enough of an event to compare it.
  fileprivate var text: String {
    switch self {
    case .step(let step): "step \(step.step) \(step.loss)"
    case .evaluated(let step, _, let bits): "evaluated \(step) \(bits)"
    case .sampled(let step, let samples): "sampled \(step) \(samples.map { [$0.prompt, $0.answer, "\($0.isEnded)"] })"
    case .resumed, .checkpoint, .finished: "other"
    }
  }
}
