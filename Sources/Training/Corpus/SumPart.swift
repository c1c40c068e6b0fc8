// Sums: small ones by heart, larger ones with the calculator. Not here: the calculator (Inference).
import Inference
import Languages
import Models
import Tokenization

/// Sums with a tenth of the operand pairs held out.
struct SumPart: CorpusPart {
  let phrasings: Phrasings

  struct Sum: Sendable {
    let a: Int
    let b: Int
    /// `+`, `-`, `*` or `/`.
    let sign: Character

    var expression: String { "\(a)\(sign)\(b)" }
    /// As the calculator says it: what is learned here is what a chat will show.
    var result: String { Calculator().answer(expression).text }
    var equation: String { "\(expression)=\(result)" }
    /// The order of the operands of a sum is no new knowledge.
    var key: String { sign == "-" || sign == "/" ? "sum \(expression)" : "sum \(min(a, b))\(sign)\(max(a, b))" }
  }

  /// What a sum is for.
  enum Kind: Sendable {
    /// Plus and minus with results from 0, numbers of so many digits; the smaller one may be shorter.
    case digits(Int)
    /// Two digits times one.
    case product
    /// More than Sprout knows by heart.
    case calculator
  }

  var texts: [String] { Language.allCases.flatMap { language in Self.uses.flatMap { phrasings.texts($0, language) } } }
  private static let uses = ["sum", "sum.words.add", "sum.words.sub", "sum.words.mul"]

  func draw(_ random: inout RandomSource) -> Presentation {
    let share = random.uniform()
    let kind: Kind = share < 0.26 ? .digits(2) : share < 0.62 ? .digits(3) : share < 0.72 ? .product : .calculator
    var sum = Self.free(kind, &random)
    // What the calculator refuses must be met, too.
    if case .calculator = kind, random.chance(0.02) { sum = Sum(a: sum.a, b: 0, sign: "/") }
    let language = random.pick(Language.allCases)
    let question = self.question(sum, language, &random)
    guard case .calculator = kind else { return .exchange(question, sum.equation) }
    return .chat([
      ChatMessage(.user, question),
      ChatMessage(.assistant, "", toolCalls: [.init(name: "calc", arguments: .string(sum.expression))]),
      ChatMessage(.tool, sum.result), ChatMessage(.assistant, " " + (sum.b == 0 && sum.sign == "/" ? Self.byZero(language) : sum.equation)),
    ])
  }

  private static func byZero(_ language: Language) -> String {
    language == .en ? "That has no result: one cannot divide by zero." : "这个算不出来：不能除以零。"
  }

  /// A sum that is not held out.
  static func free(_ kind: Kind, _ random: inout RandomSource) -> Sum {
    var sum = Self.sum(kind, &random)
    while HeldOut.contains(sum.key) { sum = Self.sum(kind, &random) }
    return sum
  }

  static func sum(_ kind: Kind, _ random: inout RandomSource) -> Sum {
    switch kind {
    case .digits(let digits):
      let top = digits == 2 ? 99 : 999
      let a = random.below(top - 9) + 10
      var b = random.chance(0.7) ? random.below(top + 1) : random.below(100)
      if digits == 3 && a < 100 && b < 100 { b += 100 * (1 + random.below(9)) }
      return random.chance(0.5) ? Sum(a: a, b: b, sign: "+") : Sum(a: max(a, b), b: min(a, b), sign: "-")
    case .product:
      let (a, b) = (10 + random.below(90), 2 + random.below(8))
      return random.chance(0.7) ? Sum(a: a, b: b, sign: "*") : Sum(a: 2 + random.below(8), b: 2 + random.below(8), sign: "*")
    case .calculator:
      switch random.below(10) {
      case 0..<4: return Sum(a: number(2...4, &random), b: number(2...3, &random), sign: "*")
      case 4..<6: return Sum(a: number(4...6, &random), b: number(2...6, &random), sign: "+")
      case 6..<8:
        let (a, b) = (number(4...6, &random), number(2...6, &random))
        return Sum(a: max(a, b), b: min(a, b), sign: "-")
      case 8:
        // Below zero.
        let (a, b) = (number(2...3, &random), number(2...3, &random))
        return a == b ? Sum(a: a, b: b + 1, sign: "-") : Sum(a: min(a, b), b: max(a, b), sign: "-")
      default:
        let b = number(1...2, &random)
        return Sum(a: random.chance(0.7) ? b * number(1...3, &random) : number(2...4, &random), b: b, sign: "/")
      }
    }
  }

  /// A number of so many digits, each length with the same chance; two digits times two is the calculator's, one digit is not.
  private static func number(_ digits: ClosedRange<Int>, _ random: inout RandomSource) -> Int {
    let length = digits.lowerBound + random.below(digits.count)
    let low = (0..<length - 1).reduce(1) { power, _ in power * 10 }
    return max(2, low + random.below(low * 9))
  }

  private func question(_ sum: Sum, _ language: Language, _ random: inout RandomSource) -> String {
    if random.chance(0.35), let use = ["+": "sum.words.add", "-": "sum.words.sub", "*": "sum.words.mul"][sum.sign] {
      let list = phrasings.texts(use, language)
      if !list.isEmpty { return Phrasings.fill(random.pick(list), ["a": String(sum.a), "b": String(sum.b)]) }
    }
    var signs = [String(sum.sign)]
    if sum.sign == "*" { signs += ["×", "x"] }
    if sum.sign == "/" { signs += ["÷"] }
    let sign = random.pick(signs)
    let written = random.chance(0.5) ? "\(sum.a)\(sign)\(sum.b)" : "\(sum.a) \(sign) \(sum.b)"
    if random.chance(0.15) { return random.chance(0.5) ? written : written + (random.chance(0.5) ? "=" : " = ?") }
    return phrasings.request("sum", language, ["e": written], fallback: "{e}=", &random)
  }

  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] {
    let kinds: [(Probe.Skill, Kind)] = [(.sums2, .digits(2)), (.sums3, .digits(3)), (.calculator, .calculator)]
    return kinds.flatMap { skill, kind in
      (0..<limit).map { _ in
        var sum = Self.sum(kind, &random)
        while !HeldOut.contains(sum.key) { sum = Self.sum(kind, &random) }
        let language = random.pick(Language.allCases)
        let question = self.question(sum, language, &random)
        if case .calculator = kind {
          return Probe(skill, question, .calculation(expression: sum.expression, result: sum.result), language)
        }
        return Probe(skill, question, .oneOf([sum.equation]), language, reference: sum.equation)
      }
    }
  }
}

/// Sums one after another: a chat around each would cost twice the tokens of the sum.
struct DrillPart: CorpusPart {
  var texts: [String] { [] }

  func draw(_ random: inout RandomSource) -> Presentation {
    .drill(
      (0..<12).map { _ in
        let share = random.uniform()
        let sum = SumPart.free(share < 0.25 ? .digits(2) : share < 0.85 ? .digits(3) : .product, &random)
        return ("\(sum.expression)=", "\(sum.result)\n")
      })
  }
}
