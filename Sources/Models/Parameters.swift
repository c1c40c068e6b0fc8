// The parameters of a Transformer under Hugging Face's names, in one fixed order; and fresh ones to train. Not here: files.
import Tensors

/// A named parameter.
public struct Parameter: Sendable {
  /// Hugging Face's name, such as `model.layers.0.self_attn.q_proj.weight`.
  public let name: String
  public let weight: Weight
  /// Norm weights are vectors; they and the embedding are exempt from weight decay.
  public var isMatrix: Bool { weight.shape.count >= 2 }
  /// The values as f32: the very memory of a dense parameter, else a decoded copy.
  public var tensor: Tensor { weight.tensor }
}

extension Transformer {
  /// Every parameter once, from the embedding to the last norm; the unembedding only when it is its own.
  public var parameters: [Parameter] {
    var list = [Parameter(name: "model.embed_tokens.weight", weight: embeddingTable)]
    for (layer, block) in blocks.enumerated() {
      list += block.weights.map { Parameter(name: "model.layers.\(layer).\($0.name).weight", weight: $0.weight) }
    }
    list.append(Parameter(name: "model.norm.weight", weight: Weight(finalNorm)))
    if !configuration.tiesEmbeddings { list.append(Parameter(name: "lm_head.weight", weight: unembedding)) }
    return list
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.weight.count } }

  /// Names and shapes of every parameter of a configuration, in the order of `parameters`.
  public static func layout(_ c: TransformerConfiguration) -> [(name: String, shape: [Int])] {
    var list: [(name: String, shape: [Int])] = [("model.embed_tokens.weight", [c.vocabularySize, c.hiddenSize])]
    for layer in 0..<c.layerCount {
      list += blockLayout(c).map { ("model.layers.\(layer).\($0.name).weight", $0.shape) }
    }
    list.append(("model.norm.weight", [c.hiddenSize]))
    if !c.tiesEmbeddings { list.append(("lm_head.weight", [c.vocabularySize, c.hiddenSize])) }
    return list
  }

  private static func blockLayout(_ c: TransformerConfiguration) -> [(name: String, shape: [Int])] {
    [
      ("input_layernorm", [c.hiddenSize]), ("self_attn.q_proj", [c.queryWidth, c.hiddenSize]),
      ("self_attn.k_proj", [c.keyValueWidth, c.hiddenSize]), ("self_attn.v_proj", [c.keyValueWidth, c.hiddenSize]),
      ("self_attn.o_proj", [c.hiddenSize, c.queryWidth]), ("post_attention_layernorm", [c.hiddenSize]),
      ("mlp.gate_proj", [c.intermediateSize, c.hiddenSize]), ("mlp.up_proj", [c.intermediateSize, c.hiddenSize]),
      ("mlp.down_proj", [c.hiddenSize, c.intermediateSize]),
    ]
  }

  /// Builds the model from its parameters by name; `tensor` is asked once for each entry of `layout`.
  public convenience init<Failure: Error>(
    _ c: TransformerConfiguration, weight: (_ name: String, _ shape: [Int]) throws(Failure) -> Weight
  ) throws(Failure) {
    let table = try weight("model.embed_tokens.weight", [c.vocabularySize, c.hiddenSize])
    var blocks: [TransformerBlock] = []
    for layer in 0..<c.layerCount {
      var parts: [Weight] = []
      for (name, shape) in Transformer.blockLayout(c) { parts.append(try weight("model.layers.\(layer).\(name).weight", shape)) }
      blocks.append(
        TransformerBlock(
          c, norm1: parts[0].tensor, query: parts[1], key: parts[2], value: parts[3], output: parts[4], norm2: parts[5].tensor,
          gate: parts[6],
          up: parts[7], down: parts[8]))
    }
    let norm = try weight("model.norm.weight", [c.hiddenSize])
    let head = c.tiesEmbeddings ? nil : try weight("lm_head.weight", [c.vocabularySize, c.hiddenSize])
    self.init(c, embeddingTable: table, blocks: blocks, finalNorm: norm.tensor, unembedding: head)
  }

  /// The same of dense parameters.
  public convenience init<Failure: Error>(
    _ c: TransformerConfiguration, tensor: (_ name: String, _ shape: [Int]) throws(Failure) -> Tensor
  ) throws(Failure) {
    try self.init(c) { (name: String, shape: [Int]) throws(Failure) -> Weight in Weight(try tensor(name, shape)) }
  }

  /// A model ready to train: normal weights of deviation 0.02, projections into the residual stream smaller by √(2·layers)
  /// (Radford et al. 2019), norms at 1. The same seed gives the same weights.
  public convenience init(_ c: TransformerConfiguration, seed: UInt64) {
    var random = RandomSource(seed: seed)
    self.init(c) { (name: String, shape: [Int]) throws(Never) -> Tensor in
      if shape.count == 1 { return Tensor(repeating: 1, shape) }
      let intoResidual = name.hasSuffix("o_proj.weight") || name.hasSuffix("down_proj.weight")
      let deviation: Float = 0.02 / (intoResidual ? Float(2 * c.layerCount).squareRoot() : 1)
      let weight = Tensor(uninitialized: shape)
      for i in 0..<weight.count { weight.data[i] = random.normal() * deviation }
      return weight
    }
  }
}

extension TransformerBlock {
  /// The block's parameters in the order of `Transformer.layout`.
  var weights: [(name: String, weight: Weight)] {
    [
      ("input_layernorm", Weight(norm1)), ("self_attn.q_proj", query), ("self_attn.k_proj", key), ("self_attn.v_proj", value),
      ("self_attn.o_proj", output), ("post_attention_layernorm", Weight(norm2)), ("mlp.gate_proj", gate), ("mlp.up_proj", up),
      ("mlp.down_proj", down),
    ]
  }
}
