// A query for a live number of the run, as lessons and checks write it, in typed form. Not here: reading it from text
// (TraceQueryParser) and computing it (TraceEvaluator).
import Languages

/// What stands in `{{trace: …}}`: an expression and how to print its value.
///
/// Grammar, loosest first (`[ ]` optional, `*` repeated):
/// ```
/// query      = expression [format]              format: `| digits 3`, `| percent 1`, for the whole expression
/// expression = term (("+" | "-") term)*
/// term       = factor (("*" | "/") factor)*
/// factor     = ["-"] primary ("|" stage)*       a minus before a number belongs to the number
/// primary    = number | "text" | variable | source ["[" index ("," index)* "]"] ["." field] | "(" expression ")"
/// index      = "*" | expression                 negative numbers count from the end
/// ```
/// Arithmetic on two vectors of one shape works element by element, so `(q * k) | sum` is a dot product.
public struct TraceQuery: Sendable, Hashable {
  public let expression: TraceExpression
  public let format: TraceFormat
  /// The text it was read from, without braces and prefix.
  public let source: String
}

public indirect enum TraceExpression: Sendable, Hashable {
  case number(Double)
  case text(String)
  case variable(TraceVariable)
  case source(TraceSource, [TraceIndex], field: TraceField?)
  case stage(TraceExpression, TraceStage)
  case negative(TraceExpression)
  case binary(TraceOperator, TraceExpression, TraceExpression)
}

public enum TraceOperator: String, Sendable, Hashable { case plus = "+", minus = "-", times = "*", over = "/" }

public enum TraceIndex: Sendable, Hashable {
  case all
  case at(TraceExpression)
}

/// Where the learner's cursor is, and what the learner has answered or guessed. `group` is the key/value head that the cursor's query
/// head reads (grouped-query attention).
public enum TraceVariable: String, Sendable, Hashable, CaseIterable { case layer, head, group, query, key, answer, guess }

public enum TraceField: String, Sendable, Hashable, CaseIterable { case token, prob, logit, id }

/// Where values come from. Shapes after the name; layers, heads and positions count from 0, ranks from 1.
public enum TraceSource: Sendable, Hashable {
  /// A recorded tensor by its hook name, its own shape. A path segment `layer` stands for the cursor's layer.
  case hook(String)
  /// Attention pattern, masked scores and scores before the mask, all scaled: [layer, head, query, key].
  case attention, scores, raw
  /// Next-token probability (temperature 1, no filter), logit and rank: [position, vocabulary]. The second index may be a text.
  case probability, logit, rank
  /// The r-th most likely next token: [position, rank]. Fields token, prob (the default), logit, id.
  case top
  /// −log₂ p of the token that stands at a position, in bits: [position]. `*` begins at position 1: nothing predicts the first token.
  case surprise
  /// The token at a position: [position]. Fields token (the default), id.
  case token
  /// Number of tokens in the run.
  case tokens
  /// Mean attention to the previous token, to the first token and to the token itself over all queries ≥ 1: [layer, head].
  case previous, first, own
  case fact(ModelFact)
}

/// Facts about the model that is open, written `{{model: layers}}` or `model.layers`.
public enum ModelFact: String, Sendable, Hashable, CaseIterable {
  case layers, heads, keyValueHeads, headSize, width, feedForward, vocabulary, parameters, context, epsilon
}

/// What a value is piped through. Reducers take everything to one number.
public enum TraceStage: Sendable, Hashable {
  /// `entropy` is in bits; `argmax` gives the index, one number for each `*`.
  case max, min, argmax, argmin, sum, mean, norm, entropy, count
  /// Element by element; `softmax` over all elements.
  case sqrt, exp, log2, abs, softmax
  /// The n-th element, from 0.
  case at(Int)
  /// Position → its token's text; token id → its text.
  case token, entry

  static let plain: [String: TraceStage] = [
    "max": .max, "min": .min, "argmax": .argmax, "argmin": .argmin, "sum": .sum, "mean": .mean, "norm": .norm,
    "entropy": .entropy, "count": .count, "sqrt": .sqrt, "exp": .exp, "log2": .log2, "abs": .abs, "softmax": .softmax,
    "token": .token, "entry": .entry,
  ]
}

public enum TraceFormat: Sendable, Hashable {
  /// Whole numbers whole, others to 4 significant digits.
  case automatic
  case digits(Int)
  case percent(Int)
}

/// One or more comparisons that must all hold: `previous[layer, head] == (previous[*,*] | max) and layer > 0`.
public struct TracePredicate: Sendable, Hashable {
  public enum Relation: String, Sendable, Hashable {
    case less = "<", lessOrEqual = "<=", equal = "==", different = "!=", greaterOrEqual = ">=", greater = ">"
  }
  public struct Comparison: Sendable, Hashable {
    public let left: TraceExpression
    public let relation: Relation
    public let right: TraceExpression
  }
  public let comparisons: [Comparison]
  public let source: String
}

/// A query that cannot be read or computed.
public enum TraceError: BilingualError, Hashable {
  /// Column counted in bytes from 1.
  case syntax(column: Int, Bilingual)
  /// Nothing has run yet, or the run did not record this tensor.
  case missing(String)
  case outOfRange(String)
  case notAToken(String)
  case mismatch(String)
  case tooLarge

  public var message: Bilingual {
    switch self {
    case .syntax(let column, let what):
      Bilingual(zh: "查询第 \(column) 列：\(what.zh)", en: "query column \(column): \(what.en)")
    case .missing(let name): Bilingual(zh: "这次运行没有记录 \(name)", en: "this run has not recorded \(name)")
    case .outOfRange(let what): Bilingual(zh: "下标越界：\(what)", en: "index out of range: \(what)")
    case .notAToken(let text):
      Bilingual(zh: "“\(text)”不是词表中的单个词元", en: "\"\(text)\" is not a single token of this vocabulary")
    case .mismatch(let what): Bilingual(zh: "类型或形状不符：\(what)", en: "types or shapes do not fit: \(what)")
    case .tooLarge: Bilingual(zh: "查询涉及的数值太多", en: "the query touches too many values")
    }
  }
}
