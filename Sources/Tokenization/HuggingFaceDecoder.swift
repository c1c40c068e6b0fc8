// The decoder of a tokenizer.json → `Decoding`. Decoders there are programs over lists of strings; those of published files say how one token
// is written, and whether the text loses its first space. Not here: the other direction. Format: huggingface/tokenizers, `decoders`.
import Languages
import ModelFiles

enum HuggingFaceDecoder {
  static func read(_ cursor: JSONCursor?, isByteLevel: Bool) throws(FileError) -> Decoding {
    var decoding = Decoding(spelling: isByteLevel ? .byteAlphabet : .text([]))
    guard let cursor else { return decoding }
    var replacements: [Decoding.Replacement] = []
    /// After `Fuse` there is one string, the whole text.
    var isFused = false
    for step in try HuggingFacePipeline.flattened(cursor, "decoders") {
      let type = try step.typeName()
      switch type {
      case "ByteLevel": decoding.spelling = .byteAlphabet
      // Which tokens are bytes follows from their spelling.
      case "ByteFallback": break
      case "Fuse": isFused = true
      case "Replace":
        guard !isFused, let from = try step.member("pattern").optional("String") else { throw step.unsupported("Replace") }
        replacements.append(Decoding.Replacement(from: try from.string(), to: try step.member("content").string()))
      case "Metaspace":
        let (replacement, scheme) = try HuggingFacePipeline.readMetaspace(step)
        replacements.append(Decoding.Replacement(from: String(replacement), to: " "))
        decoding.stripsLeadingSpace = scheme != .never
      case "Strip":
        let (start, stop) = (try step.member("start").integer(in: 0...1), try step.member("stop").integer(in: 0...0))
        guard isFused || start + stop == 0, try step.member("content").string() == " " else { throw step.unsupported("Strip") }
        decoding.stripsLeadingSpace = start == 1
      case "WordPiece":
        decoding.spelling = .words(
          .continuation(try step.optional("prefix")?.string() ?? "##"), cleansUp: try step.flag("cleanup", default: true))
        decoding.stripsLeadingSpace = true
      default: throw step.unsupported(type)
      }
    }
    if !replacements.isEmpty {
      guard case .text = decoding.spelling else { throw cursor.unsupported("Replace") }
      decoding.spelling = .text(replacements)
    }
    return decoding
  }
}

/// Base64 (RFC 4648), for character maps in JSON.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// nil where the text is not base64.
  static func decoded(_ text: String) -> [UInt8]? {
    var values = [Int16](repeating: -1, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = Int16(value) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 4 * 3)
    var (buffer, bits): (UInt32, Int) = (0, 0)
    var isPadded = false
    for character in text.utf8 {
      if character == UInt8(ascii: "=") {
        isPadded = true
        continue
      }
      let value = values[Int(character)]
      guard value >= 0, !isPadded else { return nil }
      buffer = buffer << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
      }
    }
    return bits < 6 ? bytes : nil
  }

  static func encoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 3 * 4 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place <= group.count ? alphabet[Int(value >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
