// What the lab keeps between runs: progress, and what happens when the store is damaged or the program killed. Not here: the store itself (StoreTests).
import Foundation
import PtySession
import Testing

@Suite(.serialized) struct LabKeepingTests {
  @Test func progressComesBack() throws {
    let home = LabTerminal.home()
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    session.waitForText("One job")
    // Guess, uncover, sample: the first exercise.
    session.type("a")
    session.waitForText("⏎")
    session.type("bird\r")
    session.waitForText("noted")
    session.type("r\ts")
    session.waitForText("exercise done")
    session.type("\t\u{1B}[C")
    session.waitForText("step 2/5")
    session.leave()
    let again = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    again.waitForText("step 2/5")
    again.type("\u{1B}[D")
    again.waitForText("✓ Exercise 1/4")
    again.leave()
  }

  @Test(arguments: [[String](), ["lab", "--lang", "en"]]) func aDamagedStoreIsSaidAndKept(_ arguments: [String]) throws {
    let home = LabTerminal.home()
    let store = home + "/data/lab.sqlite"
    try FileManager.default.createDirectory(atPath: home + "/data", withIntermediateDirectories: true)
    let damage = Data("this is no database ".utf8) + Data(repeating: 7, count: 5000)
    try damage.write(to: URL(fileURLWithPath: store))
    let session = try LabTerminal.open(arguments, home: home, columns: 240)
    session.waitForText("is damaged. It is kept as")
    session.waitForText("One job")
    #expect(try Data(contentsOf: URL(fileURLWithPath: store + ".damaged")) == damage)
    session.type("\u{1B}[C")
    session.waitForText("step 2/5")
    session.leave()
    let again = try LabTerminal.open(arguments, home: home, columns: 240)
    again.waitForText("step 2/5")
    #expect(!again.text.contains("damaged"))
    again.leave()
  }

  @Test func killedAndOpenedAgain() throws {
    let home = LabTerminal.home()
    for step in 2...4 {
      let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
      session.waitForText("step \(step - 1)/5")
      session.type("\u{1B}[C")
      session.waitForText("step \(step)/5")
      // The engine keeps it after the frame is drawn.
      let id = ["one-job", "distribution", "sampling", "surprise"][step - 1]
      session.wait("the step is kept") { _ in
        (try? Program.run(["lessons", "--json"], environment: ["LLMLAB_HOME": home]).output.contains("\"step\":\"\(id)\"")) == true
      }
      session.signal(SIGKILL)
      session.waitForEnd()
      #expect(session.endSignal == SIGKILL)
    }
    let session = try LabTerminal.open(["lab", "--lang", "en"], home: home)
    session.waitForText("step 4/5")
    session.leave()
  }
}
