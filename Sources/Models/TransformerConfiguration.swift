// The numbers that define a Transformer. Names follow Hugging Face's config.json in Swift spelling. Not here: reading them from files
// (Architectures).
import Tensors

/// Shape and constants of a decoder-only Transformer of any supported family.
public struct TransformerConfiguration: Sendable, Hashable {
  public var family: TransformerFamily = .llama
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var layerCount: Int
  public var headCount: Int
  public var keyValueHeadCount: Int
  public var headSize: Int
  public var intermediateSize: Int
  public var contextLength: Int
  public var normEpsilon: Float
  /// Whether the unembedding is the embedding table.
  public var tiesEmbeddings: Bool

  public var norm = NormKind.rms
  public var positions: Positions
  public var activation = Activation.silu
  /// Whether the feed-forward layer has a gate beside its first projection.
  public var isGated = true
  /// Which linear layers have a bias.
  public var biases = Biases()
  /// Whether each head's query and key pass through a norm of their own (Qwen3, Gemma 3).
  public var normalizesQueriesAndKeys = false
  /// Whether what attention and feed-forward layer add is normalised first (GLM-4-0414, Gemma).
  public var normalizesOutputs = false
  /// Factor of the embedding (Gemma: √hiddenSize).
  public var embeddingScale: Float = 1
  /// Factor of q·k; nil: 1/√headSize.
  public var attentionScale: Float?
  /// Caps of attention scores and logits (Gemma 2).
  public var scoreCap: Float?
  public var logitCap: Float?
  /// The layers that see a window of the past only, and their own RoPE.
  public var window: AttentionWindow?

  public enum NormKind: Sendable, Hashable {
    case rms, layer
  }

  public enum Activation: Sendable, Hashable {
    case silu, gelu, geluTanh
  }

  public enum Positions: Sendable, Hashable {
    case rotary(RotaryConfiguration)
    /// A table of vectors, one a position, added to the embedding.
    case learned
  }

  public struct Biases: Sendable, Hashable {
    public var queryKeyValue = false
    public var attentionOutput = false
    public var feedForward = false
    public init() {}
  }

  /// - Parameter ropeBase: of plain RoPE over whole heads; `positions` says the rest.
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
    self.tiesEmbeddings = tiesEmbeddings
    positions = .rotary(RotaryConfiguration(base: ropeBase, dimensions: self.headSize))
  }

  /// Width of all query heads together.
  public var queryWidth: Int { headCount * headSize }
  /// Width of all key (or value) heads together.
  public var keyValueWidth: Int { keyValueHeadCount * headSize }
  /// The key-value head that a query head reads.
  public func keyValueHead(of head: Int) -> Int { head / (headCount / keyValueHeadCount) }

  /// How heads turn; nil where positions are learned.
  public var rotary: RotaryConfiguration? {
    get { if case .rotary(let rotary) = positions { rotary } else { nil } }
    set { positions = newValue.map(Positions.rotary) ?? .learned }
  }

  /// RoPE of one layer.
  public func rotary(layer: Int) -> RotaryConfiguration? { isWindowed(layer) ? window?.rotary ?? rotary : rotary }

  public func isWindowed(_ layer: Int) -> Bool { window?.covers(layer) ?? false }

  /// How attention of one layer sees the past.
  public func attentionRules(layer: Int) -> AttentionRules {
    AttentionRules(scale: attentionScale, softCap: scoreCap, window: isWindowed(layer) ? window?.size : nil)
  }
}

/// Sliding-window attention in some of the layers (Beltagy et al. 2020; Gemma 2 and 3).
public struct AttentionWindow: Sendable, Hashable {
  /// Keys that a query sees, its own included.
  public var size: Int
  /// Every `period`-th layer sees everything, the others the window; 1: no layer sees everything.
  public var period: Int
  /// RoPE of these layers, where it differs from the others'.
  public var rotary: RotaryConfiguration?

  public init(size: Int, period: Int, rotary: RotaryConfiguration? = nil) { (self.size, self.period, self.rotary) = (size, period, rotary) }

  public func covers(_ layer: Int) -> Bool { period <= 1 || (layer + 1) % period != 0 }
}
