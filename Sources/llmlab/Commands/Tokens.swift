// `llmlab tokens`: text to token ids and back. Only the tokenizer is opened.
import ArgumentParser
import Languages
import ModelFiles
import Tokenization

struct Tokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the tokens of a text, or the text of token ids. · 查看文本的 token，或把 token id 还原成文本。",
    discussion: """
      --json prints {"ids", "tokens", "bytes"}; with --decode, {"text"}. Special tokens written in the text stay text.
      --json 输出 ids、tokens、bytes；--decode 时输出 text。文本里写出的特殊 token 仍按普通文本处理。
      """)

  @OptionGroup var model: ModelOptions
  @Flag(
    name: .customLong("no-special"),
    help: "Do not begin with the model's BOS token; with --decode, leave special tokens out. · 开头不加模型的 BOS；--decode 时略去特殊 token。")
  var omitsSpecial = false
  @Flag(help: "The text is a list of ids such as 1,2,3. · 文本是 1,2,3 这样的 id 列表。") var decode = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @Argument(help: "The text; - or none reads standard input. · 文本；写 - 或省略则读标准输入。") var text: String?
  @OptionGroup var common: CommonOptions

  func run() throws {
    let text = try StandardInput.text(text, name: Bilingual(zh: "文本", en: "text"))
    let ids = decode ? try Self.parse(text) : nil
    let tokenizer = try model.tokenizer()
    if let ids { try printText(of: ids, tokenizer) } else { try printTokens(of: text, tokenizer) }
  }

  private func printTokens(of text: String, _ tokenizer: Tokenizer) throws {
    let ids = tokenizer.encode(text, addingBOS: !omitsSpecial)
    if json {
      return try Output.json([
        "ids": .array(ids.map { .integer($0) }),
        "tokens": .array(ids.map { .string(String(decoding: tokenizer.bytes(of: $0), as: UTF8.self)) }),
        "bytes": .array(ids.map { .array(tokenizer.bytes(of: $0).map { .integer(Int($0)) }) }),
      ])
    }
    try Table.print(
      ids.map { id in
        let bytes = tokenizer.bytes(of: id).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
        return [String(id), tokenizer.displayText(of: id), bytes.joined(separator: " ")]
      })
  }

  private func printText(of ids: [Int], _ tokenizer: Tokenizer) throws {
    if let id = ids.first(where: { $0 >= tokenizer.vocabulary.count }) {
      throw Failure.usage(
        zh: "id \(id) 不在大小为 \(tokenizer.vocabulary.count) 的词表内",
        en: "The id \(id) is not in the vocabulary of \(tokenizer.vocabulary.count)")
    }
    let text = tokenizer.decode(ids, skippingSpecial: omitsSpecial)
    if json { try Output.json(["text": .string(text)]) } else { try Output.text(text + "\n") }
  }

  /// Ids between commas or spaces, as our own output writes them, brackets included.
  static func parse(_ text: String) throws -> [Int] {
    let parts = text.split { ", \n\r\t[]".contains($0) }
    return try parts.map { part in
      guard let id = Int(part), id >= 0 else {
        throw Failure.usage(zh: "“\(part.prefix(40))” 不是 token id", en: "“\(part.prefix(40))” is no token id")
      }
      return id
    }
  }
}
