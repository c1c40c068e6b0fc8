// The syntax tree of a template. Chains of operators and of postfixes are flat, so that the depth of the tree is the nesting of the source, which
// the parser bounds. Not here: reading and running it.

/// A place in the template: the index of a Unicode scalar.
typealias TemplateOffset = Int

indirect enum TemplateExpression: Sendable {
  case literal(TemplateValue)
  case name(String, TemplateOffset)
  case list([TemplateExpression], isTuple: Bool)
  case dict([(key: TemplateExpression, value: TemplateExpression)])
  /// `base.a['b'](c)|d is e`.
  case chain(TemplateExpression, [TemplatePostfix])
  /// `a + b - c`: operators of one precedence, from the left.
  case arithmetic(TemplateExpression, [(sign: TemplateArithmetic, operand: TemplateExpression, offset: TemplateOffset)])
  case concatenation([TemplateExpression], TemplateOffset)
  /// `a < b <= c`.
  case comparison(TemplateExpression, [(sign: TemplateComparison, operand: TemplateExpression, offset: TemplateOffset)])
  case negation(TemplateExpression, TemplateOffset)
  case not(TemplateExpression)
  case all([TemplateExpression])
  case any([TemplateExpression])
  case choice(condition: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
}

enum TemplateArithmetic: String, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

enum TemplateComparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case notIn = "not in"
}

/// What follows a value.
struct TemplatePostfix: Sendable {
  enum Kind: Sendable {
    case attribute(String)
    case item(TemplateExpression)
    case slice(TemplateExpression?, TemplateExpression?, TemplateExpression?)
    case call(TemplateCallArguments)
    case filter(String, TemplateCallArguments)
    case test(String, TemplateCallArguments, negated: Bool)
  }

  let kind: Kind
  let offset: TemplateOffset
}

/// The arguments of a call, not yet evaluated.
struct TemplateCallArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
}

indirect enum TemplateTarget: Sendable {
  case name(String)
  case attribute(namespace: String, String, TemplateOffset)
  case tuple([TemplateTarget], TemplateOffset)
}

enum TemplateStatement: Sendable {
  case text(TemplateText)
  case output(TemplateExpression, TemplateOffset)
  case branch([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case loop(TemplateLoop)
  case set(TemplateTarget, TemplateExpression)
  /// `{% set x | filter %}…{% endset %}`.
  case capture(TemplateTarget, [TemplatePostfix], [TemplateStatement])
  case filter([TemplatePostfix], [TemplateStatement])
  case macro(TemplateMacro)
  /// `{% call(parameters) macro(arguments) %}…{% endcall %}`: the body becomes `caller`.
  case call(TemplateExpression, [TemplatePostfix], TemplateCallArguments, caller: TemplateMacro, TemplateOffset)
  /// `{% generation %}…{% endgeneration %}`: the assistant's part, which training weighs; rendered as it is.
  case generation([TemplateStatement])
  case evaluate(TemplateExpression)
  case leave(TemplateFlow)
}

enum TemplateFlow: Sendable {
  case next, breakLoop, continueLoop
}

final class TemplateLoop: Sendable {
  let target: TemplateTarget
  let items: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
  let offset: TemplateOffset

  init(
    target: TemplateTarget, items: TemplateExpression, condition: TemplateExpression?, body: [TemplateStatement],
    otherwise: [TemplateStatement], offset: TemplateOffset
  ) {
    (self.target, self.items, self.condition) = (target, items, condition)
    (self.body, self.otherwise, self.offset) = (body, otherwise, offset)
  }
}

final class TemplateMacro: Sendable {
  let name: String
  let parameters: [(name: String, standard: TemplateExpression?)]
  let body: [TemplateStatement]
  /// Whether the body mentions `caller`: only then may a call block call it.
  let usesCaller: Bool

  init(name: String, parameters: [(name: String, standard: TemplateExpression?)], body: [TemplateStatement], usesCaller: Bool) {
    (self.name, self.parameters, self.body, self.usesCaller) = (name, parameters, body, usesCaller)
  }
}
