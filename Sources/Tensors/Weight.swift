// Weight: a parameter as it is stored, dense or quantized; the products read it in that form. Not here: files, and how blocks are encoded (ModelFiles).
import CKernels

/// A matrix [rows, columns] of parameters, or a vector [columns].
///
/// No kind is expanded to f32 in memory. Products read their input in the precision of the weight, as every engine for these formats does: for
/// quantized kinds rounded to 8 bits in blocks of 32, for bf16 rounded to bf16; `operand` tells what a product read.
public final class Weight: @unchecked Sendable {
  /// How the values are stored; quantized kinds are ggml's types of the same name and need rows of whole blocks.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public enum Kind: Int32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case bf16 = 2
    case q8_0 = 3
    case q4_0 = 4
    case q4_1 = 5
    case q5_0 = 6
    case q5_1 = 7
    case q2_k = 8
    case q3_k = 9
    case q4_k = 10
    case q5_k = 11
    case q6_k = 12
    case iq4_nl = 13

    public var isQuantized: Bool { block.columns > 1 }
    /// Columns of a block; rows are whole blocks.
    public var blockColumns: Int { block.columns }
    /// Bytes of `columns` values in a row as files store it.
    public func rowBytes(_ columns: Int) -> Int { columns / block.columns * block.bytes }

    private var block: (columns: Int, bytes: Int) {
      switch self {
      case .f32: (1, 4)
      case .f16, .bf16: (1, 2)
      case .q8_0: (32, 34)
      case .q4_0, .iq4_nl: (32, 18)
      case .q4_1: (32, 20)
      case .q5_0: (32, 22)
      case .q5_1: (32, 24)
      case .q2_k: (256, 84)
      case .q3_k: (256, 110)
      case .q4_k: (256, 144)
      case .q5_k: (256, 176)
      case .q6_k: (256, 210)
      }
    }
  }

  public let kind: Kind
  /// [rows, columns], or [columns].
  public let shape: [Int]
  let kernel: ck_weight
  private let dense: Tensor?
  /// Keeps the values alive: the memory that they were packed into, or the map of their file.
  private let memory: (any AnyObject & Sendable)?

  /// A dense weight: the tensor itself, with its gradient.
  public init(_ tensor: Tensor) {
    (kind, shape, dense, memory) = (.f32, tensor.shape, tensor, nil)
    kernel = ck_weight(kind: Kind.f32.rawValue, rows: tensor.rows, columns: tensor.columns, data: tensor.data)
  }

  /// A weight as files store it.
  /// - Parameters:
  ///   - memory: where the values go; weights of one model share it, so that decoding reads them in one stream.
  ///   - read: fills the buffer with the bytes of some rows, one row after another; called with ascending ranges.
  public init<Failure: Error>(
    _ kind: Kind, rows: Int, columns: Int, in memory: WeightMemory = WeightMemory(),
    read: (_ rows: Range<Int>, UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(columns % kind.blockColumns == 0, "a quantized row is made of whole blocks")
    let (height, rowBytes) = (32, kind.rowBytes(columns))
    let panelBytes = kind.isQuantized ? ck_quantized_panel_bytes(kind.rawValue, columns) : height * rowBytes
    let panels = (rows + height - 1) / height
    let values = memory.take(panels * panelBytes)
    (self.kind, shape, dense, self.memory) = (kind, [rows, columns], nil, memory)
    kernel = ck_weight(kind: kind.rawValue, rows: rows, columns: columns, data: values)
    let stretch = UnsafeMutableRawBufferPointer.allocate(byteCount: height * rowBytes, alignment: 16)
    defer { stretch.deallocate() }
    for panel in 0..<panels {
      let range = panel * height..<min(rows, (panel + 1) * height)
      guard kind.isQuantized else {
        try read(range, UnsafeMutableRawBufferPointer(start: values + panel * panelBytes, count: range.count * rowBytes))
        continue
      }
      try read(range, UnsafeMutableRawBufferPointer(rebasing: stretch[..<(range.count * rowBytes)]))
      var sources = [UnsafePointer<UInt8>?](repeating: nil, count: height)
      for row in 0..<range.count {
        sources[row] = UnsafePointer(stretch.baseAddress?.advanced(by: row * rowBytes).assumingMemoryBound(to: UInt8.self))
      }
      ck_quantized_pack_panel(kind.rawValue, columns, sources, values.advanced(by: panel * panelBytes).assumingMemoryBound(to: UInt8.self))
    }
  }

  /// A dense matrix that is read where it lies in a mapped file.
  /// - Parameters:
  ///   - values: `rows` × `columns` of them, little-endian, aligned to their size.
  ///   - owner: keeps the map.
  public init(_ kind: Kind, rows: Int, columns: Int, mapped values: UnsafeRawPointer, owner: any AnyObject & Sendable) {
    precondition(!kind.isQuantized, "quantized weights are repacked for the products")
    (self.kind, shape, dense, memory) = (kind, [rows, columns], nil, owner)
    kernel = ck_weight(kind: kind.rawValue, rows: rows, columns: columns, data: values)
  }

  public var rows: Int { kernel.rows }
  public var columns: Int { kernel.columns }
  public var count: Int { rows * columns }
  /// Bytes of the values as files store them; in memory K kinds take up to 4 % more.
  public var byteCount: Int { rows * kind.rowBytes(columns) }

  /// The values as f32: a dense weight's own memory, else a decoded copy.
  public var tensor: Tensor {
    if let dense { return dense }
    let copy = Tensor(uninitialized: shape)
    for row in 0..<rows { read(row: row, into: copy.data + row * columns) }
    return copy
  }

  /// The tensor of a dense weight, which training changes; nil when the weight is quantized.
  public var trainable: Tensor? { dense }

  /// The f32 values of one row.
  public func row(_ index: Int) -> [Float] {
    precondition((0..<rows).contains(index), "row \(index) of \(rows)")
    return [Float](unsafeUninitializedCapacity: columns) { buffer, count in
      if let base = buffer.baseAddress { read(row: index, into: base) }
      count = columns
    }
  }

  func read(row: Int, into target: UnsafeMutablePointer<Float>) { withUnsafePointer(to: kernel) { ck_weight_row($0, row, target) } }

  /// What a product with this weight reads instead of `x`, one row of `columns` values.
  public func operand(_ x: [Float]) -> [Float] {
    precondition(x.count == columns, "an input of \(x.count) for rows of \(columns)")
    if kind == .bf16 {
      return x.map { value in
        let bits = value.bitPattern
        return value.isNaN ? value : Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
      }
    }
    guard kind.isQuantized else { return x }
    var codes = [Int8](repeating: 0, count: columns)
    var scales = [Float](repeating: 0, count: columns / 32)
    var sums = [Int32](repeating: 0, count: columns / 16)
    ck_quantize_rows(x, 1, columns, &codes, &scales, &sums)
    return codes.enumerated().map { Float($1) * scales[$0 / 32] }
  }
}
