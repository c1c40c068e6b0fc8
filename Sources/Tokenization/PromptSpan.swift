// Prompts as spans that remember who wrote them, and their tokens. This is the only way text becomes special tokens, and only template text does.
// Not here: chat templates, which make the spans.

/// A stretch of a rendered prompt with its author.
public struct PromptSpan: Sendable, Hashable {
  /// Who wrote the text.
  public enum Provenance: String, Sendable, CaseIterable {
    case template, system, user, document, tool, assistant
  }

  public var text: String
  public var provenance: Provenance

  public init(_ text: String, _ provenance: Provenance) {
    self.text = text
    self.provenance = provenance
  }
}

/// The tokens of a prompt, each with the author of its first byte.
public struct EncodedPrompt: Sendable, Hashable {
  public private(set) var ids: [Int] = []
  public private(set) var provenances: [PromptSpan.Provenance] = []

  public init() {}

  public mutating func append(_ id: Int, _ provenance: PromptSpan.Provenance) {
    ids.append(id)
    provenances.append(provenance)
  }
}

extension Tokenizer {
  /// The tokens of a rendered prompt. Special tokens are recognised in template spans only, and never across the end of a span.
  ///
  /// Text between special tokens is encoded as a whole, so that the ids equal those of the rendered prompt as one string. BOS is not added.
  public func encode(_ spans: [PromptSpan]) -> EncodedPrompt {
    var result = EncodedPrompt()
    var pending = PendingText()
    for span in spans {
      let text = Array(span.text.utf8)
      var plainStart = 0
      var position = 0
      while span.provenance == .template, position < text.count {
        guard let match = vocabulary.specials.longestMatch(in: text, at: position) else {
          position += 1
          continue
        }
        let flags = added.flags[match.id] ?? AddedTokenFlags()
        if flags.isSingleWord, AddedTokens.touchesWord(position..<position + match.length, in: text) {
          position += 1
          continue
        }
        pending.append(text[plainStart..<position], span.provenance)
        if flags.stripsLeft { pending.stripEnd() }
        flush(&pending, into: &result)
        pending.stripsStart = flags.stripsRight
        result.append(match.id, .template)
        position += match.length
        plainStart = position
      }
      pending.append(text[plainStart...], span.provenance)
    }
    flush(&pending, into: &result)
    return result
  }

  private func flush(_ pending: inout PendingText, into result: inout EncodedPrompt) {
    var run = 0
    encodeText(pending.text, startsText: result.ids.isEmpty) { symbol in
      while run + 1 < pending.runs.count, pending.runs[run + 1].start <= symbol.start { run += 1 }
      result.append(Int(symbol.id), pending.runs[run].provenance)
    }
    pending = PendingText()
  }
}

/// Text between two special tokens, with its authors by the byte at which each begins.
private struct PendingText {
  private(set) var text: [UInt8] = []
  private(set) var runs: [(start: Int, provenance: PromptSpan.Provenance)] = []
  /// White space that comes first belongs to the special token before it.
  var stripsStart = false

  mutating func append(_ part: ArraySlice<UInt8>, _ provenance: PromptSpan.Provenance) {
    var part = part
    if stripsStart {
      part = part.dropFirst(AddedTokens.spaceEnd(Array(part), from: 0))
      if !part.isEmpty { stripsStart = false }
    }
    guard !part.isEmpty else { return }
    runs.append((text.count, provenance))
    text += part
  }

  /// Drops white space at the end, which belongs to the special token that follows.
  mutating func stripEnd() {
    text.removeSubrange(AddedTokens.spaceStart(text, before: text.count)...)
    runs.removeAll { $0.start >= text.count }
  }
}
