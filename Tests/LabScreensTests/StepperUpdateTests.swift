// Moving about: what the keys do in the stepper, and that no walk leaves the run or the screen.
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct StepperUpdateTests {
  @Test func operationsForwardAndBack() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    let count = try #require(driver.state.trace).operations.count
    for index in 1..<count {
      driver.send([.key(.right)])
      #expect(driver.state.cursor.operation == index)
    }
    driver.send([.key(.right)])
    #expect(driver.state.cursor.operation == count - 1)
    #expect(driver.state.notice != nil)
    for _ in 0..<count { driver.send([.key(.left)]) }
    #expect(driver.state.cursor.operation == 0)
  }

  @Test func layersKeepTheKindOfOperation() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send(try KeyScript.parse("Down Right Right"))
    #expect(driver.state.operation?.kind == .key)
    driver.send(try KeyScript.parse("Down"))
    #expect(driver.state.operation?.kind == .key)
    #expect(driver.state.operation?.layer == 1)
    driver.send(try KeyScript.parse("Down"))
    #expect(driver.state.operation?.kind == .finalNorm)
    driver.send(try KeyScript.parse("Up Up Up"))
    #expect(driver.state.operation?.layer == nil)
  }

  @Test func theLogitsOpenOnTheLikeliestTokenAndWalkByRank() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send(try KeyScript.parse("G Left"))
    let logits = try #require(driver.state.trace).lastLogits
    let order = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
    #expect(driver.state.operation?.kind == .logits)
    #expect(driver.state.cursor.column == order[0])
    driver.send(try KeyScript.parse("j j l"))
    #expect(driver.state.cursor.column == order[3])
    driver.send(try KeyScript.parse("k k k k"))
    #expect(driver.state.cursor.column == order[0])
  }

  @Test func keysOfAMapStayVisible() throws {
    var driver = SmallLab.driver(SmallLab.sizes[0], .en)
    driver.send(try KeyScript.parse("Right Right"))
    for _ in 0..<40 { driver.send([.key(.character("l"))]) }
    driver.send(try KeyScript.parse("[ [ [ [ [ [ [ ["))
    while driver.state.operation?.kind != .scores { driver.send([.key(.right)]) }
    #expect(driver.state.cursor.column <= driver.state.cursor.row)
  }

  /// Two thousand keys, chosen at random among all that the lab has, with resizes in between.
  @Test(arguments: [UInt64(1), 2]) func aRandomWalkNeverLeavesTheRun(_ seed: UInt64) throws {
    var random = WalkRandom(state: seed &* 0x9E37_79B9_7F4A_7C15)
    var driver = SmallLab.driver(SmallLab.sizes[0], seed == 1 ? .zh : .en)
    let keys: [Key] =
      [.left, .right, .up, .down, .home, .end, .enter, .backspace, .delete, .escape, .tab, .pageDown]
      + "hjkl[],.gG12345sczLudw+-=nrR".map { Key.character($0) }
    for count in 0..<1000 {
      if count % 50 == 0 {
        let size = Size(columns: .random(in: 70...210, using: &random), rows: .random(in: 20...64, using: &random))
        driver.send([.resize(size)])
      }
      // Long texts make the walk slow, not more thorough.
      if (driver.state.trace?.ids.count ?? 0) > 40 { driver.send(.command(.editPrompt, argument: SmallLab.prompt)) }
      let key = keys.randomElement(using: &random) ?? .right
      if key == .character("w"), count % 20 != 0 { continue }
      driver.send([.key(key)])
      guard let trace = driver.state.trace else { continue }
      #expect(trace.operations.indices.contains(driver.state.cursor.operation))
      #expect(trace.ids.indices.contains(driver.state.cursor.row))
      if count % 4 == 0 { #expect(driver.state.frame().hasWholeGlyphs) }
    }
  }
}
