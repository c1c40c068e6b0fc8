// Finding NaN and infinity in a recorded pass. The mask's −∞ is part of its result and does not count.
import CKernels
import Models
import Tensors

/// Bad numbers in one recorded tensor.
public struct NonFiniteValues: Sendable, Hashable {
  public let operation: Operation
  public let hook: Hook
  /// How many elements are NaN or infinite.
  public let count: Int
  /// Full indices of the first of them.
  public let first: [Int]

  static func find(_ operations: [Operation], _ tensor: (Hook) -> Tensor?) -> [NonFiniteValues] {
    operations.compactMap { operation in
      guard !operation.mayBeInfinite, let hook = operation.output, let tensor = tensor(hook),
        ck_all_finite(tensor.data, tensor.count) == 0
      else { return nil }
      var (count, first) = (0, 0)
      for i in stride(from: tensor.count - 1, through: 0, by: -1) where !tensor.data[i].isFinite { (count, first) = (count + 1, i) }
      return NonFiniteValues(operation: operation, hook: hook, count: count, first: tensor.indices(of: first))
    }
  }
}

extension Tensor {
  /// Full indices of a flat offset, outermost first.
  func indices(of offset: Int) -> [Int] {
    var rest = offset
    return shape.reversed().map { size in
      defer { rest /= size }
      return rest % size
    }.reversed()
  }

  /// The flat offset of full indices; nil where they do not lie in the tensor.
  func offset(of indices: [Int]) -> Int? {
    guard indices.count == shape.count else { return nil }
    var offset = 0
    for (index, size) in zip(indices, shape) {
      guard index >= 0, index < size else { return nil }
      offset = offset * size + index
    }
    return offset
  }
}
