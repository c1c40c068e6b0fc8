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
    precondition(cache == nil || documents == nil, "a cache belongs to generation of one sequence")
    self.cache = cache
    self.tape = tape
    self.recorder = recorder
    self.documents = documents
    self.isCancelled = isCancelled
  }

  /// The value at a place of the pass: computed, unless the recorder resumes behind it and knows it.
  @inline(__always)
  func hook(_ hook: @autoclosure () -> Hook, _ compute: @autoclosure () -> Tensor) -> Tensor {
    guard let recorder else { return compute() }
    return recorder.value(at: hook(), compute)
  }

  /// The same for values that one operation computes together.
  @inline(__always)
  func hooks(_ hooks: @autoclosure () -> [Hook], _ compute: () -> [Tensor]) -> [Tensor] {
    guard let recorder else { return compute() }
    var computed: [Tensor]?
    return hooks().enumerated().map { index, hook in
      recorder.value(at: hook) {
        let values = computed ?? compute()
        computed = values
        return values[index]
      }
    }
  }

  /// The position of each of `count` tokens and the attention spans: one sequence behind the cache's, or documents that begin anew each.
  func places(of count: Int) -> (positions: [Int], spans: [AttentionSpan]) {
    let past = cache?.count ?? 0
    guard let documents else {
      return (Array(past..<past + count), [AttentionSpan(queryStart: 0, queryCount: count, keyStart: 0, keyCount: past + count)])
    }
    precondition(documents.reduce(0, +) == count, "the documents do not fill the tokens")
    var start = 0
    let spans = documents.map { length in
      defer { start += length }
      return AttentionSpan(queryStart: start, queryCount: length, keyStart: start, keyCount: length)
    }
    return (documents.flatMap { Array(0..<$0) }, spans)
  }

  func checkCancellation() throws { if isCancelled() { throw Cancelled() } }
}
