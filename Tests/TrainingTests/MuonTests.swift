// Muon: updates are near-orthogonal, wide and tall matrices are treated alike, momentum and decay do what they say. Not here: whole runs (TrainerTests).
import Models
import Tensors
import Testing

@testable import Training

@Suite struct MuonTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor((0..<rows * columns).map { _ in random.normal() }, [rows, columns])
  }

  /// The update of a zero matrix, divided by rate and scale: what was orthogonalized.
  private func direction(_ gradient: Tensor, rows: Int, columns: Int) -> [Float] {
    let (weight, buffer) = (Tensor(repeating: 0, [rows, columns]), Tensor(repeating: 0, [rows, columns]))
    Muon(momentum: 0.95, largest: rows * columns, shortest: min(rows, columns)).update(
      weight.data, gradient: gradient.data, buffer: buffer.data, rows: rows, columns: columns, rate: 1, decay: 0, scale: 1)
    let step = 0.2 * Float(max(rows, columns)).squareRoot()
    return weight.values.map { -$0 / step }
  }

  /// Rows of a wide near-orthogonal matrix have lengths near 1 and stand nearly at right angles: X·Xᵀ has its eigenvalues, the squares of the
  /// singular values, within Newton–Schulz's band (0.67…1.2)².
  @Test(arguments: [(8, 8), (8, 24), (24, 8), (1, 5), (5, 1), (32, 48)])
  func updatesAreNearOrthogonal(_ rows: Int, _ columns: Int) {
    let update = direction(random(rows, columns, seed: 3), rows: rows, columns: columns)
    let (m, n) = (min(rows, columns), max(rows, columns))
    func element(_ i: Int, _ j: Int) -> Double { Double(rows <= columns ? update[i * columns + j] : update[j * columns + i]) }
    // The trace of the Gram matrix is the sum of the squared singular values, that of its square the sum of their fourth powers.
    var (squares, fourths) = (0.0, 0.0)
    for i in 0..<m {
      for k in 0..<m {
        let dot = (0..<n).reduce(0.0) { $0 + element(i, $1) * element(k, $1) }
        if i == k { squares += dot }
        fourths += dot * dot
      }
    }
    #expect(squares / Double(m) > 0.45 && squares / Double(m) < 1.44, "\(squares / Double(m))")
    #expect(fourths / Double(m) < 2.1, "\(fourths / Double(m))")
  }

  @Test func aTallMatrixIsAWideOneTurned() {
    let (rows, columns) = (6, 15)
    let wide = random(rows, columns, seed: 5)
    let tall = Tensor((0..<columns * rows).map { wide.values[$0 % rows * columns + $0 / rows] }, [columns, rows])
    let (a, b) = (direction(wide, rows: rows, columns: columns), direction(tall, rows: columns, columns: rows))
    for i in 0..<rows { for j in 0..<columns { #expect(abs(a[i * columns + j] - b[j * rows + i]) < 1e-5) } }
  }

  /// The naive twin: the same formula in double precision, matrix products written out.
  @Test func equalsTheFormula() {
    let (rows, columns) = (5, 9)
    let gradient = random(rows, columns, seed: 9)
    func product(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
      (0..<m * n).map { at in (0..<k).reduce(0) { $0 + a[at / n * k + $1] * b[$1 * n + at % n] } }
    }
    // First step: momentum buffer (1−μ)g, look-ahead (1−μ)g + μ(1−μ)g; only its direction counts.
    let scale = 0.05 + 0.95 * 0.05
    var x = gradient.values.map { Double($0) * scale }
    let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    x = x.map { $0 / norm }
    for _ in 0..<5 {
      let turned = (0..<columns * rows).map { x[$0 % rows * columns + $0 / rows] }
      let gram = product(x, turned, rows, columns, rows)
      let square = product(gram, gram, rows, rows, rows)
      let factor = zip(gram, square).map { -4.7750 * $0 + 2.0315 * $1 }
      x = zip(x, product(factor, x, rows, rows, columns)).map { 3.4445 * $0 + $1 }
    }
    for (ours, right) in zip(direction(gradient, rows: rows, columns: columns), x) { #expect(abs(Double(ours) - right) < 1e-4) }
  }

  @Test func momentumAccumulatesAndWeightsDecay() {
    let (weight, buffer) = (Tensor(repeating: 2, [2, 2]), Tensor(repeating: 0, [2, 2]))
    let gradient = Tensor([1, 0, 0, 1], [2, 2])
    let muon = Muon(momentum: 0.5, largest: 4, shortest: 2)
    muon.update(weight.data, gradient: gradient.data, buffer: buffer.data, rows: 2, columns: 2, rate: 0, decay: 0.1, scale: 4)
    #expect(buffer.values == [2, 0, 0, 2], "(1 − ½)·4·g")
    #expect(weight.values == [2, 2, 2, 2], "decay goes with the rate")
    muon.update(weight.data, gradient: gradient.data, buffer: buffer.data, rows: 2, columns: 2, rate: 0.5, decay: 0.1, scale: 4)
    #expect(buffer.values == [3, 0, 0, 3], "½·2 + ½·4")
    #expect(abs(weight.values[1] - 1.9) < 1e-6, "off the diagonal only decay: 2·(1 − 0.5·0.1)")
  }

  @Test func aGradientOfZeroMovesNothing() {
    let update = direction(Tensor(repeating: 0, [3, 4]), rows: 3, columns: 4)
    #expect(update.allSatisfy { $0 == 0 })
  }
}
