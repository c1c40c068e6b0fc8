// What one rendering may use: steps, text, nesting. The numbers are in `Limits`. Not here: the caps of the parser.
import ModelFiles

/// Counts down during one rendering. Everything is charged before it is made, so that a hostile template ends in an error, not in a full memory.
final class TemplateBudget {
  private var steps = Limits.templateSteps
  private var letters = Limits.templateTextLetters
  private var depth = 0
  private let stack = TemplateStack()

  /// Charges work: one for an operation, more for work that grows with its input.
  func spend(_ count: Int) throws(TemplateFault) {
    steps -= count
    if steps < 0 { throw .tooManySteps }
  }

  /// Charges text that is about to be made or read through.
  func text(_ count: Int) throws(TemplateFault) {
    if count > Limits.templateOutputBytes { throw .textTooLong }
    letters -= count
    if letters < 0 { throw .tooMuchText }
    try spend(1 + count / 16)
  }

  /// Charges text of `count` parts with `each` letters, whose product need not fit.
  func text(_ count: Int, times each: Int) throws(TemplateFault) {
    let (product, overflow) = count.multipliedReportingOverflow(by: each)
    if overflow { throw .textTooLong }
    try text(product)
  }

  /// Checks text that grows by parts already charged.
  func check(_ text: TemplateText) throws(TemplateFault) {
    if text.count > Limits.templateOutputBytes { throw .textTooLong }
  }

  /// Charges a list that is about to be made.
  func list(_ count: Int) throws(TemplateFault) {
    if count > Limits.templateListItems { throw .listTooLong }
    try spend(1 + count)
  }

  /// Goes one level deeper into the tree, a macro or a value; `leave` comes back.
  func enter() throws(TemplateFault) {
    if depth >= Limits.templateDepth { throw .tooDeep }
    try stack.check()
    depth += 1
  }

  func leave() { depth -= 1 }
}
