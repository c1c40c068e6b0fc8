// One GGUF file into another with smaller (or larger) tensors: everything else of it stays, whatever the architecture. Not here: which type a tensor
// gets (QuantizationMix), encoding (QuantizedBlocks).
import Languages

/// Writes a GGUF file again with other types.
public struct Requantization: Sendable {
  public let source: GGUFFile
  public let mix: QuantizationMix
  private let layers: Int
  private let tiesEmbeddings: Bool

  /// - Throws: `FileError` where the source holds tensors of a type that cannot be decoded.
  public init(_ source: GGUFFile, as mix: QuantizationMix) throws(FileError) {
    (self.source, self.mix) = (source, mix)
    if let tensor = source.unsupportedTensors.first {
      throw FileError(
        file: source.path, place: tensor.name,
        problem: Bilingual(zh: "不能解码类型 \(tensor.typeName)", en: "the type \(tensor.typeName) cannot be decoded"),
        mend: Bilingual(zh: "请从其他精度的文件开始", en: "Start from a file of another type"))
    }
    layers =
      source.tensors.lazy.compactMap { info in
        let parts = info.name.split(separator: ".")
        return parts.count > 2 && parts[0] == "blk" ? Int(parts[1]).map { $0 + 1 } : nil
      }.max() ?? 0
    tiesEmbeddings = source.tensor(named: "output.weight") == nil
  }

  /// The type that a tensor gets. What is a vector or f32 in the source because it must be stays as it is.
  public func type(of tensor: TensorInfo) -> ElementType {
    let type = mix.type(of: tensor.name, shape: tensor.shape, layers: layers, tiesEmbeddings: tiesEmbeddings)
    return tensor.shape.count == 2 ? type : tensor.type
  }

  /// Bytes of all tensors in the new file.
  public var byteCount: Int { source.tensors.reduce(0) { $0 + (type(of: $1).byteCount($1.elementCount) ?? 0) } }

  /// Writes the file atomically.
  /// - Parameters:
  ///   - encode: f32 values of whole rows into their new type; a program with threads shares the rows among them.
  ///   - progress: after each tensor: how many are done.
  public func write(
    to path: String,
    encode: @escaping @Sendable (_ floats: [Float], _ columns: Int, ElementType) -> [UInt8] = { floats, _, type in
      QuantizedBlocks.encode(floats, as: type)
    },
    progress: @escaping @Sendable (_ done: Int) throws(FileError) -> Void = { (_) throws(FileError) in }
  ) throws(FileError) {
    let replaced = ["general.file_type", "general.quantization_version", "split.no", "split.count", "split.tensors.count"]
    var metadata = source.metadata.entries.filter { !replaced.contains($0.key) }
    metadata.append(("general.file_type", .uint32(mix.fileType)))
    if mix.base.isQuantized { metadata.append(("general.quantization_version", .uint32(2))) }
    let source = source
    let tensors = source.tensors.enumerated().map { index, info in
      let type = type(of: info)
      return TensorToWrite(
        name: info.name, shape: info.shape, type: type,
        makeBytes: { () throws(FileError) in
          let bytes = type == info.type ? try source.readBytes(info) : encode(try source.floats(info), info.shape.last ?? 1, type)
          try progress(index + 1)
          return bytes
        })
    }
    try GGUFWriter.write(metadata: metadata, tensors: tensors, to: path)
  }
}
