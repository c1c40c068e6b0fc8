// Rows of a table by token id. table [vocabulary, width], ids [n] → [n, width].
import CKernels

/// The rows of `table` that `ids` name, in order.
/// - Parameters: table [vocabulary, width]; ids, each in 0..<vocabulary.
/// - Returns: [ids.count, width].
public func embedding(_ table: Tensor, _ ids: [Int32], _ tape: Tape? = nil) -> Tensor {
  let width = table.columns
  let y = Tape.output([ids.count, width], of: [table], tape)
  for (row, id) in ids.enumerated() {
    precondition(id >= 0 && Int(id) < table.shape[0], "token id \(id) outside the vocabulary of \(table.shape[0])")
    (y.data + row * width).update(from: table.data + Int(id) * width, count: width)
  }
  if y.needsGradient {
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
