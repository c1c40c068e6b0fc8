// Runs a split program: backtracking with explicit frames, and memory of what failed, so that the time is linear in the text whatever the
// pattern. Not here: syntax, instructions.

struct SplitMatcher {
  /// Where to go on when the present way fails.
  private enum Frame {
    case alternative(instruction: Int, position: Int)
    /// A greedy run that may give back scalars down to `low`.
    case giveBack(instruction: Int, start: Int, low: Int, position: Int, end: Int)
    /// A lazy run that may take one more scalar.
    case takeMore(instruction: Int, position: Int, left: Int)
    /// Both ways of a branch failed here.
    case failed(number: Int, position: Int)
  }

  /// Beyond this much memory for failed branches the rest of the text is not matched any more.
  private static let maximumFailureBits = 1 << 31

  private let program: SplitProgram
  private let text: UnsafeBufferPointer<UInt8>
  private var frames: [Frame] = []
  /// Of each run with no end: the stretch in which starting it is known to fail. Failure depends on the place only, not on how it was reached.
  private var failedRuns: [Range<Int>]
  /// Bit `position * branchCount + number`; empty until the steps ask for it.
  private var failedBranches: [UInt64] = []
  private(set) var steps = 0
  /// The memory ran out.
  private(set) var isExhausted = false

  /// - Parameter text: valid as long as the matcher is used.
  init(_ program: SplitProgram, _ text: UnsafeBufferPointer<UInt8>) {
    self.program = program
    self.text = text
    failedRuns = [Range<Int>](repeating: 0..<0, count: program.instructions.count)
    frames.reserveCapacity(16)
  }

  /// The end of the match that starts at `position`, nil if none does.
  mutating func match(at position: Int) -> Int? { run(0, position) }

  /// Whether a match that is not empty may start at `position`, by the scalar that is there.
  @inline(__always) func mayMatch(at position: Int) -> Bool {
    let byte = text[position]
    return byte < 0x80 ? program.first.containsASCII(byte) : program.first.mayBeWide
  }

  /// The length of the scalar at `position`, 1 for a byte that is not UTF-8.
  func unitLength(at position: Int) -> Int {
    text[position] < 0x80 ? 1 : UTF8Scalar.decode(text, at: position, end: text.count)?.length ?? 1
  }

  // MARK: Scalars

  /// The length of the scalar at `position` if it is in the set, 0 if not or at the end.
  @inline(__always) private func length(_ set: Int, at position: Int) -> Int {
    guard position < text.count else { return 0 }
    let byte = text[position]
    if byte < 0x80 { return program.sets[set].containsASCII(byte) ? 1 : 0 }
    return wideLength(set, at: position)
  }

  private func wideLength(_ set: Int, at position: Int) -> Int {
    guard let (scalar, length) = UTF8Scalar.decode(text, at: position, end: text.count) else {
      return program.sets[set].containsBroken ? 1 : 0
    }
    return program.sets[set].containsWide(scalar) ? length : 0
  }

  private func startsWith(_ set: Int, at position: Int) -> Bool {
    if set < 0 { return true }
    guard position < text.count else { return false }
    let byte = text[position]
    return byte < 0x80 ? program.sets[set].containsASCII(byte) : program.sets[set].mayBeWide
  }

  /// The start of the scalar that ends at `position`. A lead byte always begins a unit, so looking back finds what reading forward found.
  private func back(from position: Int) -> Int {
    if text[position - 1] < 0x80 { return position - 1 }
    for length in 2...4 where length <= position {
      if let found = UTF8Scalar.decode(text, at: position - length, end: position), found.length == length { return position - length }
    }
    return position - 1
  }

  private func isWord(at position: Int) -> Bool {
    guard position < text.count, let (scalar, _) = UTF8Scalar.decode(text, at: position, end: text.count) else { return false }
    return ScalarCategory.word.contains(scalar)
  }

  private func holds(_ assertion: SplitNode.Assertion, at position: Int) -> Bool {
    let isEnd = position == text.count
    switch assertion {
    case .textStart: return position == 0
    case .textEnd: return isEnd
    case .lineStart: return position == 0 || (text[position - 1] == 0x0A && !isEnd)
    case .lineEnd: return isEnd || text[position] == 0x0A
    case .lastLineEnd: return isEnd || (position == text.count - 1 && text[position] == 0x0A)
    case .wordBoundary, .noWordBoundary:
      let isBoundary = (position > 0 && isWord(at: back(from: position))) != isWord(at: position)
      return isBoundary == (assertion == .wordBoundary)
    }
  }

  // MARK: The loop

  /// Runs from an instruction to the next `match`. Recursion is as deep as groups nest, which the parser bounds.
  private mutating func run(_ start: Int, _ startPosition: Int) -> Int? {
    let floor = frames.count
    var instruction = start
    var position = startPosition
    while true {
      steps += 1
      var isAlive = true
      switch program.instructions[instruction] {
      case .match:
        frames.removeLast(frames.count - floor)
        return position
      case .set(let set):
        let length = length(set, at: position)
        isAlive = length > 0
        position += length
        instruction += 1
      case .run(let set, let minimum, let maximum, let mode, let number):
        let remembers = mode == .greedy && maximum == .max && minimum <= 1
        isAlive = remembers || mode == .possessive || enter(number, position)
        if isAlive { isAlive = take(set, minimum, maximum, mode, instruction, &position, remembers) }
        instruction += 1
      case .branch(let other, let first, let number):
        if startsWith(first, at: position) {
          isAlive = enter(number, position)
          if isAlive { frames.append(.alternative(instruction: other, position: position)) }
          instruction += 1
        } else {
          instruction = other
        }
      case .lazyBranch(let other, let number):
        isAlive = enter(number, position)
        if isAlive { frames.append(.alternative(instruction: instruction + 1, position: position)) }
        instruction = other
      case .jump(let target): instruction = target
      case .lookahead(let end, let isNegative):
        isAlive = (run(instruction + 1, position) == nil) == isNegative
        instruction = end
      case .atomic(let end):
        if let reached = run(instruction + 1, position) { position = reached } else { isAlive = false }
        instruction = end
      case .assertion(let assertion):
        isAlive = holds(assertion, at: position)
        instruction += 1
      }
      if isAlive { continue }
      guard resume(floor, &instruction, &position) else { return nil }
    }
  }

  /// Takes as much as the run may and leaves a frame for the rest; says whether the minimum was there.
  private mutating func take(
    _ set: Int, _ minimum: Int, _ maximum: Int, _ mode: SplitNode.Mode, _ instruction: Int, _ position: inout Int, _ remembers: Bool
  ) -> Bool {
    let start = position
    let failed = remembers ? failedRuns[instruction] : 0..<0
    if failed.contains(start) { return false }
    var end: Int?
    var count = 0
    var low = minimum == 0 ? start : -1
    let wanted = mode == .lazy ? minimum : maximum
    while count < wanted {
      let length = length(set, at: position)
      guard length > 0 else { break }
      count += 1
      if failed.contains(position + length) {
        // A run from there failed: whatever follows is known to fail, but for the place itself where the run had to take one scalar.
        if minimum == 1 { position += length }
        if count == minimum { low = position }
        end = failed.upperBound
        break
      }
      position += length
      if count == minimum { low = position }
    }
    steps += count
    guard count >= minimum else { return false }
    if mode == .lazy, count < maximum {
      frames.append(.takeMore(instruction: instruction, position: position, left: maximum - count))
    } else if mode == .greedy, position > low || remembers {
      frames.append(.giveBack(instruction: instruction, start: start, low: low, position: position, end: end ?? position))
    }
    return true
  }

  /// Goes back to the newest frame above `floor`; false if there is none.
  private mutating func resume(_ floor: Int, _ instruction: inout Int, _ position: inout Int) -> Bool {
    while frames.count > floor, let frame = frames.popLast() {
      steps += 1
      switch frame {
      case .alternative(let next, let place):
        (instruction, position) = (next, place)
        return true
      case .giveBack(let run, let start, let low, let place, let end):
        guard place > low else {
          if case .run(_, let minimum, .max, _, _) = program.instructions[run], minimum <= 1, start < end { failedRuns[run] = start..<end }
          continue
        }
        position = back(from: place)
        frames.append(.giveBack(instruction: run, start: start, low: low, position: position, end: end))
        instruction = run + 1
        return true
      case .takeMore(let run, let place, let left):
        guard case .run(let set, _, _, _, _) = program.instructions[run] else { continue }
        let length = length(set, at: place)
        guard length > 0 else { continue }
        position = place + length
        if left > 1 { frames.append(.takeMore(instruction: run, position: position, left: left == .max ? .max : left - 1)) }
        instruction = run + 1
        return true
      case .failed(let number, let place):
        let bit = place * program.branchCount + number
        failedBranches[bit >> 6] |= 1 << UInt64(bit & 63)
      }
    }
    return false
  }

  /// Whether a branch is worth trying. Once matching has taken many steps, failures are remembered.
  private mutating func enter(_ number: Int, _ position: Int) -> Bool {
    if failedBranches.isEmpty {
      guard steps > 64 * text.count + 4096, !isExhausted else { return true }
      let (bits, overflow) = (text.count + 1).multipliedReportingOverflow(by: program.branchCount)
      guard !overflow, bits <= Self.maximumFailureBits else {
        isExhausted = true
        return false
      }
      failedBranches = [UInt64](repeating: 0, count: bits / 64 + 1)
    }
    let bit = position * program.branchCount + number
    if failedBranches[bit >> 6] >> UInt64(bit & 63) & 1 == 1 { return false }
    frames.append(.failed(number: number, position: position))
    return true
  }
}

extension ScalarSet {
  /// Bytes that are not UTF-8 count as symbols.
  var containsBroken: Bool {
    parts.contains { $0.isInverted != ($0.categories >> UInt32(ScalarCategory.broken) & 1 == 1) }
  }
}
