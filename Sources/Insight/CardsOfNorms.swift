// Cards of the norms: RMSNorm of a position or of one head, and LayerNorm.
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension CardContext {
  /// x / √(mean(x²) + ε) · w
  func rmsNorm() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0), let weight = trace.model.transformer.weight(of: operation) else { return nil }
    // Rows of positions, or of the heads of a position.
    let (rowCell, dimension, width) = (Array(cell.dropLast()), cell[cell.count - 1], input.columns)
    guard let start = input.offset(of: rowCell + [0]) else { return nil }
    let row = input.data + start
    let (x, w) = (Double(row[dimension]), Double(weight.weight.row(0)[dimension]))
    let epsilon = Quantity(shortest: configuration.normEpsilon)
    let squares = TermSum(count: width) { Double(row[$0]) * Double(row[$0]) }
    let gains = CardTensor.weight(weight.name)

    let draft = CardDraft.settled { digits in
      var (lines, total) = squares.lines(
        digits: digits, total: Bilingual(zh: "平方和", en: "sum of squares"), others: otherDimensions,
        term: { (place($0, headSize: nil), [TensorCell(.hook(hook), rowCell + [$0])]) }
      ) { index, reads in
        var shown = Quantity(Double(row[index]), digits: min(digits, 9))
        for more in 5..<10 where !reads(shown.value * shown.value) {
          shown = Quantity(Double(row[index]), digits: max(more, min(digits, 9)))
        }
        return (squared(shown), shown.value * shown.value)
      }
      let mean = Quantity(total.value / Double(width), digits: digits)
      let inverse = Quantity(1 / (mean.value + epsilon.value).squareRoot(), digits: digits)
      let (shownX, shownW) = (Quantity(x, digits: digits), Quantity(w, digits: digits))
      let result = Quantity(shownX.value * inverse.value * shownW.value, digits: digits > 9 ? digits : 4)
      lines += [
        .step(
          Bilingual(zh: "均值：除以维数", en: "mean: divided by the width"),
          [.number(total), .symbol(" / "), .number(Quantity(integer: width))], mean),
        .step(
          Bilingual(zh: "均方根的倒数", en: "inverse root mean square"),
          [.symbol("1 / √("), .number(mean), .symbol(" + "), .number(epsilon), .symbol(")")], inverse),
        .step(
          Bilingual(zh: "x · 倒数 · 增益", en: "x · inverse · gain"),
          [.number(shownX), .symbol(" · "), .number(inverse), .symbol(" · "), .number(shownW)], result,
          [TensorCell(.hook(hook), rowCell + [dimension]), TensorCell(gains, [dimension])]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    return (
      draft, [CardSource(.hook(hook), rowCell.map { $0..<$0 + 1 } + [0..<width]), CardSource(gains, [dimension..<dimension + 1])]
    )
  }

  private func squared(_ quantity: Quantity) -> [CardPart] {
    quantity.text.hasPrefix("-")
      ? [.symbol("("), .number(quantity), .symbol(")²")] : [.number(quantity), .symbol("²")]
  }

  /// (x − mean) / √(variance + ε) · w + b
  func layerNorm() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0), let weight = trace.model.transformer.weight(of: operation), let bias = weight.bias else {
      return nil
    }
    let (position, dimension, width) = (cell[0], cell[1], input.columns)
    let row = input.data + position * width
    let epsilon = Quantity(shortest: configuration.normEpsilon)
    let sum = TermSum(count: width) { Double(row[$0]) }
    let mean = sum.total / Double(width)
    let squares = TermSum(count: width) { (Double(row[$0]) - mean) * (Double(row[$0]) - mean) }
    let (gains, shifts) = (CardTensor.weight(weight.name), CardTensor.weight(bias.name))

    let draft = CardDraft.settled { digits in
      var (lines, total) = sum.lines(
        digits: digits + 2, total: Self.sum, others: otherDimensions,
        term: { (place($0, headSize: nil), [TensorCell(.hook(hook), [position, $0])]) }
      ) { index, reads in
        var shown = Quantity(Double(row[index]), digits: min(digits, 9))
        for more in 5..<10 where !reads(shown.value) { shown = Quantity(Double(row[index]), digits: max(more, min(digits, 9))) }
        return ([.number(shown)], shown.value)
      }
      let shownMean = Quantity(total.value / Double(width), digits: digits + 2)
      lines.append(
        .step(
          Bilingual(zh: "均值：除以维数", en: "mean: divided by the width"), [.number(total), .symbol(" / "), .number(Quantity(integer: width))],
          shownMean))
      let (more, deviations) = squares.lines(
        digits: digits, total: Bilingual(zh: "离差平方和", en: "sum of squared deviations"), others: otherDimensions,
        term: { (place($0, headSize: nil), [TensorCell(.hook(hook), [position, $0])]) }
      ) { index, reads in
        func square(_ x: Quantity) -> Double { (x.value - shownMean.value) * (x.value - shownMean.value) }
        var shown = Quantity(Double(row[index]), digits: min(digits, 9))
        for more in 5..<10 where !reads(square(shown)) { shown = Quantity(Double(row[index]), digits: max(more, min(digits, 9))) }
        return ([.symbol("("), .number(shown), .symbol(" - ")] + operand(shownMean) + [.symbol(")²")], square(shown))
      }
      lines += more
      let variance = Quantity(deviations.value / Double(width), digits: digits)
      let inverse = Quantity(1 / (variance.value + epsilon.value).squareRoot(), digits: digits)
      let x = Quantity(Double(row[dimension]), digits: digits)
      let (w, b) = (
        Quantity(Double(weight.weight.row(0)[dimension]), digits: digits), Quantity(Double(bias.tensor.data[dimension]), digits: digits)
      )
      let result = Quantity((x.value - shownMean.value) * inverse.value * w.value + b.value, digits: digits > 9 ? digits : 4)
      lines += [
        .step(
          Bilingual(zh: "方差：除以维数", en: "variance: divided by the width"),
          [.number(deviations), .symbol(" / "), .number(Quantity(integer: width))], variance),
        .step(
          Bilingual(zh: "标准差的倒数", en: "inverse standard deviation"),
          [.symbol("1 / √("), .number(variance), .symbol(" + "), .number(epsilon), .symbol(")")], inverse),
        .step(
          Bilingual(zh: "(x − 均值) · 倒数 · 增益 + 偏置", en: "(x − mean) · inverse · gain + shift"),
          [.symbol("("), .number(x), .symbol(" - ")] + operand(shownMean)
            + [.symbol(") · "), .number(inverse), .symbol(" · "), .number(w), .symbol(" + ")] + operand(b), result,
          [TensorCell(.hook(hook), [position, dimension]), TensorCell(gains, [dimension]), TensorCell(shifts, [dimension])]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    let one = dimension..<dimension + 1
    return (draft, [CardSource(.hook(hook), [position..<position + 1, 0..<width]), CardSource(gains, [one]), CardSource(shifts, [one])])
  }
}
