// `llmlab embed`: texts to vectors, by an encoder or by a model that generates; and how alike the texts are.
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models
import Tensors
import Terminal

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn texts into vectors (embeddings). · 把文本变成向量（嵌入）。",
    discussion: """
      Opens encoders (BERT, RoBERTa, XLM-R, DistilBERT) and every model that generates. The model's files say how its vectors are pooled; without a \
      word of them, by the mean.
      可用编码器（BERT、RoBERTa、XLM-R、DistilBERT）和任何生成模型。池化方式由模型文件决定，文件未注明时取平均。

      --json prints {"model", "dimensions", "pooling", "normalized", "embeddings", "tokens", "similarity"?}; "tokens" counts those of each text.
      --json 输出一个对象；tokens 是每段文本的 token 数。
      """)

  @Argument(help: "The texts; - or none reads standard input, a text a line. · 文本，可给多段；写 - 或省略则读标准输入，每行一段。")
  var texts: [String] = []
  @OptionGroup var model: ModelOptions
  @Option(help: "How the vectors of a text's tokens become one. · 各 token 的向量如何合成一个。") var pooling: Pooling?
  @Flag(inversion: .prefixedNo, help: "Give every vector length 1. · 把向量长度化为 1。") var normalize: Bool?
  @Flag(help: "Read only the beginning of texts that are too long. · 文本过长时只取开头部分。") var truncate = false
  @Flag(help: "Print the cosine of every pair of texts. · 输出文本两两之间的余弦相似度。") var similarity = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let texts = try self.texts.isEmpty ? lines(nil) : self.texts.flatMap { $0 == "-" ? try lines($0) : [$0] }
    if similarity && texts.count > 1000 {
      throw Failure.usage(zh: "--similarity 最多比较 1000 段文本", en: "--similarity compares at most 1000 texts")
    }
    if texts.isEmpty { throw Failure.usage(zh: "没有文本", en: "There is no text") }
    if let threads = model.threads { Kernels.threadCount = threads }
    var embedder = try TextEmbedder(path: try model.path())
    embedder.settings.pooling = pooling ?? embedder.settings.pooling
    embedder.settings.normalizes = normalize ?? embedder.settings.normalizes
    let embeddings = try embed(texts, embedder)
    for (index, embedding) in embeddings.enumerated() where embedding.isTruncated {
      Output.note(
        Bilingual(
          zh: "第 \(index + 1) 段文本过长，只用了开头的 \(embedding.tokens.count) 个 token。",
          en: "Text \(index + 1) is too long: only its first \(embedding.tokens.count) tokens were read."))
    }
    if json {
      try printJSON(embeddings, embedder)
    } else if similarity {
      try printMatrix(embeddings, texts)
    } else {
      try printList(embeddings, texts)
    }
  }

  /// Every text is cut into tokens first, so that one too long is known before the work begins.
  private func embed(_ texts: [String], _ embedder: TextEmbedder) throws -> [TextEmbedding] {
    func named<R>(_ index: Int, _ body: () throws -> R) throws -> R {
      do { return try body() } catch let error as EmbeddingError {
        throw Failure(
          zh: "第 \(index + 1) 段文本：\(error.message.zh)", en: "Text \(index + 1): \(error.message.en)", code: code(of: error))
      }
    }
    let tokens = try texts.enumerated().map { index, text in
      let tokens = try named(index) { try embedder.tokens(of: text, truncating: truncate) }
      try MemoryBudget.check(embedder.model, tokens: tokens.ids.count)
      return tokens
    }
    Interrupt.expect()
    return try tokens.enumerated().map { index, tokens in
      let vector = try named(index) { try embedder.vector(of: tokens.ids, isCancelled: { Interrupt.isRequested }) }
      return TextEmbedding(vector: vector, tokens: tokens.ids, isTruncated: tokens.isTruncated)
    }
  }

  /// A text a line; the line break at the end begins no further text.
  private func lines(_ argument: String?) throws -> [String] {
    let text = try StandardInput.text(argument, name: Bilingual(zh: "文本", en: "text"))
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private func code(of error: EmbeddingError) -> ExitCode {
    switch error {
    case .empty: .validationFailure
    case .tooLong: .failure
    case .notFinite: .badData
    }
  }

  private func cosines(_ embeddings: [TextEmbedding]) -> [[Double]] { embeddings.map { a in embeddings.map { a.cosine(to: $0) } } }

  private func printJSON(_ embeddings: [TextEmbedding], _ embedder: TextEmbedder) throws {
    var object = JSONObject()
    object["model"] = .string(embedder.name)
    object["dimensions"] = .integer(embedder.model.hiddenSize)
    object["pooling"] = .string(embedder.settings.pooling.rawValue)
    object["normalized"] = .bool(embedder.settings.normalizes)
    object["embeddings"] = .array(embeddings.map { .array($0.vector.map { .decimal($0) }) })
    object["tokens"] = .array(embeddings.map { .integer($0.tokens.count) })
    if similarity { object["similarity"] = .array(cosines(embeddings).map { .array($0.map { .number($0) }) }) }
    try Output.json(.object(object))
  }

  /// A line a text: its number, tokens, the vector's length and first elements.
  private func printList(_ embeddings: [TextEmbedding], _ texts: [String]) throws {
    try Table.print(
      zip(embeddings, texts).enumerated().map { index, pair in
        let (embedding, text) = pair
        let length = embedding.vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let first = embedding.vector.prefix(6).map { Numbers.fixed(Double($0), decimals: 4) }.joined(separator: " ")
        return [
          String(index + 1), DisplayText(text).truncated(to: 24).string,
          Bilingual(zh: "\(embedding.tokens.count) 个 token", en: "\(embedding.tokens.count) tokens")[.current],
          "‖v‖ " + Numbers.fixed(length, decimals: 4), first + (embedding.vector.count > 6 ? " … (\(embedding.vector.count))" : ""),
        ]
      })
  }

  private func printMatrix(_ embeddings: [TextEmbedding], _ texts: [String]) throws {
    let header = ["", ""] + texts.indices.map { String($0 + 1) }
    let rows = zip(cosines(embeddings), texts).enumerated().map { index, pair in
      [String(index + 1), DisplayText(pair.1).truncated(to: 24).string] + pair.0.map { Numbers.fixed($0, decimals: 4) }
    }
    try Table.print([header] + rows)
  }
}

extension Pooling: ExpressibleByArgument {}
