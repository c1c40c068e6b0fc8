// The lab itself: screen, state and engine wired together. Not here: what any of them does.
import ArgumentParser
import Assets
import Chat
import Course
import CursesTerminal
import Foundation
import Inference
import LabScreens
import Languages
import ModelFiles
import Terminal

/// Everything the lab needs from the command line.
struct LabProgram {
  var language: Language
  var color: ColorPreference
  var glyphs: GlyphMode
  var courseFolder: String
  var prompt: String?
  var isChat = false
  /// Ids to open on instead of a prompt.
  var opening: OpeningRun?
  /// A run of training to open the training view on.
  var training: TrainingRequest?
  var lesson: String?
  var loadModel: @Sendable () throws -> LoadedModel
  var keeper: (@Sendable () -> any ProgressKeeper)?
  var conversations: (@Sendable () -> any ConversationKeeper)?
  /// What went wrong before there was a screen to say it on.
  var warning: Bilingual?

  /// The state before anything has happened.
  func initialState(size: Size, colorMode: ColorMode) -> ScreenState {
    var state = ScreenState(size: size, language: language, theme: Theme(colorMode: colorMode, glyphMode: glyphs))
    if let prompt {
      state.prompt = prompt
      state.format = isChat ? .chat : .raw
      state.opensLessonByItself = false
      state.pane = .lab
    }
    if let opening {
      state.openingRun = opening
      state.opensLessonByItself = false
      state.pane = .lab
    }
    if let training {
      state.openingTraining = training
      state.opensLessonByItself = false
    }
    state.requestedLesson = lesson
    state.notice = warning.map { Notice($0, .failure) }
    return state
  }

  /// Runs until the user leaves.
  func run() throws {
    // Before the screen's own handlers, which then restore the terminal first when a mapped file was cut short.
    MappedFile.answerFaults()
    let screen = try CursesScreen(color: color)
    defer { screen.close() }
    let mailbox = WakeMailbox<EngineReport>()
    var state = initialState(size: screen.size, colorMode: screen.colorMode)
    let (folder, load, keeper, conversations) = (courseFolder, loadModel, keeper, conversations)
    let engine = EngineThread(mailbox: mailbox) { cancellation in
      let engine = LabEngine(
        courseFolder: folder, keeper: keeper?(), conversations: conversations?(), corpusFolder: Assets.corpus, cancellation: cancellation,
        loadModel: load)
      engine.openPath = { try ModelChoice($0).load() }
      return engine
    }
    let trainer = TrainingThread(isEngineBusy: { engine.isWorking }) { mailbox.post(.training($0)) }
    /// Effects go where they are done; those of the terminal are done here.
    func submit(_ effects: [ScreenEffect]) {
      engine.submit(effects)
      for case .training(let work) in effects { trainer.submit(work) }
    }
    submit(state.begin())
    screen.run(mailbox: mailbox) { event in
      let effects: [ScreenEffect] =
        switch event {
        case .input(let input): state.update(.input(input))
        case .message(let report): state.update(.engine(report))
        }
      submit(effects)
      for effect in effects {
        switch effect {
        case .redraw: screen.redrawAll()
        case .editExternally(let text):
          let edited = screen.suspend { ExternalEditor.edit(text) }
          submit(state.update(.edited(edited)))
        default: break
        }
      }
      return state.isLeaving ? .leave : .changed
    } view: { size in
      if state.size != size { _ = state.update(.input(.resize(size))) }
      return state.frame()
    }
    engine.finish()
    if trainer.isBusy { finish(trainer, screen) }
    if state.isInterrupted { throw ExitCode.interrupted }
  }

  /// A run that goes on ends with a checkpoint, and the terminal says so: a step may take a second or two.
  private func finish(_ trainer: TrainingThread, _ screen: CursesScreen) {
    screen.close()
    Output.note(Bilingual(zh: "训练在这一步之后停下并保存…", en: "the run stops after this step and is saved…"))
    switch trainer.finish() {
    case .stopped(let step) where step > 0:
      Output.note(
        Bilingual(
          zh: "训练停在第 \(step) 步，已保存；再打开训练视图即可继续。", en: "Training stopped at step \(step), saved; the training view goes on from there."))
    case .failed(let message): Output.note(message)
    default: break
    }
  }

  /// The frame after a script of keys, without a terminal.
  func frame(size: Size, colorMode: ColorMode, keys: [InputEvent]) -> Frame {
    let engine = LabEngine(courseFolder: courseFolder, keeper: nil, corpusFolder: Assets.corpus, loadModel: loadModel)
    engine.training = { work, report in
      guard case .plan(let request) = work else {
        return report(.failed(Bilingual(zh: "训练要在实验室里进行：llmlab", en: "training needs the lab itself: llmlab")))
      }
      do {
        switch try TrainingDesk.look(request) {
        case .run(_, let answer), .watch(_, let answer): report(answer)
        }
      } catch { report(.failed((error as? any BilingualError)?.message ?? Bilingual(same: String(describing: error)))) }
    }
    var state = initialState(size: size, colorMode: colorMode)
    // The same keys give the same frame.
    state.showsTimes = false
    var driver = InlineDriver(state, engine)
    driver.send(keys)
    return driver.state.frame()
  }
}
