// Reads llama2.c checkpoints (.bin; https://github.com/karpathy/llama2.c, export.py). Not here: the header, the tokenizer beside the file.
//
// The file has no names: the order of the tensors is the format. They get Hugging Face's names of the same parameters.
import Languages

/// An open llama2.c checkpoint whose size fits its header exactly.
public struct Llama2CFile: WeightsFile {
  public let path: String
  public let header: Llama2CHeader
  /// All F32: the int8 groups of version 2 have f32 scales, which no block type of ours holds exactly, so they are decoded when they are read.
  public let tensors: [TensorInfo]
  public let unsupportedTensors: [UnsupportedTensor] = []
  private let table: TensorTable
  private let file: OpenFile

  /// Rotary position pairs are neighbouring rows (2i, 2i + 1) of a head in query and key projections, as in Meta's checkpoints and in GGUF; Hugging
  /// Face keeps them half a head apart. The tensors are given as the file has them.
  public var interleavedRotary: Bool { true }

  public init(path: String) throws(FileError) {
    self.path = path
    file = try OpenFile(path: path)
    header = try Llama2CHeader(file)
    let pieces = Self.pieces(of: header)
    var tensors: [TensorInfo] = []
    var end = FileSize(header.byteCount)
    for piece in pieces {
      let count = piece.shape.reduce(FileSize(1)) { $0 * FileSize($1) }
      let size: FileSize
      if piece.isQuantized, let group = header.groupSize {
        // The width is a multiple of the group, so that every matrix is made of whole groups.
        let elements = count.atMost(.max) ?? 0
        size = count + FileSize(elements / group) * FileSize(4)
      } else {
        size = count * FileSize(4)
      }
      if let name = piece.name, let offset = end.atMost(.max), let bytes = (count * FileSize(4)).atMost(.max) {
        tensors.append(TensorInfo(name: name, shape: piece.shape, type: .f32, byteCount: bytes, offset: offset))
      }
      end = end + size
    }
    guard end.atMost(file.size) == file.size else {
      let needed = end.atMost(.max).map { "\($0)" }
      throw .damaged(
        path, "byte \(file.size)", zh: "文件头所述的模型需要 \(needed ?? "多到溢出的") 字节，文件为 \(file.size) 字节",
        en: "the model of the header takes \(needed ?? "impossibly many") bytes, the file has \(file.size)")
    }
    self.tensors = tensors
    table = TensorTable(file: file, tensors: tensors)
  }

  public func tensor(named name: String) -> TensorInfo? { table.tensor(named: name) }

  public func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    guard let group = header.groupSize, tensor.shape.count == 2 else { return try table.readBytes(of: tensor, at: offset, into: target) }
    precondition(offset >= 0 && target.count <= tensor.byteCount - offset, "the stretch reaches past the tensor's end")
    precondition(offset % 4 == 0 && target.count % 4 == 0, "a stretch is made of whole elements")
    let elements = offset / 4..<(offset + target.count) / 4
    for start in stride(from: elements.lowerBound, to: elements.upperBound, by: Self.stretchElements) {
      let stretch = start..<min(start + Self.stretchElements, elements.upperBound)
      let place = (start - elements.lowerBound) * 4
      let part = UnsafeMutableRawBufferPointer(rebasing: target[place..<place + stretch.count * 4])
      try decode(stretch, of: tensor, group: group, into: part)
    }
  }

  private static let stretchElements = 256 << 10

  /// The int8 values of the whole tensor come first, then its scales.
  /// - Parameters:
  ///   - elements: not empty.
  ///   - target: four bytes for each.
  private func decode(_ elements: Range<Int>, of tensor: TensorInfo, group: Int, into target: UnsafeMutableRawBufferPointer)
    throws(FileError)
  {
    let groups = elements.lowerBound / group...(elements.upperBound - 1) / group
    let quants = try file.bytes(at: tensor.offset + elements.lowerBound, count: elements.count)
    let scales = try file.bytes(at: tensor.offset + tensor.elementCount + groups.lowerBound * 4, count: groups.count * 4)
    for number in groups {
      let bits = scales.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: (number - groups.lowerBound) * 4, as: UInt32.self) }
      let scale = Float(bitPattern: UInt32(littleEndian: bits))
      for element in max(elements.lowerBound, number * group)..<min(elements.upperBound, (number + 1) * group) {
        let index = element - elements.lowerBound
        let value = scale * Float(Int8(bitPattern: quants[index]))
        target.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: index * 4, as: UInt32.self)
      }
    }
  }

  public func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? {
    header.groupSize != nil && tensor.shape.count == 2 ? nil : try table.mappedBytes(of: tensor)
  }

  // MARK: Order

  /// What stands in the file, in its order. Without a name: tables of sines and cosines, which run.c skips too.
  private struct Piece {
    var name: String?
    var shape: [Int]
    /// In version 2: every matrix.
    var isQuantized: Bool { shape.count == 2 }
  }

  private static func pieces(of header: Llama2CHeader) -> [Piece] {
    let (d, f, keys) = (header.hiddenSize, header.intermediateSize, header.keyValueWidth)
    func layers(_ inner: String, _ shape: [Int]) -> [Piece] {
      (0..<header.layerCount).map { Piece(name: "model.layers.\($0).\(inner).weight", shape: shape) }
    }
    let embedding = [Piece(name: "model.embed_tokens.weight", shape: [header.vocabularySize, d])]
    let attentionNorms = layers("input_layernorm", [d])
    let attention =
      layers("self_attn.q_proj", [d, d]) + layers("self_attn.k_proj", [keys, d]) + layers("self_attn.v_proj", [keys, d])
      + layers("self_attn.o_proj", [d, d])
    let feedForwardNorms = layers("post_attention_layernorm", [d])
    let feedForward = layers("mlp.gate_proj", [f, d]) + layers("mlp.down_proj", [d, f]) + layers("mlp.up_proj", [f, d])
    let norm = [Piece(name: "model.norm.weight", shape: [d])]
    let unembedding = header.tiesEmbeddings ? [] : [Piece(name: "lm_head.weight", shape: [header.vocabularySize, d])]
    if header.version == .legacy {
      let angles = Piece(name: nil, shape: [header.contextLength, header.headSize / 2])
      return embedding + attentionNorms + attention + feedForwardNorms + feedForward + norm + [angles, angles] + unembedding
    }
    return attentionNorms + feedForwardNorms + norm + embedding + attention + feedForward + unembedding
  }
}
