// Which checkpoints stay as a run's time axis, through kills and other commands, and files of shipped steps. Not here: damage (CheckpointTests).
import Foundation
import ModelFiles
import Testing

@testable import Training

@Suite struct CheckpointSpreadTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func evenlySpreadOverTheRun() {
    let steps = Array(stride(from: 0, through: 3000, by: 250))
    #expect(CheckpointSpread(count: 4, total: 3000).kept(of: steps) == [0, 750, 1500, 2250, 3000])
    #expect(CheckpointSpread(count: 12, total: 3000).kept(of: steps) == Set(steps))
    #expect(CheckpointSpread(count: 0, total: 3000).kept(of: steps).isEmpty)
    // Half way: the first two stretches have their last ones.
    #expect(CheckpointSpread(count: 4, total: 3000).kept(of: Array(steps.prefix(7))) == [0, 750, 1500])
    // Fewer checkpoints than stretches, and steps between them.
    #expect(CheckpointSpread(count: 1000, total: 10).kept(of: [3, 7, 10]) == [3, 7, 10])
  }

  private func trainer(keep: Int) throws -> Trainer {
    let trainer = try Tiny.trainer {
      $0.steps = 12
      $0.checkpointEvery = 1
      $0.evaluateEvery = 1000
    }
    trainer.keep = keep
    return trainer
  }

  private var kept: [Int] { get throws { try Checkpoint.entries(in: folder.path).map(\.step) } }

  @Test func theRunKeepsThemAndItsBeginning() throws {
    _ = try trainer(keep: 3).run(folder: folder.path)
    // 4, 8, 12 and the newest two; the last is the only one that was measured.
    #expect(try kept == [0, 4, 8, 11, 12])
    let entries = try Checkpoint.entries(in: folder.path)
    #expect(entries.allSatisfy { ($0.bitsPerByte != nil) == ($0.step == 12) })
    #expect(entries.allSatisfy { WholeFile.exists("\($0.path)/model.safetensors") })
  }

  /// Killed, and gone on with by somebody who says nothing of keeping.
  @Test func whoeverResumesKeepsThem() throws {
    let first = try trainer(keep: 3)
    _ = try first.run(folder: folder.path, isCancelled: { first.step == 6 })
    let found = try #require(try Checkpoint.latest(in: folder.path).found)
    #expect(try found.keep == 3)
    let second = try found.resume(Tiny.corpus())
    #expect(second.keep == 3 && second.step == 6)
    _ = try second.run(folder: folder.path)
    #expect(try kept == [0, 4, 8, 11, 12])
    // One that asks for none keeps the newest two and the best.
    let other = try trainer(keep: 0)
    _ = try other.run(folder: "\(folder.path)/other")
    #expect(try Checkpoint.entries(in: "\(folder.path)/other").map(\.step) == [11, 12])
    #expect(try #require(try Checkpoint.latest(in: "\(folder.path)/other").found).keep == 0)
  }

  /// A run that was killed before its first step begins with the same weights.
  @Test func theBeginningResumesToo() throws {
    let first = try trainer(keep: 3)
    _ = try first.run(folder: folder.path, isCancelled: { first.step == 1 })
    try WholeFile.removeFolder("\(folder.path)/step-000001")
    let again = try #require(try Checkpoint.latest(in: folder.path).found).resume(Tiny.corpus())
    #expect(again.step == 0)
    _ = try again.advance()
    #expect(again.state == first.state)
  }

  @Test func filesWithAStepInTheirName() throws {
    for name in [
      "nano-step-0500.gguf", "nano-step-1500.gguf", "nano-step-50.gguf", "other-step-7.gguf", "nano.gguf", "nano-step-x.gguf",
      "-step-1.gguf", "step-000004",
    ] {
      try folder.write("", to: name)
    }
    #expect(try Checkpoint.files(in: folder.path, of: "nano").map(\.step) == [50, 500, 1500])
    #expect(try Checkpoint.files(in: folder.path).map(\.step) == [7, 50, 500, 1500])
    #expect(try Checkpoint.entries(in: folder.path).isEmpty)
    #expect(try Checkpoint.files(in: "\(folder.path)/nowhere").isEmpty)
  }
}
