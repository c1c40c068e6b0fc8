// Weights of a file into an Encoder. Not here: the containers (ModelFiles), names and configurations (Architectures/BERT).
import Languages
import ModelFiles
import Tensors

extension Encoder {
  /// Opens the weights of a GGUF file.
  public convenience init(gguf file: GGUFFile) throws(FileError) {
    try self.init(EncoderConfiguration(gguf: file), weights: file, .gguf)
  }

  /// Opens the weights of a folder.
  public convenience init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    try self.init(EncoderConfiguration(huggingFace: folder.config, file: folder.configPath), weights: folder.weights, .huggingFace)
  }

  convenience init(_ configuration: EncoderConfiguration, weights file: any WeightsFile, _ format: ModelFormat) throws(FileError) {
    let source = try EncoderSource(configuration, file, format)
    let memory = WeightMemory()
    try self.init(configuration) { (name, shape) throws(FileError) in try source.weight(name, shape, in: memory) }
  }
}

/// Where the parameters of one encoder lie in one file.
private struct EncoderSource {
  let file: any WeightsFile
  /// The tensor of each parameter, and its rows before the parameter's first.
  private var places: [EncoderParameterName: (info: TensorInfo, firstRow: Int)] = [:]

  init(_ c: EncoderConfiguration, _ file: any WeightsFile, _ format: ModelFormat) throws(FileError) {
    self.file = file
    let table = c.family.tensorName(EncoderParameterName(.embedding), format)
    let prefix = format == .huggingFace && file.tensor(named: c.family.prefix + table) != nil ? c.family.prefix : ""
    var used: Set<String> = []
    for (name, shape) in c.layout {
      let firstRow = name.place == .positions && format == .huggingFace ? c.positionOffset : 0
      let stored = [shape[0] + firstRow] + shape.dropFirst()
      let spelling = Self.spelling(prefix + c.family.tensorName(name, format), file)
      let info = try file.required(spelling, shape: stored)
      used.insert(info.name)
      places[name] = (info, firstRow)
    }
    // A tensor inside the encoder that the family does not know would change the result: a relative position, an adapter.
    let unknown = file.tensors.map(\.name).first { name in
      name.hasPrefix(prefix) && c.family.isOfEncoder(String(name.dropFirst(prefix.count)), format) && !used.contains(name)
    }
    if let unknown {
      throw FileError(
        file: file.path, place: unknown,
        problem: Bilingual(zh: "\(c.family.rawValue) 的计算中没有这个张量", en: "this tensor has no part in the arithmetic of \(c.family.rawValue)"),
        mend: Bilingual(zh: "请换用不含它的模型文件", en: "Use a file of a model without it"))
    }
  }

  /// The first BERTs came from TensorFlow, whose LayerNorm has a gamma and a beta.
  private static func spelling(_ name: String, _ file: any WeightsFile) -> String {
    for (ours, old) in [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")] where name.hasSuffix(ours) {
      let candidate = String(name.dropLast(ours.count)) + old
      if file.tensor(named: name) == nil, file.tensor(named: candidate) != nil { return candidate }
    }
    return name
  }

  /// One parameter: matrices stay as they are stored, in a mapped file even where they lie; vectors become f32.
  func weight(_ name: EncoderParameterName, _ shape: [Int], in memory: WeightMemory) throws(FileError) -> Weight {
    guard let (info, firstRow) = places[name] else { preconditionFailure("every parameter of the layout has its place") }
    guard shape.count == 2 else { return Weight(Tensor(try file.floats(info), shape)) }
    return try file.matrix(info, shape, in: memory) { firstRow + $0 }
  }
}
