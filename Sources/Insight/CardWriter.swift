// How cards come to add up. Every result is computed from the numbers as they are shown, never from hidden digits; a card is written with 4
// digits first and with more until its last line reads like the exact value. Not here: what each operation writes (CardsOf*).
import Languages
import Models
import Tensors

/// The lines of a card and the number that they arrive at.
struct CardDraft {
  var lines: [CardLine]
  var result: Quantity
  /// The same arithmetic in double precision from the recorded inputs, before any rounding for the screen.
  var exact: Double

  init(lines: [CardLine], result: Quantity, exact: Double? = nil) {
    (self.lines, self.result, self.exact) = (lines, result, exact ?? result.value)
  }

  /// The draft with the fewest digits that reads like exact arithmetic to 4 digits. An f32 has 9 digits at most; where even those do not
  /// suffice, terms cancel almost completely and the last draft stands.
  static func settled(_ write: (_ digits: Int) -> CardDraft) -> CardDraft {
    let exact = write(15).result
    var draft = write(4)
    for digits in 5...9 where !draft.result.reads(like: exact) { draft = write(digits) }
    draft.exact = exact.value
    return draft
  }
}

extension CardLine {
  static func reading(_ label: Bilingual, _ result: Quantity, _ cells: [TensorCell] = []) -> CardLine {
    CardLine(role: .reading, label: label, parts: [], result: result, cells: cells)
  }

  static func step(_ label: Bilingual, _ parts: [CardPart], _ result: Quantity, _ cells: [TensorCell] = []) -> CardLine {
    CardLine(role: .step, label: label, parts: parts, result: result, cells: cells)
  }
}

/// A negative number behind + or − stands in parentheses.
func operand(_ quantity: Quantity) -> [CardPart] {
  quantity.text.hasPrefix("-") ? [.symbol("("), .number(quantity), .symbol(")")] : [.number(quantity)]
}

/// A sum with its largest terms singled out, computed once for all drafts of a card.
struct TermSum {
  /// Listed terms at most.
  static let listed = 8

  /// Terms that are listed, largest magnitude first.
  let largest: [(index: Int, value: Double)]
  /// All terms together, and how many they are.
  let total: Double
  let count: Int

  init(count: Int, _ term: (Int) -> Double) {
    var total = 0.0
    let indices = Largest.indices(count: count, keep: TermSum.listed) { index in
      let value = term(index)
      total += value
      // A bad number must be seen: it comes first.
      return value.isNaN ? .infinity : value.magnitude
    }
    largest = indices.map { ($0, term($0)) }
    self.total = total
    self.count = count
  }

  /// The decimals of all lines: `digits` significant ones of the total, but no more than the listed terms can have.
  func unit(digits: Int) -> (unit: Int, scale: Int) {
    let others = total - largest.reduce(0) { $0 + $1.value }
    let magnitude = ([total, others] + largest.map(\.value)).lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
    guard magnitude > 0 else { return (0, 0) }
    let top = Decimals.exponent(of: magnitude)
    let wanted = (total == 0 || !total.isFinite ? top : Decimals.exponent(of: total)) - digits + 1
    let scale = Quantity.scale(top: top)
    let unit = max(wanted, top - max(digits, 10))
    return (scale == 0 ? min(0, unit) : unit, scale)
  }

  /// Writes the listed terms, the rest and the total.
  /// - Parameters:
  ///   - expression: the expression of one listed term and its value from the numbers shown; `reads` says whether a value is as near to the
  ///     term as the line's decimals can show.
  ///   - others: the label of the terms that are not listed.
  func lines(
    digits: Int, total totalLabel: Bilingual, others: (Int) -> Bilingual,
    term: (_ index: Int) -> (label: Bilingual, cells: [TensorCell]),
    expression: (_ index: Int, _ reads: (Double) -> Bool) -> (parts: [CardPart], value: Double)
  ) -> (lines: [CardLine], total: Quantity) {
    let (unit, scale) = unit(digits: digits)
    var lines: [CardLine] = []
    var shown = 0
    for (index, value) in largest {
      let target = Decimals.rounded(value, unit: unit)
      let (parts, displayed) = expression(index) { Decimals.rounded($0, unit: unit) == target }
      let (label, cells) = term(index)
      let result = Quantity(displayed, unit: unit, scale: scale)
      shown += result.coefficient
      lines.append(CardLine(role: .term, label: label, parts: parts, result: result, cells: cells))
    }
    let rest = count - largest.count
    guard total.isFinite else {
      let result = Quantity(total, unit: 0, scale: 0)
      lines.append(CardLine(role: .total, label: totalLabel, parts: [.symbol("Σ")], result: result, cells: []))
      return (lines, result)
    }
    let sum = rest > 0 ? Decimals.rounded(total, unit: unit) : shown
    if rest > 0 {
      let result = Quantity(coefficient: sum - shown, exponent: unit, scale: scale)
      lines.append(CardLine(role: .others, label: others(rest), parts: [], result: result, cells: []))
    }
    let result = Quantity(coefficient: sum, exponent: unit, scale: scale)
    lines.append(CardLine(role: .total, label: totalLabel, parts: [.symbol("Σ")], result: result, cells: []))
    return (lines, result)
  }
}

/// A product of two numbers with as few digits as the line's decimals need.
func product(_ a: Double, _ b: Double, digits: Int, _ reads: (Double) -> Bool) -> (parts: [CardPart], value: Double) {
  var (left, right) = (Quantity(a, digits: digits), Quantity(b, digits: digits))
  for more in digits + 1..<max(10, digits + 2) where !reads(left.value * right.value) {
    (left, right) = (Quantity(a, digits: more), Quantity(b, digits: more))
  }
  return ([.number(left), .symbol(" · "), .number(right)], left.value * right.value)
}

/// What a card reads: the trace, the operation, and the words for indices.
struct CardContext {
  let trace: Trace
  let operation: Operation
  let cell: [Int]

  var configuration: TransformerConfiguration { trace.model.transformer.configuration }

  /// A recorded input and its name.
  func input(_ index: Int) -> (hook: Hook, tensor: Tensor)? {
    guard operation.inputs.indices.contains(index), let tensor = trace.tensor(operation.inputs[index]) else { return nil }
    return (operation.inputs[index], tensor)
  }
}
