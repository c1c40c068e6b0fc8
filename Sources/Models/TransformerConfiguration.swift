// The numbers that define a Transformer. Names follow Hugging Face's config.json in Swift spelling. Not here: reading them from files.

/// Shape and constants of a Llama-type Transformer.
public struct TransformerConfiguration: Sendable, Hashable {
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var layerCount: Int
  public var headCount: Int
  public var keyValueHeadCount: Int
  public var headSize: Int
  public var intermediateSize: Int
  public var contextLength: Int
  public var normEpsilon: Float
  public var ropeBase: Float
  /// Whether the unembedding is the embedding table.
  public var tiesEmbeddings: Bool

  public init(
    vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int, keyValueHeadCount: Int, headSize: Int? = nil,
    intermediateSize: Int, contextLength: Int, normEpsilon: Float = 1e-5, ropeBase: Float = 10_000, tiesEmbeddings: Bool = true
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize ?? hiddenSize / max(headCount, 1)
    self.intermediateSize = intermediateSize
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
    self.ropeBase = ropeBase
    self.tiesEmbeddings = tiesEmbeddings
  }

  /// Width of all query heads together.
  public var queryWidth: Int { headCount * headSize }
  /// Width of all key (or value) heads together.
  public var keyValueWidth: Int { keyValueHeadCount * headSize }
  /// The key-value head that a query head reads.
  public func keyValueHead(of head: Int) -> Int { head / (headCount / keyValueHeadCount) }
}
