// An answer on standard output as it comes: plain text, or a line of JSON per event. Not here: what is kept of it (AnswerBuilder).
import Chat
import Inference
import Languages
import ModelFiles
import Terminal
import Tokenization

final class AnswerPrinter {
  private let tokenizer: Tokenizer
  private let isJSON: Bool
  private var sanitizer = DisplayText.Sanitizer()
  private var shown = ""

  init(_ tokenizer: Tokenizer, isJSON: Bool) { (self.tokenizer, self.isJSON) = (tokenizer, isJSON) }

  func show(_ event: GenerationEvent) throws {
    switch event {
    case .prefilled: break
    case .token(let token):
      if isJSON { return try Output.json(line(token)) }
      try plain(token.text)
    case .tool(let use):
      if isJSON { try Output.json(.object(use.json)) } else { Output.note(use.line) }
    case .finished(let result):
      // What was held back for stop strings.
      if !isJSON { try plain(String(decoding: result.text.utf8.dropFirst(shown.utf8.count), as: UTF8.self)) }
    }
  }

  /// The last line of an answer.
  func end(_ record: AnswerRecord, text: String, message: Int) throws {
    guard isJSON else {
      if shown.last != "\n" { try Output.data("\n") }
      return
    }
    try Output.json([
      "event": "answer", "message": .integer(message), "text": .string(text), "ids": .array(record.ids.map { .integer($0) }),
      "finish_reason": .string(record.finish?.rawValue ?? ""), "seed": .string(String(record.sampling.seed)),
      "timings": [
        "prompt_tokens": .integer(record.promptIds.count), "prefilled_tokens": .integer(record.prefilledTokens),
        "prompt_tokens_per_second": .number(record.promptTokensPerSecond), "tokens_per_second": .number(record.tokensPerSecond),
      ],
    ])
  }

  private func plain(_ piece: String) throws {
    shown += piece
    try Output.data(Output.isTerminal ? sanitizer.append(piece) : piece)
  }

  private func line(_ token: GeneratedToken) -> JSON {
    [
      "event": "token", "id": .integer(token.id), "position": .integer(token.position), "part": .string(token.part.rawValue),
      "token": .string(String(decoding: tokenizer.bytes(of: token.id), as: UTF8.self)), "text": .string(token.text),
      "logprob": token.choice.logprob.isFinite ? .number(token.choice.logprob) : .null,
    ]
  }
}

extension ToolUse {
  var json: JSONObject {
    var object: JSONObject = [
      "event": "tool", "position": .integer(position), "name": .string(name), "arguments": .string(arguments),
      "result": .string(answer.text), "exact": .bool(answer.isExact),
    ]
    if let failure = answer.failure { object["error"] = .string(failure[.current]) }
    return object
  }
}
