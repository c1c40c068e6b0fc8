// What a trace takes in memory, and what keeps it bounded.
import Languages
import Models
import Synchronization
import Tensors

/// Why a pass cannot be recorded.
public enum TraceError: BilingualError, Hashable {
  case tooLarge(tokens: Int, bytes: Int, limit: Int)

  public var message: Bilingual {
    switch self {
    case .tooLarge(let tokens, let bytes, let limit):
      Bilingual(
        zh: "记录 \(tokens) 个词元的全部中间结果需要 \(bytes >> 20) MiB，超过上限 \(limit >> 20) MiB。请缩短提示词。",
        en:
          "Recording every step of \(tokens) tokens takes \(bytes >> 20) MiB, more than the limit of \(limit >> 20) MiB. Shorten the prompt."
      )
    }
  }
}

extension Trace {
  /// Bytes that a recording of so many tokens keeps: f32 tensors of every hook. Saturates instead of overflowing.
  public static func byteEstimate(_ c: TransformerConfiguration, tokens n: Int) -> Int {
    func product(_ factors: Int...) -> Int {
      factors.reduce(1) { product, factor in
        let (value, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? .max : value
      }
    }
    // Blocks have equal shapes: one stands for all, however many a file promises.
    var single = c
    single.layerCount = min(1, c.layerCount)
    return single.operations.reduce(0) { sum, operation in
      guard let hook = operation.output else { return sum }
      let bytes = c.shape(of: hook, tokens: n).reduce(4) { product($0, $1) }
      let (total, overflow) = sum.addingReportingOverflow(product(bytes, operation.layer == nil ? 1 : c.layerCount))
      return overflow ? .max : total
    }
  }

  /// Tensors under two names count once.
  static func byteCount(_ tensors: some Sequence<Tensor>) -> Int {
    var seen: Set<UnsafeMutablePointer<Float>> = []
    return tensors.reduce(0) { $0 + (seen.insert($1.data).inserted ? 4 * $1.count : 0) }
  }
}

/// Analyses of one trace, computed once; copies of the trace share them.
final class TraceMemo: Sendable {
  struct Values {
    var heads: [[HeadPattern]]?
    var surprisals: [TokenSurprisal]?
    var nextTokens: [NextToken.Key: NextToken] = [:]
  }

  private let values = Mutex(Values())

  func value<T: Sendable>(_ path: WritableKeyPath<Values, T?> & Sendable, _ compute: () -> T) -> T {
    if let known = values.withLock({ $0[keyPath: path] }) { return known }
    let computed = compute()
    values.withLock { $0[keyPath: path] = computed }
    return computed
  }

  /// Keeps a handful: the position and settings that the views show, and those just before.
  func nextToken(_ key: NextToken.Key, _ compute: () -> NextToken) -> NextToken {
    if let known = values.withLock({ $0.nextTokens[key] }) { return known }
    let computed = compute()
    values.withLock {
      if $0.nextTokens.count >= 8 { $0.nextTokens.removeAll() }
      $0.nextTokens[key] = computed
    }
    return computed
  }
}
