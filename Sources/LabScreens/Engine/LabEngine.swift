// The engine: does what `update` asks for, one effect at a time, and reports. Runs on its own thread in the program and inline in tests and `screen`.
// Not here: threads and mailboxes (the program), state (ScreenState).
import Chat
import Course
import Inference
import Insight
import Languages
import Models
import Synchronization
import Terminal
import Tokenization

/// Where learners' work is kept; the program gives one that writes to the store, tests one that remembers.
public protocol ProgressKeeper: Sendable {
  func completedLessons() throws -> Set<String>
  func resume(lesson: String) throws -> LessonResume
  func save(_ record: ProgressRecord) throws
  func set(language: Language) throws
  func note(prompt: String, format: PromptFormat) throws
  /// Prompts noted before, newest last.
  func prompts() throws -> [String]
}

/// Performs effects.
public final class LabEngine {
  private let loadModel: () throws -> LoadedModel
  private let courseFolder: String
  private let keeper: (any ProgressKeeper)?
  private let conversations: (any ConversationKeeper)?
  private let corpusFolder: String?
  /// Opens a checkpoint; the program's also knows adapters.
  public var openPath: (String) throws -> LoadedModel = { try LoadedModel(path: $0) }
  /// Where there is no thread for training: plans runs and looks at them, in lockstep.
  public var training: ((TrainingWork, (TrainingReport) -> Void) -> Void)?
  private var chat: ChatEngine?
  private var model: LoadedModel?
  private var course: Course?
  private let cancellation: Cancellation

  /// Set from the main thread, read by the running effect.
  public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)
    public init() {}
    public func cancel() { flag.store(true, ordering: .relaxed) }
    /// For whoever takes the next effect, under the lock under which cancelling also happens: else a cancel in between is lost.
    public func clear() { flag.store(false, ordering: .relaxed) }
    var isCancelled: Bool { flag.load(ordering: .relaxed) }
  }

  /// - Parameters:
  ///   - conversations: where chats are kept; nil keeps none.
  ///   - corpusFolder: the course's own texts, shown beside answers of a Sprout.
  public init(
    courseFolder: String, keeper: (any ProgressKeeper)?, conversations: (any ConversationKeeper)? = nil, corpusFolder: String? = nil,
    cancellation: Cancellation = Cancellation(), loadModel: @escaping () throws -> LoadedModel
  ) {
    self.loadModel = loadModel
    self.courseFolder = courseFolder
    self.conversations = conversations
    self.corpusFolder = corpusFolder
    self.keeper = keeper
    self.cancellation = cancellation
  }

  /// Does one effect and reports what it leads to, an answer of the chat token by token.
  public func perform(_ effect: ScreenEffect, report: (EngineReport) -> Void) {
    if case .training(let work) = effect {
      training?(work) { report(.training($0)) }
      return
    }
    guard case .chat(let work) = effect, let model else {
      for result in perform(effect) { report(result) }
      return
    }
    do {
      switch work {
      case .open:
        report(
          .chat(
            .opened(
              Conversation(id: Conversation.newID()), corpusFolder.flatMap { try? ConceptIndex(folder: $0) },
              contextLength: ChatEngine.contextLength(model))))
      case .list: report(.chat(.list(try conversations?.conversations(limit: 100) ?? [])))
      case .load(let id): if let conversation = try conversations?.conversation(id) { report(.chat(.loaded(conversation))) }
      case .save(let conversation, let changed): try conversations?.save(conversation, changed: changed)
      case .answer, .goOn, .why:
        let chat = chat ?? ChatEngine(model, isCancelled: { [cancellation] in cancellation.isCancelled })
        self.chat = chat
        try chat.perform(work) { report(.chat($0)) }
      }
    } catch is Run.Cancelled {
      return
    } catch {
      let message = LabEngine.message(error)
      report(work.request.map { .chat(.failed(request: $0, message)) } ?? .failed(request: nil, message))
    }
  }

  /// Does one effect and returns what it led to. Effects of the terminal (`redraw`, `editExternally`) are the program's.
  func perform(_ effect: ScreenEffect) -> [EngineReport] {
    do {
      switch effect {
      case .load:
        let model = try loadModel()
        use(model)
        return [.loaded(model)]
      case .openCourse:
        let course = Course(folder: courseFolder)
        self.course = course
        let (completed, problem) = kept([]) { try $0.completedLessons() }
        let (prompts, _) = kept([]) { try $0.prompts() }
        return [.promptHistory(prompts), .courseOpened(course, course.glossary(), completed: completed)] + problem
      case .openLesson(let id):
        guard let lesson = course?.lesson(id) else {
          return [.failed(request: nil, Bilingual(zh: "课程 \(id) 打不开。", en: "The lesson \(id) cannot be opened."))]
        }
        let (progress, problem) = kept(LessonResume()) { try $0.resume(lesson: id) }
        return [.lessonOpened(lesson, progress: progress)] + problem
      case .trace(let request, let what): return try trace(request, what)
      case .sample(let request, let ids, let settings): return try sample(request, ids, settings)
      case .save(let record): try keeper?.save(record)
      case .setLanguage(let language): try keeper?.set(language: language)
      case .notePrompt(let text, let format): try keeper?.note(prompt: text, format: format)
      case .weights(let work): return [.weights(work.perform())]
      case .openModel(let path):
        do {
          let model = try openPath(path)
          use(model)
          return [.modelOpened(path: path, model)]
        } catch { return [.modelNotOpened(path: path, LabEngine.message(error))] }
      case .useModel(let model): use(model)
      case .cancel, .redraw, .editExternally, .chat, .training: break
      }
      return []
    } catch is Run.Cancelled {
      return []
    } catch {
      let request: Int? =
        switch effect {
        case .trace(let request, _), .sample(let request, _, _): request
        default: nil
        }
      // Nobody waits for a cancelled pass; that loading or saving failed must be heard all the same.
      return request != nil && cancellation.isCancelled ? [] : [.failed(request: request, LabEngine.message(error))]
    }
  }

  /// What the keeper holds. Without it the course opens all the same, and the screen says why nothing is remembered.
  private func kept<Value>(_ nothing: Value, _ read: (any ProgressKeeper) throws -> Value) -> (Value, [EngineReport]) {
    guard let keeper else { return (nothing, []) }
    do { return (try read(keeper), []) } catch { return (nothing, [.failed(request: nil, LabEngine.message(error))]) }
  }

  /// What was computed with another model is no longer of use.
  private func use(_ model: LoadedModel) { (self.model, chat, last) = (model, nil, nil) }

  private static func message(_ error: any Error) -> Bilingual {
    (error as? any BilingualError)?.message ?? Bilingual(same: String(describing: error))
  }

  private func trace(_ request: Int, _ what: TraceRequest) throws -> [EngineReport] {
    guard let model else { return [] }
    switch what {
    case .ids(let ids, let count):
      return [.traced(request: request, try record(model, ids), promptTokenCount: count)]
    case .prompt(let text, let format):
      let ids = model.encode(text, format)
      let traced = EngineReport.traced(request: request, try record(model, ids), promptTokenCount: ids.count)
      guard format == .chat, let refusal = model.refusal(of: text) else { return [traced] }
      // The prompt as it is stands in for the chat that the template refused, and the screen says so.
      return [traced, .failed(request: nil, refusal.message)]
    }
  }

  private func sample(_ request: Int, _ ids: [Int], _ settings: SamplingSettings) throws -> [EngineReport] {
    guard let model else { return [] }
    // The draw belongs to the position: walking back and sampling again with the same seed gives the same token.
    var placed = settings
    placed.seed = settings.seed &+ UInt64(ids.count) &* 0x9E37_79B9
    let trace = try record(model, ids)
    guard trace.lastLogits.allSatisfy(\.isFinite) else {
      throw GenerationError.notFinite(hook: (trace.nonFinite.first?.hook ?? .logits).name)
    }
    var sampler = Sampler(placed)
    let choice = sampler.choose(trace.lastLogits, recent: ids)
    if model.tokenizer.eos.contains(choice.id) { return [.ended(request: request)] }
    let limit = model.transformer.configuration.contextLength
    if ids.count >= limit { return [.contextFull(request: request, length: limit)] }
    return [.sampled(request: request, WalkStep(choice: choice, settings: settings), try record(model, ids + [choice.id]))]
  }

  /// The last recorded trace serves again when the ids are the same.
  private var last: Trace?

  private func record(_ model: LoadedModel, _ ids: [Int]) throws -> Trace {
    if let last, last.ids == ids { return last }
    let limit = model.transformer.configuration.contextLength
    guard !ids.isEmpty else { throw GenerationError.emptyPrompt }
    guard ids.count <= limit else { throw GenerationError.promptTooLong(tokens: ids.count, contextLength: limit) }
    let trace = try Trace.record(model, ids: ids, isCancelled: { [cancellation] in cancellation.isCancelled })
    last = trace
    return trace
  }
}

extension LoadedModel {
  /// Why the template does not take a prompt as the user's turn of a chat; nil when it does, or when there is none.
  fileprivate func refusal(of text: String) -> ChatTemplateError? {
    do throws(ChatTemplateError) { _ = try encode(chat: [ChatMessage(.user, text)]) } catch { return error }
    return nil
  }

  /// The prompt's ids: as it is, or as the user's turn of a chat. Without a template that takes it the text is used as it is.
  public func encode(_ text: String, _ format: PromptFormat) -> [Int] {
    guard format == .chat, let prompt = try? encode(chat: [ChatMessage(.user, text)]) else { return encode(raw: text) }
    return prompt.ids
  }
}
