// Pre-tokenizers: cut text into the pieces that merges never cross. Not here: the patterns (SplitPattern), the names that GGUF has for common
// ones (PreTokenizer+Names), merges. Steps and behaviours are those of huggingface/tokenizers, `pre_tokenizers`.

/// How text is cut before it becomes tokens: steps, each of which cuts the pieces of the one before.
public struct PreTokenizer: Sendable, Hashable {
  /// What becomes of the matches of a pattern.
  enum Behavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  /// Where SentencePiece's "▁" is put before a piece.
  enum PrependScheme: String, Sendable, CaseIterable {
    case always, first, never
  }

  enum Step: Sendable, Hashable {
    /// - Parameter isInverted: the pattern describes the pieces, not what is between them.
    case split(SplitPattern, Behavior, isInverted: Bool)
    /// Bytes become the characters of GPT-2's alphabet; nothing may follow.
    case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
    case metaspace(replacement: Unicode.Scalar, PrependScheme, splits: Bool)
    case digits(isIndividual: Bool)
    case punctuation(Behavior)
    case whitespace
    case whitespaceSplit
    case bert
  }

  /// One cut in plain form.
  struct Cut: Sendable, Hashable {
    let pattern: SplitPattern
    let behavior: Behavior
    let isInverted: Bool

    init(_ pattern: SplitPattern, _ behavior: Behavior, isInverted: Bool = false) {
      (self.pattern, self.behavior, self.isInverted) = (pattern, behavior, isInverted)
    }
  }

  let steps: [Step]
  private let plans: [Plan]

  private enum Plan: Sendable, Hashable {
    case cut(Cut)
    case prefixSpace
    case metaspace(replacement: [UInt8], PrependScheme)
  }

  init(_ steps: [Step]) {
    self.steps = steps
    plans = steps.flatMap(Self.plans)
  }

  /// Whether tokens are strings of bytes, written in GPT-2's alphabet.
  var isByteLevel: Bool {
    if case .byteLevel = steps.last { true } else { false }
  }

  /// The cuts alone, by which pre-tokenizers that are written differently compare equal; nil where text is changed as well.
  var cuts: [Cut]? {
    var cuts: [Cut] = []
    for plan in plans {
      guard case .cut(let cut) = plan else { return nil }
      cuts.append(cut)
    }
    return cuts
  }

  private static func plans(_ step: Step) -> [Plan] {
    switch step {
    case .split(let pattern, let behavior, let isInverted): return [.cut(Cut(pattern, behavior, isInverted: isInverted))]
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      return (addsPrefixSpace ? [.prefixSpace] : []) + (usesPattern ? [.cut(Cut(BuiltIn.gpt2, .isolated))] : [])
    case .metaspace(let replacement, let scheme, let splits):
      let change = Plan.metaspace(replacement: Array(String(replacement).utf8), scheme)
      guard splits, let pattern = try? SplitPattern(literal: String(replacement)) else { return [change] }
      return [change, .cut(Cut(pattern, .mergedWithNext))]
    case .digits(let isIndividual): return [.cut(Cut(BuiltIn.digit, isIndividual ? .isolated : .contiguous))]
    case .punctuation(let behavior): return [.cut(Cut(BuiltIn.punctuation, behavior))]
    case .whitespace: return [.cut(Cut(BuiltIn.words, .removed, isInverted: true))]
    case .whitespaceSplit: return [.cut(Cut(BuiltIn.space, .removed))]
    case .bert: return [.cut(Cut(BuiltIn.space, .removed)), .cut(Cut(BuiltIn.punctuation, .isolated))]
    }
  }

  /// The patterns of the steps that have none of their own.
  enum BuiltIn {
    static let gpt2 = SplitPattern(
      builtIn: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#)
    static let digit = SplitPattern(builtIn: #"\p{N}"#)
    static let space = SplitPattern(builtIn: #"\s"#)
    static let punctuation = SplitPattern(builtIn: #"[\p{P}!-/:-@\[-`{-~]"#)
    /// `\w+|[^\w\s]+` with `\w` as in Rust's `regex` (Unicode TR 18: Alphabetic, marks, decimal digits, connectors, joiners).
    static let words = SplitPattern(
      builtIn: #"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{200C}\x{200D}\s]+"#)
  }

  // MARK: Applying

  /// The pieces of a text: ranges of the text that comes back, which differs from the given one where a step adds or replaces characters.
  func pieces(of text: AlignedText) -> (text: AlignedText, ranges: [Range<Int>]) {
    var text = text
    var ranges = text.isEmpty ? [] : [0..<text.bytes.count]
    for plan in plans {
      switch plan {
      case .cut(let cut):
        var cutRanges: [Range<Int>] = []
        cutRanges.reserveCapacity(max(ranges.count, text.bytes.count / 5))
        for range in ranges { cut.forEachPiece(in: text.bytes, range) { cutRanges.append($0) } }
        ranges = cutRanges
      case .prefixSpace:
        (text, ranges) = Self.rewrite(text, ranges) { source, range, target in
          if source.bytes[range.lowerBound] != 0x20 { target.append([0x20], from: range.lowerBound) }
          target.copy(range, of: source)
        }
      case .metaspace(let replacement, let scheme):
        (text, ranges) = Self.rewrite(text, ranges) { source, range, target in
          let isFirst = source.startsText && source.origin(of: range.lowerBound) == 0
          let starts = source.bytes[range.lowerBound] == 0x20 || source.bytes[range].starts(with: replacement)
          if !starts, scheme == .always || (scheme == .first && isFirst) { target.append(replacement, from: range.lowerBound) }
          for place in range {
            if source.bytes[place] == 0x20 {
              target.append(replacement, from: place)
            } else {
              target.copy(place..<place + 1, of: source)
            }
          }
        }
      }
    }
    return (text, ranges)
  }

  private static func rewrite(
    _ text: AlignedText, _ ranges: [Range<Int>], _ body: (AlignedText, Range<Int>, inout AlignedText.Writer) -> Void
  ) -> (AlignedText, [Range<Int>]) {
    var result: [Range<Int>] = []
    let rewritten = text.rewritten { source, target in
      for range in ranges {
        let start = target.bytes.count
        body(source, range, &target)
        result.append(start..<target.bytes.count)
      }
    }
    return (rewritten, result)
  }

  /// Calls `body` with the byte range of every piece; for pre-tokenizers that cut only.
  func forEachPiece(in text: [UInt8], _ body: (Range<Int>) -> Void) {
    for range in pieces(of: AlignedText(text, startsText: true)).ranges { body(range) }
  }
}

extension PreTokenizer.Cut {
  /// Calls `body` with the pieces of the range, in order and none empty.
  func forEachPiece(in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var join = PreTokenizer.Join(behavior)
    var end = range.lowerBound
    func emit(_ piece: Range<Int>, isMatch: Bool) {
      if !piece.isEmpty { join.add(piece, isDelimiter: isMatch != isInverted, body) }
    }
    pattern.forEachMatch(in: text, range) { match in
      emit(end..<match.lowerBound, isMatch: false)
      emit(match, isMatch: true)
      end = match.upperBound
    }
    emit(end..<range.upperBound, isMatch: false)
    join.finish(body)
  }
}

extension PreTokenizer {
  /// Joins or drops delimiters as a behaviour asks for.
  fileprivate struct Join {
    private let behavior: Behavior
    private var pending: Range<Int>?
    private var pendingIsDelimiter = false

    init(_ behavior: Behavior) { self.behavior = behavior }

    mutating func add(_ piece: Range<Int>, isDelimiter: Bool, _ body: (Range<Int>) -> Void) {
      switch behavior {
      case .isolated: body(piece)
      case .removed: if !isDelimiter { body(piece) }
      case .contiguous: extend(piece, isDelimiter, ifJoined: isDelimiter == pendingIsDelimiter, body)
      // Of several delimiters in a row only the first joins what is before, only the last what is after.
      case .mergedWithPrevious: extend(piece, isDelimiter, ifJoined: isDelimiter && !pendingIsDelimiter, body)
      case .mergedWithNext: extend(piece, isDelimiter, ifJoined: !isDelimiter && pendingIsDelimiter, body)
      }
    }

    private mutating func extend(_ piece: Range<Int>, _ isDelimiter: Bool, ifJoined isJoined: Bool, _ body: (Range<Int>) -> Void) {
      if let before = pending, isJoined {
        pending = before.lowerBound..<piece.upperBound
      } else {
        if let before = pending { body(before) }
        pending = piece
      }
      pendingIsDelimiter = isDelimiter
    }

    mutating func finish(_ body: (Range<Int>) -> Void) {
      if let last = pending { body(last) }
      pending = nil
    }
  }
}
