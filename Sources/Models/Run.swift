// Run: what one forward pass carries besides the tokens. All of it optional; with none of it a hook costs one branch.
import Tensors

/// The circumstances of a forward pass: generation (cache), training (tape, documents), observation (recorder).
public final class Run {
  /// Where new keys and values go; without it the pass sees only its own tokens.
  public let cache: KeyValueCache?
  public let tape: Tape?
  public let recorder: Recorder?
  /// Lengths of the documents packed into the tokens; nil means one sequence. Attention stays inside each, positions restart.
  public let documents: [Int]?
  /// Asked once a block; true ends the pass early with `Cancelled`.
  private let isCancelled: () -> Bool

  public struct Cancelled: Error {
    public init() {}
  }

  public init(
    cache: KeyValueCache? = nil, tape: Tape? = nil, recorder: Recorder? = nil, documents: [Int]? = nil,
    isCancelled: @escaping () -> Bool = { false }
  ) {
    precondition(cache == nil || (tape == nil && documents == nil), "a cache belongs to generation of one sequence")
    self.cache = cache
    self.tape = tape
    self.recorder = recorder
    self.documents = documents
    self.isCancelled = isCancelled
  }

  @inline(__always)
  func hook(_ hook: @autoclosure () -> Hook, _ tensor: Tensor) -> Tensor {
    guard let recorder else { return tensor }
    recorder.record(hook(), tensor)
    return tensor
  }

  func checkCancellation() throws { if isCancelled() { throw Cancelled() } }

  /// Positions of `count` new tokens.
  func positions(_ count: Int) -> [Int] {
    if let documents { return documents.flatMap { Array(0..<$0) } }
    let past = cache?.count ?? 0
    return Array(past..<past + count)
  }

  func layout(_ count: Int, _ configuration: TransformerConfiguration) -> AttentionLayout {
    let past = cache?.count ?? 0
    var spans = [AttentionSpan(queryStart: 0, queryCount: count, keyStart: 0, keyCount: past + count)]
    if let documents {
      precondition(documents.reduce(0, +) == count, "the documents do not fill the tokens")
      var start = 0
      spans = documents.map { length in
        defer { start += length }
        return AttentionSpan(queryStart: start, queryCount: length, keyStart: start, keyCount: length)
      }
    }
    return AttentionLayout(
      spans: spans, heads: configuration.headCount, keyValueHeads: configuration.keyValueHeadCount, headSize: configuration.headSize)
  }
}
