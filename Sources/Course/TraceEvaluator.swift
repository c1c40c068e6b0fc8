// Computes queries over a run. Not here: reading queries (TraceQueryParser), printing values (TraceValue.text), the sources' arithmetic
// (TraceGrid).
import Languages

extension TraceQuery {
  /// - Parameter answer: what the learner has answered, where the query stands in the reason for an answer.
  public func value(_ run: any TraceValues, answer: CheckAnswer? = nil, guess: CheckAnswer? = nil) throws(TraceError) -> TraceValue {
    var evaluator = TraceEvaluator(run: run, answer: answer, guess: guess)
    return try evaluator.value(expression)
  }

  /// The value as the lesson prints it.
  public func text(_ run: any TraceValues, answer: CheckAnswer? = nil, guess: CheckAnswer? = nil) throws(TraceError) -> String {
    try value(run, answer: answer, guess: guess).text(format)
  }
}

extension TracePredicate {
  public func holds(_ run: any TraceValues, answer: CheckAnswer? = nil, guess: CheckAnswer? = nil) throws(TraceError) -> Bool {
    var evaluator = TraceEvaluator(run: run, answer: answer, guess: guess)
    for comparison in comparisons {
      let left = try evaluator.value(comparison.left)
      let right = try evaluator.value(comparison.right)
      if try !comparison.relation.holds(left, right) { return false }
    }
    return true
  }
}

extension TracePredicate.Relation {
  /// Numbers are equal within one millionth of their size, which hides the difference between f32 and f64 arithmetic.
  fileprivate func holds(_ left: TraceValue, _ right: TraceValue) throws(TraceError) -> Bool {
    if case .text(let a) = left, case .text(let b) = right {
      switch self {
      case .equal: return a == b
      case .different: return a != b
      default: throw .mismatch("text \(rawValue) text")
      }
    }
    guard let a = left.scalar, let b = right.scalar else { throw .mismatch("\(left.kind) \(rawValue) \(right.kind)") }
    let equal = a == b || Swift.abs(a - b) <= 1e-6 * Swift.max(Swift.abs(a), Swift.abs(b))
    switch self {
    case .less: return a < b && !equal
    case .lessOrEqual: return a < b || equal
    case .equal: return equal
    case .different: return !equal
    case .greaterOrEqual: return a > b || equal
    case .greater: return a > b && !equal
    }
  }
}

extension TraceValue {
  var kind: String {
    switch self {
    case .text: "text"
    case .numbers([], _, _): "number"
    case .numbers(let shape, _, _): "[\(shape.map(String.init).joined(separator: "×"))]"
    }
  }
}

struct TraceEvaluator {
  static let maximumElements = 1 << 18

  let answer: CheckAnswer?
  let guess: CheckAnswer?
  var grid: TraceGrid

  init(run: any TraceValues, answer: CheckAnswer?, guess: CheckAnswer?) {
    self.answer = answer
    self.guess = guess
    grid = TraceGrid(run: run)
  }

  mutating func value(_ expression: TraceExpression) throws(TraceError) -> TraceValue {
    switch expression {
    case .number(let number): return .number(number, whole: number == number.rounded())
    case .text(let text): return .text(text)
    case .variable(let variable): return try value(variable)
    case .source(let source, let indices, let field): return try value(source, indices, field)
    case .stage(let inner, let stage): return try apply(stage, to: try value(inner))
    case .negative(let inner):
      guard case .numbers(let shape, let values, let whole) = try value(inner) else { throw .mismatch("-text") }
      return .numbers(shape: shape, values.map { -$0 }, whole: whole)
    case .binary(let operation, let left, let right): return try combine(operation, try value(left), try value(right))
    }
  }

  private func value(_ variable: TraceVariable) throws(TraceError) -> TraceValue {
    let cursor = grid.run.cursor
    switch variable {
    case .layer: return .number(Double(cursor.layer), whole: true)
    case .head: return .number(Double(cursor.head), whole: true)
    case .group:
      guard let heads = grid.run.fact(.heads), let shared = grid.run.fact(.keyValueHeads), heads >= shared, shared >= 1 else {
        throw .missing("model.keyValueHeads")
      }
      return .number((Double(cursor.head) * shared / heads).rounded(.down), whole: true)
    case .query: return .number(Double(cursor.query), whole: true)
    case .key: return .number(Double(cursor.key), whole: true)
    case .answer, .guess:
      switch variable == .answer ? answer : guess {
      case .number(let number): return .number(number, whole: number == number.rounded())
      case .text(let text), .choice(let text): return .text(text)
      case .done, nil: throw .missing(variable.rawValue)
      }
    }
  }

  private func combine(_ operation: TraceOperator, _ left: TraceValue, _ right: TraceValue) throws(TraceError) -> TraceValue {
    guard case .numbers(let shapeA, let a, let wholeA) = left, case .numbers(let shapeB, let b, let wholeB) = right,
      shapeA == shapeB || a.count == 1 || b.count == 1
    else { throw .mismatch("\(left.kind) \(operation.rawValue) \(right.kind)") }
    let count = Swift.max(a.count, b.count)
    let values = (0..<count).map { index in
      let x = a.count == 1 ? a[0] : a[index]
      let y = b.count == 1 ? b[0] : b[index]
      return switch operation {
      case .plus: x + y
      case .minus: x - y
      case .times: x * y
      case .over: x / y
      }
    }
    return .numbers(shape: a.count == 1 ? shapeB : shapeA, values, whole: wholeA && wholeB && operation != .over)
  }

  // MARK: sources

  private mutating func value(_ source: TraceSource, _ indices: [TraceIndex], _ field: TraceField?) throws(TraceError) -> TraceValue {
    let shape = try grid.shape(of: source)
    guard indices.count == shape.count else { throw .mismatch("\(indices.count) / \(shape.count)") }
    var ranges: [Range<Int>] = []
    var kept: [Int] = []
    var elements = 1
    for (axis, index) in indices.enumerated() {
      switch index {
      case .all:
        // Position 0 has nothing before it, so nothing has predicted it.
        let range = source == .surprise ? Swift.min(1, shape[axis])..<shape[axis] : 0..<shape[axis]
        ranges.append(range)
        kept.append(range.count)
        let (product, overflow) = elements.multipliedReportingOverflow(by: range.count)
        // A rank looks at a whole row of logits for each element.
        guard !overflow, product <= (source == .rank ? 1 << 8 : Self.maximumElements) else { throw .tooLarge }
        elements = product
      case .at(let expression):
        let position = try self.position(try value(expression), source: source, axis: axis, size: shape[axis])
        ranges.append(position..<position + 1)
      }
    }
    let wanted = field ?? source.defaultField
    if wanted == .token {
      guard elements == 1, kept.isEmpty else { throw .mismatch("token[*]") }
      return .text(grid.run.text(ofToken: Int(try grid.element(source, ranges.map(\.lowerBound), field: .id))))
    }
    var values: [Double] = []
    values.reserveCapacity(elements)
    var at = ranges.map(\.lowerBound)
    if elements > 0 {
      repeat { values.append(try grid.element(source, at, field: wanted)) } while Self.advance(&at, in: ranges)
    }
    return .numbers(shape: kept, values, whole: source.isWhole || wanted == .id)
  }

  /// The next index in row-major order.
  private static func advance(_ at: inout [Int], in ranges: [Range<Int>]) -> Bool {
    for axis in ranges.indices.reversed() {
      at[axis] += 1
      if at[axis] < ranges[axis].upperBound { return true }
      at[axis] = ranges[axis].lowerBound
    }
    return false
  }

  private func position(_ value: TraceValue, source: TraceSource, axis: Int, size: Int) throws(TraceError) -> Int {
    if case .text(let text) = value {
      guard source.isVocabulary(axis: axis) else { throw .mismatch("[\"\(text)\"]") }
      guard let id = grid.run.tokenID(of: text), id < size, id >= 0 else { throw .notAToken(text) }
      return id
    }
    guard let number = value.scalar, let whole = Int(exactly: number) else { throw .mismatch("[\(value.kind)]") }
    if source == .top && axis == 1 {
      guard 1...size ~= whole else { throw .outOfRange("rank \(whole) / \(size)") }
      return whole - 1
    }
    let position = whole < 0 ? whole + size : whole
    let lowest = source == .surprise ? 1 : 0
    guard position >= lowest, position < size else { throw .outOfRange("\(whole) / \(size)") }
    return position
  }

  // MARK: stages

  private func apply(_ stage: TraceStage, to value: TraceValue) throws(TraceError) -> TraceValue {
    guard case .numbers(let shape, let values, let whole) = value else { throw .mismatch("text | \(stage)") }
    func map(_ body: (Double) -> Double) -> TraceValue { .numbers(shape: shape, values.map(body), whole: false) }
    func some() throws(TraceError) { if values.isEmpty { throw .mismatch("[0] | \(stage)") } }
    switch stage {
    case .max:
      try some()
      return .number(values.max()!, whole: whole)
    case .min:
      try some()
      return .number(values.min()!, whole: whole)
    case .argmax, .argmin:
      try some()
      var best = 0
      for index in values.indices where stage == .argmax ? values[index] > values[best] : values[index] < values[best] { best = index }
      var place: [Double] = []
      for size in shape.reversed() {
        place.append(Double(best % size))
        best /= size
      }
      return .numbers(shape: shape.count < 2 ? [] : [shape.count], shape.isEmpty ? [0] : place.reversed(), whole: true)
    case .sum: return .number(values.reduce(0, +), whole: whole)
    case .mean:
      try some()
      return .number(values.reduce(0, +) / Double(values.count))
    case .norm: return .number(values.reduce(0) { $0 + $1 * $1 }.squareRoot())
    case .entropy: return .number(values.reduce(0) { $1 > 0 ? $0 - $1 * RealMath.log2($1) : $0 })
    case .count: return .number(Double(values.count), whole: true)
    case .sqrt: return map { $0.squareRoot() }
    case .exp: return map { RealMath.exp($0) }
    case .log2: return map { RealMath.log2($0) }
    case .abs: return .numbers(shape: shape, values.map { Swift.abs($0) }, whole: whole)
    case .softmax:
      let highest = values.max() ?? 0
      // A row that is masked everywhere has no highest score; it stays without weight instead of becoming NaN.
      guard highest > -.infinity else { return map { _ in 0 } }
      let powers = values.map { RealMath.exp($0 - highest) }
      let total = powers.reduce(0, +)
      return .numbers(shape: shape, powers.map { $0 / total }, whole: false)
    case .at(let index):
      guard index < values.count else { throw .outOfRange("\(index) / \(values.count)") }
      return .number(values[index], whole: whole)
    case .token, .entry:
      guard values.count == 1, let id = Int(exactly: values[0]) else { throw .mismatch("\(value.kind) | \(stage)") }
      if stage == .entry { return .text(grid.run.text(ofToken: id)) }
      guard grid.run.tokens.indices.contains(id) else { throw .outOfRange("\(id) / \(grid.run.tokens.count)") }
      return .text(grid.run.text(ofToken: grid.run.tokens[id]))
    }
  }
}
