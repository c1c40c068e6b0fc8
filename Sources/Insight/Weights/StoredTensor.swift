// A tensor as it lies in its file, and reading it a stretch at a time, so that memory does not grow with the tensor. Not here: file headers
// (ModelFiles), statistics (TensorSurvey).
import Languages
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Name, shape, type and place of a tensor, of a type the lab computes with or only lists. Place and size were checked against the file.
public struct StoredTensor: Sendable, Hashable {
  public let name: String
  /// Row-major, outermost dimension first.
  public let shape: [Int]
  /// As its format calls it: "F32", "Q4_K".
  public let typeName: String
  /// Nil for a type that is only listed.
  public let type: ElementType?
  public let byteCount: Int
  /// In bytes from the start of `file`.
  public let offset: Int
  /// The file that holds it: one shard of several.
  public let file: String

  /// Nil when the shape overflows: an empty tensor may have absurd dimensions beside its 0.
  public var elementCount: Int? { Self.product(shape) }

  /// The matrix that the tensor is for statistics and pictures: rows of the last dimension.
  public var columns: Int { shape.last ?? 1 }
  public var rows: Int { columns == 0 ? 0 : (elementCount ?? 0) / columns }

  /// "384×1024"; a scalar is "1".
  public var shapeText: String { shape.isEmpty ? "1" : shape.map(String.init).joined(separator: "×") }

  /// Indices of a flat element, outermost first.
  public func indices(of element: Int) -> [Int] {
    var rest = element
    return shape.reversed().map { size in
      defer { rest /= max(1, size) }
      return rest % max(1, size)
    }.reversed()
  }

  /// "[3, 17]".
  public func place(of element: Int) -> String { "[" + indices(of: element).map(String.init).joined(separator: ", ") + "]" }

  static func product(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return product
  }
}

/// Reads a file by position. `ModelFiles` reads whole tensors; here a tensor of any size is read through one small buffer.
final class StretchReader: Sendable {
  private let path: String
  private let descriptor: Int32

  init(path: String) throws(FileError) {
    self.path = path
    // Non-blocking, or opening a named pipe in the file's place would wait for its writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw Self.failure(path, "open", errno) }
  }

  deinit { close(descriptor) }

  /// The `count` bytes from `offset` on.
  func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let part = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if part < 0 && errno == EINTR { continue }
        if part < 0 { failure = Self.failure(path, "byte \(offset + filled)", errno) }
        if part == 0 { failure = Self.cutOff(path, offset + filled) }
        if part <= 0 { return }
        filled += part
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private static func failure(_ path: String, _ place: String, _ code: Int32) -> FileError {
    let text = String(cString: strerror(code))
    return FileError(
      file: path, place: place, problem: Bilingual(zh: "系统错误（\(text)）", en: text),
      mend: Bilingual(zh: "请检查文件是否还在、能否读取", en: "Check that the file is still there and can be read"))
  }

  /// The header fitted the file when it was opened: it has shrunk since.
  private static func cutOff(_ path: String, _ byte: Int) -> FileError {
    FileError(
      file: path, place: "byte \(byte)", problem: Bilingual(zh: "文件在使用过程中被截短", en: "the file was cut while it was in use"),
      mend: Bilingual(zh: "请等待写入结束后重新打开", en: "Wait until it is written, then open it again"))
  }
}

extension StoredTensor {
  /// Why its numbers cannot be read; nil when they can.
  public var unreadable: Bilingual? {
    if type != nil { return nil }
    let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
    return Bilingual(
      zh: "这里只列出 \(typeName) 类型的张量，读不出其中的数；能读的类型：\(known)",
      en: "Tensors of the type \(typeName) are listed only; the types whose numbers can be read are \(known)")
  }

  /// Decodes elements `range`, whole blocks, as f32.
  func floats(_ range: Range<Int>, _ reader: StretchReader) throws(FileError) -> [Float] {
    guard let type else { throw FileError(file: file, place: name, problem: unreadable ?? Bilingual(same: typeName), mend: Self.otherFile) }
    let start = range.lowerBound / type.blockSize * type.blockBytes
    let bytes = try reader.bytes(at: offset + start, count: range.count / type.blockSize * type.blockBytes)
    return QuantizedBlocks.decode(bytes, as: type)
  }

  private static let otherFile = Bilingual(zh: "请换用其他类型的文件", en: "Use a file of another type")
}
