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
    let file = folder.path.hasSuffix("/") ? folder.path + "config.json" : folder.path + "/config.json"
    try self.init(TransformerConfiguration(huggingFace: folder.config, file: file), weights: folder.weights, .huggingFace)
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
  private var places: [ParameterName: (info: TensorInfo, stored: StoredTensor)] = [:]

  init(_ configuration: TransformerConfiguration, _ file: any WeightsFile, _ format: ModelFormat) throws(FileError) {
    (self.configuration, self.file, self.format) = (configuration, file, format)
    var used: Set<String> = []
    for stored in configuration.storedTensors(format) {
      let info = try file.required(Self.name(of: stored, configuration, file), shape: stored.shape)
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

  /// Folders of base models leave the first part of a name out, models that also see put one before it; tied tables lie under either name.
  private static func name(of stored: StoredTensor, _ c: TransformerConfiguration, _ file: any WeightsFile) -> String {
    let name = stored.name
    func exists(_ name: String) -> Bool { file.tensor(named: name) != nil }
    if exists(name) { return name }
    var candidates: [String] = []
    if let dot = name.firstIndex(of: ".") { candidates.append(String(name[name.index(after: dot)...])) }
    candidates.append("language_model.\(name)")
    if name.hasPrefix("model.") { candidates.append("model.language_model.\(name.dropFirst(6))") }
    if stored.parts[0].name.place == .embedding, c.tiesEmbeddings { candidates.append("lm_head.weight") }
    return candidates.first(where: exists) ?? name
  }

  /// One parameter: matrices stay as they are stored, vectors become f32.
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
    if info.type == .f32 { return Weight(try dense(info, stored, shape, source)) }
    let (bytes, kind, columns) = (try file.readBytes(info), Weight.Kind(info.type), shape[1])
    guard let kind, !(stored.isTransposed && kind.isQuantized) else {
      throw FileError(
        file: file.path, place: info.name,
        problem: Bilingual(zh: "类型 \(info.type.rawValue) 不能按列存放", en: "the type \(info.type.rawValue) cannot be stored by columns"),
        mend: Bilingual(zh: "请重新导出该文件", en: "Export the file again"))
    }
    let rowBytes = kind.rowBytes(columns)
    return Weight(kind, rows: shape[0], columns: columns, in: memory) { (rows, target) throws(Never) in
      bytes.withUnsafeBytes { bytes in
        for row in rows {
          let to = UnsafeMutableRawBufferPointer(
            rebasing: target[(row - rows.lowerBound) * rowBytes..<(row - rows.lowerBound + 1) * rowBytes])
          if stored.isTransposed {
            // 16-bit elements, `stored.shape[1]` of them a column apart.
            for column in 0..<columns {
              let from = (column * stored.shape[1] + source(row)) * 2
              to.storeBytes(of: bytes.loadUnaligned(fromByteOffset: from, as: UInt16.self), toByteOffset: column * 2, as: UInt16.self)
            }
          } else {
            let from = source(row) * rowBytes
            to.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + rowBytes]))
          }
        }
      }
    }
  }

  private func dense(_ info: TensorInfo, _ stored: StoredTensor, _ shape: [Int], _ source: (Int) -> Int) throws(FileError) -> Tensor {
    let tensor = Tensor(uninitialized: shape)
    let target = UnsafeMutableBufferPointer(start: tensor.data, count: tensor.count)
    let isAsStored = !stored.isTransposed && stored.parts.count == 1 && (0..<shape[0]).allSatisfy { source($0) == $0 }
    if isAsStored {
      try file.read(info, into: target)
      return tensor
    }
    let all = try file.floats(info)
    for row in 0..<shape[0] {
      let from = source(row)
      for column in 0..<shape[1] {
        target[row * shape[1] + column] = stored.isTransposed ? all[column * stored.shape[1] + from] : all[from * shape[1] + column]
      }
    }
    return tensor
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
