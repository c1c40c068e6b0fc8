// The pages of a whole file and of one block: what they are, how large, made of what. Not here: a single tensor (TensorPageView).
import Insight
import Languages
import Terminal

extension ScreenState {
  func drawFilePage(_ frame: inout Frame, _ area: Rect, _ contents: WeightsContents) {
    let catalog = contents.catalog
    var lines = [StyledText(DisplayText(fileName(catalog.path)), theme.heading)]
    lines.append(StyledText(DisplayText(catalog.format.words[language])))
    lines.append(StyledText())
    let parameters = catalog.parameters.map { "\($0) (\(Numbers.count(Double($0))))" } ?? "—"
    let bits = catalog.bitsPerWeight.map { Numbers.significant($0, digits: 3) } ?? "—"
    let table: [(Bilingual, String)] = [
      (Bilingual(zh: "架构", en: "architecture"), catalog.architecture ?? "—"), (Bilingual(zh: "参数量", en: "parameters"), parameters),
      (Bilingual(zh: "张量", en: "tensors"), "\(catalog.tensors.count)"),
      (Bilingual(zh: "权重大小", en: "size of weights"), WeightWords.bytes(catalog.byteCount)),
      (Bilingual(zh: "每个权重", en: "per weight"), Bilingual(zh: "\(bits) 位", en: "\(bits) bits")[language]),
      (
        Bilingual(zh: "元数据", en: "metadata"),
        Bilingual(zh: "\(catalog.metadata.count) 项（按 m 查看）", en: "\(catalog.metadata.count) keys (m shows them)")[language]
      ),
    ]
    lines += table.map { pair($0, $1, width: 16) }
    lines.append(StyledText())
    var y = drawLines(&frame, area, lines)
    for share in catalog.types where y < area.height {
      let text = Bilingual(
        zh: "\(share.tensors) 个张量，\(WeightWords.bytes(share.bytes))", en: "\(share.tensors) tensors, \(WeightWords.bytes(share.bytes))")
      drawShare(
        &frame, Rect(x: area.x, y: area.y + y, width: area.width, height: 1), share.typeName, 8, text[language], share.bytes,
        catalog.byteCount)
      y += 1
    }
    let hints = Bilingual(
      zh: "↓ 往下选，Enter 展开一块或进入一个张量，/ 按名字搜索，:diff 路径 与另一个文件比较。",
      en: "Down chooses, Enter unfolds a block or goes into a tensor, / searches by name, :diff PATH compares with a second file.")
    drawLines(&frame, area.cut(top: min(area.height, y + 1)).1, [StyledText(DisplayText(hints[language]), theme.dim)])
  }

  func drawGroupPage(_ frame: inout Frame, _ area: Rect, _ contents: WeightsContents, _ group: WeightTree.Group) {
    let catalog = contents.catalog
    let count = contents.tree.groups.count { $0.stack == group.stack }
    let words = Bilingual(
      zh: "\(count) 个同样结构的块之一，依次计算：先是注意力，从别的位置取来信息；再是前馈层，对每个位置单独计算。",
      en:
        "One of \(count) blocks of the same structure that compute one after the other: attention brings information from other positions, then "
        + "the feed-forward layer works on each position by itself.")
    var lines = [StyledText(DisplayText(groupName(group, contents)), theme.heading)]
    let facts = [
      Bilingual(zh: "\(group.tensors.count) 个张量", en: "\(group.tensors.count) tensors"),
      Bilingual(zh: "\(Numbers.count(Double(group.elementCount))) 个数", en: "\(Numbers.count(Double(group.elementCount))) numbers"),
      Bilingual(same: WeightWords.bytes(group.byteCount)),
      Bilingual(
        zh: "占文件的 \(WeightWords.percent(group.byteCount, of: catalog.byteCount))",
        en: "\(WeightWords.percent(group.byteCount, of: catalog.byteCount)) of the file"),
    ]
    lines += [factLine(facts, width: area.width), StyledText(DisplayText(words[language]), theme.dim), StyledText()]
    var y = drawLines(&frame, area, lines)
    for index in group.tensors where y < area.height {
      let (tensor, place) = (catalog.tensors[index], catalog.places[index])
      let name = place.title?[language] ?? oneLine(tensor.name)
      drawShare(
        &frame, Rect(x: area.x, y: area.y + y, width: area.width, height: 1), name, language == .zh ? 22 : 24,
        PlainGlyphs.text(tensor.shapeText, theme.glyphMode), tensor.byteCount, group.byteCount)
      y += 1
    }
  }

  /// `name  text  ▍▍▍ 12.3 %`: name and text in columns, the bar in what is left.
  private func drawShare(
    _ frame: inout Frame, _ area: Rect, _ name: String, _ nameWidth: Int, _ text: String, _ part: Int, _ whole: Int
  ) {
    let nameWidth = min(nameWidth, area.width / 2)
    frame.draw(
      DisplayText(name).truncated(to: nameWidth, ellipsis: theme.ellipsis), at: area.origin, theme.text, in: area)
    let percent = DisplayText(WeightWords.percent(part, of: whole))
    frame.draw(percent, row: 0, of: Rect(x: area.right - 7, y: area.y, width: 7, height: 1), theme.dim, .right)
    let textWidth = min(nameWidth > 10 ? 10 : 22, area.width - nameWidth - 9)
    let middle = Rect(x: area.x + nameWidth + 1, y: area.y, width: max(0, textWidth), height: 1)
    frame.draw(DisplayText(text).truncated(to: middle.width, ellipsis: theme.ellipsis), at: middle.origin, theme.dim, in: middle)
    let bar = Rect(x: middle.right + 1, y: area.y, width: min(24, area.right - 8 - middle.right - 1), height: 1)
    if bar.width >= 3, whole > 0 { frame.drawBar(Double(part) / Double(whole), in: bar, theme.accent, theme: theme) }
  }

  private func pair(_ name: Bilingual, _ value: String, width: Int) -> StyledText {
    StyledText(DisplayText(name[language]), theme.dim).padded(to: width) + StyledText(DisplayText(oneLine(value)))
  }
}

extension WeightsCatalog.Format {
  /// What kind of file it is, and what else is in it.
  public var words: Bilingual {
    switch self {
    case .gguf: Bilingual(zh: "GGUF：元数据、词表、权重在同一个文件里", en: "GGUF: metadata, vocabulary and weights in one file")
    case .huggingface:
      Bilingual(
        zh: "Hugging Face 目录：config.json、分词器、safetensors 权重", en: "Hugging Face folder: config.json, tokenizer, safetensors weights")
    case .safetensors: Bilingual(zh: "safetensors：只有权重和它们的名字", en: "safetensors: weights and their names, nothing else")
    case .llama2c: Bilingual(zh: "llama2.c 检查点：七个数，然后是权重", en: "llama2.c checkpoint: seven numbers, then the weights")
    case .safetensorsIndex: Bilingual(zh: "safetensors 索引：权重分在几个文件里", en: "safetensors index: the weights lie in several files")
    }
  }
}
