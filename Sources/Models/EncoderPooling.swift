// One vector for a whole text from the vectors of its tokens. Not here: which way a model was trained for (Inference).
import ModelFiles
import Tensors

/// How hidden states become an embedding.
public enum Pooling: String, Sendable, Hashable, CaseIterable {
  /// The mean over all positions (Reimers & Gurevych 2019).
  case mean
  /// The first position: BERT's [CLS], RoBERTa's <s>.
  case cls
  /// The last position: the only one that has seen everything in a decoder.
  case last

  /// GGUF's `pooling_type`, llama.cpp's `enum llama_pooling_type`.
  public var ggufNumber: Int {
    switch self {
    case .mean: 1
    case .cls: 2
    case .last: 3
    }
  }

  /// - Parameter hidden: [n, d], n at least 1.
  /// - Returns: d numbers.
  public func callAsFunction(_ hidden: Tensor) -> [Float] {
    let (n, d) = (hidden.rows, hidden.columns)
    precondition(n > 0, "a text has at least one token")
    switch self {
    case .cls: return Array(UnsafeBufferPointer(start: hidden.data, count: d))
    case .last: return Array(UnsafeBufferPointer(start: hidden.data + (n - 1) * d, count: d))
    case .mean:
      return (0..<d).map { column in
        Float((0..<n).reduce(0.0) { $0 + Double(hidden.data[$1 * d + column]) } / Double(n))
      }
    }
  }
}
