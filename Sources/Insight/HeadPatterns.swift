// What attention heads do on this text, measured from their patterns. Attention weights describe, they do not explain: that is said on the
// screen. Scores after Elhage et al. 2021 and Olsson et al. 2022 (previous token, induction), Xiao et al. 2023 (sink).
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pattern that a head may show.
public enum HeadPatternKind: String, Sendable, CaseIterable, Hashable {
  case previousToken = "previous-token"
  case duplicateToken = "duplicate-token"
  case induction
  case sink

  public var name: Bilingual {
    switch self {
    case .previousToken: Bilingual(zh: "前一个词元", en: "previous token")
    case .duplicateToken: Bilingual(zh: "相同词元", en: "duplicate token")
    case .induction: Bilingual(zh: "归纳", en: "induction")
    case .sink: Bilingual(zh: "注意力汇（首词元）", en: "attention sink (first token)")
    }
  }

  public var explanation: Bilingual {
    switch self {
    case .previousToken: Bilingual(zh: "每个位置看向它的前一个位置。", en: "Each position looks at the one before it.")
    case .duplicateToken:
      Bilingual(zh: "重复出现的词元看向它以前出现的位置。", en: "A repeated token looks at its earlier occurrences.")
    case .induction:
      Bilingual(
        zh: "重复出现的词元看向它上次出现之后的那个词元：“A B … A”接下来多半是 B。",
        en: "A repeated token looks at what followed it last time: after “A B … A” probably comes B.")
    case .sink: Bilingual(zh: "权重停在第一个词元上，等于几乎什么都不取。", en: "The weight rests on the first token, which amounts to taking almost nothing.")
    }
  }
}

/// One head on one text.
public struct HeadPattern: Sendable, Hashable {
  public let layer: Int
  public let head: Int
  /// Entropy of the last row in bits; 2^entropy is the number of keys that it looks at, in effect.
  public let lastEntropy: Double
  /// Mean entropy of all rows, in bits.
  public let meanEntropy: Double
  /// Mean weight on what each pattern names, 0…1. A pattern that this text cannot show (nothing repeats, one token only) is absent.
  public let scores: [HeadPatternKind: Double]
  /// The pattern farthest above what even attention would give, if at least 0.2 above it.
  public let strongest: HeadPatternKind?
}

extension Trace {
  /// All heads, [layer][head]; computed once.
  public var headPatterns: [[HeadPattern]] {
    memo.value(\.heads) {
      let reader = PatternReader(ids: ids)
      return (0..<model.transformer.configuration.layerCount).map { layer in
        guard let pattern = tensor(.block(layer, .pattern)) else { return [] }
        return (0..<model.transformer.configuration.headCount).map { reader.read(pattern, layer: layer, head: $0) }
      }
    }
  }

  /// One head's map of queries × keys (or its scores), max-pooled by one factor to fit; nil where there is no such head.
  public func attentionMap(
    layer: Int, head: Int, _ hook: BlockHook = .pattern, fitting rows: Int, by columns: Int
  ) -> PooledMap? {
    guard let map = tensor(.block(layer, hook)), map.shape.count == 3, head >= 0, head < map.shape[0] else { return nil }
    let (queries, keys) = (map.shape[1], map.shape[2])
    return PooledMap(
      UnsafeBufferPointer(start: map.data + head * queries * keys, count: queries * keys), rows: queries, columns: keys, fitting: rows,
      by: columns, rule: .largest, square: true)
  }
}

/// Measures heads on one sequence; which earlier tokens are the same is looked up once for all heads.
private struct PatternReader {
  let count: Int
  /// For each position, the earlier positions with the same token; at most the last 64, which bounds the work on monotonous text.
  let earlier: [[Int]]
  let chance: [HeadPatternKind: Double]

  init(ids: [Int]) {
    count = ids.count
    var seen: [Int: [Int]] = [:]
    earlier = ids.enumerated().map { position, id in
      defer { seen[id, default: []].append(position) }
      return Array((seen[id] ?? []).suffix(64))
    }
    chance = PatternReader.scores(count: count, earlier: earlier) { query, _ in 1 / Double(query + 1) }
  }

  func read(_ pattern: Tensor, layer: Int, head: Int) -> HeadPattern {
    let map = pattern.data + head * count * count
    let scores = PatternReader.scores(count: count, earlier: earlier) { Double(map[$0 * count + $1]) }
    var (entropies, last) = (0.0, 0.0)
    for query in 0..<count {
      last = 0
      let row = map + query * count
      for key in 0...query where row[key] > 0 { last -= Double(row[key] * log2f(row[key])) }
      entropies += last
    }
    let lifted = HeadPatternKind.allCases.compactMap { kind in
      scores[kind].map { (kind: kind, lift: $0 - (chance[kind] ?? 0)) }
    }
    let best = lifted.max { $0.lift < $1.lift }
    return HeadPattern(
      layer: layer, head: head, lastEntropy: last, meanEntropy: entropies / Double(count), scores: scores,
      strongest: best.flatMap { $0.lift >= 0.2 ? $0.kind : nil })
  }

  private static func scores(
    count: Int, earlier: [[Int]], weight: (_ query: Int, _ key: Int) -> Double
  ) -> [HeadPatternKind: Double] {
    var (previous, sink, duplicate, induction) = (0.0, 0.0, 0.0, 0.0)
    var (repeats, followed) = (0, 0)
    for query in 1..<max(count, 1) {
      previous += weight(query, query - 1)
      sink += weight(query, 0)
      guard !earlier[query].isEmpty else { continue }
      repeats += 1
      for key in earlier[query] { duplicate += weight(query, key) }
      // What followed the direct neighbour is the query itself.
      let followers = earlier[query].filter { $0 + 1 < query }
      followed += followers.isEmpty ? 0 : 1
      for key in followers { induction += weight(query, key + 1) }
    }
    var scores: [HeadPatternKind: Double] = [:]
    if count > 1 { (scores[.previousToken], scores[.sink]) = (previous / Double(count - 1), sink / Double(count - 1)) }
    if repeats > 0 { scores[.duplicateToken] = duplicate / Double(repeats) }
    if followed > 0 { scores[.induction] = induction / Double(followed) }
    return scores
  }
}
