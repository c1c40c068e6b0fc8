// The same bits for any number of threads: a small network forward and backward, large enough that every kernel splits its work.
import Tensors
import Testing

/// Serialized because the tests change the process's thread count; results never depend on it, so others may run beside them.
@Suite(.serialized) struct DeterminismTests {
  /// One block's worth of operations over packed documents, with loss and all gradients.
  private func network(_ documents: [Int] = [70, 80]) -> [[Float]] {
    var noise = Noise(1)
    let (n, d, heads, shared, size, vocabulary) = (150, 96, 4, 2, 24, 300)
    let table = noise.tensor(vocabulary, d)
    // Matrices as small as in a real model: large ones make scores of hundreds, and rounding grows without bound.
    func matrix(_ rows: Int, _ columns: Int) -> Tensor { noise.tensor(rows, columns, in: -0.2...0.2) }
    let (norm, wq, wk, wv) = (noise.tensor(d), matrix(heads * size, d), matrix(shared * size, d), matrix(shared * size, d))
    let (gate, up, down) = (matrix(200, d), matrix(200, d), matrix(d, 200))
    let parameters = [table, norm, wq, wk, wv, gate, up, down]
    for parameter in parameters { parameter.keepGradient(in: Tensor(repeating: .nan, parameter.shape)) }
    let layout = AttentionCase(documents.map { ($0, $0) }, heads: heads, shared: shared, size: size).layout
    let angles = RotaryAngles(
      positions: documents.flatMap { Array(0..<$0) }, frequencies: RotaryAngles.frequencies(dimensions: size, base: 10_000))

    let tape = Tape()
    let x = embedding(Weight(table), TokenIds(noise.ids(n, below: vocabulary)), tape)
    let a = rmsNorm(x, norm, epsilon: 1e-5, tape)
    let q = rotate(linear(a, wq, tape).heads(heads), angles, heads: heads, tape)
    let k = rotate(linear(a, wk, tape).heads(shared), angles, heads: shared, tape)
    let z = attention(q, k, linear(a, wv, tape).heads(shared), layout, tape)
    let middle = add(x, z.reshaped([n, d]), tape)
    let fed = linear(swiGLU(gate: linear(middle, gate, tape), up: linear(middle, up, tape), tape), down, tape)
    let loss = linearCrossEntropy(
      add(middle, fed, tape), table, targets: noise.ids(n, below: vocabulary), weights: noise.floats(n, in: 0...1), tape)
    tape.backward(from: loss)
    return [loss.values] + parameters.map { $0.gradient?.values ?? [] }
  }

  /// Attention splits several spans by head, one span by blocks of queries as well.
  @Test(arguments: supportedSets, [[70, 80], [150]])
  func anyNumberOfThreads(_ set: Kernels.InstructionSet, _ documents: [Int]) {
    let before = Kernels.threadCount
    defer { Kernels.threadCount = before }
    on(set) {
      Kernels.threadCount = 1
      let alone = network(documents)
      #expect(alone.joined().areFinite)
      for threads in [2, 3, 4] {
        Kernels.threadCount = threads
        #expect(Kernels.threadCount == threads)
        for _ in 0..<3 {
          for (ours, theirs) in zip(network(documents), alone) { expectSame(ours, theirs, "\(threads) threads") }
        }
      }
    }
  }

  /// The sets agree with each other as closely as rounding allows.
  @Test func setsAgree() {
    let reference = on(.portable) { network() }
    for set in supportedSets {
      for (ours, theirs) in zip(on(set) { network() }, reference) { expectClose(ours, theirs, tolerance: 1e-5, set.name) }
    }
  }
}
