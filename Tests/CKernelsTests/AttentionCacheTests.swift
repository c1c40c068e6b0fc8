// Attention over the KV cache: the same bits as without one, for blocks of any height. Not here: the arithmetic itself (TensorsTests).
import CKernels
import Testing

/// One sequence with its keys and values both as rows and in a cache.
private final class CachedSequence {
  let keys: Int
  let heads: Int
  let shared: Int
  let size: Int
  let capacity: Int
  let query: [Float]
  let key: [Float]
  let value: [Float]
  // What lies behind the last position must not matter, so it begins as NaN.
  var cacheKeys: [Float]
  var cacheValues: [Float]

  init(_ keys: Int, heads: Int, shared: Int, size: Int, seed: Int) {
    var noise = Noise(seed)
    (self.keys, self.heads, self.shared, self.size) = (keys, heads, shared, size)
    capacity = (keys / Int(CK_CACHE_GROUP) + 2) * Int(CK_CACHE_GROUP)
    query = noise.floats(keys * heads * size)
    key = noise.floats(keys * shared * size)
    value = noise.floats(keys * shared * size)
    cacheKeys = [Float](repeating: .nan, count: capacity * shared * size)
    cacheValues = cacheKeys
  }

  func store(_ positions: Range<Int>) {
    let width = shared * size
    key.withUnsafeBufferPointer { key in
      value.withUnsafeBufferPointer { value in
        ck_cache_store(
          &cacheKeys, &cacheValues, capacity, shared, size, positions.lowerBound, positions.count,
          key.baseAddress! + positions.lowerBound * width, value.baseAddress! + positions.lowerBound * width)
      }
    }
  }

  /// Attention of the queries at some positions, over everything before them.
  func attend(_ positions: Range<Int>, cached: Bool, window: Int = 0, cap: Float = 0) -> [Float] {
    var span = ck_span(
      query_start: positions.lowerBound, query_count: positions.count, key_start: 0, key_count: positions.upperBound, offset: 0)
    var z = [Float](repeating: .nan, count: query.count)
    cacheKeys.withUnsafeBufferPointer { cacheKeys in
      cacheValues.withUnsafeBufferPointer { cacheValues in
        withUnsafePointer(to: &span) { span in
          var layout = ck_attention(
            spans: span, span_count: 1, heads: heads, kv_heads: shared, size: size, scale: 0.25, soft_cap: cap,
            window: window, bidirectional: 0, cache_keys: cached ? cacheKeys.baseAddress : nil,
            cache_values: cached ? cacheValues.baseAddress : nil,
            cache_capacity: cached ? capacity : 0)
          if cached {
            ck_attention_forward(&layout, query, nil, nil, nil, &z)
          } else {
            ck_attention_forward(&layout, query, key, value, nil, &z)
          }
        }
      }
    }
    return Array(z[(positions.lowerBound * heads * size)..<(positions.upperBound * heads * size)])
  }
}

struct AttentionCacheTests {
  static let shapes = [(1, 1, 2), (4, 2, 6), (3, 3, 32), (8, 4, 48), (7, 1, 20), (14, 2, 64)]

  @Test(arguments: supportedSets, shapes)
  func anyHeightGivesTheSameBits(_ set: Int32, _ shape: (heads: Int, shared: Int, size: Int)) {
    onInstructionSet(set) {
      let sequence = CachedSequence(75, heads: shape.heads, shared: shape.shared, size: shape.size, seed: 1)
      let expected = sequence.attend(0..<75, cached: false)
      for height in [1, 2, 5, 16, 30, 75] {
        // Filled as it is read, so that keys after the queries are not there yet.
        sequence.cacheKeys = sequence.cacheKeys.map { _ in .nan }
        sequence.cacheValues = sequence.cacheValues.map { _ in .nan }
        var actual: [Float] = []
        for start in stride(from: 0, to: 75, by: height) {
          let positions = start..<min(75, start + height)
          sequence.store(positions)
          actual += sequence.attend(positions, cached: true)
        }
        expectSame(actual, expected, "\(height) queries at a time")
      }
    }
  }

  /// A window and a cap change nothing about that: keys before the window are left out in groups, wherever a pass begins.
  @Test(arguments: supportedSets, [(1, 0), (3, 0), (16, 0), (17, 2), (33, 0), (200, 0.5), (0, 1.5)] as [(window: Int, cap: Float)])
  func windowsAndCapsGiveTheSameBits(_ set: Int32, _ rule: (window: Int, cap: Float)) {
    onInstructionSet(set) {
      for (heads, shared, size) in [(4, 2, 6), (7, 1, 20), (14, 2, 64)] {
        let sequence = CachedSequence(75, heads: heads, shared: shared, size: size, seed: 3)
        let expected = sequence.attend(0..<75, cached: false, window: rule.window, cap: rule.cap)
        let plain = sequence.attend(0..<75, cached: false)
        #expect((expected == plain) == (rule.window > 75 && rule.cap == 0))
        for height in [1, 2, 7, 30] {
          sequence.cacheKeys = sequence.cacheKeys.map { _ in .nan }
          sequence.cacheValues = sequence.cacheValues.map { _ in .nan }
          var actual: [Float] = []
          for start in stride(from: 0, to: 75, by: height) {
            let positions = start..<min(75, start + height)
            sequence.store(positions)
            actual += sequence.attend(positions, cached: true, window: rule.window, cap: rule.cap)
          }
          expectSame(actual, expected, "window \(rule.window), cap \(rule.cap), \(height) queries at a time")
        }
      }
    }
  }

  @Test(arguments: supportedSets)
  func rowsComeBack(_ set: Int32) {
    onInstructionSet(set) {
      for size in [2, 6, 16, 20, 33] {
        let sequence = CachedSequence(53, heads: 2, shared: 2, size: size, seed: 2)
        for positions in [0..<20, 20..<21, 21..<53] { sequence.store(positions) }
        let width = 2 * size
        var (keys, values) = ([Float](repeating: .nan, count: 40 * width), [Float](repeating: .nan, count: 40 * width))
        ck_cache_read(sequence.cacheKeys, sequence.cacheValues, sequence.capacity, 2, size, 7, 40, &keys, &values)
        expectSame(keys, Array(sequence.key[(7 * width)..<(47 * width)]), "keys")
        expectSame(values, Array(sequence.value[(7 * width)..<(47 * width)]), "values")
      }
    }
  }
}
