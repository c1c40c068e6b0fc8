// Text that remembers who wrote each character: what makes provenance survive every operation of a template. Not here: the operations.

/// A character with its author: the Unicode scalar in the low 21 bits, the author's rank of distrust above.
struct TemplateLetter: Sendable, Hashable {
  private let bits: UInt32

  init(_ scalar: Unicode.Scalar, _ author: TemplateAuthor) { bits = scalar.value | author.rawValue << 24 }

  var code: UInt32 { bits & 0x1F_FFFF }
  /// Only made from scalars, so the code is one.
  var scalar: Unicode.Scalar { Unicode.Scalar(code) ?? "\u{FFFD}" }
  var author: TemplateAuthor { TemplateAuthor(rawValue: bits >> 24) ?? .document }

  func hasAuthor(of other: TemplateLetter) -> Bool { bits >> 24 == other.bits >> 24 }

  /// Python's `str.isspace`: White_Space and the four separators of ASCII.
  var isSpace: Bool {
    switch code {
    case 9...13, 28...32: true
    case ..<128: false
    default: scalar.properties.isWhitespace
    }
  }
}

/// Who wrote a character; raw values grow with distrust, so that of several authors the largest stands for all.
enum TemplateAuthor: UInt32, Sendable, Comparable, CaseIterable {
  case template, system, assistant, user, tool, document

  static func < (a: TemplateAuthor, b: TemplateAuthor) -> Bool { a.rawValue < b.rawValue }

  var provenance: PromptSpan.Provenance {
    switch self {
    case .template: .template
    case .system: .system
    case .assistant: .assistant
    case .user: .user
    case .tool: .tool
    case .document: .document
    }
  }
}

/// A string of Python's kind: indexed by Unicode scalars, compared by them alone.
struct TemplateText: Sendable, Hashable, Comparable {
  var letters: [TemplateLetter]

  init(letters: [TemplateLetter] = []) { self.letters = letters }
  init(letters: ArraySlice<TemplateLetter>) { self.letters = Array(letters) }
  init(_ string: String, _ author: TemplateAuthor) {
    letters = []
    letters.reserveCapacity(string.utf8.count)
    for scalar in string.unicodeScalars { letters.append(TemplateLetter(scalar, author)) }
  }

  var count: Int { letters.count }
  var isEmpty: Bool { letters.isEmpty }

  /// The least trusted of the authors; the template's where there is no text.
  var author: TemplateAuthor { letters.lazy.map(\.author).max() ?? .template }

  var string: String {
    // Bytes first: appending scalars to a string one by one takes several times as long.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + count / 8)
    for letter in letters {
      if letter.code < 0x80 {
        bytes.append(UInt8(letter.code))
      } else {
        bytes += UTF8.encode(letter.scalar) ?? UTF8.encodedReplacementCharacter
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Neighbours of one author as one span.
  var spans: [PromptSpan] {
    var spans: [PromptSpan] = []
    var start = 0
    while start < count {
      let first = letters[start]
      let end = letters[start...].firstIndex { !$0.hasAuthor(of: first) } ?? count
      spans.append(PromptSpan(TemplateText(letters: letters[start..<end]).string, first.author.provenance))
      start = end
    }
    return spans
  }

  static func == (a: TemplateText, b: TemplateText) -> Bool {
    a.count == b.count && a.letters.elementsEqual(b.letters) { $0.code == $1.code }
  }

  static func < (a: TemplateText, b: TemplateText) -> Bool { a.letters.lexicographicallyPrecedes(b.letters) { $0.code < $1.code } }

  func hash(into hasher: inout Hasher) { for letter in letters { hasher.combine(letter.code) } }
}
