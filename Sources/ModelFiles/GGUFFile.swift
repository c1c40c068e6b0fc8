// A model in GGUF: one file, or the parts that llama.cpp's gguf-split makes. Not here: the format of a part (GGUFPart), what the keys mean.
import Languages

/// An open model in GGUF. Its metadata is that of the first part.
public struct GGUFFile: WeightsFile {
  /// As the user gave it: any of the parts.
  public let path: String
  public let version: Int
  /// Of the first part's tensor data, in bytes.
  public let alignment: Int
  public let metadata: GGUFMetadata
  public let unsupportedTensors: [UnsupportedTensor]
  /// The files of the model, first part first.
  public let parts: [String]
  /// The part of each tensor; empty for a model in one file.
  private let places: [ExactString: String]

  public func part(of tensor: String) -> String { places[ExactString(tensor)] ?? path }
  private let table: TensorTable

  /// In the order of the parts. Offsets are within the part.
  public var tensors: [TensorInfo] { table.tensors }

  /// - Parameter path: the file, or any part of a split model; the other parts lie beside it.
  public init(path: String) throws(FileError) {
    let parts = try GGUFSplit.parts(with: GGUFPart(path: path))
    let first = parts[0]
    (self.path, version, alignment, metadata) = (path, first.version, first.alignment, first.metadata)
    unsupportedTensors = parts.flatMap(\.unsupportedTensors)
    self.parts = parts.map(\.path)
    var places: [ExactString: String] = [:]
    for part in parts where parts.count > 1 {
      for name in part.table.tensors.map(\.name) + part.unsupportedTensors.map(\.name) { places[ExactString(name)] = part.path }
    }
    self.places = places
    table = TensorTable(joining: parts.map(\.table))
  }

  public func tensor(named name: String) -> TensorInfo? { table.tensor(named: name) }

  public func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    try table.readBytes(of: tensor, at: offset, into: target)
  }

  public func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? { try table.mappedBytes(of: tensor) }
}
