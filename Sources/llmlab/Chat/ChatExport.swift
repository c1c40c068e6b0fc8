// A conversation as a document: Markdown of the chosen path, or JSON of the whole tree. Not here: the store.
import Chat
import Inference
import Languages
import ModelFiles

enum ChatExport {
  static func markdown(_ conversation: Conversation, _ language: Language) -> String {
    var text = "# \(conversation.title)\n"
    if !conversation.system.isEmpty { text += "\n> \(conversation.system.replacing("\n", with: "\n> "))\n" }
    for message in conversation.path {
      switch message.role {
      case .user: text += "\n## \(Bilingual(zh: "用户", en: "User")[language])\n\n\(message.text)\n"
      case .assistant:
        text += "\n## \(message.answer?.model ?? Bilingual(zh: "模型", en: "Model")[language])\n\n"
        for use in message.answer?.uses ?? [] { text += "`\(use.line[language])`\n\n" }
        text += message.text + "\n"
      }
    }
    return text
  }

  static func json(_ conversation: Conversation) -> String {
    let chosen = conversation.path.map(\.id)
    let messages = conversation.messages.map { message -> JSON in
      var object: JSONObject = [
        "id": .integer(message.id), "parent": message.parent.map { .integer($0) } ?? .null, "role": .string(message.role.rawValue),
        "text": .string(message.text), "chosen": .bool(chosen.contains(message.id)),
      ]
      if let answer = message.answer {
        object["model"] = .string(answer.model)
        object["prompt_ids"] = .array(answer.promptIds.map { .integer($0) })
        object["ids"] = .array(answer.ids.map { .integer($0) })
        object["parts"] = .array(answer.parts.map { .string($0.rawValue) })
        object["seed"] = .string(String(answer.sampling.seed))
        object["temperature"] = .number(answer.sampling.temperature)
        object["finish_reason"] = answer.finish.map { .string($0.rawValue) } ?? .null
        object["tool_uses"] = .array(answer.uses.map { .object($0.json) })
      }
      return .object(object)
    }
    let document: JSON = [
      "title": .string(conversation.title), "system": .string(conversation.system), "messages": .array(messages),
    ]
    return document.serialized(pretty: true) + "\n"
  }
}
