// Statistics of a tensor or of one row of it. Elements that are not finite are counted and left out.
import Tensors

/// A summary of numbers. All fields but the counts are 0 when there is no finite element.
public struct TensorStatistics: Sendable, Hashable {
  public let count: Int
  /// NaN and infinities, the mask's −∞ included.
  public let nonFiniteCount: Int
  public let minimum: Float
  public let maximum: Float
  public let mean: Double
  /// Of the population, not of a sample.
  public let standardDeviation: Double
  /// √Σx²
  public let norm: Double
  /// Fourth standardised moment (Pearson): 3 for a normal distribution, large where single elements stand out; 0 when all are equal.
  public let kurtosis: Double

  public init(_ values: UnsafeBufferPointer<Float>) {
    var (minimum, maximum) = (Float.infinity, -Float.infinity)
    var (finite, sum, squares) = (0, 0.0, 0.0)
    for value in values where value.isFinite {
      finite += 1
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += Double(value)
      squares += Double(value) * Double(value)
    }
    count = values.count
    nonFiniteCount = values.count - finite
    norm = squares.squareRoot()
    guard finite > 0 else {
      (self.minimum, self.maximum, mean, standardDeviation, kurtosis) = (0, 0, 0, 0, 0)
      return
    }
    let mean = sum / Double(finite)
    var (second, fourth) = (0.0, 0.0)
    for value in values where value.isFinite {
      let square = (Double(value) - mean) * (Double(value) - mean)
      second += square
      fourth += square * square
    }
    (self.minimum, self.maximum, self.mean) = (minimum, maximum, mean)
    second /= Double(finite)
    fourth /= Double(finite)
    standardDeviation = second.squareRoot()
    kurtosis = second > 0 && fourth > 0 ? fourth / (second * second) : 0
  }

  public init(_ values: [Float]) { self = values.withUnsafeBufferPointer { TensorStatistics($0) } }

  public init(_ tensor: Tensor) { self.init(UnsafeBufferPointer(start: tensor.data, count: tensor.count)) }

  /// One row of the last dimension.
  public init(_ tensor: Tensor, row: Int) {
    precondition(row >= 0 && row < tensor.rows, "a row of the tensor")
    self.init(UnsafeBufferPointer(start: tensor.data + row * tensor.columns, count: tensor.columns))
  }
}
