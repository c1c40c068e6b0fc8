// Muon: momentum whose matrices are brought near the closest orthogonal ones before they are applied (Jordan et al. 2024, kellerjordan.github.io/posts/muon;
// scaling and decay after Liu et al. 2025, arXiv:2502.16982). Not here: which parameters it is for (FlatParameters), rates (Recipe).
import CKernels
import Tensors

/// The update of one matrix and the memory that it works in.
struct Muon {
  /// Of the momentum; the look-ahead is Nesterov's.
  let momentum: Float
  /// How the factors of products are read; the update itself stays f32.
  private let precision: Int32
  private let direction: Tensor
  private let scratch: Tensor
  private let gram: Tensor
  private let square: Tensor

  /// - Parameters: the largest matrix that will come, by elements and by its shorter side.
  init(momentum: Double, largest: Int, shortest: Int, precision: Recipe.Precision = .float32) {
    self.momentum = Float(momentum)
    self.precision = (precision == .bfloat16 ? Tape.Products.bfloat16 : .float32).rawValue
    direction = Tensor(uninitialized: [max(1, largest)])
    scratch = Tensor(uninitialized: [max(1, largest)])
    gram = Tensor(uninitialized: [max(1, shortest * shortest)])
    square = Tensor(uninitialized: [max(1, shortest * shortest)])
  }

  /// One step on a matrix [rows, columns]: `buffer` holds its momentum. The update has the root mean square 0.2, about AdamW's, so that one rate
  /// and one decay serve both.
  func update(
    _ weight: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, buffer: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    rate: Float, decay: Float, scale: Float
  ) {
    let count = rows * columns
    for i in 0..<count {
      let g = gradient[i] * scale
      buffer[i] = momentum * buffer[i] + (1 - momentum) * g
      direction.data[i] = (1 - momentum) * g + momentum * buffer[i]
    }
    orthogonalize(rows, columns)
    let step = rate * 0.2 * Float(max(rows, columns)).squareRoot()
    let keep = 1 - rate * decay
    for i in 0..<count { weight[i] = keep * weight[i] - step * direction.data[i] }
  }

  /// Five Newton–Schulz steps X ← aX + (bA + cA²)X with A = XXᵀ: singular values between 0 and 1 come near 1. Works on the side that is shorter.
  private func orthogonalize(_ rows: Int, _ columns: Int) {
    let count = rows * columns
    let norm = Float(ck_sum_of_squares(direction.data, count).squareRoot()) + 1e-7
    ck_scale(direction.data, 1 / norm, count)
    let isWide = rows <= columns
    let (m, n) = isWide ? (rows, columns) : (columns, rows)
    // Element (i, j) of X, or of its transpose when it is tall.
    let (down, right) = isWide ? (columns, 1) : (1, columns)
    var (x, y) = (direction.data, scratch.data)
    for _ in 0..<5 {
      product(m, m, n, x, (down, right), x, (right, down), gram.data, false, precision)
      product(m, m, m, gram.data, (m, 1), gram.data, (m, 1), square.data, false, precision)
      for i in 0..<m * m { square.data[i] = Self.b * gram.data[i] + Self.c * square.data[i] }
      // y = square·x, written in the layout of x.
      if isWide {
        product(m, n, m, square.data, (m, 1), x, (down, right), y, false, precision)
      } else {
        // (S·X)ᵀ = Xᵀ·S, because S is symmetric.
        product(n, m, m, x, (right, down), square.data, (m, 1), y, false, precision)
      }
      for i in 0..<count { y[i] += Self.a * x[i] }
      swap(&x, &y)
    }
    if x != direction.data { direction.data.update(from: x, count: count) }
  }

  /// Coefficients that lift small singular values fast (Jordan et al.).
  private static let (a, b, c): (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
}
