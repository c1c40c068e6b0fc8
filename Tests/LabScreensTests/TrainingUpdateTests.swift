// What keys and reports do to the training view: nothing starts unasked, phases, cursor, checkpoints as the lab's model. Not here: drawing.
import Inference
import Languages
import Terminal
import Testing

@testable import LabScreens

@Suite struct TrainingUpdateTests {
  private let fresh: [TrainingReport] = [.planned(TrainingLab.plan, TrainingRecord())]

  @Test func openingStartsNothing() throws {
    var works: [TrainingWork] = []
    let driver = try TrainingLab.driver("1 8 i i y f Left Right", reports: fresh) { works.append($0) }
    // Asked once, whatever is looked at.
    #expect(works == [.plan(TrainingRequest())])
    #expect(driver.state.training.phase == .ready)
  }

  @Test func startPauseStop() throws {
    var works: [TrainingWork] = []
    var driver = try TrainingLab.driver("p x s", reports: fresh) { works.append($0) }
    #expect(works.dropFirst() == [.start] && driver.state.training.phase == .preparing)
    func report(_ report: TrainingReport) { driver.send(.engine(.training(report))) }
    func press(_ keys: String) throws { driver.send(try KeyScript.parse(keys)) }
    report(.preparing(Bilingual(zh: "训练分词器", en: "training the tokenizer"), done: 64, total: 288))
    #expect(driver.state.frame().plainText.contains("training the tokenizer 64/288"))
    report(.began(step: 0))
    #expect(driver.state.training.phase == .running)
    report(.point(TrainingLab.point(1)))
    // Once is enough.
    try press("s")
    #expect(works.dropFirst() == [.start])
    try press("p")
    #expect(driver.state.training.phase == .pausing)
    report(.paused)
    #expect(driver.state.training.phase == .paused)
    try press("p")
    #expect(driver.state.training.phase == .running)
    try press("x x")
    #expect(works.dropFirst() == [.start, .pause, .resume, .stop] && driver.state.training.phase == .stopping)
    report(.stopped(step: 1))
    #expect(driver.state.training.phase == .ready && driver.state.training.plan?.doneSteps == 1)
    try press("s")
    #expect(works.last == .start)
    report(.began(step: 1))
    report(.finished)
    #expect(driver.state.training.phase == .finished)
    #expect(CommandTable.reasonDisabled(.trainingStart, driver.state) != nil)
  }

  /// The view is closed, and the run's news still arrive.
  @Test func survivesClosingTheView() throws {
    var driver = try TrainingLab.driver("s", reports: fresh)
    driver.send(.engine(.training(.began(step: 0))))
    driver.send(try KeyScript.parse("2 1"))
    for step in 1...5 { driver.send(.engine(.training(.point(TrainingLab.point(step))))) }
    driver.send(.engine(.training(.evaluated(TrainingEvaluation(step: 5, loss: 3, bitsPerByte: 2)))))
    #expect(driver.state.view == .stepper && driver.state.trace != nil)
    driver.send(try KeyScript.parse("8"))
    #expect(driver.state.training.record.points.map(\.step) == [1, 2, 3, 4, 5])
    #expect(driver.state.training.record.evaluation(at: 5)?.bitsPerByte == 2)
    // Another run has to wait.
    driver.send(try KeyScript.parse(":train<Space>other<Enter>"))
    #expect(driver.state.training.phase == .running && driver.state.notice?.kind == .failure)
  }

  @Test func failuresAreSaidAndLeaveTheWayOpen() throws {
    var driver = try TrainingLab.driver("", reports: [.failed(Bilingual(zh: "没有配方", en: "no such recipe"))])
    #expect(driver.state.training.phase == .closed && driver.state.frame().plainText.contains("no such recipe"))
    #expect(driver.state.frame().plainText.contains(":train"))
    driver = try TrainingLab.driver("s", reports: fresh)
    driver.send(.engine(.training(.failed(Bilingual(zh: "坏了", en: "it broke")))))
    #expect(driver.state.training.phase == .ready && driver.state.frame().plainText.contains("it broke"))
    #expect(CommandTable.reasonDisabled(.trainingStart, driver.state) == nil)
  }

  /// A run that goes on from an older checkpoint forgets what came after it.
  @Test func resumingRewindsTheCurve() throws {
    var driver = try TrainingLab.driver("s")
    driver.send(.engine(.training(.began(step: 500))))
    let record = driver.state.training.record
    #expect(record.points.last?.step == 500 && record.evaluations.last?.step == 500 && record.answers.last?.step == 500)
    driver.send(.engine(.training(.point(TrainingLab.point(501)))))
    #expect(driver.state.training.record.points.last?.step == 501)
  }

  // MARK: Cursor

  @Test func theCursorWalksOverStepsAndFollowsAtTheEnd() throws {
    var driver = try TrainingLab.driver()
    #expect(driver.state.training.cursor == nil && driver.state.training.step == 760)
    func press(_ keys: String) throws { driver.send(try KeyScript.parse(keys)) }
    try press("Left")
    #expect(driver.state.training.cursor == 750)
    try press("Right")
    #expect(driver.state.training.cursor == nil)
    try press("Home")
    #expect(driver.state.training.step == 0)
    for _ in 0..<400 { try press("Right") }
    #expect(driver.state.training.cursor == nil, "every column is reached, and the end")
    try press("<")
    #expect(driver.state.training.step == 750)
    try press("< <")
    #expect(driver.state.training.step == 250)
    try press(">")
    #expect(driver.state.training.step == 500)
    // A cursor that stands still stays when the run goes on.
    driver.send(.engine(.training(.point(TrainingLab.point(770)))))
    #expect(driver.state.training.step == 500)
    try press("End")
    #expect(driver.state.training.step == 770)
  }

  // MARK: Checkpoints in the lab

  private func model(_ driver: InlineDriver) -> String? { driver.state.model?.name }

  @Test func aCheckpointBecomesTheLabsModelAndBack() throws {
    var driver = try TrainingLab.driver("1 Right Right Right")
    let (own, place) = (driver.state.trace?.lastLogits, driver.state.cursor)
    driver.send(try KeyScript.parse("8 < <"))
    #expect(driver.state.training.step == 500)
    driver.send(try KeyScript.parse("Enter"))
    #expect(driver.state.view == .stepper && driver.state.training.opened?.step == 500)
    #expect(model(driver)?.contains("tiny-step-500") == true)
    #expect(driver.state.prompt == "the cat sat" && driver.state.cursor == place)
    let there = driver.state.trace?.lastLogits
    #expect(there != nil && there != own)
    // Its neighbours in time, without leaving the stepper.
    driver.send(try KeyScript.parse(">"))
    #expect(driver.state.training.opened?.step == 750 && driver.state.cursor == place && driver.state.trace?.lastLogits != there)
    driver.send(try KeyScript.parse("<"))
    #expect(driver.state.training.opened?.step == 500 && driver.state.trace?.lastLogits == there)
    driver.send(try KeyScript.parse("> >"))
    #expect(driver.state.training.opened?.step == 750 && driver.state.notice != nil)
    // Sampling works, and Backspace first takes tokens back, then leads to the training view, then to the lab's own model.
    driver.send(try KeyScript.parse("s Backspace"))
    #expect(driver.state.view == .stepper && driver.state.walk.isEmpty)
    driver.send(try KeyScript.parse("Backspace"))
    #expect(driver.state.view == .training && driver.state.training.opened != nil)
    driver.send(try KeyScript.parse("Backspace"))
    #expect(driver.state.training.opened == nil && model(driver) == "small" && driver.state.trace?.lastLogits == own)
    #expect(CommandTable.reasonDisabled(.checkpointHome, driver.state) != nil)
  }

  /// Nothing has run yet: the run's own prompt is what one looks at.
  @Test func anEmptyLabTakesThePromptOfTheSample() throws {
    let engine = LabEngine(courseFolder: "/nonexistent", keeper: nil) { LessonLab.model }
    engine.training = { work, report in if case .plan = work { report(.planned(TrainingLab.stopped, TrainingLab.record)) } }
    var state = LessonLab.state()
    state.opensLessonByItself = false
    var driver = InlineDriver(state, engine)
    driver.send(try KeyScript.parse("8 < Down"))
    #expect(driver.state.trace == nil)
    driver.send(try KeyScript.parse("Enter"))
    #expect(driver.state.prompt == "hello, who are you?" && driver.state.trace != nil && driver.state.view == .stepper)
  }

  /// Pruned between looking and opening.
  @Test func aCheckpointThatIsGoneIsSaid() throws {
    var record = TrainingLab.record
    record.checkpoints.append(TrainingCheckpoint(path: "/nowhere/step-000760", step: 760, bitsPerByte: nil))
    let driver = try TrainingLab.driver("Enter", reports: [.planned(TrainingLab.plan, record)])
    #expect(driver.state.view == .training && driver.state.training.opened == nil && driver.state.notice?.kind == .failure)
    #expect(model(driver) == "small" && driver.state.trace != nil)
    #expect(driver.state.notice?.text.en.contains("/nowhere/step-000760") == true)
  }

  /// Five files of a shipped run and nothing else.
  @Test func filesAloneAreATimeAxis() throws {
    var record = TrainingRecord()
    record.checkpoints = TrainingLab.checkpoints
    let reports: [TrainingReport] = [.watching(name: "tiny", folder: "/runs", nil, record, isLive: false)]
    var driver = try TrainingLab.driver("Left", reports: reports)
    #expect(driver.state.training.step == 500 && driver.state.frame().plainText.contains("only checkpoints"))
    driver.send(try KeyScript.parse("Home Enter"))
    #expect(driver.state.training.opened?.step == 0)
    #expect(CommandTable.reasonDisabled(.trainingStart, driver.state) != nil)
  }

  // MARK: The command line

  @Test func wordsOfARequest() throws {
    var request = TrainingRequest()
    (request.recipe, request.out, request.steps, request.keep) = ("my recipe.yaml", "/a b", 30, 5)
    #expect(try TrainingRequest("'my recipe.yaml' --out \"/a b\" --steps 30 --keep 5") == request)
    var watch = TrainingRequest()
    (watch.watch, watch.log) = ("/runs/x", "x.json")
    #expect(try TrainingRequest(" --watch /runs/x  --log x.json ") == watch)
    #expect(try TrainingRequest("") == TrainingRequest())
    for line in [
      "a b", "--out", "--steps x", "--steps 0", "--keep -1", "--keep 1001", "--what 1", "\"open", "--log x", "a --watch b",
      "--watch b --steps 3",
    ] {
      #expect(throws: TrainingRequest.Mistake.self, "\(line)") { try TrainingRequest(line) }
    }
  }

  @Test func aTypedRunIsPlanned() throws {
    var works: [TrainingWork] = []
    let driver = try TrainingLab.driver(":train<Space>x.yaml<Space>--out<Space>/r<Enter>", reports: fresh) { works.append($0) }
    var request = TrainingRequest()
    (request.recipe, request.out) = ("x.yaml", "/r")
    #expect(works == [.plan(TrainingRequest()), .plan(request)])
    let wrong = try TrainingLab.driver(":train<Space>--steps<Space>x<Enter>", reports: fresh)
    #expect(wrong.state.notice?.kind == .failure && wrong.state.training.phase == .ready)
    _ = driver
  }
}
