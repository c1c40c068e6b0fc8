// Numbers of weights files in words: sizes, shares, statistics. Read by the weights view and by `llmlab inspect`, so that both say the same.
// Not here: what tensors are for (Insight).
import Insight
import Languages
import Terminal

public enum WeightWords {
  /// "512 B", "786 kB".
  public static func bytes(_ count: Int) -> String {
    let text = Numbers.count(Double(count))
    return text.contains(" ") ? text + "B" : text + " B"
  }

  public static func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "0 %" }
    let share = Double(part) / Double(whole) * 100
    return share > 0 && share < 0.1 ? "<0.1 %" : Numbers.fixed(share, decimals: share < 99.95 ? 1 : 0) + " %"
  }

  public static func number(_ value: Double) -> String { Numbers.significant(value, digits: 4) }
  public static func number(_ value: Float) -> String { number(Double(value)) }

  /// What one knows of a tensor without reading it, most important first.
  public static func facts(_ tensor: StoredTensor) -> [Bilingual] {
    let count = tensor.elementCount.map { Numbers.count(Double($0)) } ?? "—"
    var facts = [
      Bilingual(same: tensor.typeName), Bilingual(same: tensor.shapeText), Bilingual(zh: "\(count) 个数", en: "\(count) numbers"),
      Bilingual(same: bytes(tensor.byteCount)),
    ]
    if let elements = tensor.elementCount, elements > 0 {
      let bits = Numbers.significant(Double(tensor.byteCount) * 8 / Double(elements), digits: 3)
      facts.append(Bilingual(zh: "每个 \(bits) 位", en: "\(bits) bits each"))
    }
    facts.append(Bilingual(zh: "从第 \(tensor.offset) 字节起", en: "from byte \(tensor.offset) on"))
    return facts
  }

  /// A name and its value.
  public typealias Fact = (name: Bilingual, value: String)

  /// Lines of statistics; what is bad news stands in a line of its own.
  public static func statistics(_ summary: TensorSummary, of tensor: StoredTensor) -> [[Fact]] {
    guard summary.count > 0 else { return [[(Bilingual(zh: "没有元素", en: "no elements"), "")]] }
    let zeros = summary.zeroCount == 0 ? "0" : percent(summary.zeroCount, of: summary.count)
    var lines: [[Fact]] = [
      [
        (Bilingual(zh: "最小", en: "min"), number(summary.minimum)), (Bilingual(zh: "最大", en: "max"), number(summary.maximum)),
        (Bilingual(zh: "均值", en: "mean"), number(summary.mean)),
      ],
      [
        (Bilingual(zh: "标准差", en: "deviation"), number(summary.standardDeviation)),
        (Bilingual(zh: "均方根", en: "RMS"), number(summary.rootMeanSquare)), (Bilingual(zh: "零", en: "zeros"), zeros),
      ],
    ]
    if let smallest = summary.smallestRow, let largest = summary.largestRow {
      lines.append([
        (Bilingual(zh: "各行范数", en: "row norms"), "\(number(smallest.norm)) [\(smallest.row)]"),
        (Bilingual(zh: "至", en: "to"), "\(number(largest.norm)) [\(largest.row)]"),
      ])
    }
    let extremes = summary.largest.prefix(3).map { "\(number($0.value)) \(tensor.place(of: $0.element))" }
    if let first = extremes.first {
      lines.append([(Bilingual(zh: "绝对值最大", en: "largest"), first)] + extremes.dropFirst().map { (Bilingual(same: ""), $0) })
    }
    return lines
  }

  /// Two files of which no tensor is in both.
  public static let noPairs = Bilingual(zh: "两个文件没有可以比较的张量", en: "no tensor of one file can be compared with one of the other")

  /// Error, largest and mean difference as people say them: 12.3 %, 0.015; dashes where nothing could be compared.
  public static func errors(_ one: TensorDifference) -> [String] {
    if one.relative.isNaN { return ["—", "—", "—"] }
    if one.isEqual { return ["=", "0", "0"] }
    let relative = one.relative.isFinite ? Numbers.significant(one.relative * 100, digits: 3) + " %" : "inf"
    return [relative, Numbers.significant(Double(one.largest), digits: 3), Numbers.significant(one.meanAbsolute, digits: 3)]
  }

  /// How many numbers a comparison could not use.
  public static func leftOut(_ one: TensorDifference) -> Bilingual {
    if one.relative.isNaN {
      return Bilingual(zh: "每一处都至少有一个文件的数不是有限的，无从比较", en: "nothing to compare: no number is finite in both files")
    }
    return Bilingual(
      zh: "\(one.nonFiniteCount) 处的数在某一个文件里不是有限的，未计入",
      en: "\(one.nonFiniteCount) numbers are not finite in one of the files and left out")
  }

  /// NaN and infinities; nil when all is well.
  public static func warning(_ summary: TensorSummary) -> Bilingual? {
    let (nan, infinite) = (summary.nanCount, summary.infiniteCount)
    guard nan + infinite > 0 else { return nil }
    return Bilingual(
      zh: "有 \(nan) 个 NaN、\(infinite) 个无穷大：文件已损坏，或训练出了问题",
      en: "\(nan) NaN and \(infinite) infinite: the file is damaged, or training went wrong")
  }

  /// What a cell of the picture stands for.
  /// - Parameter factors: what `Frame.drawTile` says.
  public static func tileTitle(_ summary: TensorSummary, _ tensor: StoredTensor, _ factors: (rows: Int, columns: Int), _ scale: ColorScale)
    -> Bilingual
  {
    let (zh, en) = tensor.rows > 1 ? ("行×列，", "rows × columns, ") : ("", "")
    let beyond = summary.tile.exceeds(scale) ? Bilingual(zh: "；更远的同色", en: "; colours end before the farthest") : Bilingual(same: "")
    guard factors.rows > 1 || factors.columns > 1 else {
      return Bilingual(zh: "\(zh)1 格 = 1 个数\(beyond.zh)", en: "\(en)a cell = 1 number\(beyond.en)")
    }
    let count = tensor.rows > 1 ? "\(factors.rows)×\(factors.columns)" : "\(factors.columns)"
    return Bilingual(zh: "\(zh)1 格 = \(count) 个数中离 0 最远的\(beyond.zh)", en: "\(en)a cell = largest of \(count)\(beyond.en)")
  }
}
