// `llmlab run`: a prompt to text. One stream of events feeds plain text, one JSON object, or a line of JSON per token.
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Terminal
import Tokenization

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Generate text from a prompt. · 根据提示词生成文本。",
    discussion: """
      --json prints {"text", "ids", "prompt_ids", "finish_reason", "tool_uses"?, "logprobs"?, "timings"}. With --stream it prints one object \
      per token, {"id", "position", "part", "text", "token", "logprob", "probability", "top_logprobs"?}, one {"tool_use"} per call of a tool, \
      and last one with the rest of the text, "finish_reason" and "timings"; the texts joined are the answer. Sprout may call a calculator \
      (part "call"); the engine puts the result into the sequence (part "result").
      --json 输出一个对象；加上 --stream 则每个 token 一行，最后一行是剩余文本、finish_reason 和 timings，各行 text 相连即为完整回答。
      """)

  @OptionGroup var prompt: PromptOptions
  @OptionGroup var model: ModelOptions

  @OptionGroup var choosing: SamplingOptions
  @Option(help: "Text that ends the answer; repeatable. · 遇到该文本即停止；可重复给出。") var stop: [String] = []
  @Option(help: "Report k alternatives of each token in JSON. · 在 JSON 里报告每个 token 的 k 个候选。") var logprobs: Int?
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @Flag(help: "With --json: one object per token as it comes. · 与 --json 合用：逐个 token 输出。") var stream = false
  @Flag(help: "Answer no calls of tools. · 不执行工具调用。") var noTools = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let logprobs, !(0...1000).contains(logprobs) {
      throw Failure.usage(zh: "--logprobs 应为 0 到 1000", en: "--logprobs must be 0 to 1000")
    }
    if stream && !json {
      throw Failure.usage(
        zh: "--stream 须与 --json 合用；纯文本本来就是逐字输出的", en: "--stream goes with --json; plain text always streams")
    }
    if logprobs != nil && !json {
      throw Failure.usage(zh: "--logprobs 须与 --json 合用", en: "--logprobs goes with --json")
    }
  }

  func run() throws {
    let text = try prompt.text()
    let loaded = try model.load()
    let ids = try prompt.ids(text, loaded)
    var options = GenerationOptions()
    options.sampling = choosing.settings(.greedy)
    options.maxTokens = choosing.maxTokens
    options.stopStrings = stop
    options.logprobCount = logprobs ?? 0
    options.tools = prompt.raw || noTools ? nil : loaded.toolCalling
    // The cache holds what this answer can need and no more.
    let limit = Generator.contextLimit(loaded.transformer.configuration)
    let generator = Generator(loaded, contextLength: choosing.maxTokens.map { min(ids.count + min($0, limit), limit) } ?? limit)
    Interrupt.expect()

    let report = GenerationReport(loaded.tokenizer, logprobs: logprobs)
    var tokens: [GeneratedToken] = []
    var shown = ""
    var sanitizer = DisplayText.Sanitizer()
    var failure: (any Error)?
    /// Plain text as it comes.
    func show(_ piece: String) throws {
      shown += piece
      if !json { try Output.data(Output.isTerminal ? sanitizer.append(piece) : piece) }
    }
    let result = try generator.generate(ids, options, isCancelled: { Interrupt.isRequested || failure != nil }) { event in
      if failure != nil { return }
      do {
        switch event {
        case .token(let token):
          if json && !stream { tokens.append(token) }
          try show(token.text)
          if stream { try Output.json(.object(report.line(token))) }
        case .tool(let use):
          if stream { try Output.json(["tool_use": report.object(use)]) } else if !json { Output.note(use.line) }
        case .prefilled, .finished: break
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    let rest = String(decoding: result.text.utf8.dropFirst(shown.utf8.count), as: UTF8.self)
    if stream {
      try Output.json([
        "text": .string(rest), "finish_reason": .string(result.finishReason.rawValue), "timings": report.timings(result.timings),
      ])
    } else if json {
      try Output.json(report.document(result, tokens))
    } else {
      try show(rest)
      if shown.last != "\n" { try Output.data("\n") }
    }
    if result.finishReason == .cancelled { throw ExitCode.interrupted }
  }
}

/// The JSON of a generation.
private struct GenerationReport {
  let tokenizer: Tokenizer
  let logprobs: Int?

  init(_ tokenizer: Tokenizer, logprobs: Int?) {
    self.tokenizer = tokenizer
    self.logprobs = logprobs
  }

  func document(_ result: GenerationResult, _ tokens: [GeneratedToken]) -> JSON {
    var object: JSONObject = [
      "text": .string(result.text), "ids": .array(result.ids.map { .integer($0) }),
      "prompt_ids": .array(result.promptIds.map { .integer($0) }),
      "finish_reason": .string(result.finishReason.rawValue),
    ]
    if !result.toolUses.isEmpty { object["tool_uses"] = .array(result.toolUses.map(self.object)) }
    if logprobs != nil {
      object["logprobs"] = .array(
        tokens.map { token in
          var entry = named(token.id, token.choice.logprob)
          entry["top_logprobs"] = alternatives(token)
          return .object(entry)
        })
    }
    object["timings"] = timings(result.timings)
    return .object(object)
  }

  func line(_ token: GeneratedToken) -> JSONObject {
    var object = named(token.id, token.choice.logprob)
    object["probability"] = .number(token.choice.probability)
    object["position"] = .integer(token.position)
    object["part"] = .string(token.part.rawValue)
    object["text"] = .string(token.text)
    if logprobs != nil { object["top_logprobs"] = alternatives(token) }
    return object
  }

  func object(_ use: ToolUse) -> JSON {
    var object: JSONObject = [
      "position": .integer(use.position), "name": .string(use.name), "arguments": .string(use.arguments),
      "result": .string(use.answer.text), "exact": .bool(use.answer.isExact),
    ]
    if let failure = use.answer.failure { object["error"] = .string(failure[.current]) }
    return .object(object)
  }

  private func alternatives(_ token: GeneratedToken) -> JSON { .array(token.alternatives.map { .object(named($0.id, $0.logprob)) }) }

  private func named(_ id: Int, _ logprob: Double) -> JSONObject {
    let bytes = tokenizer.bytes(of: id)
    return [
      "id": .integer(id), "token": .string(String(decoding: bytes, as: UTF8.self)), "bytes": .array(bytes.map { .integer(Int($0)) }),
      "logprob": .number(logprob),
    ]
  }

  func timings(_ timings: GenerationTimings) -> JSON {
    [
      "prompt_tokens": .integer(timings.promptTokens), "prompt_seconds": .number(timings.promptSeconds),
      "prompt_tokens_per_second": .number(timings.promptTokensPerSecond), "generated_tokens": .integer(timings.generatedTokens),
      "generation_seconds": .number(timings.generationSeconds), "tokens_per_second": .number(timings.tokensPerSecond),
    ]
  }
}
