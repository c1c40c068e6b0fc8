// What the lab must offer so that lessons and checks can ask it for values. Not here: any model; the lab implements this over its run.

/// A recorded tensor, row-major.
public struct TraceTensor: Sendable {
  public let shape: [Int]
  public let values: [Float]

  public init(shape: [Int], values: [Float]) {
    self.shape = shape
    self.values = values
  }
}

/// The run that is on the screen, as queries see it.
public protocol TraceValues {
  /// Ids of all tokens of the run, special tokens included. Empty when nothing has run yet.
  var tokens: [Int] { get }
  /// A token as the screen shows it.
  func text(ofToken id: Int) -> String
  /// The one token with exactly these bytes.
  func tokenID(of text: String) -> Int?
  /// The tensor recorded under a full hook name such as `blocks.1.attn.hook_pattern`, without a batch dimension;
  /// `logits` is [position, vocabulary].
  func tensor(hook: String) -> TraceTensor?
  func fact(_ fact: ModelFact) -> Double?
  var cursor: LabCursor { get }
}

/// The cell that the learner looks at. Layers, heads and positions count from 0.
public struct LabCursor: Sendable, Hashable, Codable {
  /// An operation of the stepper: a hook name without its block, such as `attn.hook_pattern`, or `hook_embed`, `logits`, `sample`.
  public var operation: String
  public var layer: Int
  public var head: Int
  /// The token that is computed, and the token looked at.
  public var query: Int
  public var key: Int

  public init(operation: String = "hook_embed", layer: Int = 0, head: Int = 0, query: Int = 0, key: Int = 0) {
    self.operation = operation
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
  }
}

/// The value of a query.
public enum TraceValue: Sendable, Hashable {
  /// Row-major numbers; an empty shape is one number. `whole` marks counts, indices and ids.
  case numbers(shape: [Int], [Double], whole: Bool)
  case text(String)

  static func number(_ value: Double, whole: Bool = false) -> TraceValue { .numbers(shape: [], [value], whole: whole) }

  /// The number, when it is a single one.
  public var scalar: Double? {
    if case .numbers(_, let values, _) = self, values.count == 1 { values[0] } else { nil }
  }
}
