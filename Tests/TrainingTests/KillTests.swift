// kill −9 at random moments, and writes that fail: a training process in its own right, resumed to the same last bit.
// LLMLAB_KILLS=20 kills as often as the issue asks. Not here: damage of files at rest (CheckpointTests).
import Foundation
import ModelFiles
import Testing

@testable import Training

@Suite(.serialized) struct KillTests {
  static let kills = ProcessInfo.processInfo.environment["LLMLAB_KILLS"].flatMap { Int($0) } ?? 3

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/corpus", withIntermediateDirectories: true)
    for (name, text) in Tiny.files { try folder.write(text + "\n", to: "corpus/\(name)") }
    // Many checkpoints, so that many moments lie inside the writing of one.
    let text = Tiny.recipeText.replacingOccurrences(of: "checkpointEvery: 3", with: "checkpointEvery: 2")
      .replacingOccurrences(of: "steps: 12", with: "steps: 24")
    try folder.write(text, to: "recipe.yaml")
  }

  /// Starts a training process on `run`.
  private func start(_ run: String, fileLimit: Int? = nil) throws -> (process: Process, output: Pipe) {
    let process = Process()
    // The test bundle and the program lie side by side in the build folder.
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
      "TrainingProcess")
    process.arguments =
      ["\(folder.path)/corpus", "\(folder.path)/recipe.yaml", "\(folder.path)/\(run)"] + (fileLimit.map { ["\($0)"] } ?? [])
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    return (process, output)
  }

  /// The lines of a process that has been waited for; they fit a pipe.
  private func lines(_ started: (process: Process, output: Pipe)) -> [String] {
    let data = started.output.fileHandleForReading.readDataToEndOfFile()
    started.process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The bits of every step that the lines report.
  private func steps(_ lines: [String]) -> [String] { lines.filter { $0.hasPrefix("step ") || $0.hasPrefix("evaluated ") } }

  /// Weights and optimizer state at the end, as the bytes of their files.
  private func result(_ run: String) throws -> [[UInt8]] {
    try ["model.safetensors", "optimizer.safetensors"].map { try WholeFile.bytes("\(folder.path)/\(run)/step-000024/\($0)", limit: .max) }
  }

  @Test func killedAtRandomMomentsEveryResumeContinuesBitForBit() throws {
    let clock = ContinuousClock()
    let begun = clock.now
    let whole = lines(try start("whole"))
    let duration = clock.now - begun
    try #require(whole.last == "finished", "\(whole)")
    #expect(steps(whole).count == 24 + 6)
    let expected = try result("whole")

    var resumedAt: [String] = []
    for kill in 0..<Self.kills {
      // Over the whole run, and past its end now and then.
      let moment = duration * Double.random(in: 0.02...1.02)
      let killed = try start("killed-\(kill)")
      usleep(UInt32(moment.components.seconds * 1_000_000 + moment.components.attoseconds / 1_000_000_000_000))
      if killed.process.isRunning { Foundation.kill(killed.process.processIdentifier, SIGKILL) }
      let before = lines(killed)
      let after = lines(try start("killed-\(kill)"))
      #expect(after.last == "finished", "killed after \(moment): \(before) \(after)")
      #expect(Set(steps(before)).isSubset(of: Set(steps(whole))), "killed after \(moment)")
      #expect(steps(after) == Array(steps(whole).suffix(steps(after).count)), "killed after \(moment): \(after)")
      #expect(after.allSatisfy { !$0.hasPrefix("skipped") }, "a checkpoint was visible before it was complete")
      #expect(try result("killed-\(kill)") == expected, "killed after \(moment)")
      let left = try WholeFile.names(in: "\(folder.path)/killed-\(kill)")
      #expect(left.allSatisfy { !$0.hasSuffix(".tmp") } && left.count <= 3, "\(left)")
      resumedAt.append(after.first { $0.hasPrefix("resumed") } ?? "from the start")
    }
    print("killed \(Self.kills) times:", resumedAt.joined(separator: ", "))
  }

  /// RLIMIT_FSIZE makes writes fail in the middle, as a full disk does.
  @Test(arguments: [0, 1000, 20_000])
  func writesThatFailLeaveThePreviousCheckpoint(_ limit: Int) throws {
    let corpus = try Corpus(folder: "\(folder.path)/corpus")
    let file = "\(folder.path)/recipe.yaml"
    let trainer = Trainer(try Recipe(yaml: WholeFile.text(file, limit: 1 << 20), file: file), corpus, try Tiny.tokenizer(corpus))
    _ = try trainer.run(folder: "\(folder.path)/limited", isCancelled: { trainer.step == 5 })

    let failed = try start("limited", fileLimit: limit)
    let output = lines(failed)
    #expect(failed.process.terminationStatus == 2 && failed.process.terminationReason == .exit, "\(output)")
    #expect(output.last?.hasPrefix("error FileError") == true, "\(output)")
    let after = try Checkpoint.latest(in: "\(folder.path)/limited")
    #expect(after.found?.step == 5 && after.skipped.isEmpty)
    #expect(try WholeFile.names(in: "\(folder.path)/limited").allSatisfy { !$0.hasSuffix(".tmp") })

    #expect(lines(try start("limited")).last == "finished")
    #expect(lines(try start("whole")).last == "finished")
    #expect(try result("limited") == result("whole"))
  }
}
