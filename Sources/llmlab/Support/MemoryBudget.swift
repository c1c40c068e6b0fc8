// How much memory a run may take: a model file that promises an endless context, or a very long text, must not bring the machine down.
import Languages
import Models

enum MemoryBudget {
  static let bytes = 4.0 * 1_073_741_824

  /// Refuses a pass over all positions at once that would not fit: logits, one layer's attention scores and feed-forward, and what is recorded.
  static func check(_ c: TransformerConfiguration, tokens: Int, recordedValues: Double = 0) throws {
    let n = Double(tokens)
    let values =
      n * Double(c.vocabularySize) + 3 * Double(c.headCount) * n * n + 4 * n * Double(c.intermediateSize + c.hiddenSize) + recordedValues
    try check(values: values, tokens: tokens)
  }

  /// Refuses a text whose hidden states would not fit: the residual stream, one layer's heads and feed-forward; nobody keeps the scores.
  static func check(_ model: any HiddenStateModel, tokens: Int) throws {
    try check(values: Double(tokens) * (8 * Double(model.hiddenSize) + 3 * Double(model.intermediateSize)), tokens: tokens)
  }

  private static func check(values: Double, tokens: Int) throws {
    let needed = values * 4
    if needed > bytes {
      let (gibibytes, limit) = (Int((needed / 1_073_741_824).rounded(.up)), Int(bytes / 1_073_741_824))
      throw Failure(
        zh: "这段文本有 \(tokens) 个 token，一次算完约需 \(gibibytes) GiB 内存，上限为 \(limit) GiB。请缩短文本。",
        en:
          "The text has \(tokens) tokens; one pass over it takes about \(gibibytes) GiB of memory, more than the limit of \(limit) GiB. Shorten it."
      )
    }
  }
}
