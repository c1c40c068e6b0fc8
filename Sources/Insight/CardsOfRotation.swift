// The card of RoPE: one element of a turned pair, or one that stays.
import Languages
import Models
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension CardContext {
  /// One half of a rotated pair.
  func rotation() -> (draft: CardDraft, sources: [CardSource])? {
    guard let (hook, input) = input(0), let rotary = configuration.rotary(layer: operation.layer ?? 0) else { return nil }
    let (position, head, dimension) = (cell[0], cell[1], cell[2])
    let start = input.data + (position * input.shape[1] + head) * input.shape[2]
    let half = rotary.dimensions / 2
    guard dimension < rotary.dimensions else {
      let label = Bilingual(
        zh: "维 \(dimension)：只转前 \(rotary.dimensions) 维，这一维不变", en: "dim \(dimension): only the first \(rotary.dimensions) turn")
      let line = CardLine.reading(label, Quantity(start[dimension]), [TensorCell(.hook(hook), cell)])
      return (
        CardDraft(lines: [line], result: line.result, exact: Double(start[dimension])), [CardSource(.hook(hook), cell.map { $0..<$0 + 1 })]
      )
    }
    let pair = dimension % half
    let (a, b) = (Double(start[pair]), Double(start[pair + half]))
    let isFirst = dimension < half
    let angle = RotationAngle(rotary, pair: pair, position: position)

    let draft = CardDraft.settled { digits in
      var (lines, theta) = angle.lines(digits: digits)
      let (cosine, sine) = (Quantity(cos(theta.value), digits: digits), Quantity(sin(theta.value), digits: digits))
      let (shownA, shownB) = (Quantity(a, digits: digits), Quantity(b, digits: digits))
      // The other half of the pair turns the other way.
      let (first, second) = isFirst ? (shownA, shownB) : (shownB, shownA)
      let turned = first.value * cosine.value + (isFirst ? -1 : 1) * second.value * sine.value
      let magnitude = Quantity(shortest: rotary.magnitude)
      let isScaled = rotary.magnitude != 1
      let sum: [CardPart] =
        [.number(first), .symbol(" · "), .number(cosine), .symbol(isFirst ? " - " : " + ")] + operand(second) + [
          .symbol(" · "), .number(sine),
        ]
      let result = Quantity(turned * magnitude.value, digits: digits > 9 ? digits : 4)
      lines += [
        .step(Bilingual(zh: "余弦", en: "cosine"), [.symbol("cos("), .number(theta), .symbol(")")], cosine),
        .step(Bilingual(zh: "正弦", en: "sine"), [.symbol("sin("), .number(theta), .symbol(")")], sine),
        .step(
          Bilingual(
            zh: (isFirst ? "前半：a · cos − b · sin" : "后半：b · cos + a · sin") + (isScaled ? "，再乘 YaRN 的系数" : ""),
            en: (isFirst ? "first half: a · cos − b · sin" : "second half: b · cos + a · sin") + (isScaled ? ", times YaRN's factor" : "")),
          isScaled ? [.symbol("(")] + sum + [.symbol(") · "), .number(magnitude)] : sum, result,
          [TensorCell(.hook(hook), [position, head, pair]), TensorCell(.hook(hook), [position, head, pair + half])]),
      ]
      return CardDraft(lines: lines, result: result)
    }
    let sources = [pair, pair + half].map {
      CardSource(.hook(hook), [position..<position + 1, head..<head + 1, $0..<$0 + 1])
    }
    return (draft, sources)
  }
}

/// The angle of one pair at one position, written out.
private struct RotationAngle {
  let rotary: RotaryConfiguration
  let pair: Int
  let position: Int
  private let frequency: Double

  init(_ rotary: RotaryConfiguration, pair: Int, position: Int) {
    (self.rotary, self.pair, self.position) = (rotary, pair, position)
    // What a scaled frequency is follows from a rule, not from one line of arithmetic; the card takes the run's number.
    frequency =
      rotary.scaling == .none ? pow(Double(rotary.base), -2 * Double(pair) / Double(rotary.dimensions)) : Double(rotary.frequencies[pair])
  }

  func lines(digits: Int) -> (lines: [CardLine], theta: Quantity) {
    let angle = Double(position) * frequency
    // The angle needs digits behind the point when it is large, and significant ones when it is small.
    let top = angle == 0 ? 0 : Decimals.exponent(of: angle)
    guard rotary.scaling != .none else {
      let base = Quantity(shortest: rotary.base)
      let theta = Quantity(Double(position) * pow(base.value, -2 * Double(pair) / Double(rotary.dimensions)), digits: digits + max(0, top))
      let line = CardLine.step(
        Bilingual(zh: "角度：位置 · 底数 ^ (−2 · 对 / 维数)", en: "angle: position · base ^ (−2 · pair / size)"),
        [
          .number(Quantity(integer: position)), .symbol(" · "), .number(base), .symbol(" ^ (-2 · "), .number(Quantity(integer: pair)),
          .symbol(" / "), .number(Quantity(integer: rotary.dimensions)), .symbol(")"),
        ], theta)
      return ([line], theta)
    }
    let shown = Quantity(frequency, digits: digits + max(0, top) + 1)
    let theta = Quantity(Double(position) * shown.value, digits: digits + max(0, top))
    return (
      [
        .reading(
          Bilingual(
            zh: "第 \(pair) 对每个位置的角度（\(rotary.scaling.name) 缩放后）", en: "angle per position of pair \(pair) (scaled: \(rotary.scaling.name))"),
          shown),
        .step(
          Bilingual(zh: "角度：位置 · 每个位置的角度", en: "angle: position · angle per position"),
          [.number(Quantity(integer: position)), .symbol(" · "), .number(shown)], theta),
      ], theta
    )
  }
}

extension RotaryConfiguration.Scaling {
  /// As papers and files call it.
  var name: String {
    switch self {
    case .none: "RoPE"
    case .linear: "linear"
    case .llama3: "Llama 3"
    case .yarn: "YaRN"
    case .divisors: "rope_freqs"
    }
  }
}
