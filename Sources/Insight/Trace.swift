// A recorded forward pass: every tensor of every operation, with what it cost. Not here: what views make of it (one file each).
import Inference
import Models
import Tensors
import Tokenization

/// One full forward pass over token ids, recorded. A value that never changes; analyses are computed on first use and kept.
public struct Trace: Sendable {
  public let model: LoadedModel
  public let ids: [Int]
  /// Each token with visible glyphs, as the screen shows it.
  public let tokens: [String]
  public let operations: [Operation]
  /// Wall time of the whole pass.
  public let totalNanoseconds: Int
  /// Memory that the recorded tensors hold; what is made when it is read comes on top (RecordedTensors).
  public let byteCount: Int
  /// Every recorded tensor with NaN or infinity in it, in the order of computation; the first is where it began.
  public let nonFinite: [NonFiniteValues]
  private let tensors: RecordedTensors
  private let times: [Hook: Int]
  let memo = TraceMemo()

  /// Runs the model over `ids` and keeps everything.
  /// - Parameter byteLimit: the memory that the recorded tensors may take.
  /// - Throws: `GenerationError` for ids that the model cannot take, `TraceError.tooLarge`, `Run.Cancelled`.
  public static func record(
    _ model: LoadedModel, ids: [Int], isCancelled: @escaping () -> Bool = { false }, byteLimit: Int = 2 << 30
  ) throws -> Trace {
    let configuration = model.transformer.configuration
    guard !ids.isEmpty else { throw GenerationError.emptyPrompt }
    guard ids.count <= configuration.contextLength else {
      throw GenerationError.promptTooLong(tokens: ids.count, contextLength: configuration.contextLength)
    }
    for id in ids where id < 0 || id >= configuration.vocabularySize {
      throw GenerationError.unknownToken(id, vocabularySize: configuration.vocabularySize)
    }
    let estimate = byteEstimate(configuration, tokens: ids.count)
    guard estimate <= byteLimit else { throw TraceError.tooLarge(tokens: ids.count, bytes: estimate, limit: byteLimit) }
    let recorder = Recorder()
    let start = ContinuousClock.now
    _ = try model.transformer.logits(ids.map(Int32.init), Run(recorder: recorder, isCancelled: isCancelled))
    let elapsed = (ContinuousClock.now - start).components
    return Trace(
      model, ids, recorder, nanoseconds: Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000))
  }

  private init(_ model: LoadedModel, _ ids: [Int], _ recorder: Recorder, nanoseconds: Int) {
    self.model = model
    self.ids = ids
    tokens = ids.map(model.tokenizer.displayText(of:))
    operations = model.transformer.operations
    tensors = recorder.tensors
    times = recorder.nanoseconds
    totalNanoseconds = nanoseconds
    byteCount = Trace.byteCount(recorder.tensors.kept)
    nonFinite = NonFiniteValues.find(operations) { [tensors] in tensors[$0] }
  }

  // MARK: Reading

  public func tensor(_ hook: Hook) -> Tensor? { tensors[hook] }

  /// The tensor that an operation makes; nil for `sample`.
  public func output(of operation: Operation) -> Tensor? { operation.output.flatMap { tensors[$0] } }

  /// The operation that makes a tensor. What enters a block is what the embedding or the block before has left.
  public func operation(making hook: Hook) -> Operation? {
    var hook = hook
    if case .block(let layer, .residualPre) = hook {
      hook = layer == 0 ? model.transformer.configuration.embedded : .block(layer - 1, .residualPost)
    }
    return operations.first { $0.output == hook }
  }

  /// Logits of one position, in vocabulary order; empty outside the sequence.
  public func logits(at position: Int) -> [Float] {
    guard let logits = tensors[.logits], ids.indices.contains(position) else { return [] }
    return Array(UnsafeBufferPointer(start: logits.data + position * logits.columns, count: logits.columns))
  }

  /// Logits after the last token.
  public var lastLogits: [Float] { logits(at: ids.count - 1) }

  /// Measured time of an operation; nil for `sample`, which is not part of the pass, and for the mask, which softmax applies by stopping early.
  public func nanoseconds(of operation: Operation) -> Int? { operation.output.flatMap { times[$0] } }
}
