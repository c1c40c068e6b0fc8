// What can happen to the screen: keys, commands, and answers of the engine. Not here: what follows from it (Update).
import Course
import Inference
import Insight
import Languages
import Terminal

/// What a command does. Commands are named once, in `CommandTable`; keys, palette, command line and help all come from there.
public enum Command: String, Sendable, Hashable, CaseIterable {
  // Stepper
  case nextOperation = "next-operation"
  case previousOperation = "previous-operation"
  case nextLayer = "next-layer"
  case previousLayer = "previous-layer"
  case nextHead = "next-head"
  case previousHead = "previous-head"
  case nextToken = "next-token"
  case previousToken = "previous-token"
  case cellLeft = "cell-left"
  case cellRight = "cell-right"
  case cellUp = "cell-up"
  case cellDown = "cell-down"
  case firstOperation = "first-operation"
  case lastOperation = "last-operation"
  // Run
  case sample
  case write
  case takeBack = "take-back"
  case editPrompt = "edit-prompt"
  case toggleFormat = "toggle-format"
  case stop
  case undo
  case redo
  case warmer
  case colder
  case nextSeed = "next-seed"
  // Views
  case viewStepper = "view-stepper"
  case viewAttention = "view-attention"
  case viewHeads = "view-heads"
  case viewProbabilities = "view-probabilities"
  case viewText = "view-text"
  case viewWeights = "view-weights"
  case viewChat = "view-chat"
  case viewTraining = "train"
  case open
  case back
  // Weights
  case weightsBlock = "block"
  case weightsMetadata = "metadata"
  case weightsDifference = "diff"
  // Chat
  case chatType = "type"
  case chatRegenerate = "regenerate"
  case chatEdit = "edit-message"
  case chatContinue = "continue"
  case chatPreviousBranch = "previous-branch"
  case chatNextBranch = "next-branch"
  case chatPreviousMessage = "previous-message"
  case chatNextMessage = "next-message"
  case chatPreviousToken = "answer-left"
  case chatNextToken = "answer-right"
  case chatFirstToken = "answer-start"
  case chatLastToken = "answer-end"
  case chatWhy = "why"
  case chatStep = "step-here"
  case chatCourse = "course-text"
  case chatDrop = "drop-oldest"
  case chatNew = "new-chat"
  case chatList = "chats"
  // Training
  case trainingStart = "start"
  case trainingPause = "pause"
  case trainingStop = "stop-training"
  case trainingLeft = "earlier"
  case trainingRight = "later"
  case trainingFirst = "first-step"
  case trainingLast = "follow"
  case trainingUp = "sample-above"
  case trainingDown = "sample-below"
  case trainingScale = "log-scale"
  case trainingRange = "whole-run"
  case trainingPlan = "recipe"
  case checkpointOpen = "open-checkpoint"
  case checkpointHome = "own-model"
  case checkpointPrevious = "previous-checkpoint"
  case checkpointNext = "next-checkpoint"
  // Lesson
  case nextStep = "next-step"
  case previousStep = "previous-step"
  case scrollDown = "scroll-down"
  case scrollUp = "scroll-up"
  case pageDown = "page-down"
  case pageUp = "page-up"
  case lessonTop = "top"
  case lessonBottom = "bottom"
  case answer
  case reveal
  case hint
  case resetStep = "reset-step"
  case runHere = "run-here"
  case lessons
  // Everywhere
  case otherPane = "other-pane"
  case zoom
  case language
  case help
  case palette
  case commandLine = "command-line"
  case search
  case searchNext = "search-next"
  case redraw
  case leave
}

/// What happened.
public enum ScreenAction: Sendable {
  case input(InputEvent)
  /// A command with its argument (from the command line), if any.
  case command(Command, argument: String? = nil)
  case engine(EngineReport)
  /// The text that came back from $EDITOR, or why none did.
  case edited(Result<String, EditorError>)
}

/// Why $EDITOR brought nothing back.
public struct EditorError: BilingualError {
  public let message: Bilingual

  public init(_ message: Bilingual) { self.message = message }
}

/// What the engine brings back.
public enum EngineReport: Sendable {
  case loaded(LoadedModel)
  case courseOpened(Course, Glossary, completed: Set<String>)
  /// Prompts of earlier runs, newest last.
  case promptHistory([String])
  case lessonOpened(Lesson, progress: LessonResume)
  case traced(request: Int, Trace, promptTokenCount: Int)
  /// A token was sampled and the longer sequence traced.
  case sampled(request: Int, WalkStep, Trace)
  /// The model ended instead of another token.
  case ended(request: Int)
  /// Nothing more fits behind the sequence.
  case contextFull(request: Int, length: Int)
  case failed(request: Int?, Bilingual)
  case weights(WeightsReport)
  case chat(ChatReport)
  case training(TrainingReport)
  /// A checkpoint is the lab's model now.
  case modelOpened(path: String, LoadedModel)
  case modelNotOpened(path: String, Bilingual)
}

/// Where a learner left a lesson.
public struct LessonResume: Sendable, Hashable {
  public var step: String?
  public var passed: Set<String>

  public init(step: String? = nil, passed: Set<String> = []) {
    self.step = step
    self.passed = passed
  }
}

/// Work that `update` asks for; the engine does it away from the screen.
public enum ScreenEffect: Sendable {
  case load
  case openCourse
  case openLesson(id: String)
  case trace(request: Int, TraceRequest)
  /// Choose a token after `ids` and trace the longer sequence.
  case sample(request: Int, ids: [Int], SamplingSettings)
  case cancel
  case save(ProgressRecord)
  case setLanguage(Language)
  case notePrompt(String, PromptFormat)
  case redraw
  case editExternally(String)
  case weights(WeightsWork)
  case chat(ChatWork)
  /// For the run's own thread: the engine never waits for it.
  case training(TrainingWork)
  /// The model at a path in the place of the present one.
  case openModel(path: String)
  /// A model that is open already.
  case useModel(LoadedModel)
}

/// What to run.
public enum TraceRequest: Sendable {
  case prompt(String, PromptFormat)
  /// Ids as they are; the first `promptTokenCount` are the prompt.
  case ids([Int], promptTokenCount: Int)
}

/// What is kept of a learner's work.
public struct ProgressRecord: Sendable, Hashable {
  public var lesson: String
  public var step: String
  public var isCompleted: Bool
  public var check: String?
  public var attempts = 0
  public var hints = 0
  public var isPassed = false
  public var event: LabEvent?
}
