// LoRA (Hu et al. 2021, arXiv:2106.09685): trained changes of low rank beside the weights of a model, which stay as they are. Not here: PEFT's files
// (AdapterFolder), training, the forward pass (Layers).
import Tensors

/// The change of one projection: scale·B·A beside its weight.
public struct LowRankChange: Sendable {
  /// A, [rank, inputs]. Projections that lie in one tensor of a file share it.
  public let down: Tensor
  /// B, [outputs, rank]
  public let up: Tensor
  public let scale: Float

  public init(down: Tensor, up: Tensor, scale: Float) {
    precondition(up.columns == down.rows, "B of \(up.shape) does not follow A of \(down.shape)")
    (self.down, self.up, self.scale) = (down, up, scale)
  }

  /// scale·B·A, [outputs, inputs]
  public var product: Tensor {
    let (rank, inputs) = (down.rows, down.columns)
    let columns = Tensor(uninitialized: [inputs, rank])
    for row in 0..<inputs { for k in 0..<rank { columns.data[row * rank + k] = down.data[k * inputs + row] } }
    return Tensors.scale(linear(up, columns), by: scale)
  }

  func added(to weight: Tensor) -> Tensor { add(weight, product) }

  /// A·x of every change, once for those that share A; by the identity of A.
  static func halves(of x: Tensor, _ changes: [LowRankChange], _ tape: Tape?) -> [ObjectIdentifier: Tensor] {
    var downs: [Tensor] = []
    for change in changes where !downs.contains(where: { $0 === change.down }) { downs.append(change.down) }
    let halves = linear(x, downs.map { Weight($0) }, tape)
    return Dictionary(uniqueKeysWithValues: zip(downs.map { ObjectIdentifier($0) }, halves))
  }
}

/// All changes of a model, by the tensors that hold the changed weights in a Hugging Face folder.
public struct Adapter: Sendable {
  /// The change of one such tensor: one A, and one B for each projection whose rows lie in it.
  public struct Module: Sendable {
    /// The tensor's name without `.weight`, such as `model.layers.0.self_attn.q_proj`.
    public let name: String
    /// [rank, inputs]
    public let down: Tensor
    /// [outputs, rank] each
    public let ups: [(place: ParameterName.Place, tensor: Tensor)]
    public let scale: Float

    public var rank: Int { down.rows }

    public init(name: String, down: Tensor, ups: [(place: ParameterName.Place, tensor: Tensor)], scale: Float) {
      (self.name, self.down, self.ups, self.scale) = (name, down, ups, scale)
    }
  }

  /// In the order of the layout.
  public let modules: [Module]
  /// The rank and alpha that it was made with; a module of a file may have its own.
  public let rank: Int
  public let alpha: Double

  public init(modules: [Module], rank: Int, alpha: Double) { (self.modules, self.rank, self.alpha) = (modules, rank, alpha) }

  /// By projection.
  var changes: [ParameterName.Place: LowRankChange] {
    var changes: [ParameterName.Place: LowRankChange] = [:]
    for module in modules {
      for (place, up) in module.ups { changes[place] = LowRankChange(down: module.down, up: up, scale: module.scale) }
    }
    return changes
  }

  public var parameterCount: Int { modules.reduce(0) { $0 + $1.down.count + $1.ups.reduce(0) { $0 + $1.tensor.count } } }
}

/// What an adapter to train looks like.
public struct AdapterSettings: Codable, Sendable, Hashable {
  public var rank: Int
  /// The change counts alpha / rank.
  public var alpha: Double
  public var targets: [BlockPart]

  public init(rank: Int = 8, alpha: Double = 16, targets: [BlockPart] = AdapterSettings.allTargets) {
    (self.rank, self.alpha, self.targets) = (rank, alpha, targets)
  }

  /// Every matrix of a block.
  public static let allTargets: [BlockPart] = [.query, .key, .value, .output, .gate, .up, .down]
}

extension TransformerConfiguration {
  /// The tensors of a Hugging Face folder that hold these parts of the blocks. One that holds several counts when one of them is asked for.
  func adaptable(_ parts: some Collection<BlockPart>) -> [TensorLayout] {
    storedTensors(.huggingFace).filter { stored in
      stored.parts.contains { $0.name.kind == .weight && $0.name.part.map { $0.isProjection && parts.contains($0) } ?? false }
    }
  }

  /// Parameters of an adapter, without making it.
  public func parameterCount(of settings: AdapterSettings) -> Int {
    adaptable(settings.targets).reduce(0) { sum, stored in
      sum + settings.rank * (stored.parts[0].shape[1] + stored.parts.reduce(0) { $0 + $1.shape[0] })
    }
  }
}

extension BlockPart {
  var isProjection: Bool { AdapterSettings.allTargets.contains(self) }
}

extension Adapter {
  /// A change that changes nothing yet: A uniform within 1/√inputs, as PEFT draws it, B zero.
  public init(_ settings: AdapterSettings, for c: TransformerConfiguration, seed: UInt64) {
    precondition(settings.rank > 0, "a rank is at least 1")
    var random = RandomSource(seed: seed)
    let modules = c.adaptable(settings.targets).map { stored in
      let down = Tensor(uninitialized: [settings.rank, stored.parts[0].shape[1]])
      let bound = 1 / Double(down.columns).squareRoot()
      for i in 0..<down.count { down.data[i] = Float((2 * random.uniform() - 1) * bound) }
      return Module(
        name: stored.module, down: down,
        ups: stored.parts.map { ($0.name.place, Tensor(repeating: 0, [$0.shape[0], settings.rank])) },
        scale: Float(settings.alpha / Double(settings.rank)))
    }
    self.init(modules: modules, rank: settings.rank, alpha: settings.alpha)
  }
}

extension TensorLayout {
  /// The name of the layer in transformers.
  var module: String { name.hasSuffix(".weight") ? String(name.dropLast(7)) : name }
}

extension Transformer {
  /// The same weights with another adapter, or without one.
  public func with(_ adapter: Adapter?) -> Transformer {
    Transformer(configuration, adapter: adapter) { (name: ParameterName, _) throws(Never) -> Weight in own(name) }
  }

  /// The same weights as f32 in memory of their own where they are stored smaller: what gradients can pass through.
  public var dense: Transformer {
    Transformer(configuration, adapter: adapter) { (name: ParameterName, _) throws(Never) -> Weight in
      let weight = own(name)
      return weight.trainable == nil ? Weight(weight.tensor) : weight
    }
  }

  /// One model that computes the same without an adapter; changed weights become f32.
  public var merged: Transformer {
    if adapter == nil { return self }
    return Transformer(configuration) { (name: ParameterName, _) throws(Never) -> Weight in own(name, merging: true) }
  }

  private func own(_ name: ParameterName, merging: Bool = false) -> Weight {
    guard let weight = weight(name, merging: merging) else { preconditionFailure("the layout names only parameters that the model has") }
    return weight
  }
}
