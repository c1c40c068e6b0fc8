// What the tensors of a file are in the model that its configuration describes: for those who look at a file without loading it. Not here: reading
// their numbers (Loading), names of architectures that the lab does not know.
import ModelFiles

/// The parameters in the tensors of one file, and how they lie there.
public struct ParameterMap: Sendable {
  public let configuration: TransformerConfiguration
  public let format: ModelFormat
  private var layouts: [String: TensorLayout] = [:]

  /// - Parameter tensors: names and shapes as the file has them. Tensors that the model has no use for, or in another shape, get no layout.
  public init(_ configuration: TransformerConfiguration, _ format: ModelFormat, tensors: [(name: String, shape: [Int])]) {
    (self.configuration, self.format) = (configuration, format)
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    for layout in configuration.storedTensors(format) {
      let spelling = layout.spelling(configuration) { shapes[$0] != nil }
      if shapes[spelling] == layout.shape { layouts[spelling] = layout }
    }
  }

  /// The layout of the tensor that the file calls so; nil for one that holds no parameter.
  public subscript(tensor: String) -> TensorLayout? { layouts[tensor] }

  /// The row of its tensor that holds row `row` of a parameter; a column, where the tensor is transposed.
  public func storedRow(_ row: Int, of parameter: ParameterName, in layout: TensorLayout) -> Int {
    layout.firstRow(of: parameter) + configuration.storedRow(row, of: parameter, format)
  }

  /// What is added to the stored values.
  public func offset(of parameter: ParameterName) -> Float { configuration.family.rules.offset(of: parameter, format) }

  /// Whether a parameter's rows lie in the same order in both files.
  public func hasRowOrder(of other: ParameterMap) -> Bool {
    let (a, b) = (pairedDimensions, other.pairedDimensions)
    return a == b && (a == nil || configuration.headSize == other.configuration.headSize)
  }

  /// How many dimensions of each head lie as pairs of RoPE; nil for none.
  private var pairedDimensions: Int? {
    configuration.family.rules.keepsPairsTogether(format) ? configuration.rotary?.dimensions : nil
  }
}

extension TensorLayout {
  /// The file's name for it. Folders of base models leave the first part of a name out, models that also see put one before it; tied tables lie under
  /// either name.
  func spelling(_ c: TransformerConfiguration, in exists: (String) -> Bool) -> String {
    if exists(name) { return name }
    var candidates: [String] = []
    if let dot = name.firstIndex(of: ".") { candidates.append(String(name[name.index(after: dot)...])) }
    candidates.append("language_model.\(name)")
    if name.hasPrefix("model.") { candidates.append("model.language_model.\(name.dropFirst(6))") }
    if parts[0].name.place == .embedding, c.tiesEmbeddings { candidates.append("lm_head.weight") }
    return candidates.first(where: exists) ?? name
  }
}
