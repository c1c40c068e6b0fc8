// A forward reader over the start of a binary file, with every length checked before memory is taken. Not here: what the bytes mean.

/// Little-endian values from the start of a file. Bytes are fetched as they are needed, up to `Limits.headerBytes`.
struct HeaderReader {
  let file: OpenFile
  private(set) var position = 0
  private var buffer: [UInt8] = []
  private let firstFetch: Int

  /// - Parameter firstFetch: how many bytes the first value brings in; small when only a few values are wanted.
  init(_ file: OpenFile, firstFetch: Int = 1 << 20) { (self.file, self.firstFetch) = (file, firstFetch) }

  var place: String { "byte \(position)" }
  var bytesLeft: Int { file.size - position }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(FileError) -> T {
    try fetch(MemoryLayout<T>.size)
    let start = position
    position += MemoryLayout<T>.size
    return buffer.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: T.self)) }
  }

  mutating func float32() throws(FileError) -> Float { Float(bitPattern: try integer(UInt32.self)) }
  mutating func float64() throws(FileError) -> Double { Double(bitPattern: try integer(UInt64.self)) }

  mutating func bool() throws(FileError) -> Bool {
    let byte = try integer(UInt8.self)
    guard byte <= 1 else {
      throw .damaged(file.path, "byte \(position - 1)", zh: "布尔值应为 0 或 1，实际为 \(byte)", en: "a boolean must be 0 or 1, found \(byte)")
    }
    return byte == 1
  }

  /// u64 length, then UTF-8.
  /// - Parameter limit: the longest length allowed, in bytes.
  mutating func string(limit: Int) throws(FileError) -> String {
    let start = position
    let length = try integer(UInt64.self)
    let count = try checked(length, unitBytes: 1, limit: limit, at: start)
    try fetch(count)
    let text = buffer.withUnsafeBytes {
      String(validating: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]).bindMemory(to: UInt8.self), as: UTF8.self)
    }
    guard let text else { throw .damaged(file.path, place, zh: "字符串不是合法的 UTF-8", en: "the string is not valid UTF-8") }
    position += count
    return text
  }

  /// A count of things that take at least `unitBytes` each: it must fit the rest of the file first, then `limit`.
  func checked(_ count: UInt64, unitBytes: Int, limit: Int, at start: Int) throws(FileError) -> Int {
    guard (FileSize(count) * FileSize(unitBytes)).atMost(bytesLeft) != nil else {
      throw .damaged(
        file.path, "byte \(start)", zh: "数量或长度 \(count) 超出文件末尾（剩余 \(bytesLeft) 字节）",
        en: "the count or length \(count) reaches past the end of the file (\(bytesLeft) bytes left)")
    }
    guard let value = FileSize(count).atMost(limit) else {
      throw .tooLarge(
        file.path, "byte \(start)", zh: "数量或长度 \(count) 超过上限 \(limit)", en: "the count or length \(count) exceeds the limit \(limit)")
    }
    return value
  }

  /// Makes the next `count` bytes available.
  private mutating func fetch(_ count: Int) throws(FileError) {
    let end = position + count  // Both are bounded by the file's size or a constant.
    if end <= buffer.count { return }
    if end > file.size { throw .truncated(file.path, place, needed: count, left: bytesLeft) }
    if end > Limits.headerBytes {
      throw .tooLarge(
        file.path, place, zh: "文件头超过 \(Limits.headerBytes >> 20) MiB", en: "the header is larger than \(Limits.headerBytes >> 20) MiB")
    }
    let target = min(file.size, Limits.headerBytes, max(end, buffer.count * 2, firstFetch))
    buffer += try file.bytes(at: buffer.count, count: target - buffer.count)
  }
}
