// What of a tensor a view draws: one row of numbers per token, for one head where there are heads; and one head's map of queries and keys.
// Reads the run's own memory, so that a frame copies only what it shows. Not here: drawing.
import Models
import Tensors
import Terminal

/// Rows of numbers, one a token.
struct TensorSlice {
  let rows: Int
  let columns: Int
  /// Which head of how many; nil where the tensor has none.
  let head: (index: Int, count: Int)?
  private let tensor: Tensor
  private let start: Int
  private let stride: Int

  /// A tensor [n, d], or one head of [n, heads, size]; nil for other shapes and empty tensors.
  init?(_ tensor: Tensor, head: Int) {
    guard tensor.count > 0 else { return nil }
    switch tensor.shape.count {
    case 2:
      (rows, columns) = (tensor.shape[0], tensor.shape[1])
      (start, stride, self.head) = (0, tensor.shape[1], nil)
    case 3:
      let head = min(max(0, head), tensor.shape[1] - 1)
      (rows, columns) = (tensor.shape[0], tensor.shape[2])
      (start, stride, self.head) = (head * tensor.shape[2], tensor.shape[1] * tensor.shape[2], (head, tensor.shape[1]))
    default: return nil
    }
    self.tensor = tensor
  }

  /// One head of a map [heads, queries, keys], a row a query.
  init?(map tensor: Tensor, head: Int) {
    guard tensor.shape.count == 3, tensor.count > 0 else { return nil }
    let head = min(max(0, head), tensor.shape[0] - 1)
    (rows, columns) = (tensor.shape[1], tensor.shape[2])
    (start, stride, self.head) = (head * tensor.shape[1] * tensor.shape[2], tensor.shape[2], (head, tensor.shape[0]))
    self.tensor = tensor
  }

  subscript(row: Int, column: Int) -> Float { tensor.data[start + row * stride + column] }

  func row(_ row: Int) -> [Float] { Array(UnsafeBufferPointer(start: tensor.data + start + row * stride, count: columns)) }

  /// Queries before this position do not exist in the map: keys of the KV cache stand before the first query.
  var past: Int { columns - rows }

  /// Around zero, up to the largest finite magnitude of the slice.
  var diverging: ColorScale {
    var limit: Float = 0
    for row in 0..<rows {
      let base = tensor.data + start + row * stride
      for column in 0..<columns where abs(base[column]) > limit && base[column].isFinite { limit = abs(base[column]) }
    }
    return .diverging(limit: limit)
  }

  /// The part of a map as a heatmap, in blocks of `factor` × `factor` of which the largest shows: a mean hides single strong links. Keys after
  /// the query are masked where `isCausal`; so is −∞.
  func heatmap(rows part: Range<Int>, columns keys: Range<Int>, factor: Int, isCausal: Bool, scale: ColorScale) -> Heatmap {
    let (height, width) = ((part.count + factor - 1) / factor, (keys.count + factor - 1) / factor)
    var values = [Float](repeating: 0, count: height * width)
    var masked = [Bool](repeating: true, count: height * width)
    let isSigned = scale.map == .diverging
    for row in part {
      let base = tensor.data + start + row * stride
      let line = (row - part.lowerBound) / factor * width
      let end = isCausal ? min(keys.upperBound, row + past + 1) : keys.upperBound
      var column = keys.lowerBound
      while column < end {
        let place = line + (column - keys.lowerBound) / factor
        let stop = min(end, keys.lowerBound + ((column - keys.lowerBound) / factor + 1) * factor)
        while column < stop {
          let value = base[column]
          if value != -.infinity, masked[place] || (isSigned ? abs(value) > abs(values[place]) : value > values[place]) || value.isNaN {
            values[place] = value
            masked[place] = false
          }
          column += 1
        }
      }
    }
    return Heatmap(rows: height, columns: width, values: values, masked: masked, scale: scale)
  }
}

extension TensorSlice {
  /// A causal map in exactly `height` × `width` pixels, each the largest of what it covers; a small map is enlarged. NaN wins over all.
  func resampled(height: Int, width: Int, scale: ColorScale) -> Heatmap {
    var values = [Float](repeating: 0, count: height * width)
    var masked = [Bool](repeating: true, count: height * width)
    func part(_ index: Int, of size: Int, _ count: Int) -> Range<Int> {
      let start = index * count / size
      return start..<max(start + 1, ((index + 1) * count + size - 1) / size)
    }
    let across = (0..<width).map { part($0, of: width, columns) }
    // Every weight of every head goes through here in each frame: first down the rows, which the compiler does many columns at a time.
    var line = [Float](repeating: 0, count: columns)
    for y in 0..<height {
      let block = part(y, of: height, rows)
      let visible = min(columns, block.upperBound + past)
      line.withUnsafeMutableBufferPointer { line in
        for column in 0..<visible { line[column] = -.infinity }
        for row in block {
          let base = tensor.data + start + row * stride
          for column in 0..<min(columns, row + past + 1) {
            line[column] = base[column] > line[column] || base[column].isNaN ? base[column] : line[column]
          }
        }
        for x in 0..<width where across[x].lowerBound < visible {
          values[y * width + x] = line[across[x].clamped(to: 0..<visible)].reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
          masked[y * width + x] = false
        }
      }
    }
    return Heatmap(rows: height, columns: width, values: values, masked: masked, scale: scale)
  }
}

/// A range of `count` items of which `shown` fit, around `center`.
func window(of count: Int, showing shown: Int, around center: Int) -> Range<Int> {
  let shown = min(max(0, shown), count)
  let start = min(max(0, center - shown / 2), count - shown)
  return start..<start + shown
}
