// The thread that trains for the lab's view: work in, reports out through the mailbox. The screen's thread never waits for it, and the engine's thread
// does not either: the kernels' pool serves both by turns, operation by operation, and between two steps the run makes way for the engine.
// Not here: looking runs up (TrainingDesk), the loop itself (Training).
import CursesTerminal
import Foundation
import LabScreens
import Languages
import ModelFiles
import Training

final class TrainingThread: @unchecked Sendable {
  private let condition = NSCondition()
  // Guarded by `condition`.
  private var queue: [TrainingWork] = []
  private var isPaused = false
  private var isStopWanted = false
  private var isTraining = false
  private var isStarted = false

  private let post: @Sendable (TrainingReport) -> Void
  /// Whether the engine computes something now.
  private let isEngineBusy: @Sendable () -> Bool

  // The thread's own.
  private var planned: PlannedRun?
  private var watch: TrainingWatch?

  /// How often a watched folder is looked at, and how long a step waits for the engine at most, seconds.
  private static let (look, courtesy) = (1.0, 1.0)

  init(isEngineBusy: @escaping @Sendable () -> Bool, post: @escaping @Sendable (TrainingReport) -> Void) {
    (self.isEngineBusy, self.post) = (isEngineBusy, post)
  }

  func submit(_ work: TrainingWork) {
    condition.lock()
    defer { condition.unlock() }
    switch work {
    case .pause: isPaused = true
    case .resume: isPaused = false
    case .stop: isStopWanted = true
    case .plan, .start:
      queue.append(work)
      if !isStarted { start() }
    }
    condition.broadcast()
  }

  /// Asks a run to stop and waits until its checkpoint is written; what it said last.
  func finish() -> TrainingReport? {
    condition.lock()
    defer { condition.unlock() }
    isStopWanted = true
    condition.broadcast()
    guard isTraining else { return nil }
    while isTraining { condition.wait() }
    return last
  }

  /// Whether `finish` would have to wait.
  var isBusy: Bool {
    condition.lock()
    defer { condition.unlock() }
    return isTraining
  }

  private var last: TrainingReport?

  // MARK: The thread

  /// Only who opens the view pays for the thread.
  private func start() {
    isStarted = true
    let thread = Thread { [self] in
      CursesScreen.protectCurrentThread()
      #if os(Linux)
        // As the engine's thread: whichever starts the kernels' pool, its threads have the same priority.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      #endif
      while true { perform(next()) }
    }
    thread.stackSize = 8 << 20
    thread.name = "training"
    thread.start()
  }

  /// The next work; nil when it is time to look at a watched folder.
  private func next() -> TrainingWork? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty {
      if watch == nil { condition.wait() } else if !condition.wait(until: Date(timeIntervalSinceNow: Self.look)) { return nil }
    }
    return queue.removeFirst()
  }

  private func perform(_ work: TrainingWork?) {
    do {
      switch work {
      case nil:
        if watch?.read() == true, let watch { post(.watched(watch.record, isLive: watch.isLive)) }
      case .plan(let request):
        (planned, watch) = (nil, nil)
        switch try TrainingDesk.look(request) {
        case .run(let run, let report):
          planned = run
          post(report)
        case .watch(let watched, let report):
          watch = watched
          post(report)
        }
      case .start: if let planned { try train(planned) }
      case .pause, .resume, .stop: break
      }
    } catch { post(.failed((error as? any BilingualError)?.message ?? Bilingual(same: String(describing: error)))) }
  }

  // MARK: Training

  private func train(_ run: PlannedRun) throws {
    begin()
    defer { end() }
    post(.preparing(Bilingual(zh: "读取语料", en: "reading the corpus"), done: 0, total: 0))
    let corpus = try run.setup.readCorpus()
    let log = RunLog(folder: run.folder)
    let found = try Checkpoint.latest(in: run.folder).found
    var setup = run.setup
    setup.keep = run.keep
    let learning = Bilingual(zh: "训练分词器", en: "training the tokenizer")
    let trainer = try setup.makeTrainer(run.recipe, corpus, found, nil, isCancelled: isStopped) { done, total in
      if done % 64 == 0 { post(.preparing(learning, done: done, total: total)) }
    }
    guard let trainer, !isStopped() else { return report(.stopped(step: found?.step ?? 0)) }
    report(.began(step: trainer.step))
    var options = RunOptions()
    (options.prompts, options.reportsEveryStep) = (TrainingSample.prompts, true)
    var isLogging = true
    _ = try trainer.run(folder: run.folder, options: options, isCancelled: makeWay) { event in
      tell(event, run.folder)
      // The log has what the recipe asks for; a log that cannot be written stops no run, and says so once.
      if case .step(let step) = event, step.step % run.recipe.logEvery != 0, step.step != 1, step.step != run.recipe.steps { return }
      guard isLogging else { return }
      do throws(FileError) { try log.append(event) } catch {
        isLogging = false
        post(.warning(error.message))
      }
    }
    report(trainer.step < run.recipe.steps ? .stopped(step: trainer.step) : .finished)
  }

  private func tell(_ event: TrainingEvent, _ folder: String) {
    switch event {
    case .step(let step): post(.point(TrainingPoint(step)))
    case .evaluated(let step, let loss, let bits): post(.evaluated(TrainingEvaluation(step: step, loss: loss, bitsPerByte: bits)))
    case .sampled(let step, let samples): post(.answered(TrainingAnswers(step: step, samples)))
    case .checkpoint: post(.checkpoints(((try? Checkpoint.entries(in: folder)) ?? []).map(TrainingCheckpoint.init)))
    case .resumed, .finished: break
    }
  }

  private func report(_ report: TrainingReport) {
    last = report
    post(report)
  }

  private func begin() {
    condition.lock()
    (isTraining, isStopWanted, isPaused, last) = (true, false, false, nil)
    condition.unlock()
  }

  private func end() {
    condition.lock()
    isTraining = false
    condition.broadcast()
    condition.unlock()
  }

  private func isStopped() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    return isStopWanted
  }

  /// Between two steps: waits while paused, and for a moment while the engine has something to do. True ends the run.
  private func makeWay() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    if isPaused, !isStopWanted {
      post(.paused)
      while isPaused, !isStopWanted { condition.wait() }
      if !isStopWanted { post(.resumed) }
    }
    let deadline = Date(timeIntervalSinceNow: Self.courtesy)
    while !isStopWanted, isEngineBusy(), condition.wait(until: min(deadline, Date(timeIntervalSinceNow: 0.005))) || Date() < deadline {}
    return isStopWanted
  }
}
