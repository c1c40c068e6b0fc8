// What a model reads of a conversation: the rendered prompt with its ids and authors, and what is odd about it. Not here: whether it fits
// (ContextBudget), the templates themselves (Tokenization).
import Inference
import Languages
import Tokenization

/// A prompt with the assistant's turn open.
public struct ChatPrompt: Sendable, Hashable {
  public let encoded: EncodedPrompt
  /// Text that ends the answer where no template does.
  public let stopStrings: [String]
  /// What the user should know: shown, never mended in silence.
  public let problems: [Bilingual]

  public var ids: [Int] { encoded.ids }
}

extension LoadedModel {
  /// The prompt of a path through a conversation.
  public func prompt(_ path: some Sequence<Message>, system: String) -> ChatPrompt {
    var messages = system.isEmpty ? [] : [ChatMessage(.system, system)]
    for message in path {
      switch message.role {
      case .user: messages.append(ChatMessage(.user, message.text))
      case .assistant: messages += message.answer?.messages(message.text, tokenizer) ?? [ChatMessage(.assistant, message.text)]
      }
    }
    var problems: [Bilingual] = []
    do throws(ChatTemplateError) {
      if let encoded = try encode(chat: messages) {
        if hasDoubledBOS(encoded.ids) {
          problems.append(
            Bilingual(zh: "提示词开头有两个 BOS：对话模板和分词器各加了一个。", en: "The prompt begins with two BOS tokens: template and tokenizer both add one."))
        }
        return ChatPrompt(encoded: encoded, stopStrings: [], problems: problems)
      }
    } catch {
      problems.append(error.message)
    }
    problems.append(
      Bilingual(
        zh: "\(name) 没有可用的对话模板：对话按“User: … Assistant: …”的普通文本交给模型。",
        en: "\(name) has no chat template that can be used: the chat is given to it as plain text, “User: … Assistant: …”."))
    return plainPrompt(messages, problems)
  }

  private func hasDoubledBOS(_ ids: [Int]) -> Bool {
    guard let bos = tokenizer.roles.bos else { return false }
    return ids.starts(with: [bos, bos])
  }

  private func plainPrompt(_ messages: [ChatMessage], _ problems: [Bilingual]) -> ChatPrompt {
    let names: [ChatMessage.Role: String] = [.user: "User: ", .assistant: "Assistant: ", .tool: "Tool: ", .system: ""]
    let text = messages.map { (names[$0.role] ?? "") + $0.content }.joined(separator: "\n") + "\nAssistant:"
    var encoded = EncodedPrompt()
    for id in encode(raw: text) { encoded.append(id, .user) }
    return ChatPrompt(encoded: encoded, stopStrings: ["\nUser:"], problems: problems)
  }
}
