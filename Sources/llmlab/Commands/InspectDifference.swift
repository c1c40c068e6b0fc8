// `llmlab inspect --diff`: two weights files compared tensor by tensor. Not here: the numbers (Insight).
import Insight
import LabScreens
import Languages
import ModelFiles
import Terminal

struct DifferenceReport {
  private let difference: WeightsDifference

  /// Reads both files.
  init(_ left: WeightsCatalog, _ right: WeightsCatalog) throws {
    var difference = WeightsDifference(left, right)
    let progress = ReadingProgress()
    while !difference.isDone {
      try difference.advance()
      progress.show(difference.fraction)
    }
    progress.end()
    self.difference = difference
  }

  private var matching: TensorMatching { difference.matching }
  private func left(_ index: Int) -> StoredTensor { difference.left.tensors[index] }
  private func right(_ index: Int) -> StoredTensor { difference.right.tensors[index] }

  var json: JSON {
    [
      "left": .string(difference.left.path), "right": .string(difference.right.path),
      "tensors": .array(
        difference.differences.map { one in
          [
            "name": .string(left(one.pair.left).name), "other_name": .string(right(one.pair.right).name),
            "type": .string(left(one.pair.left).typeName), "other_type": .string(right(one.pair.right).typeName),
            "elements": .integer(one.count), "equal": .bool(one.isEqual), "max_absolute": .number(Double(one.largest)),
            "max_at": one.largestElement.map { .array(left(one.pair.left).indices(of: $0).map { .integer($0) }) } ?? .null,
            "mean_absolute": .number(one.meanAbsolute), "root_mean_square": .number(one.rootMeanSquare),
            "relative_root_mean_square": .number(one.relative), "cosine": one.cosine.map { .number($0) } ?? .null,
            "non_finite": .integer(one.nonFiniteCount),
          ]
        }),
      "only_left": .array(matching.onlyLeft.map { .string(left($0).name) }),
      "only_right": .array(matching.onlyRight.map { .string(right($0).name) }),
      "not_compared": .array(
        matching.refusals.map {
          ["name": .string(left($0.left).name), "other_name": .string(right($0.right).name), "reason": .string($0.kind.rawValue)]
        }),
    ]
  }

  func print() throws {
    let heads = [
      Bilingual(zh: "张量", en: "tensor"), Bilingual(zh: "类型", en: "types"), Bilingual(zh: "相对误差", en: "error"),
      Bilingual(zh: "最大差", en: "max diff"), Bilingual(zh: "平均差", en: "mean diff"), Bilingual(zh: "夹角余弦", en: "cosine"),
    ]
    let rows = difference.differences.map { one -> [String] in
      let types = [left(one.pair.left).typeName, right(one.pair.right).typeName]
      return [difference.name(of: one.pair), types[0] == types[1] ? types[0] : types.joined(separator: "/")] + WeightWords.errors(one)
        + [one.cosine.map { Numbers.fixed($0, decimals: 6) } ?? "—"]
    }
    try rows.isEmpty ? Output.line(DisplayText(WeightWords.noPairs[.current])) : Table.print([heads.map { $0[.current] }] + rows)
    for one in difference.differences where one.nonFiniteCount > 0 { try note(difference.name(of: one.pair), WeightWords.leftOut(one)) }
    for index in matching.onlyLeft { try note(left(index).name, Bilingual(zh: "只在第一个文件里", en: "only in the first file")) }
    for index in matching.onlyRight { try note(right(index).name, Bilingual(zh: "只在第二个文件里", en: "only in the second file")) }
    for refusal in matching.refusals { try note(difference.name(of: refusal), refusal.reason) }
  }

  private func note(_ name: String, _ text: Bilingual) throws { try Table.print([["\(name): \(text[.current])"]]) }
}
