// The arithmetic of one cell, written out: what the stepper shows for the number under the cursor. Not here: building cards (CardWriter and
// the files by operation), drawing.
import Languages
import Models

/// How one number of a recorded tensor came about. Every line is an equation that holds for the very numbers it shows: evaluated with them it
/// rounds to the shown result (an exact half either way), and shown terms add up to the shown total digit for digit.
public struct ArithmeticCard: Sendable, Hashable {
  public let operation: Operation
  /// Full indices of the cell in the operation's tensor; [position, token id] for `sample`.
  public let cell: [Int]
  /// The cell in TransformerLens's words: `blocks.0.attn.hook_pattern[0, 5, 3]`.
  public let name: String
  /// The operation in the field's notation.
  public let formula: String
  /// In the order of the computation; the last one ends in `result`.
  public let lines: [CardLine]
  /// What the lines arrive at; at least 4 significant digits where the numbers allow.
  public let result: Quantity
  /// The same arithmetic in double precision from the recorded inputs, before any rounding for the screen.
  public let exact: Double
  /// The value in the run's tensor, 4 significant digits; nil for `sample`, which makes no tensor.
  public let recorded: Quantity?
  /// Said when `result` and `recorded` differ in the digits shown: the run computes in f32, the card in f64.
  public let deviation: Bilingual?
  /// Everything that the cell was computed from.
  public let sources: [CardSource]
}

/// One line: label, an expression, what it makes.
public struct CardLine: Sendable, Hashable {
  public enum Role: Sendable, Hashable {
    /// A number as it stands in its tensor; no expression.
    case reading
    /// One of the terms of a sum: an expression.
    case term
    /// The terms that are not listed, with all rounding; no expression.
    case others
    /// The sum of the `term` and `others` results since the previous total, exactly.
    case total
    /// An expression over earlier results.
    case step
  }

  public let role: Role
  public let label: Bilingual
  public let parts: [CardPart]
  public let result: Quantity
  /// The cells whose numbers stand in the line.
  public let cells: [TensorCell]

  /// The line without its label: `0.1234 · -2.000 = -0.2468`, or the number alone.
  public var text: String { parts.isEmpty ? result.text : parts.map(\.text).joined() + " = " + result.text }
}

/// A piece of an expression. Symbols are `+ - · / ^ √ ² ( ) exp( cos( sin( Σ`, with the spaces that belong between the pieces.
public enum CardPart: Sendable, Hashable {
  case number(Quantity)
  case symbol(String)

  public var text: String {
    switch self {
    case .number(let quantity): quantity.text
    case .symbol(let symbol): symbol
    }
  }
}

/// A tensor that a card reads from.
public enum CardTensor: Sendable, Hashable {
  case hook(Hook)
  /// A parameter under Hugging Face's name.
  case weight(String)
  /// The ids of the sequence.
  case tokens

  public var name: String {
    switch self {
    case .hook(let hook): hook.name
    case .weight(let name): name
    case .tokens: "tokens"
    }
  }
}

/// One element of a tensor by its full indices.
public struct TensorCell: Sendable, Hashable {
  public let tensor: CardTensor
  public let indices: [Int]

  public init(_ tensor: CardTensor, _ indices: [Int]) { (self.tensor, self.indices) = (tensor, indices) }
}

/// A box of cells that feed the result: one range of indices for each dimension of the tensor.
public struct CardSource: Sendable, Hashable {
  public let tensor: CardTensor
  public let region: [Range<Int>]

  public init(_ tensor: CardTensor, _ region: [Range<Int>]) { (self.tensor, self.region) = (tensor, region) }

  public func contains(_ indices: [Int]) -> Bool {
    indices.count == region.count && zip(region, indices).allSatisfy { $0.contains($1) }
  }
}
