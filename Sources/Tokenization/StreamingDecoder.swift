// Decoding one token at a time: characters appear when their last byte has come. Not here: stop strings.

/// Turns a stream of ids into text without ever splitting a character. The pieces joined equal `Tokenizer.decode` of all ids.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecial: Bool
  private var pending: [UInt8] = []
  private var stripsSpace: Bool

  /// - Parameter continuing: the ids continue a text, so that a leading space belongs to it; false at the start of a text.
  public init(_ tokenizer: Tokenizer, skippingSpecial: Bool = false, continuing: Bool = true) {
    self.tokenizer = tokenizer
    skipsSpecial = skippingSpecial
    stripsSpace = !continuing && tokenizer.stripsLeadingSpace
  }

  /// The characters that this id completes, often none or several.
  public mutating func append(_ id: Int) -> String {
    guard !(skipsSpecial && tokenizer.vocabulary.isSpecial(id)) else { return "" }
    pending += tokenizer.bytes(of: id)
    if stripsSpace, let first = pending.first {
      stripsSpace = false
      if first == 0x20 { pending.removeFirst() }
    }
    let complete = pending.count - UTF8Scalar.incompleteSuffixLength(pending)
    defer { pending.removeFirst(complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// What is left when no more ids come: nothing, or U+FFFD for a character that was cut.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }
}
