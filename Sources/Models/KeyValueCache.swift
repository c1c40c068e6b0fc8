// The KV cache: rotated keys and values of every position already computed. Not here: policy when it is full (Inference).
import Tensors

/// Keys and values of one sequence, layer by layer.
public final class KeyValueCache {
  /// Positions that fit.
  public let capacity: Int
  /// Positions computed so far.
  public private(set) var count = 0
  private let keys: [Tensor]
  private let values: [Tensor]
  private let width: Int

  public init(_ configuration: TransformerConfiguration, capacity: Int) {
    self.capacity = capacity
    width = configuration.keyValueWidth
    let shape = [capacity, width]
    keys = (0..<configuration.layerCount).map { _ in Tensor(uninitialized: shape) }
    values = (0..<configuration.layerCount).map { _ in Tensor(uninitialized: shape) }
  }

  /// Memory that one position takes.
  public static func bytesPerPosition(_ configuration: TransformerConfiguration) -> Int {
    2 * configuration.layerCount * configuration.keyValueWidth * 4
  }

  /// Writes one layer's rows behind those before it and returns all rows so far, [count + rows, width].
  func extend(layer: Int, key: Tensor, value: Tensor) -> (keys: Tensor, values: Tensor) {
    let rows = key.count / width
    precondition(count + rows <= capacity, "the KV cache is full")
    (keys[layer].data + count * width).update(from: key.data, count: key.count)
    (values[layer].data + count * width).update(from: value.data, count: value.count)
    let shape = [count + rows, width]
    return (keys[layer].view(shape), values[layer].view(shape))
  }

  /// After the last layer: the new rows are part of the past.
  func commit(_ rows: Int) { count += rows }

  /// Forgets everything after the first `length` positions, so that another continuation can share them.
  public func truncate(to length: Int) {
    precondition(length >= 0 && length <= count, "a cache can only become shorter")
    count = length
  }
}
