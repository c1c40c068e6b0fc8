// Cards of everything that is a dot product: projections, attention scores, the weighted sum of values, logits.
import Languages
import Models
import Tensors

extension CardContext {
  /// One output of a linear layer: a row of the input times a row of the weight. Projections, feed-forward matrices and logits.
  func matrixProduct() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0), let weight = trace.model.transformer.weight(of: operation),
      let output = trace.output(of: operation), let offset = output.offset(of: cell)
    else { return nil }
    let position = cell[0]
    let width = weight.weight.columns
    let row = offset - position * (output.count / output.shape[0])
    let recorded = Array(UnsafeBufferPointer(start: input.data + position * width, count: width))
    // Products with smaller types than f32 read their input rounded; so does the card.
    let (x, w) = (weight.weight.operand(recorded), weight.weight.row(row))
    let sum = TermSum(count: width) { Double(x[$0]) * Double(w[$0]) }
    let headSize = input.shape.count == 3 ? input.columns : nil
    let table = CardTensor.weight(weight.name)

    let draft = CardDraft.settled { digits in
      var (lines, total) = sum.lines(digits: digits, total: Self.sum, others: otherDimensions) { index in
        let indices = headSize.map { [position, index / $0, index % $0] } ?? [position, index]
        return (place(index, headSize: headSize), [TensorCell(.hook(hook), indices), TensorCell(table, [row, index])])
      } expression: { index, reads in
        product(Double(x[index]), Double(w[index]), digits: min(digits, 9), reads)
      }
      if let line = rounding(of: recorded, to: x, weight.weight.kind) { lines.insert(line, at: 0) }
      var result = total
      func plus(_ label: Bilingual, _ value: Double, _ reads: [TensorCell]) {
        let (before, shown) = (result, Quantity(value, digits: digits))
        result = Quantity(before.value + shown.value, digits: digits > 9 ? digits : 4)
        lines.append(.step(label, [.number(before), .symbol(" + ")] + operand(shown), result, reads))
      }
      if let (name, bias) = weight.bias {
        plus(Bilingual(zh: "加偏置", en: "plus the bias"), Double(bias.data[row]), [TensorCell(.weight(name), [row])])
      }
      if let change = weight.adapter {
        plus(Bilingual(zh: "加适配器 s·B(A·x)", en: "plus the adapter's s·B(A·x)"), change.value(row: row, of: recorded), [])
      }
      return CardDraft(lines: lines, result: result)
    }
    let read = [position..<position + 1] + input.shape.dropFirst().map { 0..<$0 }
    let bias = weight.bias.map { [CardSource(.weight($0.name), [row..<row + 1])] } ?? []
    return (draft, [CardSource(.hook(hook), read), CardSource(table, [row..<row + 1, 0..<width])] + bias)
  }

  /// How far the product's input was rounded; nil where it is read as it is.
  private func rounding(of recorded: [Float], to read: [Float], _ kind: Weight.Kind) -> CardLine? {
    guard kind == .bf16 || kind.isQuantized else { return nil }
    let label =
      kind == .bf16
      ? Bilingual(zh: "输入先取整为 bf16，最大改变", en: "input rounded to bf16, at most by")
      : Bilingual(zh: "输入先取整到 8 位，最大改变", en: "input rounded to 8 bits, at most by")
    return .reading(label, Quantity(zip(recorded, read).map { abs($0 - $1) }.max() ?? 0))
  }

  /// q·k / √d
  func score() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (queryHook, queries) = input(0), let (keyHook, keys) = input(1) else { return nil }
    let (head, query, key) = (cell[0], cell[1], cell[2])
    let (shared, size) = (configuration.keyValueHead(of: head), configuration.headSize)
    let q = queries.data + (query * queries.shape[1] + head) * size
    let k = keys.data + (key * keys.shape[1] + shared) * size
    let sum = TermSum(count: size) { Double(q[$0]) * Double(k[$0]) }

    let draft = CardDraft.settled { digits in
      var (lines, total) = sum.lines(digits: digits, total: Bilingual(same: "q · k"), others: otherDimensions) { index in
        (
          place(index, headSize: nil),
          [TensorCell(.hook(queryHook), [query, head, index]), TensorCell(.hook(keyHook), [key, shared, index])]
        )
      } expression: { index, reads in
        product(Double(q[index]), Double(k[index]), digits: min(digits, 9), reads)
      }
      guard let factor = configuration.attentionScale.map({ Quantity(shortest: $0) }) else {
        let result = Quantity(total.value / Double(size).squareRoot(), digits: digits > 9 ? digits : 4)
        lines.append(
          .step(
            Bilingual(zh: "除以 √d", en: "divided by √d"),
            [.number(total), .symbol(" / √"), .number(Quantity(integer: size))], result))
        return CardDraft(lines: lines, result: result)
      }
      let result = Quantity(total.value * factor.value, digits: digits > 9 ? digits : 4)
      lines.append(
        .step(Bilingual(zh: "乘以模型的系数", en: "times the model's factor"), [.number(total), .symbol(" · "), .number(factor)], result))
      return CardDraft(lines: lines, result: result)
    }
    return (
      draft,
      [
        CardSource(.hook(queryHook), [query..<query + 1, head..<head + 1, 0..<size]),
        CardSource(.hook(keyHook), [key..<key + 1, shared..<shared + 1, 0..<size]),
      ]
    )
  }

  /// Σ weight · value over the keys.
  func mix() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (patternHook, pattern) = input(0), let (valueHook, values) = input(1) else { return nil }
    let (query, head, dimension) = (cell[0], cell[1], cell[2])
    let (shared, size, visible) = (configuration.keyValueHead(of: head), configuration.headSize, query + 1)
    let weights = pattern.data + (head * pattern.shape[1] + query) * pattern.shape[2]
    let stride = values.shape[1] * size
    let v = values.data + shared * size + dimension
    let sum = TermSum(count: visible) { Double(weights[$0]) * Double(v[$0 * stride]) }

    let draft = CardDraft.settled { digits in
      let (lines, total) = sum.lines(digits: digits, total: Self.sum, others: otherKeys) { index in
        (key(index), [TensorCell(.hook(patternHook), [head, query, index]), TensorCell(.hook(valueHook), [index, shared, dimension])])
      } expression: { index, reads in
        product(Double(weights[index]), Double(v[index * stride]), digits: min(digits, 9), reads)
      }
      return CardDraft(lines: lines, result: total)
    }
    return (
      draft,
      [
        CardSource(.hook(patternHook), [head..<head + 1, query..<query + 1, 0..<visible]),
        CardSource(.hook(valueHook), [0..<visible, shared..<shared + 1, dimension..<dimension + 1]),
      ]
    )
  }
}

extension LowRankChange {
  /// One element of scale·B·(A·x), in double precision.
  fileprivate func value(row: Int, of x: [Float]) -> Double {
    (0..<down.rows).reduce(0) { sum, k in
      let half = x.indices.reduce(0) { $0 + Double(down[k * x.count + $1]) * Double(x[$1]) }
      return sum + Double(scale) * Double(up[row * down.rows + k]) * half
    }
  }
}
