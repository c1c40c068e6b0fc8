// Rows of one parameter out of its tensor, in the model's order whatever the file's is, through a buffer of bounded size. Not here: where the rows lie
// (Models), what is done with them (WeightsDifference).
import ModelFiles
import Models

/// A matrix, or a whole tensor as a matrix of its last dimension; a vector is one column unless it is read as it lies.
struct ParameterReader: Sendable {
  let rows: Int
  let columns: Int
  /// What is added to every number, as loading the model does.
  var offset: Float = 0
  private let tensor: StoredTensor
  private let file: OpenFile
  private let isTransposed: Bool
  /// The tensor's row (or column) of each row; nil where a tensor is read as it lies.
  private let place: (@Sendable (Int) -> Int)?

  /// All elements as they lie.
  init(whole tensor: StoredTensor, _ file: OpenFile) {
    (self.tensor, self.file) = (tensor, file)
    (rows, columns, isTransposed, place) = (tensor.rows, tensor.columns, false, nil)
  }

  /// - Parameter map: of the file; it has the tensor and the parameter in it.
  init?(_ parameter: ParameterName, in tensor: StoredTensor, _ map: ParameterMap, _ file: OpenFile) {
    guard let layout = map[tensor.name], let shape = layout.parts.first(where: { $0.name == parameter })?.shape else { return nil }
    (self.tensor, self.file) = (tensor, file)
    (rows, columns) = (shape[0], shape.count == 2 ? shape[1] : 1)
    (isTransposed, offset) = (layout.isTransposed, map.offset(of: parameter))
    place = { map.storedRow($0, of: parameter, in: layout) }
  }

  /// Row-major. What lies between rows that RoPE's order takes apart is read too: at most the rows of two heads.
  /// - Parameter span: columns; all of them unless it is one row.
  func floats(_ range: Range<Int>, _ span: Range<Int>) throws(FileError) -> [Float] {
    let values = isTransposed ? try transposed(range, span) : try straight(range, span)
    return offset == 0 ? values : values.map { $0 + offset }
  }

  /// The flat place in the tensor.
  func element(row: Int, column: Int) -> Int {
    let row = place.map { $0(row) } ?? row
    return isTransposed ? column * tensor.columns + row : row * columns + column
  }

  private func straight(_ range: Range<Int>, _ span: Range<Int>) throws(FileError) -> [Float] {
    if range.count == 1 {
      let first = element(row: range.lowerBound, column: span.lowerBound)
      return try tensor.floats(first..<first + span.count, file)
    }
    let places = place.map { range.map($0) } ?? Array(range)
    guard let low = places.min(), let high = places.max() else { return [] }
    let all = try tensor.floats(low * columns..<(high + 1) * columns, file)
    if zip(places, low...).allSatisfy({ $0 == $1 }) { return all }
    var values: [Float] = []
    values.reserveCapacity(range.count * columns)
    for place in places { values += all[(place - low) * columns..<(place - low + 1) * columns] }
    return values
  }

  /// A column of the tensor is a row here: its parts are gathered from all rows.
  private func transposed(_ range: Range<Int>, _ span: Range<Int>) throws(FileError) -> [Float] {
    let places = place.map { range.map($0) } ?? Array(range)
    guard let low = places.min(), let high = places.max() else { return [] }
    var values = [Float](repeating: 0, count: range.count * span.count)
    for column in span {
      let start = column * tensor.columns
      let part = try tensor.floats(start + low..<start + high + 1, file)
      for (row, place) in places.enumerated() { values[row * span.count + column - span.lowerBound] = part[place - low] }
    }
    return values
  }
}
