// The numbers that define an encoder, and its parameters in one fixed order. Not here: reading them from files (Architectures/BERT).

/// Shape and constants of a BERT-like encoder (Devlin et al. 2018). All of them learn their positions, have biases everywhere and normalise behind each
/// addition.
public struct EncoderConfiguration: Sendable, Hashable {
  public var family = EncoderFamily.bert
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var layerCount: Int
  public var headCount: Int
  public var intermediateSize: Int
  /// Positions that a text can have.
  public var contextLength: Int
  /// Rows of a folder's position table before the first position: RoBERTa counts from `pad_token_id` + 1.
  public var positionOffset = 0
  /// Kinds of segments that the model was trained to tell apart; a text alone is of the first. 0: it knows none.
  public var tokenTypeCount = 0
  public var normEpsilon: Float
  public var activation = TransformerConfiguration.Activation.gelu

  public init(
    vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int, contextLength: Int,
    normEpsilon: Float = 1e-12
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.intermediateSize = intermediateSize
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
  }

  public var headSize: Int { hiddenSize / headCount }
}

/// A parameter's place in an encoder.
public struct EncoderParameterName: Sendable, Hashable {
  public enum Place: Sendable, Hashable {
    case embedding, positions, tokenTypes, embeddingNorm
    case block(Int, BlockPart)
  }

  public let place: Place
  public let kind: ParameterName.Kind

  public init(_ place: Place, _ kind: ParameterName.Kind = .weight) { (self.place, self.kind) = (place, kind) }
}

extension EncoderConfiguration {
  /// Every parameter with its shape, in the order of the forward pass.
  public var layout: [(name: EncoderParameterName, shape: [Int])] {
    let (d, f) = (hiddenSize, intermediateSize)
    var list: [(name: EncoderParameterName, shape: [Int])] = [(EncoderParameterName(.embedding), [vocabularySize, d])]
    if tokenTypeCount > 0 { list.append((EncoderParameterName(.tokenTypes), [tokenTypeCount, d])) }
    list.append((EncoderParameterName(.positions), [contextLength, d]))
    func append(_ place: EncoderParameterName.Place, _ shape: [Int]) {
      list += [(EncoderParameterName(place), shape), (EncoderParameterName(place, .bias), [shape[0]])]
    }
    append(.embeddingNorm, [d])
    for layer in 0..<layerCount {
      for part in [BlockPart.query, .key, .value, .output] { append(.block(layer, part), [d, d]) }
      append(.block(layer, .norm1), [d])
      append(.block(layer, .up), [f, d])
      append(.block(layer, .down), [d, f])
      append(.block(layer, .norm2), [d])
    }
    return list
  }
}
