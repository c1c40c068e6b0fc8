// Cards of the softmax: one attention weight, one token's probability. exp(s − max) over the sum of all of them.
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension CardContext {
  /// The weight of one key.
  func attentionWeight() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, scores) = input(0) else { return nil }
    let (head, query) = (cell[0], cell[1])
    let row = scores.data + (head * scores.shape[1] + query) * scores.shape[2]
    let softmax = SoftmaxCard(
      values: row, count: query + 1, cell: cell[2], largest: Bilingual(zh: "最大的分数", en: "largest score"),
      own: Bilingual(zh: "减去最大值", en: "minus the largest"), name: key, others: otherKeys,
      cellOf: { TensorCell(.hook(hook), [head, query, $0]) })
    return (softmax.draft(), [CardSource(.hook(hook), [head..<head + 1, query..<query + 1, 0..<max(query, cell[2]) + 1])])
  }

  /// The probability of one token of the vocabulary, before any filter.
  func probability() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, logits) = input(0) else { return nil }
    let position = cell[0]
    let softmax = SoftmaxCard(
      values: logits.data + position * logits.columns, count: logits.columns, cell: cell[1],
      largest: Bilingual(zh: "最大的 logit", en: "largest logit"), own: Bilingual(zh: "减去最大值", en: "minus the largest"),
      name: { Bilingual(same: trace.model.tokenizer.displayText(of: $0)) },
      others: { Bilingual(zh: "其余 \($0) 个词元", en: $0 == 1 ? "the other token" : "other \($0) tokens") },
      cellOf: { TensorCell(.hook(hook), [position, $0]) })
    return (softmax.draft(), [CardSource(.hook(hook), [position..<position + 1, 0..<logits.columns])])
  }
}

/// The softmax of one element of a row.
private struct SoftmaxCard {
  let values: UnsafePointer<Float>
  /// Elements that take part; the others are masked.
  let count: Int
  let cell: Int
  let largest: Bilingual
  let own: Bilingual
  let name: (Int) -> Bilingual
  let others: (Int) -> Bilingual
  let cellOf: (Int) -> TensorCell

  func draft() -> CardDraft {
    let value = Double(values[cell])
    guard cell < count, value > -.infinity else { return masked(value) }
    let top = (0..<count).reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    let maximum = Double(values[top])
    let sum = TermSum(count: count) { exp(Double(values[$0]) - maximum) }
    return CardDraft.settled { digits in
      // Exponents need digits behind the point, however large they are: the same absolute precision for all scores of the card.
      let magnitude = max(value.magnitude, maximum.magnitude)
      let most = magnitude > 0 && magnitude.isFinite ? Decimals.exponent(of: magnitude) - 15 : -digits - 1
      let unit = max(-digits - 1, most)
      let scale = unit > 0 ? unit + 15 : 0
      let shownMaximum = Quantity(maximum, unit: unit, scale: scale)
      let shownValue = Quantity(value, unit: unit, scale: scale)
      let difference =
        shownValue.isFinite && shownMaximum.isFinite
        ? Quantity(coefficient: shownValue.coefficient - shownMaximum.coefficient, exponent: unit, scale: scale)
        : Quantity(value - maximum)
      let power = Quantity(exp(difference.value), digits: digits)
      let label = name(cell)
      var lines: [CardLine] = [
        .reading(
          Bilingual(zh: "\(largest.zh)：\(name(top).zh)", en: "\(largest.en): \(name(top).en)"), shownMaximum, [cellOf(top)]),
        .step(
          Bilingual(zh: "\(label.zh)：\(own.zh)", en: "\(label.en): \(own.en)"),
          [.number(shownValue), .symbol(" - ")] + operand(shownMaximum), difference, [cellOf(cell)]),
        .step(Bilingual(zh: "取指数", en: "exponential"), [.symbol("exp("), .number(difference), .symbol(")")], power),
      ]
      let (terms, total) = sum.lines(
        digits: digits, total: Bilingual(zh: "分母", en: "denominator"), others: others, term: { (name($0), [cellOf($0)]) }
      ) { index, _ in
        let shown = Quantity(Double(values[index]), unit: unit, scale: scale)
        return (
          [.symbol("exp("), .number(shown), .symbol(" - ")] + operand(shownMaximum) + [.symbol(")")],
          exp(shown.value - shownMaximum.value)
        )
      }
      lines += terms
      let result = Quantity(power.value / total.value, digits: digits > 9 ? digits : 4)
      lines.append(
        .step(Bilingual(zh: "除以分母", en: "divided by the denominator"), [.number(power), .symbol(" / "), .number(total)], result))
      return CardDraft(lines: lines, result: result)
    }
  }

  /// A masked key: exp(−∞) = 0 whatever the denominator.
  private func masked(_ value: Double) -> CardDraft {
    let score = Quantity(value)
    let zero = Quantity(exp(value))
    let label = name(cell)
    return CardDraft(
      lines: [
        .reading(Bilingual(zh: "\(label.zh)：被掩码", en: "\(label.en): masked"), score, [cellOf(cell)]),
        .step(Bilingual(zh: "权重为零", en: "no weight"), [.symbol("exp("), .number(score), .symbol(")")], zero),
      ], result: zero)
  }
}
