// The way of a text through the pipeline: added tokens, normalizer, pre-tokenizer, model. Not here: the parts themselves, special tokens.

extension Tokenizer {
  /// Calls `body` with every token of the text and the byte at which it begins.
  /// - Parameter startsText: whether nothing stands before the text, neither text nor token.
  func encodeText(_ text: [UInt8], startsText: Bool, _ body: (Symbol) -> Void) {
    added.forEachPart(of: text, isNormalized: false) { part in
      switch part {
      case .token(let id, let start): body(Symbol(id: Int32(id), start: start))
      case .text(let range):
        let whole = range.count == text.count ? text : Array(text[range])
        let normalized = pipeline.normalizer.normalized(AlignedText(whole, startsText: startsText && range.lowerBound == 0))
        encodeNormalized(normalized) { body(Symbol(id: $0.id, start: $0.start + range.lowerBound)) }
      }
    }
  }

  private func encodeNormalized(_ text: AlignedText, _ body: (Symbol) -> Void) {
    added.forEachPart(of: text.bytes, isNormalized: true) { part in
      switch part {
      case .token(let id, let start): body(Symbol(id: Int32(id), start: text.origin(of: start)))
      case .text(let range):
        let slice = range.count == text.bytes.count ? text : text.slice(range)
        let (pieces, ranges) = pipeline.preTokenizer.pieces(of: slice)
        encode(pieces, ranges, body)
      }
    }
  }

  private func encode(_ text: AlignedText, _ ranges: [Range<Int>], _ body: (Symbol) -> Void) {
    var symbols: [Symbol] = []
    var loop = MergeLoop()
    var cache = PieceCache(pieceCount: ranges.count)
    text.bytes.withUnsafeBufferPointer { bytes in
      for range in ranges {
        if cache.forEachSymbol(ofPiece: range, in: bytes, { body(Symbol(id: $0.id, start: text.origin(of: $0.start))) }) { continue }
        symbols.removeAll(keepingCapacity: true)
        switch model {
        case .bytePairs(let model): model.encode(bytes, range, &symbols, &loop)
        case .scoredPairs(let model): model.encode(bytes, range, &symbols, &loop)
        case .unigram(let model): model.encode(bytes, range, &symbols)
        case .wordPiece(let model): model.encode(bytes, range, &symbols)
        case .wordLevel(let model): model.encode(bytes, range, &symbols)
        }
        cache.remember(symbols)
        for symbol in symbols { body(Symbol(id: symbol.id, start: text.origin(of: symbol.start))) }
      }
    }
  }

  /// The pieces of a text as the model gets them; for tests.
  func pieces(of text: [UInt8]) -> [[UInt8]] {
    let normalized = pipeline.normalizer.normalized(AlignedText(text, startsText: true))
    let (pieces, ranges) = pipeline.preTokenizer.pieces(of: normalized)
    return ranges.map { Array(pieces.bytes[$0]) }
  }
}

/// Tokens of pieces that came before in the same text: words repeat. One slot for each hash, the newest piece stays.
private struct PieceCache {
  private struct Slot {
    var piece = 0..<0
    var symbols = 0..<0
  }

  /// Longer pieces repeat seldom.
  private static let longestPiece = 64
  private static let fewestPieces = 64
  private static let mostSlots = 1 << 14

  private var slots: [Slot] = []
  private var symbols: [Symbol] = []
  private var wanted: (slot: Int, piece: Range<Int>)?

  init(pieceCount: Int) {
    guard pieceCount >= Self.fewestPieces else { return }
    var count = Self.fewestPieces
    while count < min(pieceCount, Self.mostSlots) { count *= 2 }
    slots = [Slot](repeating: Slot(), count: count)
  }

  /// Calls `body` with the symbols of the piece if it is here; says whether it is.
  @inline(__always)
  mutating func forEachSymbol(ofPiece piece: Range<Int>, in text: UnsafeBufferPointer<UInt8>, _ body: (Symbol) -> Void) -> Bool {
    wanted = nil
    guard !slots.isEmpty, piece.count <= Self.longestPiece else { return false }
    let bytes = UnsafeBufferPointer(rebasing: text[piece])
    let place = Int(truncatingIfNeeded: TokenTable.hash(bytes) >> 7) & (slots.count - 1)
    let slot = slots[place]
    guard slot.piece.count == piece.count, UnsafeBufferPointer(rebasing: text[slot.piece]).elementsEqual(bytes) else {
      wanted = (place, piece)
      return false
    }
    for index in slot.symbols {
      body(Symbol(id: symbols[index].id, start: symbols[index].start + piece.lowerBound))
    }
    return true
  }

  /// Keeps the symbols of the piece that was asked for last and was not here.
  mutating func remember(_ new: [Symbol]) {
    guard let wanted else { return }
    let start = symbols.count
    for symbol in new { symbols.append(Symbol(id: symbol.id, start: symbol.start - wanted.piece.lowerBound)) }
    slots[wanted.slot] = Slot(piece: wanted.piece, symbols: start..<symbols.count)
  }
}
