// The training view on a terminal with a real run: nothing starts unasked, checkpoints open while it goes on, leaving and killing lose nothing, another
// process can watch. Not here: what the view draws (LabScreensTests), the loop (TrainingTests).
import Foundation
import ModelFiles
import PtySession
import Testing

@Suite(.serialized) struct TrainingOnTerminalTests {
  /// So long that it never ends by itself in a test, with an evaluation and a checkpoint soon.
  private static let recipe: String = {
    let path = "\(Program.folder)/view.yaml"
    let text = (try? String(contentsOfFile: SmallModel.longRecipe, encoding: .utf8)) ?? ""
    let changed = text.replacingOccurrences(of: "steps: 400", with: "steps: 1000000").replacingOccurrences(
      of: "Every: 1000", with: "Every: 40")
    try? changed.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }()

  private func open(_ arguments: [String], home: String = LabTerminal.home()) throws -> Session {
    try Session(
      Program.path, term: "xterm-256color", environment: ["LLMLAB_HOME": home, "HOME": Program.folder],
      arguments: ["train"] + arguments + ["--lang", "en"], rows: 40, columns: 120)
  }

  private func view(_ out: String) throws -> Session {
    try open([Self.recipe, "--view", "--corpus", SmallModel.corpus, "--out", out])
  }

  private func steps(_ out: String) -> [Int] {
    ((try? FileManager.default.contentsOfDirectory(atPath: out)) ?? []).compactMap { name in
      name.hasPrefix("step-") && !name.hasSuffix(".tmp") ? Int(name.dropFirst(5)) : nil
    }.sorted()
  }

  @Test func startsOnAKeyAndGoesOnBehindOtherViews() throws {
    let out = Program.temporary("view")
    let session = try view(out)
    session.waitForText("Nothing is being computed yet")
    session.pump(milliseconds: 300)
    #expect(!FileManager.default.fileExists(atPath: out), "looking writes nothing")
    session.type("s")
    session.waitForText("running")
    session.waitForText("now: step")
    session.wait("two checkpoints") { _ in steps(out).count >= 2 }
    // The first checkpoint in the stepper, on the run's own prompt.
    session.type("<<\r")
    session.waitForText("hook_embed")
    let opened = session.line(0)
    #expect(opened.contains("step-"))
    let before = steps(out).last ?? 0
    session.wait("training goes on meanwhile") { _ in (steps(out).last ?? 0) > before }
    session.type("8")
    session.waitForText("in the lab:")
    session.type("p")
    session.waitForText("paused, p goes on")
    session.type("p")
    session.waitForText("running")
    session.type("x")
    session.waitForText("stopped, s goes on")
    #expect(!session.hasEnded)
    session.leave()
    #expect(steps(out).contains(0), "the beginning is kept")
  }

  @Test func leavingSavesAndAKilledRunOpensAgain() throws {
    let out = Program.temporary("view")
    let session = try view(out)
    session.waitForText("s starts")
    session.type("s")
    session.wait("a checkpoint after the beginning") { _ in steps(out).count >= 2 }
    session.leave()
    let saved = try #require(steps(out).last)
    let again = try view(out)
    again.waitForText("stopped, s goes on")
    again.waitForText("step \(saved)")
    again.type("s")
    again.waitForText("running")
    again.wait("more checkpoints") { _ in (steps(out).last ?? 0) > saved }
    again.signal(SIGKILL)
    again.waitForEnd()
    let third = try view(out)
    third.waitForText("stopped, s goes on")
    third.type("s")
    third.waitForText("running")
    let last = steps(out).last ?? 0
    third.wait("and more") { _ in (steps(out).last ?? 0) > last }
    third.leave()
  }

  @Test func anotherProcessWatches() throws {
    let out = Program.temporary("watched")
    let running = try Running(["train", Self.recipe, "--corpus", SmallModel.corpus, "--out", out, "--keep", "3"])
    while steps(out).isEmpty && kill(running.id, 0) == 0 { usleep(10000) }
    let session = try open(["--watch", out])
    session.waitForText("watching: another process trains")
    session.waitForText("now: step")
    let seen = session.text.firstMatch(of: #/step (\d+)\/1000000/#).flatMap { Int($0.1) } ?? 0
    session.wait("news") { ($0.text.firstMatch(of: #/step (\d+)\/1000000/#).flatMap { Int($0.1) } ?? 0) > seen }
    // The same folder in the view is the same run, not a second one.
    session.type(":train --out \(out)\r")
    session.wait("it is watched again, and cannot be started") {
      $0.type("s")
      return $0.text.contains("this only watches")
    }
    session.waitForText("watching: another process trains")
    running.send(SIGINT)
    _ = try running.outcome()
    session.waitForText("watching: nobody trains")
    session.leave()
    // A second trainer in one folder is refused.
    let first = try Running(["train", Self.recipe, "--corpus", SmallModel.corpus, "--out", out, "--json"])
    defer {
      first.send(SIGINT)
      _ = try? first.outcome()
    }
    while !first.output.contains("step") && kill(first.id, 0) == 0 { usleep(10000) }
    let second = try Program.run("train", Self.recipe, "--corpus", SmallModel.corpus, "--out", out)
    #expect(second.code == 1 && second.errors.contains("Another program is training"), "\(second.errors)")
  }

  @Test func mistakesAreSaid() throws {
    #expect(try Program.run("train", "--view", "--json").code == 64)
    #expect(try Program.run("train", "--keep", "1001").code == 64)
    let session = try open(["--watch", "/nonexistent"])
    session.waitForText("/nonexistent")
    session.leave()
  }
}
