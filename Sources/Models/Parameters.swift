// The parameters of a Transformer in one fixed order; building one from them; and fresh ones to train. Not here: files.
import Tensors

/// A named parameter.
public struct Parameter: Sendable {
  public let place: ParameterName
  public let weight: Weight
  /// Hugging Face's name for it in Llama, such as `model.layers.0.self_attn.q_proj.weight`.
  public var name: String { place.text }
  /// Vectors, and the embedding, are exempt from weight decay.
  public var isMatrix: Bool { weight.shape.count >= 2 }
  /// The values as f32: the very memory of a dense parameter, else a decoded copy.
  public var tensor: Tensor { weight.tensor }
}

/// The parameters of one block while it is built.
struct BlockParts {
  let configuration: TransformerConfiguration
  var weights: [BlockPart: Weight] = [:]
  var biases: [BlockPart: Weight] = [:]
  var adapters: [BlockPart: LowRankChange] = [:]

  func norm(_ part: BlockPart) -> Norm { Norm(weight: weight(part).tensor, bias: biases[part]?.tensor, epsilon: configuration.normEpsilon) }
  func projection(_ part: BlockPart) -> Projection {
    Projection(weight(part), bias: biases[part]?.tensor, adapter: adapters[part])
  }

  private func weight(_ part: BlockPart) -> Weight {
    guard let weight = weights[part] else { preconditionFailure("the layout names every part that a block has") }
    return weight
  }
}

extension Transformer {
  /// Every parameter once, in the order of `TransformerConfiguration.layout`.
  public var parameters: [Parameter] {
    configuration.layout.map { name, _ in
      guard let weight = weight(name) else { preconditionFailure("the layout names only parameters that the model has") }
      return Parameter(place: name, weight: weight)
    }
  }

  public var parameterCount: Int { configuration.layout.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// A parameter by its place; nil where the model has none there.
  /// - Parameter merging: with the adapter's change, so that the weight alone computes what the model does.
  public func weight(_ name: ParameterName, merging: Bool = false) -> Weight? {
    func of(_ norm: Norm?) -> Weight? { name.kind == .weight ? norm.map { Weight($0.weight) } : norm?.bias.map { Weight($0) } }
    func of(_ layer: Projection?) -> Weight? {
      if name.kind == .bias { return layer?.bias.map { Weight($0) } }
      return merging ? layer?.merged : layer?.weight
    }
    switch name.place {
    case .embedding: return embeddingTable
    case .positions: return positionTable
    case .finalNorm: return of(finalNorm)
    case .unembedding: return unembedding
    case .block(let layer, let part):
      guard blocks.indices.contains(layer) else { return nil }
      let block = blocks[layer]
      return switch part {
      case .norm1: of(block.norm1)
      case .norm2: of(block.norm2)
      case .outputNorm1: of(block.outputNorm1)
      case .outputNorm2: of(block.outputNorm2)
      case .queryNorm: of(block.queryNorm)
      case .keyNorm: of(block.keyNorm)
      case .query: of(block.query)
      case .key: of(block.key)
      case .value: of(block.value)
      case .output: of(block.output)
      case .gate: of(block.feedForward.gate)
      case .up: of(block.feedForward.up)
      case .down: of(block.feedForward.down)
      }
    }
  }

  /// The adapter's change of a projection.
  public func change(at place: ParameterName.Place) -> LowRankChange? {
    guard let adapter, case .block(let layer, let part) = place, blocks.indices.contains(layer), !adapter.modules.isEmpty else {
      return nil
    }
    let block = blocks[layer]
    return switch part {
    case .query: block.query.adapter
    case .key: block.key.adapter
    case .value: block.value.adapter
    case .output: block.output.adapter
    case .gate: block.feedForward.gate?.adapter
    case .up: block.feedForward.up.adapter
    case .down: block.feedForward.down.adapter
    default: nil
    }
  }

  /// Builds the model from its parameters; `weight` is asked once for each entry of the layout, in its order.
  public convenience init<Failure: Error>(
    _ c: TransformerConfiguration, adapter: Adapter? = nil, weight: (_ name: ParameterName, _ shape: [Int]) throws(Failure) -> Weight
  ) throws(Failure) {
    var single: [ParameterName: Weight] = [:]
    var parts = [BlockParts](repeating: BlockParts(configuration: c), count: c.layerCount)
    for (name, shape) in c.layout {
      let weight = try weight(name, shape)
      switch (name.place, name.kind) {
      case (.block(let layer, let part), .weight): parts[layer].weights[part] = weight
      case (.block(let layer, let part), .bias): parts[layer].biases[part] = weight
      default: single[name] = weight
      }
    }
    for (place, change) in adapter?.changes ?? [:] { if case .block(let layer, let part) = place { parts[layer].adapters[part] = change } }
    guard let table = single[ParameterName(.embedding)], let norm = single[ParameterName(.finalNorm)] else {
      preconditionFailure("every layout has an embedding and a final norm")
    }
    self.init(
      c, embeddingTable: table, positionTable: single[ParameterName(.positions)], blocks: parts.map { TransformerBlock(c, $0) },
      finalNorm: Norm(weight: norm.tensor, bias: single[ParameterName(.finalNorm, .bias)]?.tensor, epsilon: c.normEpsilon),
      unembedding: single[ParameterName(.unembedding)], adapter: adapter)
  }

  /// The same of dense parameters.
  public convenience init<Failure: Error>(
    _ c: TransformerConfiguration, tensor: (_ name: ParameterName, _ shape: [Int]) throws(Failure) -> Tensor
  ) throws(Failure) {
    try self.init(c) { (name: ParameterName, shape: [Int]) throws(Failure) -> Weight in Weight(try tensor(name, shape)) }
  }

  /// A model ready to train: normal weights of deviation 0.02, projections into the residual stream smaller by √(2·layers)
  /// (Radford et al. 2019), norms at 1, biases at 0. The same seed gives the same weights.
  public convenience init(_ c: TransformerConfiguration, seed: UInt64) {
    var random = RandomSource(seed: seed)
    self.init(c) { (name: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      if name.kind == .bias { return Tensor(repeating: 0, shape) }
      if shape.count == 1 { return Tensor(repeating: 1, shape) }
      let intoResidual = name.part == .output || name.part == .down
      let deviation: Float = 0.02 / (intoResidual ? Float(2 * c.layerCount).squareRoot() : 1)
      let weight = Tensor(uninitialized: shape)
      for i in 0..<weight.count { weight.data[i] = random.normal() * deviation }
      return weight
    }
  }
}
