// `llmlab logits`: the scores of every vocabulary entry after every position.
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct Logits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the logits of every position. · 输出每个位置的 logits。",
    discussion: """
      --json prints {"ids", "logits"}: one row per position in vocabulary order. Without it, the most probable next tokens.
      --json 每个位置输出一行，按词表顺序；否则列出最可能的下一个 token。
      """)

  @OptionGroup var prompt: PromptOptions
  @OptionGroup var model: ModelOptions
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let text = try prompt.text()
    let loaded = try model.load()
    let ids = try prompt.ids(text, loaded)
    try MemoryBudget.check(loaded.transformer.configuration, tokens: ids.count)
    Interrupt.expect()
    let logits = try loaded.transformer.logits(ids.map(Int32.init), Models.Run(isCancelled: { Interrupt.isRequested }))
    let width = logits.columns
    guard logits.values.allSatisfy(\.isFinite) else { throw GenerationError.notFinite(hook: Hook.logits.name) }
    if json {
      try Output.data("{\"ids\":\(JSON.array(ids.map { .integer($0) }).serialized()),\"logits\":[")
      for row in 0..<logits.rows {
        try Output.data((row > 0 ? "," : "") + NestedFloats.json(logits.data + row * width, shape: [width]))
      }
      return try Output.data("]}\n")
    }
    let last = Array(UnsafeBufferPointer(start: logits.data + (logits.rows - 1) * width, count: width))
    try Table.print(
      topLogprobs(last, count: 20).map { entry in
        [
          String(entry.id), loaded.tokenizer.displayText(of: entry.id), Numbers.fixed(Double(last[entry.id]), decimals: 3),
          Numbers.fixed(exp(entry.logprob) * 100, decimals: 2) + " %",
        ]
      })
  }
}
