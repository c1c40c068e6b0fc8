// Cards of operations that look at one element or two: embeddings, mask, caps, sums. Not here: norms, rotations, activations.
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
    let value = Double(table.weight.row(id)[dimension])
    let source = CardTensor.weight(table.name)
    let token = trace.tokens[position]
    let draft = CardDraft.settled { digits in
      let stored = Quantity(value, digits: digits)
      var lines: [CardLine] = [
        .reading(
          Bilingual(zh: "词元 \(token) 的编号", en: "id of the token \(token)"), Quantity(integer: id), [TensorCell(.tokens, [position])]),
        .reading(
          Bilingual(zh: "嵌入表第 \(id) 行，维 \(dimension)", en: "row \(id) of the embedding table, dim \(dimension)"), stored,
          [TensorCell(source, [id, dimension])]),
      ]
      guard configuration.embeddingScale != 1 else { return CardDraft(lines: lines, result: stored) }
      let factor = Quantity(Double(configuration.embeddingScale), digits: max(digits, 5))
      let result = Quantity(stored.value * factor.value, digits: digits > 9 ? digits : 4)
      lines.append(
        .step(Bilingual(zh: "乘以模型宽度的平方根", en: "times the root of the width"), [.number(stored), .symbol(" · "), .number(factor)], result))
      return CardDraft(lines: lines, result: result)
    }
    return (
      draft,
      [
        CardSource(.tokens, [position..<position + 1]),
        CardSource(source, [id..<id + 1, dimension..<dimension + 1]),
      ]
    )
  }

  /// A row of the table of positions.
  func positionEmbedding() -> (draft: CardDraft, sources: [CardSource])? {
    guard let table = trace.model.transformer.weight(of: operation) else { return nil }
    let (position, dimension) = (cell[0], cell[1])
    let value = table.weight.row(position)[dimension]
    let source = CardTensor.weight(table.name)
    let line = CardLine.reading(
      Bilingual(zh: "位置表第 \(position) 行，维 \(dimension)", en: "row \(position) of the table of positions, dim \(dimension)"),
      Quantity(value), [TensorCell(source, [position, dimension])])
    return (
      CardDraft(lines: [line], result: line.result, exact: Double(value)),
      [CardSource(source, [position..<position + 1, dimension..<dimension + 1])]
    )
  }

  /// cap · tanh(x / cap), by exponentials: tanh(z) = 1 − 2 / (exp(2z) + 1).
  func capped(at cap: Float) -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, tensor) = input(0), let offset = tensor.offset(of: cell) else { return nil }
    let (value, limit) = (Double(tensor.data[offset]), Quantity(shortest: cap))
    let draft = CardDraft.settled { digits in
      let x = Quantity(value, digits: digits)
      let double = Quantity(2 * x.value / limit.value, digits: digits + 1)
      let power = Quantity(exp(double.value), digits: digits + 1)
      let result = Quantity(limit.value * (1 - 2 / (power.value + 1)), digits: digits > 9 ? digits : 4)
      let lines: [CardLine] = [
        .step(
          Bilingual(zh: "两倍的值，以上限为单位", en: "twice the value, in units of the cap"),
          [.symbol("2 · "), .number(x), .symbol(" / "), .number(limit)], double, [TensorCell(.hook(hook), cell)]),
        .step(Bilingual(zh: "取指数", en: "its exponential"), [.symbol("exp("), .number(double), .symbol(")")], power),
        .step(
          Bilingual(zh: "上限 · tanh(值 / 上限)", en: "cap · tanh(value / cap)"),
          [.number(limit), .symbol(" · (1 - 2 / ("), .number(power), .symbol(" + 1))")], result),
      ]
      return CardDraft(lines: lines, result: result)
    }
    return (draft, [CardSource(.hook(hook), cell.map { $0..<$0 + 1 })])
  }

  /// The score, or −∞ when the key lies after the query.
  func mask() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, scores) = input(0), let offset = scores.offset(of: cell) else { return nil }
    let (query, key) = (cell[1], cell[2])
    let score = Quantity(scores.data[offset])
    let place = TensorCell(.hook(hook), cell)
    var lines: [CardLine] = [.reading(Bilingual(zh: "分数", en: "score"), score, [place])]
    let window = configuration.attentionRules(layer: operation.layer ?? 0).window
    let isBefore = window.map { key <= query - $0 } ?? false
    let isMasked = key > query || isBefore
    let result = isMasked ? Quantity(-Double.infinity) : score
    lines.append(
      .reading(
        isBefore
          ? Bilingual(
            zh: "键 \(key) 在查询 \(query) 的窗口（\(window ?? 0) 个键）之前：看不到",
            en: "key \(key) lies before the window of query \(query) (\(window ?? 0) keys): not visible")
          : isMasked
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
      let label =
        operation.kind == .addPositions
        ? Bilingual(zh: "嵌入 + 位置", en: "embedding + position") : Bilingual(zh: "残差流 + 本层输出", en: "residual stream + output of the layer")
      let line = CardLine.step(
        label,
        [.number(shownX), .symbol(" + ")] + operand(shownY), result, [TensorCell(.hook(left), cell), TensorCell(.hook(right), cell)])
      return CardDraft(lines: [line], result: result)
    }
    return (draft, [left, right].map { CardSource(.hook($0), cell.map { $0..<$0 + 1 }) })
  }

}
