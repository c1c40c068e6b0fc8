// The prompt of a command: text from an argument or standard input, rendered by the chat template or used as it is.
import ArgumentParser
import Inference
import Languages
import Tokenization

struct PromptOptions: ParsableArguments {
  @Flag(help: "Use the prompt as it is, without the chat template. · 不套用对话模板，原样使用提示词。")
  var raw = false

  @Argument(
    help: "The prompt; - or none reads standard input, without its last line break. · 提示词；写 - 或省略则读标准输入（去掉末尾换行）。")
  var prompt: String?

  func text() throws -> String {
    var text = try StandardInput.text(prompt, name: Bilingual(zh: "提示词", en: "prompt"))
    if prompt == nil || prompt == "-", text.last?.isNewline == true { text.removeLast() }
    return text
  }

  /// The prompt's ids. What looks like a special token in the text stays text.
  func ids(_ text: String, _ model: LoadedModel) throws -> [Int] {
    let ids = encode(text, model)
    let limit = model.transformer.configuration.contextLength
    if ids.isEmpty { throw GenerationError.emptyPrompt }
    if ids.count > limit { throw GenerationError.promptTooLong(tokens: ids.count, contextLength: limit) }
    return ids
  }

  private func encode(_ text: String, _ model: LoadedModel) -> [Int] {
    if raw { return model.encode(raw: text) }
    var error = model.chatTemplateError
    do throws(ChatTemplateError) {
      if let prompt = try model.encode(chat: [ChatMessage(.user, text)]) { return prompt.ids }
    } catch let refusal {
      error = refusal
    }
    if let error { Output.note(error.message) }
    Output.note(
      Bilingual(
        zh: "\(model.name) 没有可用的对话模板，提示词按原样使用。", en: "\(model.name) has no chat template that can be used: the prompt is used as it is."))
    return model.encode(raw: text)
  }
}
