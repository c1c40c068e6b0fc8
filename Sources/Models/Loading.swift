// Weights of a file into a Transformer, for every family and format. Not here: the containers (ModelFiles), names and configurations (Architectures).
import Languages
import ModelFiles
import Tensors

extension Transformer {
  /// Opens the weights of a GGUF file.
  public convenience init(gguf file: GGUFFile) throws(FileError) {
    try self.init(TransformerConfiguration(gguf: file), weights: file, .gguf)
  }

  /// Opens the weights of a folder.
  public convenience init(huggingFace folder: HuggingFaceFolder) throws(FileError) {
    try self.init(TransformerConfiguration(huggingFace: folder), weights: folder.weights, .huggingFace)
  }

  /// Opens a llama2.c checkpoint.
  public convenience init(llama2c file: Llama2CFile) throws(FileError) {
    try self.init(TransformerConfiguration(llama2c: file), weights: file, .llama2c)
  }

  convenience init(_ configuration: TransformerConfiguration, weights file: any WeightsFile, _ format: ModelFormat) throws(FileError) {
    let source = try WeightSource(configuration, file, format)
    let memory = WeightMemory()
    try self.init(configuration) { (name, _) throws(FileError) in try source.weight(name, in: memory) }
  }
}

/// Where the parameters of one model lie in one file.
private struct WeightSource {
  let configuration: TransformerConfiguration
  let file: any WeightsFile
  let format: ModelFormat
  /// The tensor of the file and its description, by parameter.
  private var places: [ParameterName: (info: TensorInfo, stored: TensorLayout)] = [:]

  init(_ configuration: TransformerConfiguration, _ file: any WeightsFile, _ format: ModelFormat) throws(FileError) {
    (self.configuration, self.file, self.format) = (configuration, file, format)
    var used: Set<String> = []
    for stored in configuration.storedTensors(format) {
      let spelling = stored.spelling(configuration) { file.tensor(named: $0) != nil }
      let info = try file.required(spelling, shape: stored.shape)
      used.insert(info.name)
      for part in stored.parts { places[part.name] = (info, stored) }
    }
    // A tensor that the family does not know would change the result: a bias, an expert, an adapter.
    let known: (String) -> Bool = { name in
      used.contains(name) || configuration.family.rules.isIgnored(name) || name == "rope_freqs.weight"
        || (configuration.tiesEmbeddings && name.hasSuffix("lm_head.weight"))
    }
    if let unknown = file.tensors.map(\.name).first(where: { !known($0) }) {
      let family = configuration.family.rules.className
      throw FileError(
        file: file.path, place: unknown,
        problem: Bilingual(zh: "\(family) 的计算中没有这个张量", en: "this tensor has no part in the arithmetic of \(family)"),
        mend: Bilingual(zh: "请换用不含它的模型文件", en: "Use a file of a model without it"))
    }
  }

  /// One parameter: matrices stay as they are stored, in a mapped file even where they lie; vectors become f32.
  func weight(_ name: ParameterName, in memory: WeightMemory) throws(FileError) -> Weight {
    guard let (info, stored) = places[name], let shape = stored.parts.first(where: { $0.name == name })?.shape else {
      preconditionFailure("every parameter of the layout has its place")
    }
    let (first, c) = (stored.firstRow(of: name), configuration)
    func source(_ row: Int) -> Int { first + c.storedRow(row, of: name, format) }
    guard shape.count == 2 else {
      let (all, offset) = (try file.floats(info), c.family.rules.offset(of: name, format))
      return Weight(Tensor((0..<shape[0]).map { all[source($0)] + offset }, shape))
    }
    if stored.isTransposed { return Weight(try transposed(info, stored, shape, source)) }
    return try file.matrix(info, shape, in: memory, row: source)
  }

  /// A matrix stored as [inputs, outputs] becomes a tensor of its own.
  private func transposed(_ info: TensorInfo, _ stored: TensorLayout, _ shape: [Int], _ source: (Int) -> Int) throws(FileError) -> Tensor {
    let (all, tensor, width) = (try file.floats(info), Tensor(uninitialized: shape), stored.shape[1])
    for row in 0..<shape[0] {
      let from = source(row)
      for column in 0..<shape[1] { tensor.data[row * shape[1] + column] = all[column * width + from] }
    }
    return tensor
  }
}

extension WeightsFile {
  /// A matrix whose rows are rows of a tensor of this file: as it is stored, in a mapped file even where it lies.
  /// - Parameter source: the tensor's row that holds a row of the matrix.
  func matrix(_ info: TensorInfo, _ shape: [Int], in memory: WeightMemory, row source: (Int) -> Int) throws(FileError) -> Weight {
    let first = source(0)
    let isInOrder = (0..<shape[0]).allSatisfy { source($0) == first + $0 }
    if isInOrder, let mapped = try mappedBytes(of: info), let start = mapped.bytes.baseAddress {
      let kind = Weight.Kind(info.type) ?? .f32
      return Weight(kind, rows: shape[0], columns: shape[1], mapped: start + first * kind.rowBytes(shape[1]), owner: mapped.owner)
    }
    let rows = StoredRows(info, of: self)
    func read(_ row: Int, _ target: UnsafeMutableRawPointer) throws(FileError) {
      try rows.read(source(row), into: UnsafeMutableRawBufferPointer(start: target, count: rows.rowBytes))
    }
    guard let kind = Weight.Kind(info.type) else {
      let tensor = Tensor(uninitialized: shape)
      for row in 0..<shape[0] { try read(row, tensor.data + row * shape[1]) }
      return Weight(tensor)
    }
    return try Weight(kind, rows: shape[0], columns: shape[1], in: memory) { (range, target) throws(FileError) in
      guard let base = target.baseAddress else { return }
      for row in range { try read(row, base + (row - range.lowerBound) * rows.rowBytes) }
    }
  }
}

extension Weight.Kind {
  /// The kinds that products read as they are stored; f32 is a tensor of its own.
  init?(_ type: ElementType) {
    switch type {
    case .q8_0: self = .q8_0
    case .q4_0: self = .q4_0
    case .q4_1: self = .q4_1
    case .q5_0: self = .q5_0
    case .q5_1: self = .q5_1
    case .q2_k: self = .q2_k
    case .q3_k: self = .q3_k
    case .q4_k: self = .q4_k
    case .q5_k: self = .q5_k
    case .q6_k: self = .q6_k
    case .iq4_nl: self = .iq4_nl
    case .f16: self = .f16
    case .bf16: self = .bf16
    case .f32: return nil
    }
  }
}
