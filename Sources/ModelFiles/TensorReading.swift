// Reading tensors: whole, in stretches, row by row. Not here: where a tensor lies (the formats), maps (MappedFile).
//
// Loading keeps a model once: its stored form goes through one small buffer into the memory of the weights, never as a second whole copy.

extension WeightsFile {
  /// Visits a tensor of this file as it is stored, a stretch after another through one buffer.
  /// - Parameters:
  ///   - size: about how many bytes a stretch has, made of whole blocks; large enough for the disk, small enough for a core's cache.
  ///   - body: gets the offset within the tensor and the bytes, which are valid only during the call.
  public func forEachStretch(
    of tensor: TensorInfo, size: Int = 256 << 10, _ body: (_ offset: Int, UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let step = max(1, size / tensor.type.blockBytes) * tensor.type.blockBytes
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(step, tensor.byteCount), alignment: 64)
    defer { buffer.deallocate() }
    for offset in stride(from: 0, to: tensor.byteCount, by: step) {
      let stretch = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(step, tensor.byteCount - offset)])
      try readBytes(of: tensor, at: offset, into: stretch)
      try body(offset, UnsafeRawBufferPointer(stretch))
    }
  }

  /// Reads a tensor of this file as f32.
  /// - Parameter target: exactly `elementCount` elements.
  public func read(_ tensor: TensorInfo, into target: UnsafeMutableBufferPointer<Float>) throws(FileError) {
    precondition(target.count == tensor.elementCount, "the target does not fit the tensor")
    if tensor.type == .f32 { return try readBytes(of: tensor, at: 0, into: UnsafeMutableRawBufferPointer(target)) }
    let (size, bytes) = (tensor.type.blockSize, tensor.type.blockBytes)
    try forEachStretch(of: tensor) { (offset, stretch) throws(FileError) in
      let first = offset / bytes * size
      let part = UnsafeMutableBufferPointer(rebasing: target[first..<first + stretch.count / bytes * size])
      QuantizedBlocks.decode(stretch, as: tensor.type, into: part)
    }
  }

  /// Reads a tensor of this file as f32.
  public func floats(_ tensor: TensorInfo) throws(FileError) -> [Float] {
    var floats = [Float](repeating: 0, count: tensor.elementCount)
    try floats.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in try read(tensor, into: buffer) }
    return floats
  }

  /// Reads a tensor of this file as it is stored, all of it: for tensors that are written again at once.
  public func readBytes(_ tensor: TensorInfo) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try readBytes(of: tensor, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }
}

/// Rows of a matrix as they are stored, in any order, through one buffer that holds the rows around the last one. Not for several threads.
///
/// Made for loaders, which ask for ascending rows, or for rows that are only mixed within a head.
public final class StoredRows {
  public let tensor: TensorInfo
  /// Bytes of one row.
  public let rowBytes: Int
  private let file: any WeightsFile
  private let rowCount: Int
  private let buffer: UnsafeMutableRawBufferPointer
  /// The rows in the buffer.
  private var rows = 0..<0

  /// - Parameters:
  ///   - tensor: of `file`, [rows, columns] with rows of whole blocks; more dimensions count as rows, a vector is one row.
  ///   - stretchBytes: about how much is read at once, one row at least.
  public init(_ tensor: TensorInfo, of file: any WeightsFile, stretchBytes: Int = 256 << 10) {
    (self.tensor, self.file) = (tensor, file)
    rowCount = tensor.shape.dropLast().reduce(1, *)
    rowBytes = rowCount == 0 ? 0 : tensor.byteCount / rowCount
    let count = rowBytes == 0 ? 0 : min(rowCount, max(1, stretchBytes / rowBytes))
    buffer = .allocate(byteCount: count * rowBytes, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// Copies row `row` to `target`, which has `rowBytes` bytes.
  public func read(_ row: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    precondition((0..<rowCount).contains(row), "row \(row) of \(rowCount)")
    if rowBytes == 0 { return }
    if !rows.contains(row) { try fetch(row) }
    let start = (row - rows.lowerBound) * rowBytes
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<start + rowBytes]))
  }

  /// Stretches begin at multiples of their size, so that going back a little finds the same one.
  private func fetch(_ row: Int) throws(FileError) {
    let step = buffer.count / rowBytes
    let first = row / step * step
    let count = min(step, rowCount - first)
    rows = 0..<0
    try file.readBytes(of: tensor, at: first * rowBytes, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * rowBytes)]))
    rows = first..<first + count
  }
}
