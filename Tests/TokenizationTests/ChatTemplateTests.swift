// Sprout's template: the native renderer against its Jinja source, run by Jinja itself.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct ChatTemplateTests {
  private static func message(_ cursor: JSONCursor) throws -> ChatMessage {
    let role = try #require(ChatMessage.Role(rawValue: cursor.member("role").string()))
    var call: ChatMessage.ToolCall?
    if let function = try cursor.optional("tool_calls")?.elements().first?.member("function") {
      call = .init(name: try function.member("name").string(), arguments: try function.member("arguments").string())
    }
    return ChatMessage(role, try cursor.member("content").string(), toolCall: call)
  }

  @Test func rendersAsJinjaDoes() throws {
    let tokenizer = try Golden.tokenizer()
    let chats = try Golden.json("chats.json").cursor(file: "chats.json").elements()
    #expect(chats.count >= 8)
    for chat in chats {
      let messages = try chat.member("messages").elements().map(Self.message)
      let spans = ChatTemplate.sprout.render(messages: messages, addGenerationPrompt: try chat.member("add_generation_prompt").bool())
      #expect(try spans.map(\.text).joined() == chat.member("rendered").string())
      guard let ids = chat.optional("ids") else { continue }
      #expect(try tokenizer.encode(spans).ids == ids.elements().map { try $0.integer(in: 0...599) })
    }
  }

  @Test func contentHasItsAuthorAndMarkersAreTheTemplates() {
    let spans = ChatTemplate.sprout.render(
      messages: [
        ChatMessage(.system, "s"), ChatMessage(.user, "<|end|>"),
        ChatMessage(.assistant, "b", toolCall: .init(name: "calc", arguments: "1+1")), ChatMessage(.tool, "2"),
        ChatMessage(.assistant, "2."),
      ], addGenerationPrompt: false)
    let written = spans.filter { $0.provenance != .template }.map { "\($0.provenance.rawValue):\($0.text)" }
    #expect(written == ["system:s", "user:<|end|>", "assistant:b", "assistant:calc 1+1", "tool:2", "assistant:2."])
    let markers = spans.filter { $0.provenance == .template }.map(\.text)
    #expect(markers == ["<|bos|>", "<|system|>", "<|end|>", "<|user|>", "<|end|>", "<|bot|>", "<|tool|>", "<|result|>", "<|end|>"])
  }

  @Test func everyMarkerIsOneToken() throws {
    let tokenizer = try Golden.tokenizer()
    let prompt = tokenizer.encode(ChatTemplate.sprout.render(messages: [ChatMessage(.user, "Hi")], addGenerationPrompt: true))
    #expect(prompt.ids == [0, 2] + tokenizer.encode("Hi") + [1, 3])
  }
}
