// Which queries see which keys: causal attention inside spans. A packed training batch has one span a document, a running generation one.
import CKernels

/// One causal span. Query i of the span sees keys 0...(keyCount - queryCount + i): itself and everything before it.
public struct AttentionSpan: Sendable, Hashable {
  /// First row of the queries' tensor.
  public let queryStart: Int
  public let queryCount: Int
  /// First row of the keys' tensor.
  public let keyStart: Int
  public let keyCount: Int

  public init(queryStart: Int, queryCount: Int, keyStart: Int, keyCount: Int) {
    precondition(queryCount > 0 && keyCount >= queryCount, "a span has at least as many keys as queries")
    self.queryStart = queryStart
    self.queryCount = queryCount
    self.keyStart = keyStart
    self.keyCount = keyCount
  }
}

/// The spans as the kernels read them, at an address that stays: steps of a program point to it.
final class SpanMemory: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<ck_span>
  private let count: Int

  init(_ spans: [ck_span]) {
    count = spans.count
    pointer = .allocate(capacity: count)
    spans.withUnsafeBufferPointer { if let base = $0.baseAddress { pointer.initialize(from: base, count: count) } }
  }

  deinit { pointer.deallocate() }
}

/// One layer's keys and values in the cache's own layout (`ck_cache_store`). Whoever makes it keeps the memory alive.
public struct AttentionCacheMemory: @unchecked Sendable {
  /// [keyValueHeads, capacity / 16, size, 16]
  public let keys: UnsafeMutablePointer<Float>
  /// [keyValueHeads, capacity, size]
  public let values: UnsafeMutablePointer<Float>
  /// Positions; a multiple of 16.
  public let capacity: Int
}

/// Which keys of its span a query sees, and how its scores are made.
public struct AttentionRules: Sendable, Hashable {
  /// Factor of q·k; nil: 1/√headSize.
  public var scale: Float?
  /// Scores become cap · tanh(score / cap) (Gemma 2); nil: they stay.
  public var softCap: Float?
  /// At most this many keys, the query's own included (Mistral, Gemma); nil: all before it.
  public var window: Int?
  /// Whether queries see the keys after them too (encoders).
  public var isBidirectional = false

  public init(scale: Float? = nil, softCap: Float? = nil, window: Int? = nil, isBidirectional: Bool = false) {
    (self.scale, self.softCap, self.window, self.isBidirectional) = (scale, softCap, window, isBidirectional)
  }

  var isSensible: Bool { window.map { $0 > 0 && !isBidirectional } ?? true }
}

/// The geometry of grouped-query attention over spans.
public struct AttentionLayout: Sendable {
  public let spans: [AttentionSpan]
  public let heads: Int
  public let keyValueHeads: Int
  /// Width of one head.
  public let headSize: Int
  public let rules: AttentionRules
  let spanMemory: SpanMemory
  /// Elements of one score tensor: for each span, heads × queries × keys.
  public let scoreCount: Int

  public init(spans: [AttentionSpan], heads: Int, keyValueHeads: Int, headSize: Int, rules: AttentionRules = AttentionRules()) {
    precondition(!spans.isEmpty && heads % keyValueHeads == 0, "query heads share key-value heads evenly")
    precondition(rules.isSensible, "a window looks back, and holds at least the query's own key")
    self.spans = spans
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.rules = rules
    var offset = 0
    let kernelSpans = spans.map { span in
      defer { offset += heads * span.queryCount * span.keyCount }
      return ck_span(
        query_start: span.queryStart, query_count: span.queryCount, key_start: span.keyStart, key_count: span.keyCount,
        offset: offset)
    }
    spanMemory = SpanMemory(kernelSpans)
    scoreCount = offset
  }

  /// Lets a layout of one span over a cache serve other counts: the next token sees one key more. Only what reads the span when it runs
  /// (attention with a cache, storing in a cache) follows; `spans` and the shapes of scores stay those of the beginning.
  public func setSingleSpan(queryCount: Int, keyCount: Int) {
    precondition(
      spans.count == 1 && queryCount == spans[0].queryCount && keyCount >= queryCount, "a cache has one span of unchanged height")
    spanMemory.pointer.pointee.key_count = keyCount
  }

  /// [heads, queries, keys] for a single span, else flat.
  public var scoreShape: [Int] {
    spans.count == 1 ? [heads, spans[0].queryCount, spans[0].keyCount] : [scoreCount]
  }

  /// The factor of q·k.
  public var scale: Float { rules.scale ?? 1 / Float(headSize).squareRoot() }

  /// The same spans under other rules; they share their memory, so that `setSingleSpan` serves both.
  public func with(_ rules: AttentionRules) -> AttentionLayout { AttentionLayout(self, rules) }

  private init(_ other: AttentionLayout, _ rules: AttentionRules) {
    (spans, heads, keyValueHeads, headSize, scoreCount) = (other.spans, other.heads, other.keyValueHeads, other.headSize, other.scoreCount)
    (self.rules, spanMemory) = (rules, other.spanMemory)
    precondition(rules.isSensible, "a window looks back, and holds at least the query's own key")
  }

  /// Whether the fused backward pass knows these rules; others train through the single steps.
  public var hasFusedGradient: Bool { rules.softCap == nil && rules.window == nil && !rules.isBidirectional }

  /// Keys and values in a cache are checked where the cache is used.
  func check(q: Tensor, k: Tensor, v: Tensor? = nil, cache: AttentionCacheMemory? = nil) {
    for span in spans {
      precondition((span.queryStart + span.queryCount) * heads * headSize <= q.count, "a span reaches past the queries")
      if cache != nil { continue }
      precondition((span.keyStart + span.keyCount) * keyValueHeads * headSize <= k.count, "a span reaches past the keys")
    }
    if let v { precondition(v.count == k.count, "keys and values differ in size") }
  }

  /// Backward writes the gradient rows of each span once: every query and every key must lie in exactly one span.
  func checkGradients(q: Tensor, k: Tensor) {
    func cover(_ parts: [(start: Int, count: Int)], _ rows: Int) -> Bool {
      var next = 0
      for part in parts.sorted(by: { $0.start < $1.start }) {
        guard part.start == next else { return false }
        next += part.count
      }
      return next == rows
    }
    precondition(cover(spans.map { ($0.queryStart, $0.queryCount) }, q.count / (heads * headSize)), "spans must cover the queries once")
    precondition(cover(spans.map { ($0.keyStart, $0.keyCount) }, k.count / (keyValueHeads * headSize)), "spans must cover the keys once")
  }

  func withKernelLayout<R>(cache: AttentionCacheMemory? = nil, _ body: (UnsafePointer<ck_attention>) -> R) -> R {
    if let cache, spans.count != 1 || spans[0].keyStart != 0 || spans[0].keyCount > cache.capacity {
      preconditionFailure("a cache holds one span from its first position on")
    }
    var layout = ck_attention(
      spans: spanMemory.pointer, span_count: spans.count, heads: heads, kv_heads: keyValueHeads, size: headSize, scale: scale,
      soft_cap: rules.softCap ?? 0, window: rules.window ?? 0, bidirectional: rules.isBidirectional ? 1 : 0,
      cache_keys: cache.map { UnsafePointer($0.keys) }, cache_values: cache.map { UnsafePointer($0.values) },
      cache_capacity: cache?.capacity ?? 0)
    defer { withExtendedLifetime(spanMemory) {} }
    return withUnsafePointer(to: &layout, body)
  }
}
