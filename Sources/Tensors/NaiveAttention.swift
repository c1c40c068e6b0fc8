// The naive twin of attention and of its four steps.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Naive {
  /// Every step of attention for one head of one span.
  public struct AttentionHead {
    /// [queries][keys]
    public var scores: [[Double]] = []
    public var masked: [[Double]] = []
    public var pattern: [[Double]] = []
    /// [queries][size]
    public var mixed: [[Double]] = []
  }

  /// Twin of `attention` and its steps: `result[span][head]`.
  public static func attention(_ q: [Float], _ k: [Float], _ v: [Float], _ layout: AttentionLayout) -> [[AttentionHead]] {
    let size = layout.headSize
    return layout.spans.map { span in
      (0..<layout.heads).map { head in
        let shared = head / (layout.heads / layout.keyValueHeads)
        var result = AttentionHead()
        for i in 0..<span.queryCount {
          let query = ((span.queryStart + i) * layout.heads + head) * size
          let scores = (0..<span.keyCount).map { j -> Double in
            let key = ((span.keyStart + j) * layout.keyValueHeads + shared) * size
            let score = (0..<size).reduce(0) { $0 + Double(q[query + $1]) * Double(k[key + $1]) } * Double(layout.scale)
            return layout.rules.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score
          }
          let last = layout.rules.isBidirectional ? span.keyCount - 1 : span.keyCount - span.queryCount + i
          let first = layout.rules.window.map { last - $0 + 1 } ?? 0
          let masked = scores.enumerated().map { first <= $0.offset && $0.offset <= last ? $0.element : -Double.infinity }
          let top = masked.max() ?? 0
          let exponentials = masked.map { exp($0 - top) }
          let total = exponentials.reduce(0, +)
          let pattern = exponentials.map { $0 / total }
          let mixed = (0..<size).map { d in
            (0..<span.keyCount).reduce(0) {
              $0 + pattern[$1] * Double(v[((span.keyStart + $1) * layout.keyValueHeads + shared) * size + d])
            }
          }
          result.scores.append(scores)
          result.masked.append(masked)
          result.pattern.append(pattern)
          result.mixed.append(mixed)
        }
        return result
      }
    }
  }
}
