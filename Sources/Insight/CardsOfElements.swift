// Cards of operations that look at one element, one pair or one row: embedding, RMSNorm, RoPE, mask, residual add, SwiGLU.
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension CardContext {
  /// A row of the table, looked up by the token's id.
  func embedding() -> (draft: CardDraft, sources: [CardSource])? {
    guard let table = trace.model.transformer.weight(of: operation) else { return nil }
    let (position, dimension) = (cell[0], cell[1])
    let id = trace.ids[position]
    let value = table.weight.row(id)[dimension]
    let result = Quantity(value)
    let source = CardTensor.weight(table.name)
    let token = trace.tokens[position]
    let lines: [CardLine] = [
      .reading(
        Bilingual(zh: "词元 \(token) 的编号", en: "id of the token \(token)"), Quantity(integer: id), [TensorCell(.tokens, [position])]),
      .reading(
        Bilingual(zh: "嵌入表第 \(id) 行，维 \(dimension)", en: "row \(id) of the embedding table, dim \(dimension)"), result,
        [TensorCell(source, [id, dimension])]),
    ]
    return (
      CardDraft(lines: lines, result: result, exact: Double(value)),
      [
        CardSource(.tokens, [position..<position + 1]),
        CardSource(source, [id..<id + 1, dimension..<dimension + 1]),
      ]
    )
  }

  /// x / √(mean(x²) + ε) · w
  func rmsNorm() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0), let weight = trace.model.transformer.weight(of: operation) else { return nil }
    let (position, dimension, width) = (cell[0], cell[1], input.columns)
    let row = input.data + position * width
    let (x, w) = (Double(row[dimension]), Double(weight.weight.row(0)[dimension]))
    let epsilon = Quantity(shortest: configuration.normEpsilon)
    let squares = TermSum(count: width) { Double(row[$0]) * Double(row[$0]) }
    let gains = CardTensor.weight(weight.name)

    let draft = CardDraft.settled { digits in
      var (lines, total) = squares.lines(
        digits: digits, total: Bilingual(zh: "平方和", en: "sum of squares"), others: otherDimensions,
        term: { (place($0, headSize: nil), [TensorCell(.hook(hook), [position, $0])]) }
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
          [TensorCell(.hook(hook), [position, dimension]), TensorCell(gains, [dimension])]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    return (
      draft, [CardSource(.hook(hook), [position..<position + 1, 0..<width]), CardSource(gains, [dimension..<dimension + 1])]
    )
  }

  private func squared(_ quantity: Quantity) -> [CardPart] {
    quantity.text.hasPrefix("-")
      ? [.symbol("("), .number(quantity), .symbol(")²")] : [.number(quantity), .symbol("²")]
  }

  /// One half of a rotated pair.
  func rotation() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0) else { return nil }
    let (position, head, dimension) = (cell[0], cell[1], cell[2])
    let size = configuration.headSize
    let half = size / 2
    let pair = dimension % half
    let start = input.data + (position * input.shape[1] + head) * size
    let (a, b) = (Double(start[pair]), Double(start[pair + half]))
    let base = Quantity(shortest: configuration.ropeBase)
    let angle = Double(position) * pow(base.value, -2 * Double(pair) / Double(size))
    let isFirst = dimension < half

    let draft = CardDraft.settled { digits in
      // The angle needs digits behind the point when it is large, and significant ones when it is small.
      let top = angle == 0 ? 0 : Decimals.exponent(of: angle)
      let theta = Quantity(angle, digits: digits + max(0, top))
      let (cosine, sine) = (Quantity(cos(theta.value), digits: digits), Quantity(sin(theta.value), digits: digits))
      let (shownA, shownB) = (Quantity(a, digits: digits), Quantity(b, digits: digits))
      // The other half of the pair turns the other way.
      let (first, second) = isFirst ? (shownA, shownB) : (shownB, shownA)
      let turned = second.value * sine.value
      let result = Quantity(
        first.value * cosine.value + (isFirst ? -turned : turned), digits: digits > 9 ? digits : 4)
      let lines: [CardLine] = [
        .step(
          Bilingual(zh: "角度：位置 · 底数 ^ (−2 · 对 / 维数)", en: "angle: position · base ^ (−2 · pair / size)"),
          [
            .number(Quantity(integer: position)), .symbol(" · "), .number(base), .symbol(" ^ (-2 · "), .number(Quantity(integer: pair)),
            .symbol(" / "), .number(Quantity(integer: size)), .symbol(")"),
          ], theta),
        .step(Bilingual(zh: "余弦", en: "cosine"), [.symbol("cos("), .number(theta), .symbol(")")], cosine),
        .step(Bilingual(zh: "正弦", en: "sine"), [.symbol("sin("), .number(theta), .symbol(")")], sine),
        .step(
          Bilingual(
            zh: isFirst ? "前半：a · cos − b · sin" : "后半：b · cos + a · sin",
            en: isFirst ? "first half: a · cos − b · sin" : "second half: b · cos + a · sin"),
          [.number(first), .symbol(" · "), .number(cosine), .symbol(isFirst ? " - " : " + ")] + operand(second)
            + [.symbol(" · "), .number(sine)],
          result, [TensorCell(.hook(hook), [position, head, pair]), TensorCell(.hook(hook), [position, head, pair + half])]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    let sources = [pair, pair + half].map {
      CardSource(.hook(hook), [position..<position + 1, head..<head + 1, $0..<$0 + 1])
    }
    return (draft, sources)
  }

  /// The score, or −∞ when the key lies after the query.
  func mask() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, scores) = input(0), let offset = scores.offset(of: cell) else { return nil }
    let (query, key) = (cell[1], cell[2])
    let score = Quantity(scores.data[offset])
    let place = TensorCell(.hook(hook), cell)
    var lines: [CardLine] = [.reading(Bilingual(zh: "分数", en: "score"), score, [place])]
    let isMasked = key > query
    let result = isMasked ? Quantity(-Double.infinity) : score
    lines.append(
      .reading(
        isMasked
          ? Bilingual(zh: "键 \(key) 在查询 \(query) 之后：看不到", en: "key \(key) comes after query \(query): not visible")
          : Bilingual(zh: "键 \(key) 不在查询 \(query) 之后：保留", en: "key \(key) does not come after query \(query): kept"),
        result, [place]))
    let exact = isMasked ? -Double.infinity : Double(scores.data[offset])
    return (CardDraft(lines: lines, result: result, exact: exact), [CardSource(.hook(hook), cell.map { $0..<$0 + 1 })])
  }

  /// What entered plus what the layer adds.
  func residualAdd() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (left, a) = input(0), let (right, b) = input(1), let offset = a.offset(of: cell) else { return nil }
    let (x, y) = (Double(a.data[offset]), Double(b.data[offset]))
    let sum = TermSum(count: 2) { $0 == 0 ? x : y }
    let draft = CardDraft.settled { digits in
      let (unit, scale) = sum.unit(digits: digits)
      let (shownX, shownY) = (Quantity(x, unit: unit, scale: scale), Quantity(y, unit: unit, scale: scale))
      let result =
        sum.total.isFinite
        ? Quantity(coefficient: shownX.coefficient + shownY.coefficient, exponent: unit, scale: scale)
        : Quantity(sum.total, unit: 0, scale: 0)
      let line = CardLine.step(
        Bilingual(zh: "残差流 + 本层输出", en: "residual stream + output of the layer"),
        [.number(shownX), .symbol(" + ")] + operand(shownY), result, [TensorCell(.hook(left), cell), TensorCell(.hook(right), cell)])
      return CardDraft(lines: [line], result: result)
    }
    return (draft, [left, right].map { CardSource(.hook($0), cell.map { $0..<$0 + 1 }) })
  }

  /// silu(gate) · up
  func swiGLU() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (gateHook, gates) = input(0), let (upHook, ups) = input(1), let offset = gates.offset(of: cell) else { return nil }
    let (gate, up) = (Double(gates.data[offset]), Double(ups.data[offset]))
    let draft = CardDraft.settled { digits in
      let (g, u) = (Quantity(gate, digits: digits), Quantity(up, digits: digits))
      let sigmoid = Quantity(1 / (1 + exp(-g.value)), digits: digits)
      let silu = Quantity(g.value * sigmoid.value, digits: digits)
      let result = Quantity(silu.value * u.value, digits: digits > 9 ? digits : 4)
      let lines: [CardLine] = [
        .reading(Bilingual(zh: "门", en: "gate"), g, [TensorCell(.hook(gateHook), cell)]),
        .step(
          Bilingual(zh: "sigmoid(门)", en: "sigmoid(gate)"), [.symbol("1 / (1 + exp("), .number(g.negated), .symbol("))")], sigmoid),
        .step(
          Bilingual(zh: "SiLU：门 · sigmoid(门)", en: "SiLU: gate · sigmoid(gate)"),
          [.number(g), .symbol(" · "), .number(sigmoid)], silu),
        .step(
          Bilingual(zh: "乘以升维的结果", en: "times the up projection"), [.number(silu), .symbol(" · "), .number(u)], result,
          [TensorCell(.hook(upHook), cell)]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    return (draft, [gateHook, upHook].map { CardSource(.hook($0), cell.map { $0..<$0 + 1 }) })
  }
}
