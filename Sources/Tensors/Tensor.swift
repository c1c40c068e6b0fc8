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

  private let slot: GradientSlot

  private init(shape: [Int], owner: Buffer, offset: Int, slot: GradientSlot = GradientSlot()) {
    self.shape = shape
    self.slot = slot
    self.count = shape.reduce(1, *)
    self.owner = owner
    self.data = owner.memory + offset
    precondition(offset >= 0 && offset + count <= owner.capacity, "a tensor must lie inside its buffer")
  }

  /// A tensor whose values the caller writes at once.
  public convenience init(uninitialized shape: [Int]) { self.init(uninitialized: shape, from: .shared) }

  convenience init(uninitialized shape: [Int], from pool: BufferPool) {
    let count = shape.reduce(1) { product, dimension in
      precondition(dimension >= 0, "a dimension cannot be negative")
      return product * dimension
    }
    self.init(shape: shape, owner: Buffer(count, from: pool), offset: 0)
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

  /// All of the tensor under another shape: same memory, same gradient.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "\(shape) does not hold \(count) elements")
    return Tensor(shape: shape, owner: owner, offset: data - owner.memory, slot: slot)
  }

  /// A part of the memory under its own shape, starting `offset` elements in; it has no part in gradients.
  public func view(_ shape: [Int], offset: Int = 0) -> Tensor {
    Tensor(shape: shape, owner: owner, offset: (data - owner.memory) + offset)
  }

  /// Splits the last dimension into heads: [n, heads·size] → [n, heads, size], same memory, same gradient.
  public func heads(_ count: Int) -> Tensor { reshaped([rows, count, columns / count]) }

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

  /// Whether `Tape.backward` computes a gradient for this tensor.
  public internal(set) var needsGradient: Bool {
    get { slot.isNeeded }
    set { slot.isNeeded = newValue }
  }

  /// The gradient of the last backward pass; as many elements as the tensor.
  public var gradient: Tensor? { slot.isFilled ? slot.memory : nil }

  /// Gives the gradient fixed memory (a view into an optimizer's flat array) and asks for gradients.
  public func keepGradient(in memory: Tensor) {
    precondition(memory.count == count, "gradient memory must match the tensor")
    slot.memory = memory
    slot.isNeeded = true
    slot.isFilled = false
  }

  /// Empties the gradient; fixed memory stays and is overwritten by the next pass.
  public func clearGradient() { slot.isFilled = false }

  /// Whether both are shapes of one tensor, so that a gradient of one is a gradient of the other.
  func sharesGradient(with other: Tensor) -> Bool { slot === other.slot }

  /// Lets an operation add its contribution: the closure writes to the memory (`false`) or adds to it (`true`).
  func receive(_ contribute: (UnsafeMutablePointer<Float>, _ accumulate: Bool) -> Void) {
    guard slot.isNeeded else { return }
    let memory = slot.memory ?? Tensor(uninitialized: shape)
    slot.memory = memory
    contribute(memory.data, slot.isFilled)
    slot.isFilled = true
  }
}

/// Where a tensor's gradient lives; shared by all shapes of the same tensor.
private final class GradientSlot {
  var isNeeded = false
  var memory: Tensor?
  /// False while the memory holds nothing of this pass, so that the first contribution overwrites it.
  var isFilled = false
}
