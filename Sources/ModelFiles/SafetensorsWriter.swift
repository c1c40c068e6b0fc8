// Writes safetensors files as the reference implementation lays them out. Not here: shards.

public enum SafetensorsWriter {
  /// Writes F32, F16 and BF16 tensors atomically. Data is ordered by element size, widest first, so that every tensor is aligned to its elements.
  /// - Parameter metadata: the `__metadata__` member; transformers insists on "format".
  public static func write(
    _ tensors: [TensorToWrite], metadata: [(key: String, value: String)] = [("format", "pt")], to path: String
  ) throws(FileError) {
    try TensorToWrite.checkUnique(tensors, file: path)
    var header = JSONObject()
    if !metadata.isEmpty {
      var object = JSONObject()
      for (key, value) in metadata { object[key] = .string(value) }
      header["__metadata__"] = .object(object)
    }
    // `sorted` is stable in practice only, so the position decides ties.
    let ordered = tensors.enumerated().sorted { ($1.element.type.blockBytes, $0.offset) < ($0.element.type.blockBytes, $1.offset) }.map(
      \.element)
    var sizes: [Int] = []
    var end = 0
    for tensor in ordered {
      guard !tensor.type.isQuantized, tensor.shape.count <= Limits.safetensorsDimensions, tensor.name != "__metadata__" else {
        throw .unwritable(
          path, tensor.name, zh: "safetensors 不能保存类型 \(tensor.type.rawValue)、形状 \(tensor.shape) 的这个张量",
          en: "safetensors cannot hold this tensor of type \(tensor.type.rawValue) and shape \(tensor.shape)")
      }
      let size = try tensor.byteCount(file: path)
      guard let next = (FileSize(end) + FileSize(size)).atMost(.max) else {
        throw .unwritable(path, tensor.name, zh: "总大小溢出", en: "the total size overflows")
      }
      header[tensor.name] = [
        "dtype": .string(tensor.type.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": [.integer(end), .integer(next)],
      ]
      sizes.append(size)
      end = next
    }
    var text = Array(JSON.object(header).serialized().utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    try AtomicFile.write(to: path) { (output) throws(FileError) in
      try output.append(withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) })
      try output.append(text)
      for (tensor, size) in zip(ordered, sizes) { try output.append(try tensor.bytes(count: size, file: path)) }
    }
  }
}
