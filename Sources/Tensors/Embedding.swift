// Rows of a table by token id. table [vocabulary, width], ids [n] → [n, width].
import CKernels

/// The rows of `table` that `ids` name, in order.
/// - Parameters: table [vocabulary, width]; ids, each in 0..<vocabulary.
/// - Returns: [ids.count, width].
public func embedding(_ table: Weight, _ ids: TokenIds, _ tape: Tape? = nil) -> Tensor {
  let width = table.columns
  let y = Tape.output([ids.count, width], of: table.trainable.map { [$0] } ?? [], tape)
  for id in ids { precondition(id >= 0 && Int(id) < table.rows, "token id \(id) outside the vocabulary of \(table.rows)") }
  var step = ck_step()
  ck_step_embedding(&step, table.kernel, ids.memory, ids.count, y.data)
  Tape.perform(step, tape)
  if y.needsGradient, let table = table.trainable {
    tape?.record {
      guard let dy = y.gradient else { return }
      table.receive { d, add in
        if !add { d.update(repeating: 0, count: table.count) }
        for (row, id) in ids.enumerated() { ck_accumulate(dy.data + row * width, d + Int(id) * width, width) }
      }
    }
  }
  return y
}

extension Naive {
  /// Twin of `embedding`.
  public static func embedding(_ table: [Float], _ ids: [Int32], width: Int) -> [Float] {
    ids.flatMap { id in (0..<width).map { table[Int(id) * width + $0] } }
  }
}
