// `llmlab inspect`: what a model file says of itself. Headers only; no weights are read.
import ArgumentParser
import Languages
import ModelFiles
import Terminal

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show architecture, metadata and tensors of a model file. · 查看模型文件的架构、元数据和张量。",
    discussion: """
      Reads GGUF, safetensors, a shard index, or a Hugging Face folder. Arrays of the metadata are shown by type and count; --arrays shows them whole.
      可读 GGUF、safetensors、分片索引和 Hugging Face 目录。元数据里的数组只显示类型和个数，加 --arrays 显示全部。
      """)

  @Argument(help: "File, folder, or name of a model. · 文件、目录或模型名。", completion: .file()) var file: String
  @Flag(help: "Show arrays of the metadata whole. · 完整显示元数据里的数组。") var arrays = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let report = try ModelReport(path: try ModelPlace.path(file), arrays: arrays)
    if json { try Output.json(report.json) } else { try report.print() }
  }
}

/// What is known of a model file from its header.
private struct ModelReport {
  let path: String
  let format: String
  let architecture: String?
  let metadata: JSONObject
  /// Name, shape, type, bytes, offset; in the order of the file.
  let tensors: [(name: String, shape: [Int], type: String, bytes: Int, offset: Int)]

  init(path: String, arrays: Bool) throws {
    self.path = path
    let weights: any WeightsFile
    if ModelPlace.isFolder(path) {
      let folder = try HuggingFaceFolder(path: path)
      (format, weights) = ("huggingface", folder.weights)
      architecture = if case .string(let type)? = folder.config["model_type"] { type } else { nil }
      metadata = if case .object(let config) = folder.config { config } else { [:] }
    } else if path.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(path: path)
      (format, weights, architecture) = ("safetensors", file, nil)
      var object = JSONObject()
      for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
      metadata = object
    } else if path.hasSuffix(".json") {
      (format, weights, architecture, metadata) = ("safetensors-index", try ShardedSafetensors(index: path), nil, [:])
    } else {
      let file = try GGUFFile(path: path)
      (format, weights) = ("gguf", file)
      architecture = if case .string(let name)? = file.metadata["general.architecture"] { name } else { nil }
      var object = JSONObject()
      for (key, value) in file.metadata.entries { object[key] = ModelReport.json(value, arrays: arrays) }
      metadata = object
    }
    let known = weights.tensors.map { (name: $0.name, shape: $0.shape, type: $0.type.rawValue, bytes: $0.byteCount, offset: $0.offset) }
    let others = weights.unsupportedTensors.map {
      (name: $0.name, shape: $0.shape, type: $0.typeName, bytes: $0.byteCount, offset: $0.offset)
    }
    tensors = (known + others).sorted { $0.offset < $1.offset }
  }

  private static func json(_ value: GGUFValue, arrays: Bool) -> JSON {
    if let count = value.arrayCount, !arrays {
      return ["array": .string("\(value.elementType)"), "count": .integer(count)]
    }
    return switch value {
    case .bool(let value): .bool(value)
    case .string(let value): .string(value)
    case .integer(let value, _): .integer(value)
    case .float32(let value): number(value)
    case .float64(let value): .number(value)
    case .bools(let values): .array(values.map { .bool($0) })
    case .strings(let values): .array(values.map { .string($0) })
    case .integers(let values, _): .array(values.map { .integer($0) })
    case .float32s(let values): .array(values.map(number))
    case .float64s(let values): .array(values.map { .number($0) })
    }
  }

  /// The digits of an f32, not those of the double it becomes.
  private static func number(_ value: Float) -> JSON { .number(Double(value.description) ?? Double(value)) }

  /// Elements of all tensors; nil when the shapes, which may be empty in one dimension and absurd in another, overflow.
  private var parameters: Int? {
    var total = 0
    for tensor in tensors {
      var count = 1
      for dimension in tensor.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
        if overflow { return nil }
        count = product
      }
      let (sum, overflow) = total.addingReportingOverflow(count)
      if overflow { return nil }
      total = sum
    }
    return total
  }

  var json: JSON {
    [
      "file": .string(path), "format": .string(format), "architecture": architecture.map { .string($0) } ?? .null,
      "parameters": parameters.map { .integer($0) } ?? .null, "metadata": .object(metadata),
      "tensors": .array(
        tensors.map {
          [
            "name": .string($0.name), "shape": .array($0.shape.map { .integer($0) }), "type": .string($0.type), "bytes": .integer($0.bytes),
            "offset": .integer($0.offset),
          ]
        }),
    ]
  }

  func print() throws {
    let words: [(Bilingual, String)] = [
      (Bilingual(zh: "文件", en: "file"), path), (Bilingual(zh: "格式", en: "format"), format),
      (Bilingual(zh: "架构", en: "architecture"), architecture ?? "—"),
      (Bilingual(zh: "参数量", en: "parameters"), parameters.map { "\($0) (\(Numbers.count(Double($0))))" } ?? "—"),
      (Bilingual(zh: "张量数", en: "tensors"), String(tensors.count)),
    ]
    try Table.print(words.map { [$0[.current], $1] })
    try Output.line("")
    try Table.print(
      metadata.entries.map { key, value in
        if case .string(let text) = value { return [key, DisplayText(text).truncated(to: 100).string] }
        return [key, DisplayText(value.serialized()).truncated(to: 100).string]
      })
    try Output.line("")
    try Table.print(
      tensors.map { [$0.name, $0.shape.map(String.init).joined(separator: "×"), $0.type, String($0.bytes), "@\($0.offset)"] })
  }
}
