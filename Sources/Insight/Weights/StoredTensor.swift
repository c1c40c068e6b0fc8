// A tensor as it lies in its file, and reading it a stretch at a time, so that memory does not grow with the tensor. Not here: file headers and files
// (ModelFiles), which parameters it holds (Models), statistics (TensorSurvey).
import Languages
import ModelFiles

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
  public var shapeText: String { Self.text(shape) }

  static func text(_ shape: [Int]) -> String { shape.isEmpty ? "1" : shape.map(String.init).joined(separator: "×") }

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

extension StoredTensor {
  /// Why its numbers cannot be read; nil when they can.
  public var unreadable: Bilingual? {
    if type != nil { return nil }
    let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
    return Bilingual(
      zh: "这里只列出 \(typeName) 类型的张量，读不出其中的数；能读的类型：\(known)",
      en: "Tensors of the type \(typeName) are listed only; the types whose numbers can be read are \(known)")
  }

  /// Elements `range` as f32. What is decoded ends with whole blocks.
  func floats(_ range: Range<Int>, _ reader: OpenFile) throws(FileError) -> [Float] {
    guard let type else { throw FileError(file: file, place: name, problem: unreadable ?? Bilingual(same: typeName), mend: Self.otherFile) }
    let size = type.blockSize
    let blocks = range.lowerBound / size..<(range.upperBound + size - 1) / size
    let bytes = try reader.bytes(at: offset + blocks.lowerBound * type.blockBytes, count: blocks.count * type.blockBytes)
    let values = QuantizedBlocks.decode(bytes, as: type)
    let start = range.lowerBound - blocks.lowerBound * size
    return values.count == range.count ? values : Array(values[start..<start + range.count])
  }

  private static let otherFile = Bilingual(zh: "请换用其他类型的文件", en: "Use a file of another type")
}
