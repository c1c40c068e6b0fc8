// SentencePiece's precompiled character map: which strings are replaced by which before pieces are looked for. Every index from the file is
// checked, so that a broken map matches less and never reads outside. Not here: base64, protobuf.
// Format: google/sentencepiece `src/normalizer.cc` (a Darts-clone double-array trie, then NUL-terminated replacements).

struct CharacterMap: Sendable, Hashable {
  /// As the file has it: u32 size of the trie in bytes, the trie, the replacements.
  let blob: [UInt8]
  /// The `tokenizers` library reads the map in its own way: whole short grapheme clusters first, by the shortest string that fits.
  let readsGraphemes: Bool
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// Replacements that are not finished by a NUL within this many bytes count as none.
  private static let longestReplacement = 1024

  /// - Returns: nil where the sizes do not fit.
  init?(_ blob: [UInt8], readsGraphemes: Bool = false) {
    guard blob.count >= 4 else { return nil }
    func unit(_ position: Int) -> UInt32 {
      UInt32(blob[position]) | UInt32(blob[position + 1]) << 8 | UInt32(blob[position + 2]) << 16 | UInt32(blob[position + 3]) << 24
    }
    let size = Int(unit(0))
    guard size % 4 == 0, size >= 4, size <= blob.count - 4 else { return nil }
    self.blob = blob
    self.readsGraphemes = readsGraphemes
    units = stride(from: 4, to: 4 + size, by: 4).map(unit)
    replacements = Array(blob[(4 + size)...])
  }

  static func == (a: CharacterMap, b: CharacterMap) -> Bool { a.blob == b.blob && a.readsGraphemes == b.readsGraphemes }
  func hash(into hasher: inout Hasher) { hasher.combine(blob) }

  /// The longest string of the map that `bytes` starts with at `start`: its length and its replacement.
  /// - Parameter isShortest: the shortest instead.
  func match(in bytes: [UInt8], at start: Int, end: Int, isShortest: Bool = false) -> (length: Int, replacement: ArraySlice<UInt8>)? {
    var best: (length: Int, offset: Int)?
    var node = Self.offset(units[0])
    for position in start..<end {
      let byte = bytes[position]
      guard byte != 0 else { break }
      node ^= Int(byte)
      guard node < units.count, units[node] & (1 << 31 | 0xFF) == UInt32(byte) else { break }
      let unit = units[node]
      node ^= Self.offset(unit)
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { break }
        best = (position + 1 - start, Int(units[node] & 0x7FFF_FFFF))
        if isShortest { break }
      }
    }
    guard let best, best.offset < replacements.count,
      let length = replacements[best.offset...].prefix(Self.longestReplacement).firstIndex(of: 0)
    else { return nil }
    return (best.length, replacements[best.offset..<length])
  }

  private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }

  /// Replaces the longest match at every place, as SentencePiece does. A byte that is not UTF-8 becomes U+FFFD.
  /// - Parameter limit: what the text may become, in bytes.
  func normalized(_ text: AlignedText, limit: Int) -> AlignedText {
    // Broken bytes have no grapheme clusters, and the library never sees any.
    if readsGraphemes, let string = String(validating: text.bytes, as: UTF8.self) { return normalizedByGraphemes(text, string, limit) }
    return text.rewritten(limit: limit) { source, target in
      var position = 0
      while position < source.bytes.count {
        if let match = match(in: source.bytes, at: position, end: source.bytes.count) {
          target.replace(position..<position + match.length, of: source, by: match.replacement)
          position += match.length
        } else if let (_, length) = UTF8Scalar.decode(source.bytes, at: position, end: source.bytes.count) {
          target.copy(position..<position + length, of: source)
          position += length
        } else {
          target.append("\u{FFFD}", from: position)
          position += 1
        }
      }
    }
  }

  private static let longestGrapheme = 5

  /// As huggingface/tokenizers, `normalizers/precompiled.rs`: a cluster of up to five bytes that begins with a string of the map is replaced as a
  /// whole, of longer ones each character.
  private func normalizedByGraphemes(_ text: AlignedText, _ string: String, _ limit: Int) -> AlignedText {
    text.rewritten(limit: limit) { source, target in
      var position = 0
      for character in string {
        let end = position + character.utf8.count
        if end - position <= Self.longestGrapheme, let match = match(in: source.bytes, at: position, end: end, isShortest: true) {
          target.replace(position..<end, of: source, by: match.replacement)
        } else {
          source.forEachScalar(in: position..<end) { _, start, length in
            if let match = match(in: source.bytes, at: start, end: start + length, isShortest: true) {
              target.replace(start..<start + length, of: source, by: match.replacement)
            } else {
              target.copy(start..<start + length, of: source)
            }
          }
        }
        position = end
      }
    }
  }
}
