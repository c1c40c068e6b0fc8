// Cards of the activations: SwiGLU, GELU, GeGLU.
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension CardContext {
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

  /// gelu(x), times the up projection where the layer has a gate.
  func geluActivation() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, inputs) = input(0), let offset = inputs.offset(of: cell) else { return nil }
    let ups = input(1)
    let value = Double(inputs.data[offset])
    let draft = CardDraft.settled { digits in
      let x = Quantity(value, digits: digits)
      var lines: [CardLine] = [.reading(Bilingual(zh: "输入", en: "input"), x, [TensorCell(.hook(hook), cell)])]
      let share = configuration.activation == .gelu ? exactShare(x, digits, &lines) : tanhShare(x, digits, &lines)
      let final = digits > 9 ? digits : 4
      let active = Quantity(x.value * share.value, digits: ups == nil ? final : digits)
      lines.append(.step(Bilingual(zh: "GELU：输入 · 份额", en: "GELU: input · share"), [.number(x), .symbol(" · "), .number(share)], active))
      guard let (upHook, tensor) = ups else { return CardDraft(lines: lines, result: active) }
      let up = Quantity(Double(tensor.data[offset]), digits: digits)
      let result = Quantity(active.value * up.value, digits: final)
      lines.append(
        .step(
          Bilingual(zh: "乘以升维的结果", en: "times the up projection"), [.number(active), .symbol(" · "), .number(up)], result,
          [TensorCell(.hook(upHook), cell)]))
      return CardDraft(lines: lines, result: result)
    }
    return (draft, ([hook] + (ups.map { [$0.hook] } ?? [])).map { CardSource(.hook($0), cell.map { $0..<$0 + 1 }) })
  }

  /// The part of x that passes, by tanh: (1 + tanh(z)) / 2 = sigmoid(2z).
  private func tanhShare(_ x: Quantity, _ digits: Int, _ lines: inout [CardLine]) -> Quantity {
    let (factor, cubic) = (Quantity(1.5957691216057308, digits: max(digits, 5) + 2), Quantity(0.044715, digits: 5))
    let inner = Quantity(factor.value * x.value * (1 + cubic.value * x.value * x.value), digits: digits + 2)
    let squared: [CardPart] = x.text.hasPrefix("-") ? [.symbol("("), .number(x), .symbol(")²")] : [.number(x), .symbol("²")]
    lines.append(
      .step(
        Bilingual(zh: "√(8/π) · x · (1 + 0.044715 x²)", en: "√(8/π) · x · (1 + 0.044715 x²)"),
        [.number(factor), .symbol(" · "), .number(x), .symbol(" · (1 + "), .number(cubic), .symbol(" · ")] + squared + [.symbol(")")], inner
      ))
    let share = Quantity(1 / (1 + exp(-inner.value)), digits: digits + 1)
    lines.append(
      .step(
        Bilingual(zh: "放行的份额：它的 sigmoid", en: "share that passes: its sigmoid"),
        [.symbol("1 / (1 + exp("), .number(inner.negated), .symbol("))")], share))
    return share
  }

  /// The same exactly: the normal distribution's mass below x.
  private func exactShare(_ x: Quantity, _ digits: Int, _ lines: inout [CardLine]) -> Quantity {
    let share = Quantity(0.5 * erfc(-x.value / 2.0.squareRoot()), digits: digits + 1)
    lines.append(.reading(Bilingual(zh: "放行的份额：标准正态分布低于输入的概率", en: "share that passes: normal distribution below the input"), share))
    return share
  }
}
