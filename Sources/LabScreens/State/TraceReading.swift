// The run as the course sees it: live values for lessons and checks. Not here: the queries themselves (Course).
import Course
import Inference
import Insight
import Models
import Synchronization

/// Adapts a trace and a cursor to `TraceValues`.
public struct TraceReading: TraceValues {
  let trace: Trace?
  let model: LoadedModel?
  public let cursor: LabCursor
  let copies: TensorCopies

  public var tokens: [Int] { trace?.ids ?? [] }

  public func text(ofToken id: Int) -> String { model?.tokenizer.displayText(of: id) ?? "" }

  public func tokenID(of text: String) -> Int? {
    guard let model else { return nil }
    let ids = model.tokenizer.encode(text)
    return ids.count == 1 ? ids[0] : model.tokenizer.vocabulary.id(of: text)
  }

  public func tensor(hook: String) -> TraceTensor? {
    guard let trace, let hook = Hook(name: hook) else { return nil }
    return copies.tensor(hook, of: trace)
  }

  public func fact(_ fact: ModelFact) -> Double? {
    guard let model else { return nil }
    let c = model.transformer.configuration
    return switch fact {
    case .layers: Double(c.layerCount)
    case .heads: Double(c.headCount)
    case .keyValueHeads: Double(c.keyValueHeadCount)
    case .headSize: Double(c.headSize)
    case .width: Double(c.hiddenSize)
    case .feedForward: Double(c.intermediateSize)
    case .vocabulary: Double(c.vocabularySize)
    case .context: Double(c.contextLength)
    case .parameters: Double(model.transformer.parameterCount)
    case .epsilon: Double(c.normEpsilon)
    }
  }
}

/// Tensors as the course reads them, copied once per trace: a lesson asks for the logits of every live number in every frame.
final class TensorCopies: Sendable {
  private let copies = Mutex<[Hook: TraceTensor]>([:])

  func tensor(_ hook: Hook, of trace: Trace) -> TraceTensor? {
    copies.withLock { copies in
      if let copy = copies[hook] { return copy }
      guard let tensor = trace.tensor(hook) else { return nil }
      let copy = TraceTensor(shape: tensor.shape, values: tensor.values)
      copies[hook] = copy
      return copy
    }
  }
}

extension ScreenState {
  /// The cursor in the course's words.
  public var labCursor: LabCursor {
    var result = LabCursor(operation: "hook_embed", layer: 0, head: cursor.head, query: cursor.row, key: 0)
    guard let operation else { return result }
    result.layer = operation.layer ?? 0
    result.operation =
      switch operation.output {
      case .block(_, let hook): hook.rawValue
      case .some(let hook): hook.name
      case nil: "sample"
      }
    result.key = isAttentionMap ? cursor.column : cursor.row
    return result
  }

  public var reading: TraceReading { TraceReading(trace: trace, model: model, cursor: labCursor, copies: copies) }

  /// What checks may look at.
  public var labState: LabState {
    LabState(
      lesson: lesson?.id, step: step?.id, view: view, cursor: labCursor, prompt: prompt, format: format, sampler: samplerFacts,
      sampledCount: walk.count)
  }

  var samplerFacts: SamplerFacts {
    SamplerFacts(
      temperature: sampling.temperature, topK: sampling.topK > 0 ? sampling.topK : nil, topP: sampling.topP < 1 ? sampling.topP : nil,
      minP: sampling.minP > 0 ? sampling.minP : nil, seed: sampling.seed)
  }

  /// The check that `answer` and `hint` are about: the first of the step that is not passed.
  public var activeCheck: Check? {
    guard let lesson, let step else { return nil }
    return step.checks.first { !passed.contains($0) }.flatMap(lesson.check)
  }

  /// The step's demonstration, if it has one.
  public var runHere: LabRun? {
    guard let step else { return nil }
    for case .run(let run) in step[language].parts { return run }
    return nil
  }

  /// Whether the tensor under the cursor is a map of queries and keys.
  public var isAttentionMap: Bool {
    guard case .block(_, let hook)? = operation?.output else { return false }
    return [.scores, .maskedScores, .pattern].contains(hook)
  }

  /// Full indices of the cell under the cursor in the operation's tensor; empty for `sample`.
  public var cell: [Int] {
    guard let hook = operation?.output, let shape = trace?.tensor(hook)?.shape else { return [] }
    switch shape.count {
    case 3 where isAttentionMap: return [cursor.head, cursor.row, cursor.column]
    case 3: return [cursor.row, headInTensor, cursor.column]
    default: return [cursor.row, cursor.column]
    }
  }

  /// The head of the operation's tensor that belongs to the cursor's head: keys and values are shared by groups of query heads.
  var headInTensor: Int {
    guard let configuration = model?.transformer.configuration else { return 0 }
    return switch operation?.kind {
    case .key, .value, .rotateKey: configuration.keyValueHead(of: cursor.head)
    default: cursor.head
    }
  }

  /// Keeps every index inside the trace.
  mutating func clampCursor() {
    guard let trace else { return }
    cursor.operation = min(max(0, cursor.operation), trace.operations.count - 1)
    cursor.row = min(max(0, cursor.row), trace.ids.count - 1)
    cursor.head = min(max(0, cursor.head), max(0, (model?.transformer.configuration.headCount ?? 1) - 1))
    let columns = operation?.output.flatMap { trace.tensor($0)?.shape.last } ?? model?.transformer.configuration.vocabularySize ?? 1
    cursor.column = min(max(0, cursor.column), max(0, columns - 1))
  }
}
