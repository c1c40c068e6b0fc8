// The KV cache: rotated keys and values of every position already computed. Not here: policy when it is full (Inference).
import Tensors

/// Keys and values of one sequence, layer by layer, as attention reads them.
public final class KeyValueCache {
  /// Positions that fit.
  public let capacity: Int
  /// Positions computed so far.
  public private(set) var count = 0
  private let layers: [AttentionCache]

  public init(_ configuration: TransformerConfiguration, capacity: Int) {
    self.capacity = capacity
    layers = (0..<configuration.layerCount).map { _ in
      AttentionCache(capacity: capacity, keyValueHeads: configuration.keyValueHeadCount, headSize: configuration.headSize)
    }
  }

  /// Memory that one position takes.
  public static func bytesPerPosition(_ configuration: TransformerConfiguration) -> Int {
    configuration.cacheBytesPerPosition
  }

  /// Writes one layer's rows behind those before it and returns the layer's memory, which attention reads from here on.
  func store(layer: Int, key: Tensor, value: Tensor, _ layout: AttentionLayout, _ tape: Tape?) -> AttentionCacheMemory {
    precondition(count + key.shape[0] <= capacity, "the KV cache is full")
    layers[layer].store(key, value, layout, tape)
    return layers[layer].memory
  }

  /// After the last layer: the new rows are part of the past.
  func commit(_ rows: Int) { count += rows }

  /// Forgets everything after the first `length` positions, so that another continuation can share them.
  public func truncate(to length: Int) {
    precondition(length >= 0 && length <= count, "a cache can only become shorter")
    count = length
  }
}
