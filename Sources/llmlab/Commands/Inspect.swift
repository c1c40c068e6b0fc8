// `llmlab inspect`: what a weights file holds. Without --tensor and --diff headers only; no weights are read. Not here: one tensor (InspectTensor), two
// files (InspectDifference), reading them (Insight).
import ArgumentParser
import Inference
import Insight
import LabScreens
import Languages
import ModelFiles
import Terminal

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show what a model file holds: architecture, metadata, tensors; one tensor's numbers; the difference of two files. · 查看模型文件里存了什么：架构、元数据、张量；一个张量的数；两个文件的差别。",
    discussion: """
      Reads GGUF, safetensors, a shard index, or a Hugging Face folder. Arrays of the metadata are shown by type and count; --arrays shows them whole. \
      --tensor reads one tensor: statistics, histogram, a picture, and how its numbers are stored. --diff compares every tensor with a second file, also \
      of another type or format, largest error first.
      可读 GGUF、safetensors、分片索引和 Hugging Face 目录。元数据里的数组只显示类型和个数，加 --arrays 显示全部。--tensor 读一个张量：统计、直方图、图，以及\
      数怎样存成字节。--diff 与另一个文件逐张量比较，类型或格式可以不同，误差大的在前。
      """)

  @Argument(help: "File, folder, or name of a model. · 文件、目录或模型名。", completion: .file()) var file: String
  @Option(help: ArgumentHelp("Read this tensor. · 读这个张量。", valueName: "name")) var tensor: String?
  @Option(help: ArgumentHelp("Compare with this file, folder or model. · 与这个文件、目录或模型比较。", valueName: "other"), completion: .file())
  var diff: String?
  @Flag(help: "Show arrays of the metadata whole. · 完整显示元数据里的数组。") var arrays = false
  @Flag(help: "ASCII only, no colours. · 只用 ASCII 字符，不用颜色。") var plain = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if tensor != nil, diff != nil { throw Failure.usage(zh: "--tensor 和 --diff 不能同时用", en: "--tensor and --diff do not go together") }
  }

  func run() throws {
    let catalog = try WeightsCatalog(path: try ModelPlace.path(file), keepsArrays: arrays)
    if let tensor {
      let report = try TensorReport(catalog, tensor)
      return json ? try Output.json(report.json) : try report.print(style)
    }
    if let diff {
      let report = try DifferenceReport(catalog, try WeightsCatalog(path: try ModelPlace.path(diff)))
      return json ? try Output.json(report.json) : try report.print()
    }
    let report = FileReport(catalog: catalog, arrays: arrays)
    json ? try Output.json(report.json) : try report.print(style)
  }

  private var style: Theme { Theme(colorMode: plain ? .none : Output.colors, glyphMode: plain ? .ascii : .block) }
}

/// What is known of a file from its headers.
private struct FileReport {
  let catalog: WeightsCatalog
  let arrays: Bool

  /// What a model that the lab runs takes in memory; nil for other files.
  private var memory: MemoryTable? {
    guard let plan = try? MemoryPlan.of(catalog.path) else { return nil }
    return MemoryTable(plan, stored: catalog.types.first?.typeName ?? "—")
  }

  var json: JSON {
    var metadata = JSONObject()
    for entry in catalog.metadata { metadata[entry.key] = value(entry) }
    return [
      "file": .string(catalog.path), "format": .string(catalog.format.rawValue),
      "architecture": catalog.architecture.map { .string($0) } ?? .null, "parameters": catalog.parameters.map { .integer($0) } ?? .null,
      "metadata": .object(metadata),
      "tensors": .array(
        catalog.tensors.map {
          [
            "name": .string($0.name), "shape": .array($0.shape.map { .integer($0) }), "type": .string($0.typeName),
            "bytes": .integer($0.byteCount), "offset": .integer($0.offset),
          ]
        }),
      "bytes": .integer(catalog.byteCount), "bits_per_weight": catalog.bitsPerWeight.map { .number($0) } ?? .null,
      "types": .array(
        catalog.types.map {
          ["type": .string($0.typeName), "tensors": .integer($0.tensors), "elements": .integer($0.elements), "bytes": .integer($0.bytes)]
        }),
      "memory": memory?.json ?? .null,
    ]
  }

  /// Arrays of GGUF as type and count, unless they are asked for.
  private func value(_ entry: MetadataEntry) -> JSON {
    guard let count = entry.count, entry.typeName.hasPrefix("["), !arrays else { return entry.value }
    return ["array": .string(String(entry.typeName.dropFirst().dropLast())), "count": .integer(count)]
  }

  func print(_ theme: Theme) throws {
    let bits = catalog.bitsPerWeight.map { Numbers.significant($0, digits: 3) } ?? "—"
    let words: [(Bilingual, String)] = [
      (Bilingual(zh: "文件", en: "file"), catalog.path), (Bilingual(zh: "格式", en: "format"), catalog.format.words[.current]),
      (Bilingual(zh: "架构", en: "architecture"), catalog.architecture ?? "—"),
      (Bilingual(zh: "参数量", en: "parameters"), catalog.parameters.map { "\($0) (\(Numbers.count(Double($0))))" } ?? "—"),
      (Bilingual(zh: "张量数", en: "tensors"), String(catalog.tensors.count)),
      (Bilingual(zh: "权重大小", en: "weights"), "\(WeightWords.bytes(catalog.byteCount)) (\(catalog.byteCount))"),
      (Bilingual(zh: "每个权重", en: "per weight"), Bilingual(zh: "\(bits) 位", en: "\(bits) bits")[.current]),
    ]
    try Table.print(words.map { [$0[.current], $1] })
    try Output.line("")
    try Table.print(
      catalog.types.map {
        let count = Bilingual(zh: "\($0.tensors) 个张量", en: "\($0.tensors) tensors")[.current]
        return [$0.typeName, count, WeightWords.bytes($0.bytes), WeightWords.percent($0.bytes, of: catalog.byteCount)]
      })
    try Output.line("")
    if let memory {
      try Table.print(memory.rows(.current))
      try Output.line("")
    }
    if !catalog.metadata.isEmpty {
      try Table.print(
        catalog.metadata.map { entry in
          let count = entry.count.map { "\($0) × " } ?? ""
          return [entry.key, entry.typeName, DisplayText(count + entry.text(limit: 100)).truncated(to: 100).string]
        })
      try Output.line("")
    }
    try printTree(theme)
  }

  /// One line a tensor under the line of its block, each with its share of the file as a bar.
  private func printTree(_ theme: Theme) throws {
    let tree = WeightTree(catalog)
    func bar(_ bytes: Int) -> String {
      Bar.text(Double(bytes) / Double(max(1, catalog.byteCount)), width: 16, glyphs: theme.glyphMode).string
    }
    func row(_ index: Int, _ indent: String) -> [String] {
      let tensor = catalog.tensors[index]
      let shape = theme.glyphMode == .ascii ? tensor.shapeText.replacing("×", with: "x") : tensor.shapeText
      return [
        indent + tensor.name, shape, tensor.typeName, WeightWords.bytes(tensor.byteCount), "@\(tensor.offset)", bar(tensor.byteCount),
      ]
    }
    var rows: [[String]] = []
    for node in tree.nodes {
      switch node {
      case .tensor(let index): rows.append(row(index, ""))
      case .group(let index):
        let group = tree.groups[index]
        let name = Bilingual(zh: "第 \(group.block) 块", en: "block \(group.block)")[.current]
        let count = Bilingual(zh: "\(group.tensors.count) 个张量", en: "\(group.tensors.count) tensors")[.current]
        rows.append([
          name + (tree.hasSeveralStacks ? " " + group.stack : ""), count, "", WeightWords.bytes(group.byteCount), "", bar(group.byteCount),
        ])
        rows += group.tensors.map { row($0, "  ") }
      }
    }
    try Table.print(rows)
  }
}
