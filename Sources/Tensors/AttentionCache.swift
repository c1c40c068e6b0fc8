// The memory of one layer's KV cache, in the layout that attention reads without conversion. Not here: how many positions are filled (Models).
import CKernels

/// Keys and values of one layer, up to a number of positions.
public final class AttentionCache {
  public let memory: AttentionCacheMemory
  private let keys: Tensor
  private let values: Tensor
  private let keyValueHeads: Int
  private let headSize: Int

  public init(capacity: Int, keyValueHeads: Int, headSize: Int) {
    let group = Int(CK_CACHE_GROUP)
    let rounded = (capacity + group - 1) / group * group
    keys = Tensor(uninitialized: [keyValueHeads, rounded, headSize])
    values = Tensor(uninitialized: [keyValueHeads, rounded, headSize])
    memory = AttentionCacheMemory(keys: keys.data, values: values.data, capacity: rounded)
    (self.keyValueHeads, self.headSize) = (keyValueHeads, headSize)
  }

  /// Writes the rows of a pass where the layout's span says that they belong: behind the keys before them.
  /// - Parameters: key, value [n, keyValueHeads, size]; layout of one span, which starts at the first position.
  public func store(_ key: Tensor, _ value: Tensor, _ layout: AttentionLayout, _ tape: Tape? = nil) {
    let span = layout.spanMemory.pointer
    precondition(
      layout.spans.count == 1 && span.pointee.key_count <= memory.capacity
        && key.count == span.pointee.query_count * keyValueHeads * headSize
        && value.count == key.count, "the rows do not fit the cache")
    var step = ck_step()
    ck_step_store(&step, span, memory.keys, memory.values, key.data, value.data, memory.capacity, keyValueHeads, headSize)
    Tape.perform(step, tape)
  }
}
