// The tensor itself: shapes, views, shared gradients, recycled memory, and misuse that must stop at once.
import Tensors
import Testing

struct TensorTests {
  @Test func shapesAndIndices() {
    let t = Tensor((0..<24).map { Float($0) }, [2, 3, 4])
    #expect(t.count == 24 && t.rows == 6 && t.columns == 4)
    #expect(t[1, 2, 3] == 23 && t[0, 1, 0] == 4 && t[7] == 7)
    #expect(t.reshaped([6, 4])[5, 3] == 23)
    #expect(t.view([2, 2], offset: 20).values == [20, 21, 22, 23])
    #expect(t.view([2, 3], offset: 6).view([1, 3], offset: 3).values == [9, 10, 11])
    #expect(Tensor([Float](), [0, 4]).rows == 0 && Tensor([1], [1]).columns == 1)
    #expect(Tensor(repeating: 1, [3, 8]).heads(2).shape == [3, 2, 4])
  }

  @Test func shapesShareMemoryAndGradient() {
    let flat = Tensor(repeating: 1, [2, 6])
    let split = flat.heads(3)
    split[0] = 5
    #expect(flat[0] == 5)
    flat.keepGradient(in: Tensor(repeating: .nan, [12]))
    #expect(split.needsGradient)
    let tape = Tape()
    tape.backward(from: project(split, [Float](repeating: 2, count: 12), tape))
    #expect(flat.gradient?.values == [Float](repeating: 2, count: 12))
    #expect(!flat.view([2, 6]).needsGradient, "a view has no part in gradients")
  }

  @Test func noTapeNoGradient() {
    let x = Tensor([1, 2], [1, 2])
    x.keepGradient(in: Tensor(repeating: 0, [1, 2]))
    #expect(!add(x, x).needsGradient && add(x, x, Tape()).needsGradient)
    #expect(!add(Tensor([1], [1]), Tensor([2], [1]), Tape()).needsGradient, "constants need none")
  }

  /// Memory goes back when the last owner goes, and a view keeps it.
  @Test func memoryLivesAsLongAsItsViews() {
    var tensor: Tensor? = Tensor(repeating: 3, [1000])
    let view = tensor?.view([10], offset: 5)
    tensor = nil
    for _ in 0..<50 { _ = Tensor(repeating: -1, [1000]) }
    #expect(view?.values == [Float](repeating: 3, count: 10))
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], [2, 2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(uninitialized: [2, -1]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(uninitialized: [Int.max, 2]) }
    await #expect(processExitsWith: .failure) { _ = Tensor(repeating: 0, [4])[4] }
    await #expect(processExitsWith: .failure) { _ = Tensor(repeating: 0, [4]).view([4], offset: 100) }
    await #expect(processExitsWith: .failure) { _ = linear(Tensor(repeating: 0, [2, 3]), Tensor(repeating: 0, [2, 4])) }
    await #expect(processExitsWith: .failure) { _ = embedding(Weight(Tensor(repeating: 0, [2, 3])), TokenIds([2])) }
    await #expect(processExitsWith: .failure) { _ = crossEntropy(Tensor(repeating: 0, [1, 3]), targets: [0, 1], weights: [1, 1]) }
    await #expect(processExitsWith: .failure) { _ = crossEntropy(Tensor(repeating: 0, [1, 3]), targets: [3], weights: [1]) }
    await #expect(processExitsWith: .failure) { _ = crossEntropy(Tensor(repeating: 0, [1, 3]), targets: [0], weights: [0]) }
  }

  /// Layouts that a backward pass would leave half written.
  @Test func attentionMisuseStops() async {
    await #expect(processExitsWith: .failure) {
      let x = Tensor(repeating: 0, [2, 1, 4])
      x.keepGradient(in: Tensor(repeating: 0, [2, 1, 4]))
      let span = AttentionSpan(queryStart: 0, queryCount: 2, keyStart: 0, keyCount: 2)
      _ = attention(x, x, x, AttentionLayout(spans: [span], heads: 1, keyValueHeads: 1, headSize: 4), Tape())
    }
    await #expect(processExitsWith: .failure) {
      let (q, k) = (Tensor(repeating: 0, [2, 1, 4]), Tensor(repeating: 0, [3, 1, 4]))
      for input in [q, k] { input.keepGradient(in: Tensor(repeating: 0, input.shape)) }
      let span = AttentionSpan(queryStart: 0, queryCount: 2, keyStart: 0, keyCount: 2)
      _ = attentionScores(q, k, AttentionLayout(spans: [span], heads: 1, keyValueHeads: 1, headSize: 4), Tape())
    }
    await #expect(processExitsWith: .failure) {
      let span = AttentionSpan(queryStart: 1, queryCount: 2, keyStart: 0, keyCount: 2)
      let x = Tensor(repeating: 0, [2, 1, 4])
      _ = attentionScores(x, x, AttentionLayout(spans: [span], heads: 1, keyValueHeads: 1, headSize: 4))
    }
  }
}
