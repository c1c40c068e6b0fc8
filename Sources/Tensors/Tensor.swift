// Tensor: a dense row-major array of 32-bit floats with a shape. Not here: operations (one file each) and quantized files (ModelFiles).

/// A dense row-major f32 tensor.
///
/// Reference semantics: the operation that makes a tensor writes it once, before anyone else sees it; afterwards only the
/// optimizer writes (parameters) and `Tape` (gradients). That is what makes handing a finished tensor to another thread safe.
public final class Tensor: @unchecked Sendable {
  /// Outermost dimension first.
  public let shape: [Int]
  /// Number of elements.
  public let count: Int
  public let data: UnsafeMutablePointer<Float>
  private let owner: Buffer

  /// Whether `Tape.backward` computes a gradient for this tensor.
  public var needsGradient = false
  /// Same shape as the tensor; nil until memory is given or the first contribution arrives.
  public private(set) var gradient: Tensor?
  /// False while `gradient` holds nothing of this pass, so that the first contribution overwrites it.
  public private(set) var holdsGradient = false

  private init(shape: [Int], owner: Buffer, offset: Int) {
    self.shape = shape
    self.count = shape.reduce(1, *)
    self.owner = owner
    self.data = owner.memory + offset
    precondition(offset >= 0 && offset + count <= owner.capacity, "a tensor must lie inside its buffer")
  }

  /// A tensor whose values the caller writes at once.
  public convenience init(uninitialized shape: [Int]) {
    let count = shape.reduce(1) { product, dimension in
      precondition(dimension >= 0, "a dimension cannot be negative")
      return product * dimension
    }
    self.init(shape: shape, owner: Buffer.take(count), offset: 0)
  }

  public convenience init(repeating value: Float, _ shape: [Int]) {
    self.init(uninitialized: shape)
    data.update(repeating: value, count: count)
  }

  public convenience init(_ values: [Float], _ shape: [Int]) {
    self.init(uninitialized: shape)
    precondition(values.count == count, "\(values.count) values do not fill the shape \(shape)")
    values.withUnsafeBufferPointer { if let base = $0.baseAddress { data.update(from: base, count: count) } }
  }

  /// The same memory under another shape, starting `offset` elements in.
  public func view(_ shape: [Int], offset: Int = 0) -> Tensor {
    Tensor(shape: shape, owner: owner, offset: (data - owner.memory) + offset)
  }

  /// Rows of the last dimension: `count / lastDimension`.
  public var rows: Int { columns == 0 ? 0 : count / columns }
  /// The last dimension; 1 for a scalar.
  public var columns: Int { shape.last ?? 1 }

  public var values: [Float] { Array(UnsafeBufferPointer(start: data, count: count)) }

  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index outside the tensor")
      return data[index]
    }
    set {
      precondition(index >= 0 && index < count, "index outside the tensor")
      data[index] = newValue
    }
  }

  /// The element at full indices, outermost first.
  public subscript(_ first: Int, _ rest: Int...) -> Float {
    precondition(rest.count + 1 == shape.count, "one index per dimension")
    return self[rest.enumerated().reduce(first) { $0 * shape[$1.offset + 1] + $1.element }]
  }

  // MARK: Gradients

  /// Gives the gradient fixed memory (a view into an optimizer's flat array) and asks for gradients.
  public func keepGradient(in memory: Tensor) {
    precondition(memory.count == count, "gradient memory must match the tensor")
    gradient = memory
    needsGradient = true
  }

  /// Empties the gradient; fixed memory stays and is overwritten by the next pass.
  public func clearGradient() { holdsGradient = false }

  /// Lets an operation add its contribution: the closure writes to the memory (`false`) or adds to it (`true`).
  func receive(_ contribute: (UnsafeMutablePointer<Float>, _ accumulate: Bool) -> Void) {
    guard needsGradient else { return }
    let memory = gradient ?? Tensor(uninitialized: shape)
    gradient = memory
    contribute(memory.data, holdsGradient)
    holdsGradient = true
  }
}
