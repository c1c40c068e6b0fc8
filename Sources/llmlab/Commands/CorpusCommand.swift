// `llmlab corpus`: what Sprout learns from, in numbers and in samples. Not here: learning (Train).
import ArgumentParser
import Assets
import Languages
import ModelFiles
import Terminal
import Tokenization
import Training

struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Show what Sprout learns from. · 查看小芽的训练语料。",
    discussion: """
      Without --draw the parts in numbers; with it samples of one part as they are learned. --json prints {"sha256", "parts": [{"name", "texts", "bytes", \
      "mean_tokens", "distinct", "draws", "probes"}]} or {"draws": [string]}.
      不带 --draw 时列出各部分的统计；带上则抽样显示某一部分的训练样本。
      """)

  @Argument(help: "Folder with the corpus; by default the built-in one. · 语料目录，默认用内置语料。", completion: .directory)
  var folder: String?
  @Option(help: "Part to draw samples from. · 要抽样的部分。") var draw: String?
  @Option(help: "How many samples. · 样本数。") var count = 10
  @Option(help: "The same seed draws the same samples. · 种子相同，样本相同。") var seed: UInt64 = 0
  @OptionGroup var model: ModelOptions
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !(1...100_000).contains(count) { throw Failure.usage(zh: "--count 应为 1 到 100000", en: "--count must be 1 to 100000") }
    if let draw, !Corpus.partNames.contains(draw) {
      let names = Corpus.partNames.joined(separator: ", ")
      throw Failure.usage(zh: "没有部分 \(draw)；可选：\(names)", en: "there is no part \(draw); known: \(names)")
    }
  }

  func run() throws {
    let path = folder ?? Assets.corpus
    let corpus = try Corpus(folder: path)
    let tokenizer = try model.tokenizer()
    if let draw {
      guard let draws = corpus.draws(of: draw, count: count, seed: seed, tokenizer) else {
        throw FileError(
          file: path, place: draw, problem: Bilingual(zh: "语料里没有这一部分", en: "the corpus lacks this part"),
          mend: Bilingual(zh: "请补上它的文件，见语料的 README", en: "Add its files; the corpus' README names them"))
      }
      if json { return try Output.json(["draws": .array(draws.map { .string($0) })]) }
      for text in draws { try Output.line(DisplayText(text)) }
      return
    }
    let parts = corpus.statistics(tokenizer)
    if json { return try Output.json(.object(object(corpus, parts))) }
    var rows = [
      [
        Bilingual(zh: "部分", en: "part"), Bilingual(zh: "文本", en: "texts"), Bilingual(zh: "字节", en: "bytes"),
        Bilingual(zh: "词元/样本", en: "tokens/draw"), Bilingual(zh: "不同样本", en: "distinct"), Bilingual(zh: "留出问题", en: "probes"),
      ].map { $0[.current] }
    ]
    for part in parts {
      rows.append([
        part.name, "\(part.texts)", "\(part.bytes)", Numbers.fixed(part.meanTokens, decimals: 1), "\(part.distinct)/\(part.draws)",
        "\(part.probes)",
      ])
    }
    try Table.print(rows)
    try Output.data("SHA-256 \(corpus.fingerprint)\n")
  }

  private func object(_ corpus: Corpus, _ parts: [Corpus.PartStatistics]) -> JSONObject {
    [
      "sha256": .string(corpus.fingerprint),
      "parts": .array(
        parts.map {
          [
            "name": .string($0.name), "texts": .integer($0.texts), "bytes": .integer($0.bytes), "mean_tokens": .number($0.meanTokens),
            "distinct": .integer($0.distinct), "draws": .integer($0.draws), "probes": .integer($0.probes),
          ]
        }),
    ]
  }
}
