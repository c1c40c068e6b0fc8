// Split patterns as instructions. Not here: syntax, running them (SplitMatcher).

struct SplitProgram: Sendable {
  enum Instruction: Sendable {
    /// One scalar of a set.
    case set(Int)
    /// `set{minimum,maximum}`, by far the most frequent repetition.
    case run(set: Int, minimum: Int, maximum: Int, SplitNode.Mode, number: Int)
    /// Goes on with the next instruction where the next scalar is in `first`, otherwise or when that fails at `other`.
    case branch(other: Int, first: Int, number: Int)
    /// Tries `other` first and the next instruction when that fails.
    case lazyBranch(other: Int, number: Int)
    case jump(Int)
    /// The body is the next instruction up to its `match`; goes on at `end`.
    case lookahead(end: Int, isNegative: Bool)
    case atomic(end: Int)
    case assertion(SplitNode.Assertion)
    case match
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  private(set) var branchCount = 0
  /// The scalars with which a match that is not empty begins.
  let first: ScalarSet
  /// The set of every scalar, for branches that may match nothing.
  private static let anything = -1

  init(_ node: SplitNode) throws(SplitPatternError) {
    first = node.first
    try compile(node)
    instructions.append(.match)
    // A run before the end of the match is never given back.
    for (index, instruction) in instructions.enumerated() {
      guard case .run(let set, let minimum, let maximum, .greedy, let number) = instruction, isMatch(index + 1) else { continue }
      instructions[index] = .run(set: set, minimum: minimum, maximum: maximum, .possessive, number: number)
    }
  }

  private func isMatch(_ start: Int) -> Bool {
    var index = start
    while case .jump(let target) = instructions[index], target > index { index = target }
    if case .match = instructions[index] { return true }
    return false
  }

  private mutating func append(_ instruction: Instruction) throws(SplitPatternError) {
    guard instructions.count < SplitPattern.maximumInstructions else { throw SplitPatternError("> \(SplitPattern.maximumInstructions)") }
    instructions.append(instruction)
  }

  private mutating func add(_ set: ScalarSet) -> Int {
    sets.append(set)
    return sets.count - 1
  }

  private mutating func newBranch() -> Int {
    branchCount += 1
    return branchCount - 1
  }

  private mutating func firstSet(_ node: SplitNode) -> Int { node.canBeEmpty ? Self.anything : add(node.first) }

  private mutating func compile(_ node: SplitNode) throws(SplitPatternError) {
    switch node {
    case .set(let set): try append(.set(add(set)))
    case .sequence(let nodes): for node in nodes { try compile(node) }
    case .alternatives(let nodes): try compile(alternatives: nodes)
    case .assertion(let assertion): try append(.assertion(assertion))
    case .lookahead(let body, let isNegative):
      let start = instructions.count
      try append(.lookahead(end: 0, isNegative: isNegative))
      try compile(body)
      try append(.match)
      instructions[start] = .lookahead(end: instructions.count, isNegative: isNegative)
    case .atomic(let body):
      let start = instructions.count
      try append(.atomic(end: 0))
      try compile(body)
      try append(.match)
      instructions[start] = .atomic(end: instructions.count)
    case .repeated(let body, let minimum, let maximum, let mode):
      if case .set(let set) = body {
        try append(.run(set: add(set), minimum: minimum, maximum: maximum ?? .max, mode, number: newBranch()))
      } else if mode == .possessive {
        try compile(.atomic(.repeated(body, minimum: minimum, maximum: maximum, .greedy)))
      } else {
        try compile(repetition: body, minimum, maximum, isLazy: mode == .lazy)
      }
    }
  }

  private mutating func compile(alternatives nodes: [SplitNode]) throws(SplitPatternError) {
    var jumps: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        try compile(node)
        break
      }
      let (branch, first, number) = (instructions.count, firstSet(node), newBranch())
      try append(.branch(other: 0, first: first, number: number))
      try compile(node)
      jumps.append(instructions.count)
      try append(.jump(0))
      instructions[branch] = .branch(other: instructions.count, first: first, number: number)
    }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  /// A repeated group, written out `minimum` times, then optional or as a loop.
  private mutating func compile(repetition body: SplitNode, _ minimum: Int, _ maximum: Int?, isLazy: Bool) throws(SplitPatternError) {
    let start = instructions.count
    for _ in 0..<minimum {
      try compile(body)
      // Nothing, any number of times, is nothing: stacked counts would not reach the cap of instructions.
      if instructions.count == start { return }
    }
    var branches: [Int] = []
    func branch(_ other: Int, _ first: Int, _ number: Int) -> Instruction {
      isLazy ? .lazyBranch(other: other, number: number) : .branch(other: other, first: first, number: number)
    }
    for _ in 0..<(maximum.map { $0 - minimum } ?? 1) {
      branches.append(instructions.count)
      try append(branch(0, firstSet(body), newBranch()))
      try compile(body)
    }
    if maximum == nil { try append(.jump(branches[0])) }
    for index in branches {
      switch instructions[index] {
      case .branch(_, let first, let number), .lazyBranch(let first, let number):
        instructions[index] = branch(instructions.count, first, number)
      default: break
      }
    }
  }
}
