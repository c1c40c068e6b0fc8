// Everything that the screen shows, as one value. `update` is the only one who changes it, `view` only reads it. Not here: drawing, computing.
import Chat
import Course
import Inference
import Insight
import Languages
import Models
import Terminal

/// The two panes.
public enum Pane: Sendable, Hashable { case lesson, lab }

/// What lies over the panes and takes the keys.
public enum Overlay: Sendable, Hashable {
  case help(ScrollState)
  /// Fuzzy search over all commands (Ctrl-P).
  case palette(LineEditor, selected: Int)
  /// Command line (`:`).
  case commandLine(LineEditor)
  case lessons(selected: Int)
  case prompt(LineEditor)
  /// An answer to a check: typed, or an option of a choice.
  case answer(check: String, LineEditor)
  case choice(check: String, selected: Int)
  /// A guess before something is uncovered.
  case guess(check: String, LineEditor)
  case search(LineEditor)
  /// Conversations that were kept, the latest first.
  case chats([ConversationSummary], selected: Int)
}

/// Where the stepper stands. All indices are kept inside the trace by `clampCursor`.
public struct StepCursor: Sendable, Hashable {
  /// Index into the trace's operations.
  public var operation = 0
  public var head = 0
  /// The token that is computed (query), a row of most tensors.
  public var row = 0
  /// The element in the row, or the key that the query looks at.
  public var column = 0

  public init() {}
}

/// A line at the bottom that stays until the next key.
public struct Notice: Sendable, Hashable {
  public enum Kind: Sendable, Hashable { case note, good, failure }
  public var text: Bilingual
  public var kind: Kind

  public init(_ text: Bilingual, _ kind: Kind = .note) {
    self.text = text
    self.kind = kind
  }
}

/// What the engine is busy with.
public enum Activity: Sendable, Hashable {
  case idle
  case loading
  case tracing
  /// Sampling on and on until the model ends; Esc stops.
  case writing
}

public struct ScreenState: Sendable {
  // Surroundings
  public var size: Size
  public var language: Language
  public var theme: Theme
  /// False where a frame must be the same in every run: measured times are left out.
  public var showsTimes = true

  // The model and its run
  public var model: LoadedModel? {
    didSet { liveValues = LiveValueMemo() }
  }
  /// Why there is no model.
  public var modelProblem: Bilingual?
  public var trace: Trace? {
    didSet {
      copies = TensorCopies()
      liveValues = LiveValueMemo()
    }
  }
  /// What the lesson has read of the trace.
  private(set) var copies = TensorCopies()
  private(set) var liveValues = LiveValueMemo()
  /// Sampled tokens with how they came about, oldest first; the trace holds prompt and these.
  public var walk: [WalkStep] = []
  public var promptTokenCount = 0
  public var prompt = ""
  public var format = PromptFormat.raw
  public var promptHistory = History()
  public var sampling = SamplingSettings.lively
  public var activity = Activity.loading
  /// How many tokens `write` still samples; nil: until the model ends.
  public var tokensToGo: Int?
  /// Counts requests, so that an answer to an older one is recognised.
  public var request = 0

  // What is looked at
  public var pane = Pane.lesson
  public var isZoomed = false
  public var view = LabView.stepper
  public var cursor = StepCursor()
  public var overlay: Overlay?
  public var notice: Notice?
  public var lastSearch = ""
  public var weights = WeightsState()
  public var chat = ChatState()
  public var training = TrainingState()

  // Course
  public var course: Course?
  public var glossary: Glossary?
  public var lesson: Lesson?
  public var stepIndex = 0
  public var lessonScroll = ScrollState()
  public var log: [LabEvent] = []
  public var passed: Set<String> = []
  public var completed: Set<String> = []
  public var hintLevels: [String: Int] = [:]
  /// What the last answer to a check led to.
  public var outcomes: [String: CheckOutcome] = [:]
  /// What is covered until the learner has guessed.
  public var cover: LabCover?
  /// The check whose guess lifts the cover.
  public var coverCheck: String?
  /// Where the lesson wants the cursor, applied when the trace arrives.
  public var pendingSetup: LabSetup?

  /// Snapshots of what the learner can undo: prompt, walk, cursor, view.
  public var undone: [LabSnapshot] = []
  public var done: [LabSnapshot] = []

  public var isLeaving = false
  /// The last key was Ctrl-C: once more leaves, and the program ends as interrupted.
  public var isInterrupted = false
  /// False for `step`, which opens on a prompt of its own.
  public var opensLessonByItself = true
  /// The course is opened once: after the run of a prompt that was given, else at once.
  var isCourseRequested = false
  /// Ids to run at once instead of a prompt, as `step --ids` asks for.
  public var openingRun: OpeningRun?
  /// A run of training to open the view on, as `train --view` asks for.
  public var openingTraining: TrainingRequest?
  /// The lesson asked for on the command line; else the first that is not done.
  public var requestedLesson: String?

  public init(size: Size, language: Language, theme: Theme) {
    self.size = size
    self.language = language
    self.theme = theme
  }

  public var step: LessonStep? {
    guard let lesson, lesson.steps.indices.contains(stepIndex) else { return nil }
    return lesson.steps[stepIndex]
  }

  /// The operation under the stepper's cursor.
  public var operation: Operation? {
    guard let trace, trace.operations.indices.contains(cursor.operation) else { return nil }
    return trace.operations[cursor.operation]
  }
}

/// A sequence to open on, and where to look.
public struct OpeningRun: Sendable, Hashable {
  public var ids: [Int]
  public var promptTokenCount: Int
  /// The token under the cursor; nil for the last.
  public var row: Int?

  public init(ids: [Int], promptTokenCount: Int, row: Int?) {
    (self.ids, self.promptTokenCount, self.row) = (ids, promptTokenCount, row)
  }
}

/// A sampled token with the settings that it was sampled with; they may have changed since.
public struct WalkStep: Sendable, Hashable {
  public var choice: SamplingChoice
  public var settings: SamplingSettings
}

/// What undo brings back.
public struct LabSnapshot: Sendable, Hashable {
  var prompt: String
  var format: PromptFormat
  var ids: [Int]
  var walk: [WalkStep]
  var cursor: StepCursor
  var view: LabView
}
