// Reads a safetensors file: u64 header length, a JSON header, then the data (https://github.com/huggingface/safetensors, "Format").
// Not here: several shards under one index, writing.

/// An open safetensors file whose header was checked: every tensor's range equals shape × type, the ranges cover the data without overlap or hole.
public struct SafetensorsFile: WeightsFile {
  public let metadata: [String: String]
  public let unsupportedTensors: [UnsupportedTensor]
  /// As the user gave it.
  public let path: String
  let table: TensorTable

  public var tensors: [TensorInfo] { table.tensors }

  public init(path: String) throws(FileError) {
    self.path = path
    let file = try OpenFile(path: path)
    let header = try Self.header(of: file)
    let dataStart = 8 + header.count
    let root = try header.withUnsafeBufferPointer { (buffer) throws(FileError) in
      try JSON.parse(UnsafeRawBufferPointer(buffer), file: path, part: "header")
    }
    let members = try root.cursor(file: path).members()
    if members.count > Limits.tensors + 1 {
      throw .tooLarge(path, "header", zh: "张量超过 \(Limits.tensors) 个", en: "there are more than \(Limits.tensors) tensors")
    }
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for (key, value) in members {
      if key == "__metadata__" {
        for (name, text) in try value.members() { metadata[name] = try text.string() }
      } else {
        entries.append(try Entry(name: key, value, file: path))
      }
    }
    try Self.checkCoverage(entries, dataBytes: file.size - dataStart, file: path)
    self.metadata = metadata
    unsupportedTensors = entries.filter { $0.type == nil }.map {
      UnsupportedTensor(name: $0.name, shape: $0.shape, typeName: $0.typeName, byteCount: $0.end - $0.begin, offset: dataStart + $0.begin)
    }
    table = TensorTable(
      file: file,
      tensors: entries.compactMap { entry in
        entry.type.map {
          TensorInfo(name: entry.name, shape: entry.shape, type: $0, byteCount: entry.end - entry.begin, offset: dataStart + entry.begin)
        }
      })
  }

  /// The tensor of this name. A shared tensor is stored under one of its names; `safetensors.torch.save_model` notes the others in the metadata
  /// as other name → stored name, and these find it too.
  public func tensor(named name: String) -> TensorInfo? {
    table.tensor(named: name) ?? metadata[name].flatMap { table.tensor(named: $0) }
  }

  public func readBytes(of tensor: TensorInfo, at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    try table.readBytes(of: tensor, at: offset, into: target)
  }

  public func mappedBytes(of tensor: TensorInfo) throws(FileError) -> MappedBytes? { try table.mappedBytes(of: tensor) }

  private static func header(of file: OpenFile) throws(FileError) -> [UInt8] {
    if let mishap = try FileKind.mishap(file) { throw mishap }
    if file.size < 8 { throw .truncated(file.path, "byte 0", needed: 8, left: file.size) }
    let length = try file.bytes(at: 0, count: 8).withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard let count = FileSize(length).atMost(file.size - 8) else {
      throw .damaged(
        file.path, "byte 0", zh: "文件头长度为 \(length) 字节，超出文件末尾（也可能不是 safetensors 文件）",
        en: "the header's length of \(length) bytes reaches past the end of the file (or this is not a safetensors file)")
    }
    if count > Limits.safetensorsHeaderBytes {
      throw .tooLarge(
        file.path, "byte 0", zh: "文件头为 \(count) 字节，上限为 \(Limits.safetensorsHeaderBytes) 字节",
        en: "the header has \(count) bytes, at most \(Limits.safetensorsHeaderBytes) are allowed")
    }
    let header = try file.bytes(at: 8, count: count)
    guard header.first == UInt8(ascii: "{") else {
      throw .damaged(
        file.path, "byte 8", zh: "文件头不是以“{”开头的 JSON，这不是 safetensors 文件",
        en: "the header is not JSON that starts with “{”: this is no safetensors file")
    }
    return header
  }

  /// Contiguous from 0, no overlap, no hole, the last one ends with the file.
  private static func checkCoverage(_ entries: [Entry], dataBytes: Int, file: String) throws(FileError) {
    var covered = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      if entry.end > dataBytes {
        throw .damaged(
          file, entry.name, zh: "张量数据到第 \(entry.end) 字节为止，而数据区只有 \(dataBytes) 字节",
          en: "the tensor's data ends at byte \(entry.end), but there are only \(dataBytes) bytes of data")
      }
      if entry.begin < covered {
        throw .damaged(
          file, entry.name, zh: "张量数据与另一个张量重叠（从第 \(entry.begin) 字节起）",
          en: "the tensor's data overlaps another's from byte \(entry.begin) on")
      }
      if entry.begin > covered {
        throw .damaged(
          file, entry.name, zh: "张量数据之前有空洞（第 \(covered) 至 \(entry.begin) 字节）",
          en: "there is a hole before the tensor's data, bytes \(covered) to \(entry.begin)")
      }
      covered = entry.end
    }
    if covered != dataBytes {
      throw .damaged(
        file, "data byte \(covered)", zh: "最后一个张量之后还有 \(dataBytes - covered) 字节多余数据",
        en: "\(dataBytes - covered) bytes follow the last tensor")
    }
  }
}

/// One tensor of the header, checked by itself.
private struct Entry {
  let name: String
  let typeName: String
  let type: ElementType?
  let shape: [Int]
  /// In bytes from the start of the data.
  let begin: Int
  let end: Int

  /// Types that are listed only. The smallest share bytes: four elements of 6 bits take three.
  private static let otherTypes: [String: StorageLayout] = [
    "F64": .bytes(8), "I64": .bytes(8), "U64": .bytes(8), "C64": .bytes(8), "I32": .bytes(4), "U32": .bytes(4), "I16": .bytes(2),
    "U16": .bytes(2), "I8": .bytes(1), "U8": .bytes(1), "BOOL": .bytes(1), "F8_E4M3": .bytes(1), "F8_E5M2": .bytes(1), "F8_E8M0": .bytes(1),
    "F8_E4M3FNUZ": .bytes(1), "F8_E5M2FNUZ": .bytes(1), "F6_E2M3": StorageLayout(blockSize: 4, blockBytes: 3),
    "F6_E3M2": StorageLayout(blockSize: 4, blockBytes: 3), "F4": StorageLayout(blockSize: 2, blockBytes: 1),
  ]

  init(name: String, _ value: JSONCursor, file: String) throws(FileError) {
    try FileError.checkTensorName(name, file: file, place: value.path)
    let typeName = try value.member("dtype").string()
    // Q8_0 and Q4_0 are ggml's alone.
    let type = ElementType(rawValue: typeName).flatMap { $0.isQuantized ? nil : $0 }
    guard let layout = type.map({ .bytes($0.blockBytes) }) ?? Self.otherTypes[typeName] else {
      throw .damaged(file, name, zh: "未知的元素类型“\(typeName)”", en: "unknown element type “\(typeName)”")
    }
    let dimensions = try value.member("shape").elements()
    if dimensions.count > Limits.safetensorsDimensions {
      throw .tooLarge(
        file, name, zh: "张量有 \(dimensions.count) 维，上限为 \(Limits.safetensorsDimensions) 维",
        en: "the tensor has \(dimensions.count) dimensions, at most \(Limits.safetensorsDimensions) are allowed")
    }
    var shape: [Int] = []
    for dimension in dimensions { shape.append(try dimension.integer(in: 0...Int.max)) }
    let offsets = try value.member("data_offsets").elements()
    guard offsets.count == 2 else {
      throw .damaged(file, name, zh: "data_offsets 应为两个整数", en: "data_offsets must be two integers")
    }
    let begin = try offsets[0].integer(in: 0...Int.max)
    let end = try offsets[1].integer(in: 0...Int.max)
    if begin > end {
      throw .damaged(file, name, zh: "数据起点 \(begin) 在终点 \(end) 之后", en: "the data begins at \(begin), after its end at \(end)")
    }
    let needed = layout.byteCount(.product(shape.map { FileSize($0) }))
    guard needed == end - begin else {
      throw .damaged(
        file, name,
        zh: "形状 \(shape) 与类型 \(typeName) 需要 \(needed.map { "\($0)" } ?? "多到溢出的") 字节，实际给出 \(end - begin) 字节",
        en: "shape \(shape) and type \(typeName) need \(needed.map { "\($0)" } ?? "impossibly many") bytes, but \(end - begin) are given")
    }
    (self.name, self.typeName, self.type, self.shape, self.begin, self.end) = (name, typeName, type, shape, begin, end)
  }
}

extension StorageLayout {
  /// One element by itself.
  fileprivate static func bytes(_ count: Int) -> StorageLayout { StorageLayout(blockSize: 1, blockBytes: count) }
}

extension FileError {
  /// - Parameter place: where the name stands, for a name that cannot be shown itself.
  static func checkTensorName(_ name: String, file: String, place: String) throws(FileError) {
    if name.isEmpty {
      throw .damaged(file, place.isEmpty ? "tensor name" : place, zh: "张量名为空", en: "a tensor's name is empty")
    }
    if name.utf8.count > Limits.tensorNameBytes {
      throw .tooLarge(
        file, "\(name.prefix(40))…", zh: "张量名超过 \(Limits.tensorNameBytes) 字节",
        en: "a tensor's name is longer than \(Limits.tensorNameBytes) bytes")
    }
  }
}
