// `llmlab inspect --tensor`: one tensor's numbers: statistics, histogram, picture, first values, and how its first block is stored. Not here: the whole
// file (Inspect).
import Insight
import LabScreens
import Languages
import ModelFiles
import Terminal

struct TensorReport {
  private let catalog: WeightsCatalog
  private let tensor: StoredTensor
  private let place: TensorPlace
  /// Nil for a type whose numbers cannot be read.
  private let summary: TensorSummary?
  private let block: BlockDecode?

  /// Reads the tensor.
  init(_ catalog: WeightsCatalog, _ name: String) throws {
    guard let index = catalog.index(ofTensor: name) else {
      let near = catalog.tensors.lazy.map(\.name).filter { $0.contains(name) }.prefix(5).joined(separator: ", ")
      throw Failure(
        zh: "文件里没有张量“\(name)”。" + (near.isEmpty ? "不带 --tensor 运行可列出全部名字。" : "相近的名字：\(near)。"),
        en: "The file has no tensor “\(name)”. " + (near.isEmpty ? "Without --tensor all names are listed." : "Names like it: \(near)."),
        code: .badData)
    }
    self.catalog = catalog
    (tensor, place) = (catalog.tensors[index], catalog.places[index])
    block = try BlockDecode.read(tensor, element: 0)
    guard tensor.unreadable == nil else {
      summary = nil
      return
    }
    var survey = try TensorSurvey(tensor)
    let progress = ReadingProgress()
    var result: TensorSummary?
    while result == nil {
      result = try survey.advance()
      progress.show(survey.fraction)
    }
    progress.end()
    summary = result
  }

  // MARK: JSON

  var json: JSON {
    var object: JSON = [
      "file": .string(catalog.path), "name": .string(tensor.name), "shape": .array(tensor.shape.map { .integer($0) }),
      "type": .string(tensor.typeName), "bytes": .integer(tensor.byteCount), "offset": .integer(tensor.offset),
      "role": place.role.map { .string($0.rawValue) } ?? .null,
    ]
    if case .object(var members) = object {
      members["statistics"] = summary.map(statistics) ?? .null
      members["histogram"] =
        summary.map {
          [
            "minimum": .decimal($0.histogram.minimum), "maximum": .decimal($0.histogram.maximum),
            "counts": .array($0.histogram.counts.map { .integer($0) }),
          ]
        } ?? .null
      members["first"] = .array(summary?.first.map { .decimal($0) } ?? [])
      members["block"] = block.map(json) ?? .null
      object = .object(members)
    }
    return object
  }

  private func statistics(_ summary: TensorSummary) -> JSON {
    [
      "count": .integer(summary.count), "zeros": .integer(summary.zeroCount), "nan": .integer(summary.nanCount),
      "infinite": .integer(summary.infiniteCount), "minimum": .decimal(summary.minimum), "maximum": .decimal(summary.maximum),
      "mean": .number(summary.mean), "standard_deviation": .number(summary.standardDeviation),
      "root_mean_square": .number(summary.rootMeanSquare),
      "largest": .array(
        summary.largest.map {
          ["index": .array(tensor.indices(of: $0.element).map { .integer($0) }), "value": .decimal($0.value)]
        }),
      "smallest_row_norm": row(summary.smallestRow), "largest_row_norm": row(summary.largestRow),
    ]
  }

  private func row(_ row: TensorSummary.RowNorm?) -> JSON {
    row.map { ["row": .integer($0.row), "norm": .number($0.norm)] } ?? .null
  }

  private func json(_ block: BlockDecode) -> JSON {
    [
      "bytes": .string(BlockDecode.hex(block.bytes)), "formula": .string(block.formula),
      "elements": .array(block.elements.map { ["equation": .string($0.equation), "value": .decimal($0.value)] }),
    ]
  }

  // MARK: Text

  func print(_ theme: Theme) throws {
    func show(_ text: String) throws { try Output.line(DisplayText(theme.glyphMode == .ascii ? Self.ascii(text) : text)) }
    try show(tensor.name)
    try show(WeightWords.facts(tensor).map { $0[.current] }.joined(separator: " · "))
    if let title = place.title {
      let block = place.block.map { Bilingual(zh: "第 \($0) 块的\(title.zh)。", en: "\(title.en) of block \($0). ") }
      try show((block ?? Bilingual(zh: "\(title.zh)。", en: "\(title.en). "))[.current] + place.sentence[.current])
    } else {
      try show(place.sentence[.current])
    }
    try Output.line("")
    if let summary { try printSummary(summary, theme, show) } else { try show(tensor.unreadable?[.current] ?? "") }
    if let block { try printBlock(block, show) }
  }

  private func printSummary(_ summary: TensorSummary, _ theme: Theme, _ show: (String) throws -> Void) throws {
    for line in WeightWords.statistics(summary, of: tensor) {
      try show(line.map { $0.name.en.isEmpty ? $0.value : "\($0.name[.current]) \($0.value)" }.joined(separator: "  "))
    }
    if let warning = WeightWords.warning(summary) { try show(warning[.current]) }
    if !summary.histogram.counts.isEmpty {
      try Output.line("")
      var frame = Frame(Size(columns: 96, rows: 9))
      frame.drawHistogram(summary.histogram, in: frame.bounds, theme: theme)
      try Output.picture(frame, theme)
      let scale = summary.tile.scale
      var picture = Frame(Size(columns: 80, rows: tensor.rows > 1 ? min(24, (summary.tile.rows + 1) / 2) : 4))
      if let factors = picture.drawTile(summary.tile, in: picture.bounds, scale: scale, theme: theme) {
        var bar = Frame(Size(columns: 80, rows: 1))
        bar.drawColorBar(scale, in: bar.bounds, theme: theme)
        try Output.line("")
        try show(WeightWords.tileTitle(summary, tensor, factors, scale)[.current])
        try Output.picture(picture, theme)
        try Output.picture(bar, theme)
      }
    }
    try Output.line("")
    try show(Bilingual(zh: "开头的数：", en: "first values: ")[.current] + summary.first.map { WeightWords.number($0) }.joined(separator: " "))
  }

  private func printBlock(_ block: BlockDecode, _ show: (String) throws -> Void) throws {
    try Output.line("")
    try show(Bilingual(zh: "第一块怎样存：", en: "how the first block is stored: ")[.current] + block.words[.current])
    try show(block.formula)
    for part in block.parts {
      let value = part.value.map { " = \(WeightWords.number($0))" } ?? ""
      try show("  \(part.name[.current])\(value): \(BlockDecode.hex(block.bytes[part.bytes]))")
    }
    // Four are enough to see the rule; --json has all.
    for (index, element) in block.elements.prefix(4).enumerated() { try show("  [\(index)] \(element.equation)") }
    if block.elements.count > 4 { try show("  …") }
  }

  private static let twins: [Character: String] = [
    "·": "*", "×": "x", "−": "-", "—": "-", "…": "...", "–": "-", "“": "\"", "”": "\"",
  ]

  private static func ascii(_ text: String) -> String { text.map { twins[$0] ?? String($0) }.joined() }
}

/// A percentage on a terminal's standard error while something long is read.
final class ReadingProgress {
  private var last = -1

  func show(_ fraction: Double) {
    let percent = Int(fraction * 100)
    guard Output.errorIsTerminal, percent != last else { return }
    last = percent
    Output.statusLine(DisplayText(Bilingual(zh: "正在读取 \(percent) %", en: "reading \(percent) %")[.current]))
  }

  func end() { if last >= 0 { Output.statusLine("") } }
}
