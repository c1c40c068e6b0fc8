// Tensors as JSON text: nested arrays, each number in the fewest digits that give the same f32. NaN and infinities, which JSON lacks, become null.

enum NestedFloats {
  /// - Parameter shape: its product is the number of values; a dimension of 0 gives empty arrays.
  static func json(_ values: UnsafePointer<Float>, shape: ArraySlice<Int>) -> String {
    var text = ""
    write(values, shape, to: &text)
    return text
  }

  private static func write(_ values: UnsafePointer<Float>, _ shape: ArraySlice<Int>, to text: inout String) {
    guard let count = shape.first else {
      text += values.pointee.isFinite ? values.pointee.description : "null"
      return
    }
    let inner = shape.dropFirst()
    let size = inner.reduce(1, *)
    text += "["
    for i in 0..<count {
      if i > 0 { text += "," }
      write(values + i * size, inner, to: &text)
    }
    text += "]"
  }
}
