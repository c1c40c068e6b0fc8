// Split patterns: the regular expressions by which tokenizers cut text before merging, compiled once and matched in linear time. The subset is
// what published tokenizer files use, with the meaning of Oniguruma, which the `tokenizers` library runs. Not here: what happens to the pieces.

/// Why a pattern is not run.
struct SplitPatternError: Error, Hashable {
  /// The construct, as it is written: `(?<=`, `\k`, …
  let construct: String

  init(_ construct: String) { self.construct = construct }
}

/// A compiled pattern. Equal patterns are written equally.
struct SplitPattern: Sendable, Hashable {
  /// Caps, so that a file cannot ask for a program that is large or slow.
  static let maximumLength = 16 << 10
  static let maximumInstructions = 4096
  static let maximumRepeats = 1000
  static let maximumDepth = 16

  let source: String
  /// The source is the text itself, no expression.
  let isLiteral: Bool
  let program: SplitProgram

  /// - Throws: `SplitPatternError` that names a construct outside the subset.
  init(_ source: String) throws(SplitPatternError) {
    self.source = source
    isLiteral = false
    var parser = try SplitPatternParser(source)
    program = try SplitProgram(try parser.whole())
  }

  /// A pattern that matches exactly this text.
  init(literal: String) throws(SplitPatternError) {
    source = literal
    isLiteral = true
    guard literal.utf8.count <= Self.maximumLength else { throw SplitPatternError("\(literal.utf8.count) bytes") }
    program = try SplitProgram(.sequence(literal.unicodeScalars.map { .set(ScalarSet($0.value...$0.value)) }))
  }

  /// A pattern of this program, which the tests compile.
  init(builtIn source: String) {
    do { self = try SplitPattern(source) } catch { preconditionFailure("the pattern \(source) is not in the subset: \(error.construct)") }
  }

  static func == (a: SplitPattern, b: SplitPattern) -> Bool {
    a.isLiteral == b.isLiteral && a.source.utf8.elementsEqual(b.source.utf8)
  }

  func hash(into hasher: inout Hasher) { for byte in source.utf8 { hasher.combine(byte) } }

  /// Calls `body` with every match in `range`, leftmost first, without empty ones. The range is the whole text to the pattern.
  /// - Returns: the steps taken, for tests that bound them.
  @discardableResult
  func forEachMatch(in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) -> Int {
    text.withUnsafeBufferPointer { buffer in
      var matcher = SplitMatcher(program, UnsafeBufferPointer(rebasing: buffer[range]))
      var position = 0
      while position < range.count {
        if !matcher.mayMatch(at: position) {
          position += matcher.unitLength(at: position)
        } else if let end = matcher.match(at: position), end > position {
          body(range.lowerBound + position..<range.lowerBound + end)
          position = end
        } else if matcher.isExhausted {
          break
        } else {
          position += matcher.unitLength(at: position)
        }
      }
      return matcher.steps
    }
  }
}

/// The syntax tree of a pattern.
indirect enum SplitNode {
  enum Mode { case greedy, lazy, possessive }
  enum Assertion { case textStart, textEnd, lineStart, lineEnd, lastLineEnd, wordBoundary, noWordBoundary }

  case set(ScalarSet)
  case sequence([SplitNode])
  case alternatives([SplitNode])
  /// - Parameter maximum: nil for no end.
  case repeated(SplitNode, minimum: Int, maximum: Int?, Mode)
  case lookahead(SplitNode, isNegative: Bool)
  case atomic(SplitNode)
  case assertion(Assertion)

  var canBeEmpty: Bool {
    switch self {
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.canBeEmpty)
    case .alternatives(let nodes): nodes.contains(where: \.canBeEmpty)
    case .repeated(let node, let minimum, _, _): minimum == 0 || node.canBeEmpty
    case .lookahead, .assertion: true
    case .atomic(let node): node.canBeEmpty
    }
  }

  /// Whether the node could read any amount of text.
  var isUnbounded: Bool {
    switch self {
    case .set, .assertion: false
    case .sequence(let nodes), .alternatives(let nodes): nodes.contains(where: \.isUnbounded)
    case .repeated(let node, _, let maximum, _): maximum == nil || node.isUnbounded
    case .lookahead(let node, _), .atomic(let node): node.isUnbounded
    }
  }

  /// The scalars with which a match that is not empty may begin.
  var first: ScalarSet {
    var result = ScalarSet()
    switch self {
    case .set(let set): return set
    case .sequence(let nodes):
      for node in nodes {
        result.formUnion(node.first)
        guard node.canBeEmpty else { break }
      }
    case .alternatives(let nodes): for node in nodes { result.formUnion(node.first) }
    case .repeated(let node, _, _, _), .atomic(let node): return node.first
    case .lookahead, .assertion: break
    }
    return result
  }
}
