// How surprised the model was by each token of the sequence, from the logits before it. Not here: the distribution of one position in full
// (NextToken).
import Inference
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One token, as predicted from everything before it.
public struct TokenSurprisal: Sendable, Hashable {
  public struct Alternative: Sendable, Hashable {
    public let id: Int
    public let text: String
    public let probability: Double
  }

  public let position: Int
  public let id: Int
  public let text: String
  /// nil for the first token, which nothing predicts.
  public let prediction: Prediction?

  public struct Prediction: Sendable, Hashable {
    /// log p in nats, before any filter.
    public let logprob: Double
    /// 1 for the token that the model held most probable; ties by id.
    public let rank: Int
    /// The most probable tokens, the actual one included if it is among them.
    public let alternatives: [Alternative]
    /// Whether the token belongs to the least expected tenth of the sequence.
    public let isBottomDecile: Bool

    public var probability: Double { exp(logprob) }
    /// −log₂ p, in bits.
    public var bits: Double { -logprob / log(2) }
  }
}

extension Trace {
  /// Every token of the sequence with 8 alternatives; computed once.
  public var surprisals: [TokenSurprisal] {
    memo.value(\.surprisals) {
      var scored: [(logprob: Double, rank: Int, alternatives: [TokenSurprisal.Alternative])] = []
      for position in ids.indices.dropFirst() { scored.append(predicted(at: position)) }
      // The lowest tenth, rounded down; of equals the earlier ones.
      let order = scored.indices.sorted { (scored[$0].logprob, $0) < (scored[$1].logprob, $1) }
      let marked = Set(order.prefix(scored.count / 10))
      return ids.indices.map { position in
        let prediction: TokenSurprisal.Prediction? =
          position == 0
          ? nil
          : TokenSurprisal.Prediction(
            logprob: scored[position - 1].logprob, rank: scored[position - 1].rank, alternatives: scored[position - 1].alternatives,
            isBottomDecile: marked.contains(position - 1))
        return TokenSurprisal(position: position, id: ids[position], text: tokens[position], prediction: prediction)
      }
    }
  }

  private func predicted(at position: Int) -> (logprob: Double, rank: Int, alternatives: [TokenSurprisal.Alternative]) {
    let logits = logits(at: position - 1)
    let normalizer = logNormalizer(logits)
    let id = ids[position]
    var rank = 1
    for other in logits.indices where logits[other] > logits[id] || (logits[other] == logits[id] && other < id) { rank += 1 }
    let alternatives = Largest.indices(count: logits.count, keep: 8) { Double(logits[$0]) }.map {
      TokenSurprisal.Alternative(
        id: $0, text: model.tokenizer.displayText(of: $0), probability: exp(Double(logits[$0]) - normalizer))
    }
    return (Double(logits[id]) - normalizer, rank, alternatives)
  }
}

/// The few largest of many, without sorting all.
enum Largest {
  /// Indices of the largest values, largest first; ties by index, NaN last.
  static func indices(count: Int, keep: Int, _ value: (Int) -> Double) -> [Int] {
    var kept: [(index: Int, value: Double)] = []
    kept.reserveCapacity(keep + 1)
    for index in 0..<count {
      let new = value(index)
      if kept.count == keep, let last = kept.last, !(new > last.value) { continue }
      let place = kept.firstIndex { new > $0.value } ?? kept.count
      kept.insert((index, new), at: place)
      if kept.count > keep { kept.removeLast() }
    }
    return kept.map(\.index)
  }
}
