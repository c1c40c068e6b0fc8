// The only text that frames and standard output accept: a string in which nothing can act on a terminal or hide from a reader.
// Not here: cutting into lines (Wrapping), styles (StyledText). The rules are those of the sanitizer below, and they hold for every string, our own included.

/// Text that is safe to show. It may hold newlines and tabs; every other control is replaced by something visible.
public struct DisplayText: Sendable, Hashable {
  /// The sanitized text.
  public let string: String

  public init(_ text: some StringProtocol) {
    if DisplayText.isPlainASCII(text) {
      string = String(text)
      return
    }
    var sanitizer = Sanitizer()
    string = sanitizer.append(text)
  }

  /// Bytes from outside: what is not UTF-8 becomes U+FFFD.
  public init(bytes: some Collection<UInt8>) { self.init(String(decoding: bytes, as: UTF8.self)) }

  /// Text that is known to be sanitized already: pieces of another `DisplayText`.
  init(sanitized: String) { string = sanitized }

  public static let empty = DisplayText(sanitized: "")

  public var isEmpty: Bool { string.isEmpty }

  /// Cells of the text on one line (a tab reaches to the next multiple of 4 and a newline is drawn as one glyph).
  public var width: Int {
    var columns = 0
    for glyph in glyphs { columns += glyph.width }
    return columns
  }

  public static func + (left: DisplayText, right: DisplayText) -> DisplayText { DisplayText(left.string + right.string) }

  /// Printable ASCII needs no work, and most text is that.
  private static func isPlainASCII(_ text: some StringProtocol) -> Bool {
    text.utf8.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A || $0 == 0x09 }
  }
}

extension DisplayText: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self.init(value) }
}

extension DisplayText: CustomStringConvertible {
  public var description: String { string }
}

// MARK: - Sanitizer

extension DisplayText {
  /// The sanitizer as a state machine, so that text that arrives in pieces (a stream of tokens) obeys the same rules as a whole string.
  ///
  /// C0, DEL and C1 controls become visible glyphs, bidi controls, tag characters and noncharacters U+FFFD; zero-width spaces and joiners,
  /// variation selectors and emoji modifiers are dropped, because terminals disagree about their width; at most 4 combining marks stay on a
  /// character, and the rest of such a pile becomes one U+FFFD. A mark without a character before it sits on a dotted circle.
  public struct Sanitizer: Sendable {
    /// Marks on the last character; nil where there is no character to carry one.
    private var marks: Int?
    private var sawReturn = false

    public init() {}

    static let marksPerCell = 4

    /// The visible form of the next piece of text.
    public mutating func append(_ text: some StringProtocol) -> String {
      var result = String.UnicodeScalarView()
      for scalar in text.unicodeScalars { append(scalar, to: &result) }
      return String(result)
    }

    private mutating func append(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
      let afterReturn = sawReturn
      sawReturn = false
      switch scalar.value {
      case 0x0A, 0x2028, 0x2029:
        // The newline of a CR LF pair has been written for the CR.
        if !(afterReturn && scalar.value == 0x0A) { result.append("\n") }
        marks = nil
      case 0x0D:
        result.append("\n")
        sawReturn = true
        marks = nil
      case 0x09:
        result.append("\t")
        marks = nil
      case 0x00..<0x20: put(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}", to: &result)
      case 0x7F: put("\u{2421}", to: &result)
      case 0x80..<0xA0:
        for visible in "⟨\(String(scalar.value, radix: 16, uppercase: true))⟩".unicodeScalars { put(visible, to: &result) }
      case let code where Sanitizer.isDropped(code): break
      case let code where Sanitizer.isReplaced(code): put("\u{FFFD}", to: &result)
      default: scalar.cellWidth == 0 ? join(scalar, to: &result) : put(scalar, to: &result)
      }
    }

    private mutating func put(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
      result.append(scalar)
      marks = 0
    }

    private mutating func join(_ mark: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
      if marks == nil { put("\u{25CC}", to: &result) }
      let count = marks ?? 0
      if count < Sanitizer.marksPerCell {
        result.append(mark)
      } else if count == Sanitizer.marksPerCell {
        result.append("\u{FFFD}")
      }
      // Beyond the limit the count stays, so that a pile of any height gives one U+FFFD.
      marks = min(count + 1, Sanitizer.marksPerCell + 1)
    }

    /// Soft hyphen, zero-width spaces and joiners, invisible operators, variation selectors, emoji modifiers, byte order mark.
    private static func isDropped(_ code: UInt32) -> Bool {
      switch code {
      case 0xAD, 0x34F, 0x180B...0x180F, 0x200B...0x200D, 0x2060...0x2064, 0xFE00...0xFE0F, 0xFEFF, 0x1F3FB...0x1F3FF, 0xE0100...0xE01EF:
        true
      default: false
      }
    }

    /// Bidi controls (they reorder what a reader sees), deprecated format characters, annotations, tags (invisible text) and noncharacters.
    private static func isReplaced(_ code: UInt32) -> Bool {
      switch code {
      case 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2065...0x206F, 0xFFF0...0xFFFB, 0xFDD0...0xFDEF, 0xE0000...0xE0FFF: true
      default: code & 0xFFFE == 0xFFFE
      }
    }
  }
}
