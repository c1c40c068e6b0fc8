// From a cell to its card: which operation writes it, how it compares with the run. Not here: the arithmetic itself (CardsOf*).
import Languages
import Models
import Tensors

extension Trace {
  /// The written-out arithmetic of one cell.
  /// - Parameters:
  ///   - index: of the operation in `operations`.
  ///   - cell: full indices in the operation's tensor; for `sample` [position, token id], or [] for the likeliest token after the last one.
  /// - Returns: nil where there is no such cell.
  public func card(operation index: Int, at cell: [Int]) -> ArithmeticCard? {
    guard operations.indices.contains(index) else { return nil }
    let operation = operations[index]
    var cell = cell
    if operation.kind == .sample, cell.isEmpty {
      let logits = lastLogits
      cell = [ids.count - 1, logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }]
    }
    let target = operation.kind == .sample ? tensor(.logits) : output(of: operation)
    guard let target, let offset = target.offset(of: cell) else { return nil }
    let context = CardContext(trace: self, operation: operation, cell: cell)
    guard let (draft, sources) = context.write() else { return nil }

    let recorded = operation.kind == .sample ? nil : target.data[offset]
    return ArithmeticCard(
      operation: operation, cell: cell,
      name: (operation.output?.name ?? "sample") + "[" + cell.map(String.init).joined(separator: ", ") + "]",
      formula: operation.kind.formula(in: model.transformer.configuration), lines: draft.lines, result: draft.result, exact: draft.exact,
      recorded: recorded.map { Quantity($0) },
      deviation: recorded.flatMap { deviation(draft, from: $0) }, sources: sources)
  }

  private func deviation(_ draft: CardDraft, from recorded: Float) -> Bilingual? {
    let run = Quantity(recorded)
    guard !draft.result.reads(like: run) else { return nil }
    if recorded == 0, draft.exact.magnitude < Double(Float.leastNormalMagnitude) {
      return Bilingual(
        zh: "这个数太小，单精度（f32）表示不了，模型运行时得到 0。",
        en: "Too small for single precision (f32), in which the run computes: there it is 0.")
    }
    // Where exact arithmetic reads like the run, the card's own digits end too early: terms cancel almost completely.
    let value = Quantity(draft.exact).reads(like: run) ? draft.result.value : draft.exact
    let difference = abs(value - Double(recorded))
    // Digits enough to show the first one that differs.
    let places = difference > 0 && difference.isFinite && value != 0 ? Decimals.exponent(of: value) - Decimals.exponent(of: difference) : 8
    let digits = min(max(places + 1, 4), 9)
    let (computed, stored) = (Quantity(value, digits: digits).text, Quantity(recorded, digits: digits).text)
    return Bilingual(
      zh: "卡片用双精度算出 \(computed)；模型运行时用单精度（f32）计算，得到 \(stored)。",
      en: "The card computes \(computed) in double precision; the run used single precision (f32) and got \(stored).")
  }
}

extension CardContext {
  /// Lines and sources by kind of operation; nil when an input was not recorded.
  func write() -> (draft: CardDraft, sources: [CardSource])? {
    switch operation.kind {
    case .embed: embedding()
    case .embedPositions: positionEmbedding()
    case .norm1, .norm2, .normalizeQuery, .normalizeKey, .normalizeAttention, .normalizeFeedForward, .finalNorm:
      configuration.norm == .rms ? rmsNorm() : layerNorm()
    case .query, .key, .value, .project, .gate, .up, .down, .logits: matrixProduct()
    case .rotateQuery, .rotateKey: rotation()
    case .scores: score()
    case .capScores: configuration.scoreCap.flatMap(capped)
    case .mask: mask()
    case .softmax: attentionWeight()
    case .mix: mix()
    case .addPositions, .addAttention, .addFeedForward: residualAdd()
    case .activate: configuration.activation == .silu ? swiGLU() : geluActivation()
    case .capLogits: configuration.logitCap.flatMap(capped)
    case .sample: probability()
    }
  }

  // MARK: Words for indices

  /// `dim 3`, or `head 1, dim 3` where a row is made of heads.
  func place(_ index: Int, headSize: Int?) -> Bilingual {
    guard let headSize else { return Bilingual(zh: "维 \(index)", en: "dim \(index)") }
    return Bilingual(zh: "头 \(index / headSize)，维 \(index % headSize)", en: "head \(index / headSize), dim \(index % headSize)")
  }

  /// `key 3 ␣the`
  func key(_ index: Int) -> Bilingual {
    Bilingual(zh: "键 \(index) \(trace.tokens[index])", en: "key \(index) \(trace.tokens[index])")
  }

  func otherDimensions(_ count: Int) -> Bilingual {
    Bilingual(zh: "其余 \(count) 维", en: count == 1 ? "the other dim" : "other \(count) dims")
  }

  func otherKeys(_ count: Int) -> Bilingual {
    Bilingual(zh: "其余 \(count) 个键", en: count == 1 ? "the other key" : "other \(count) keys")
  }

  static let sum = Bilingual(zh: "合计", en: "sum")
}
