// The encoder of the BERT kind: every position sees every other, and what comes out is a vector a token. Not here: one vector for a text (EncoderPooling),
// files (EncoderLoading, EncoderSaving).
import Tensors

/// What turns tokens into hidden states, one a position: encoders, and decoders before their unembedding.
public protocol HiddenStateModel: Sendable {
  var vocabularySize: Int { get }
  var hiddenSize: Int { get }
  var intermediateSize: Int { get }
  /// Positions that a text can have.
  var contextLength: Int { get }

  /// The final normalised hidden states of the tokens, [n, d]. Throws only `Run.Cancelled`.
  /// - Parameter tokens: 1 to `contextLength` of them; each below `vocabularySize`.
  func hidden(_ tokens: [Int32], _ run: Run) throws -> Tensor
}

extension Transformer: HiddenStateModel {
  public var vocabularySize: Int { configuration.vocabularySize }
  public var hiddenSize: Int { configuration.hiddenSize }
  public var intermediateSize: Int { configuration.intermediateSize }
  public var contextLength: Int { configuration.contextLength }
}

/// Embeddings of tokens, positions and token types, added and normalised; then blocks.
public final class Encoder: HiddenStateModel {
  public let configuration: EncoderConfiguration
  /// [vocabulary, d]
  public let embeddingTable: Weight
  /// [types, d], where the model knows token types.
  public let tokenTypeTable: Weight?
  /// [context, d]
  public let positionTable: Weight
  public let embeddingNorm: Norm
  public let blocks: [EncoderBlock]

  public var vocabularySize: Int { configuration.vocabularySize }
  public var hiddenSize: Int { configuration.hiddenSize }
  public var intermediateSize: Int { configuration.intermediateSize }
  public var contextLength: Int { configuration.contextLength }

  /// Builds the model from its parameters; `weight` is asked once for each entry of the layout, in its order.
  public init<Failure: Error>(
    _ c: EncoderConfiguration, weight: (_ name: EncoderParameterName, _ shape: [Int]) throws(Failure) -> Weight
  ) throws(Failure) {
    var weights: [EncoderParameterName: Weight] = [:]
    for (name, shape) in c.layout { weights[name] = try weight(name, shape) }
    func of(_ place: EncoderParameterName.Place, _ kind: ParameterName.Kind = .weight) -> Weight {
      guard let weight = weights[EncoderParameterName(place, kind)] else {
        preconditionFailure("the layout names every parameter of an encoder")
      }
      return weight
    }
    func norm(_ place: EncoderParameterName.Place) -> Norm {
      Norm(weight: of(place).tensor, bias: of(place, .bias).tensor, epsilon: c.normEpsilon)
    }
    func projection(_ layer: Int, _ part: BlockPart) -> Projection {
      Projection(of(.block(layer, part)), bias: of(.block(layer, part), .bias).tensor)
    }
    configuration = c
    (embeddingTable, positionTable, embeddingNorm) = (of(.embedding), of(.positions), norm(.embeddingNorm))
    tokenTypeTable = c.tokenTypeCount > 0 ? of(.tokenTypes) : nil
    blocks = (0..<c.layerCount).map { layer in
      EncoderBlock(
        headCount: c.headCount, query: projection(layer, .query), key: projection(layer, .key), value: projection(layer, .value),
        output: projection(layer, .output), norm1: norm(.block(layer, .norm1)),
        feedForward: FeedForward(gate: nil, up: projection(layer, .up), down: projection(layer, .down), activation: c.activation),
        norm2: norm(.block(layer, .norm2)))
    }
  }

  public func hidden(_ tokens: [Int32], _ run: Run = Run()) throws -> Tensor {
    precondition(run.cache == nil, "later tokens change what an encoder computes for earlier ones: there is nothing to cache")
    let c = configuration
    let (positions, spans) = run.places(of: tokens.count)
    let layout = AttentionLayout(
      spans: spans, heads: c.headCount, keyValueHeads: c.headCount, headSize: c.headSize, rules: AttentionRules(isBidirectional: true))
    run.recorder?.start()
    var x = embed(tokens, positions, run)
    for (layer, block) in blocks.enumerated() {
      try run.checkCancellation()
      x = block.forward(x, layout, layer: layer, run)
    }
    return x
  }

  private func embed(_ tokens: [Int32], _ positions: [Int], _ run: Run) -> Tensor {
    let tape = run.tape
    var x = run.hook(.embed, embedding(embeddingTable, TokenIds(tokens), tape))
    if let tokenTypeTable {
      let types = TokenIds([Int32](repeating: 0, count: tokens.count))
      x = add(x, run.hook(.tokenTypeEmbed, embedding(tokenTypeTable, types, tape)), tape)
    }
    let places = run.hook(.positionEmbed, embedding(positionTable, TokenIds(positions.map(Int32.init)), tape))
    let sum = run.hook(.embedSum, add(x, places, tape))
    return run.hook(.fullEmbed, embeddingNorm(sum, tape))
  }

  /// A parameter by its place; nil where the model has none there.
  public func weight(_ name: EncoderParameterName) -> Weight? {
    func of(_ norm: Norm) -> Weight? { name.kind == .weight ? Weight(norm.weight) : norm.bias.map { Weight($0) } }
    func of(_ layer: Projection) -> Weight? { name.kind == .weight ? layer.weight : layer.bias.map { Weight($0) } }
    switch name.place {
    case .embedding: return embeddingTable
    case .positions: return positionTable
    case .tokenTypes: return tokenTypeTable
    case .embeddingNorm: return of(embeddingNorm)
    case .block(let layer, let part):
      guard blocks.indices.contains(layer) else { return nil }
      let block = blocks[layer]
      return switch part {
      case .query: of(block.query)
      case .key: of(block.key)
      case .value: of(block.value)
      case .output: of(block.output)
      case .norm1: of(block.norm1)
      case .up: of(block.feedForward.up)
      case .down: of(block.feedForward.down)
      case .norm2: of(block.norm2)
      case .queryNorm, .keyNorm, .outputNorm1, .gate, .outputNorm2: nil
      }
    }
  }

  public var parameterCount: Int { configuration.layout.reduce(0) { $0 + $1.shape.reduce(1, *) } }
}
