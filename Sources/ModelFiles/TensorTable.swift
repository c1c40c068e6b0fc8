// The tensors of one or several files by name, and their bytes. Not here: the formats' headers.

/// The tensors of the parts of a model; one part for most.
struct TensorTable: Sendable {
  let tensors: [TensorInfo]
  private let files: [OpenFile]
  /// Tensor and file by name.
  private let positions: [ExactString: (tensor: Int, file: Int)]

  /// - Parameter tensors: names are unique.
  init(file: OpenFile, tensors: [TensorInfo]) {
    self.tensors = tensors
    files = [file]
    positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { (ExactString($1.name), ($0, 0)) })
  }

  /// The tensors of all parts, one part after another. Names are unique over all of them.
  init(joining parts: [TensorTable]) {
    var (tensors, files) = ([TensorInfo](), [OpenFile]())
    var positions: [ExactString: (tensor: Int, file: Int)] = [:]
    for part in parts {
      for (name, position) in part.positions { positions[name] = (tensors.count + position.tensor, files.count + position.file) }
      tensors += part.tensors
      files += part.files
    }
    (self.tensors, self.files, self.positions) = (tensors, files, positions)
  }

  func tensor(named name: String) -> TensorInfo? { positions[ExactString(name)].map { tensors[$0.tensor] } }

  func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    precondition(offset >= 0 && target.count <= tensor.byteCount - offset, "the stretch reaches past the tensor's end")
    try file(of: tensor).read(at: tensor.offset + offset, into: target)
  }

  func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? {
    guard !tensor.type.isQuantized, tensor.offset % tensor.type.blockBytes == 0, let map = try file(of: tensor).mapped() else { return nil }
    return MappedBytes(map, tensor.offset..<tensor.offset + tensor.byteCount)
  }

  private func file(of tensor: TensorInfo) -> OpenFile {
    if files.count == 1 { return files[0] }
    guard let position = positions[ExactString(tensor.name)] else { preconditionFailure("a tensor of another file") }
    return files[position.file]
  }
}
