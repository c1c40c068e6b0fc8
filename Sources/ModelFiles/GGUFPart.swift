// Reads one file of GGUF version 2 and 3, little-endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
// Not here: models in several files, what the keys mean, writing.
import Languages

/// One open GGUF file whose header was checked: all counts, types, names and ranges fit the file.
struct GGUFPart: Sendable {
  /// As the user gave it.
  let path: String
  let version: Int
  /// Of the tensor data, in bytes.
  let alignment: Int
  let metadata: GGUFMetadata
  let unsupportedTensors: [UnsupportedTensor]
  let table: TensorTable

  init(path: String) throws(FileError) {
    self.path = path
    let file = try OpenFile(path: path)
    var reader = HeaderReader(file)
    version = try Self.version(&reader)
    var start = reader.position
    // A tensor takes 33 bytes at least (name of 1 byte, one dimension), a key 14.
    let tensorCount = try reader.checked(try reader.integer(UInt64.self), unitBytes: 33, limit: Limits.tensors, at: start)
    start = reader.position
    let keyCount = try reader.checked(try reader.integer(UInt64.self), unitBytes: 14, limit: Limits.metadataKeys, at: start)
    metadata = try Self.metadata(&reader, count: keyCount)
    alignment = try Self.alignment(metadata, file: path)
    var entries: [Entry] = []
    for _ in 0..<tensorCount { entries.append(try Entry(&reader, alignment: alignment)) }
    let dataStart = FileSize(reader.position).roundedUp(to: alignment)
    for i in entries.indices { try entries[i].place(from: dataStart, in: file) }
    try Self.checkNames(entries, file: path)
    try Self.checkOverlaps(entries, file: path)
    unsupportedTensors = entries.filter { $0.type.elementType == nil }.map {
      UnsupportedTensor(name: $0.name, shape: $0.shape, typeName: $0.type.name, byteCount: $0.byteCount, offset: $0.offset)
    }
    table = TensorTable(
      file: file,
      tensors: entries.compactMap { entry in
        entry.type.elementType.map {
          TensorInfo(name: entry.name, shape: entry.shape, type: $0, byteCount: entry.byteCount, offset: entry.offset)
        }
      })
  }

  // MARK: Header

  private static func version(_ reader: inout HeaderReader) throws(FileError) -> Int {
    let path = reader.file.path
    if let mishap = try FileKind.mishap(reader.file) { throw mishap }
    guard try reader.integer(UInt32.self) == 0x4655_4747 else {
      throw .damaged(path, "byte 0", zh: "开头不是“GGUF”，这不是 GGUF 文件", en: "the file does not start with “GGUF”: this is no GGUF file")
    }
    let version = try reader.integer(UInt32.self)
    if version == 2 || version == 3 { return Int(version) }
    if version.byteSwapped == 2 || version.byteSwapped == 3 {
      throw .unsupported(
        path, "byte 4", zh: "这是大端序的 GGUF 文件", en: "this is a big-endian GGUF file",
        mend: Bilingual(zh: "请换用小端序版本", en: "Use the little-endian edition"))
    }
    throw .unsupported(
      path, "byte 4", zh: "不支持 GGUF 版本 \(version)", en: "GGUF version \(version) is not supported",
      mend: Bilingual(zh: "请换用版本 2 或 3 的文件（旧文件可用 llama.cpp 转换）", en: "Use version 2 or 3 (llama.cpp converts older files)"))
  }

  private static func metadata(_ reader: inout HeaderReader, count: Int) throws(FileError) -> GGUFMetadata {
    var metadata = GGUFMetadata()
    var elementsLeft = Limits.arrayElements
    for _ in 0..<count {
      let place = reader.place
      let key = try reader.string(limit: Limits.keyBytes)
      if key.isEmpty { throw .damaged(reader.file.path, place, zh: "元数据键名为空", en: "a metadata key is empty") }
      let value = try reader.value(key: key, elementsLeft: &elementsLeft)
      guard metadata.appendUnique(key, value) else {
        throw .damaged(reader.file.path, key, zh: "元数据键名重复", en: "this metadata key appears twice")
      }
    }
    return metadata
  }

  private static func alignment(_ metadata: GGUFMetadata, file: String) throws(FileError) -> Int {
    let key = "general.alignment"
    guard let value = metadata[key] else { return 32 }
    guard case .integer(let alignment, .uint32) = value, Limits.alignment.contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .damaged(
        file, key, zh: "对齐值应为 uint32 类型的 2 的幂，范围 \(Limits.alignment.lowerBound) 至 \(Limits.alignment.upperBound)",
        en: "the alignment must be a uint32 power of two from \(Limits.alignment.lowerBound) to \(Limits.alignment.upperBound)")
    }
    return alignment
  }

  private static func checkNames(_ entries: [Entry], file: String) throws(FileError) {
    var names: Set<ExactString> = []
    for entry in entries where !names.insert(ExactString(entry.name)).inserted {
      throw .damaged(file, entry.name, zh: "张量名重复", en: "this tensor name appears twice")
    }
  }

  private static func checkOverlaps(_ entries: [Entry], file: String) throws(FileError) {
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      if entry.offset < end {
        throw .damaged(
          file, entry.name, zh: "张量数据与另一个张量重叠（从第 \(entry.offset) 字节起）",
          en: "the tensor's data overlaps another's from byte \(entry.offset) on")
      }
      end = entry.offset + entry.byteCount  // `place` showed that this is within the file.
    }
  }
}

/// One tensor of the header.
private struct Entry {
  let name: String
  /// Row-major: the file's dimensions reversed.
  let shape: [Int]
  let type: GGMLTensorType
  let byteCount: Int
  /// From the start of the data at first; from the start of the file after `place`.
  private(set) var offset: Int

  init(_ reader: inout HeaderReader, alignment: Int) throws(FileError) {
    let file = reader.file.path
    let start = reader.place
    name = try reader.string(limit: Limits.tensorNameBytes)
    try FileError.checkTensorName(name, file: file, place: start)
    let count = try reader.integer(UInt32.self)
    guard count >= 1, count <= Limits.ggufDimensions else {
      throw .damaged(
        file, name, zh: "维数为 \(count)，应为 1 至 \(Limits.ggufDimensions)", en: "\(count) dimensions, must be 1 to \(Limits.ggufDimensions)")
    }
    var dimensions: [FileSize] = []
    for _ in 0..<count { dimensions.append(FileSize(try reader.integer(UInt64.self))) }
    let shape = dimensions.reversed().compactMap { $0.atMost(.max) }
    guard shape.count == dimensions.count, !shape.contains(0) else {
      throw .damaged(file, name, zh: "维度为 0 或过大", en: "a dimension is 0 or too large")
    }
    let number = try reader.integer(UInt32.self)
    guard let type = GGMLTensorType.numbered(number) else {
      throw .damaged(file, name, zh: "未知的张量类型编号 \(number)", en: "unknown tensor type number \(number)")
    }
    guard let row = shape.last, row % type.layout.blockSize == 0, let bytes = type.layout.byteCount(.product(dimensions)) else {
      throw .damaged(
        file, name, zh: "形状 \(shape) 的字节数溢出，或每行不是类型 \(type.name) 的整数块（每块 \(type.layout.blockSize) 个元素）",
        en:
          "the size of shape \(shape) overflows, or its rows are not whole blocks of type \(type.name) (\(type.layout.blockSize) elements)")
    }
    let offset = try reader.integer(UInt64.self)
    guard let offset = FileSize(offset).atMost(.max), offset % alignment == 0 else {
      throw .damaged(
        file, name, zh: "数据偏移 \(offset) 未按 \(alignment) 字节对齐", en: "the data offset \(offset) is not a multiple of \(alignment)")
    }
    (self.shape, self.type, byteCount, self.offset) = (shape, type, bytes, offset)
  }

  /// Turns the offset into one from the start of the file and checks that the whole tensor lies in it.
  mutating func place(from dataStart: FileSize, in file: OpenFile) throws(FileError) {
    let begin = dataStart + FileSize(offset)
    guard (begin + FileSize(byteCount)).atMost(file.size) != nil, let begin = begin.atMost(file.size) else {
      throw .damaged(
        file.path, name, zh: "张量数据超出文件末尾（数据偏移 \(offset)，\(byteCount) 字节，文件 \(file.size) 字节）",
        en: "the tensor reaches past the end of the file (data offset \(offset), \(byteCount) bytes, file of \(file.size))")
    }
    offset = begin
  }
}
