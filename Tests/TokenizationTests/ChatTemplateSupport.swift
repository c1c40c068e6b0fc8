// What the tests of chat templates share: the golden templates and chats. Not here: tests.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

/// A chat of Goldens/templates.json.
struct GoldenChat: Sendable {
  var messages: [ChatMessage]
  var tools: [JSON]?
  var documents: [JSON]?
  var addsGenerationPrompt: Bool
  var variables: [String: JSON] = [:]

  /// The time and the special tokens of make_template_goldens.py.
  static let clock = TemplateClock(year: 2025, month: 7, day: 9, hour: 8, minute: 5, second: 3)
  static let tokens = ["bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"]

  init(_ cursor: JSONCursor) throws {
    messages = try cursor.member("messages").elements().map(Self.message)
    tools = try cursor.optional("tools")?.elements().map(\.value)
    documents = try cursor.optional("documents")?.elements().map(\.value)
    addsGenerationPrompt = try cursor.member("add_generation_prompt").bool()
    for (name, value) in try cursor.optional("variables")?.members() ?? [] { variables[name] = value.value }
  }

  static func message(_ cursor: JSONCursor) throws -> ChatMessage {
    let role = try #require(ChatMessage.Role(rawValue: cursor.member("role").string()))
    let calls = try (cursor.optional("tool_calls")?.elements() ?? []).map { call in
      let function = try call.member("function")
      return ChatMessage.ToolCall(
        id: try call.optional("id")?.string(), name: try function.member("name").string(), arguments: try function.member("arguments").value
      )
    }
    return ChatMessage(
      role, try cursor.member("content").string(), toolCalls: calls, reasoning: try cursor.optional("reasoning_content")?.string(),
      name: try cursor.optional("name")?.string(), toolCallID: try cursor.optional("tool_call_id")?.string())
  }

  func spans(_ template: ChatTemplate) throws(ChatTemplateError) -> [PromptSpan] {
    try template.render(
      messages: messages, tools: tools, documents: documents, addGenerationPrompt: addsGenerationPrompt, variables: variables,
      specialTokens: Self.tokens, clock: Self.clock)
  }

  static func all() throws -> [GoldenChat] {
    try Golden.json("templates.json").cursor(file: "templates.json").member("chats").elements().map { try GoldenChat($0) }
  }
}

enum GoldenTemplate {
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(Golden.folder)/templates")) ?? []
    return files.filter { $0.hasSuffix(".jinja") }.map { String($0.dropLast(6)) }.sorted()
  }()

  static func source(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Golden.folder)/templates/\(name).jinja", encoding: .utf8)
  }

  static func all() throws -> [ChatTemplate] { try names.map { try ChatTemplate(jinja: source($0), name: $0) } }
}

/// A template with values of any kind, for tests of the language.
func rendered(_ source: String, _ variables: [String: JSON] = [:]) throws(ChatTemplateError) -> [PromptSpan] {
  try ChatTemplate(jinja: source, name: "test").render(
    messages: [], addGenerationPrompt: false, variables: variables, clock: GoldenChat.clock)
}
