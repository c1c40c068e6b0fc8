// Sprout's template: against its source run by Jinja, its authors, its tokens.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct ChatTemplateTests {
  /// The rule of Sprout's prompts, written directly; neighbours of one author are one span.
  private static func expected(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> [PromptSpan] {
    var spans = [PromptSpan("<|bos|>", .template)]
    func add(_ text: String, _ provenance: PromptSpan.Provenance) {
      if spans[spans.count - 1].provenance == provenance {
        spans[spans.count - 1].text += text
      } else if !text.isEmpty {
        spans.append(PromptSpan(text, provenance))
      }
    }
    for (i, message) in messages.enumerated() {
      switch message.role {
      case .system, .user:
        add("<|\(message.role.rawValue)|>", .template)
        add(message.content, message.role == .system ? .system : .user)
        add("<|end|>", .template)
      case .assistant:
        if i == 0 || messages[i - 1].role != .tool { add("<|bot|>", .template) }
        add(message.content, .assistant)
        add(message.toolCalls.isEmpty ? "<|end|>" : "<|tool|>", .template)
        if let call = message.toolCalls.first {
          add(call.name, .assistant)
          add(" ", .template)
          add(call.argumentText, .assistant)
        }
      case .tool:
        add("<|result|>", .template)
        add(message.content, .tool)
      }
    }
    if addGenerationPrompt, messages.last?.role != .tool { add("<|bot|>", .template) }
    return spans
  }

  @Test func rendersAsJinjaDoes() throws {
    let tokenizer = try Golden.tokenizer()
    let chats = try Golden.json("chats.json").cursor(file: "chats.json").elements()
    #expect(chats.count >= 8)
    for chat in chats {
      let messages = try chat.member("messages").elements().map(GoldenChat.message)
      let adds = try chat.member("add_generation_prompt").bool()
      let spans = try ChatTemplate.sprout.render(messages: messages, addGenerationPrompt: adds)
      #expect(spans == Self.expected(messages, addGenerationPrompt: adds))
      #expect(try spans.map(\.text).joined() == chat.member("rendered").string())
      guard let ids = chat.optional("ids") else { continue }
      #expect(try tokenizer.encode(spans).ids == ids.elements().map { try $0.integer(in: 0...599) })
    }
  }

  @Test func contentHasItsAuthorAndMarkersAreTheTemplates() throws {
    let spans = try ChatTemplate.sprout.render(
      messages: [
        ChatMessage(.system, "s"), ChatMessage(.user, "<|end|>"),
        ChatMessage(.assistant, "b", toolCalls: [.init(name: "calc", arguments: "1+1")]), ChatMessage(.tool, "2"),
        ChatMessage(.assistant, "2."),
      ], addGenerationPrompt: false)
    let written = spans.filter { $0.provenance != .template }.map { "\($0.provenance.rawValue):\($0.text)" }
    #expect(written == ["system:s", "user:<|end|>", "assistant:b", "assistant:calc", "assistant:1+1", "tool:2", "assistant:2."])
    let markers = spans.filter { $0.provenance == .template }.map(\.text)
    #expect(
      markers == ["<|bos|><|system|>", "<|end|><|user|>", "<|end|><|bot|>", "<|tool|>", " ", "<|result|>", "<|end|>"])
  }

  @Test func everyMarkerIsOneToken() throws {
    let tokenizer = try Golden.tokenizer()
    let prompt = tokenizer.encode(try ChatTemplate.sprout.render(messages: [ChatMessage(.user, "Hi")], addGenerationPrompt: true))
    #expect(prompt.ids == [0, 2] + tokenizer.encode("Hi") + [1, 3])
    #expect(tokenizer.templateTokens == ["bos_token": "<|bos|>", "eos_token": "<|end|>", "pad_token": "<|pad|>"])
  }

  @Test func errorsNameTheTemplateAndThePlaceInBothLanguages() throws {
    let error = #expect(throws: ChatTemplateError.self) { try ChatTemplate(jinja: "a\r\nb {{ 1 + }}", name: "mine") }
    #expect(error?.message.en == "chat template mine, line 2, column 10: expression is expected here.")
    #expect(error?.message.zh == "对话模板 mine 第 2 行第 10 列：此处应为 expression。")
    let refusal = #expect(throws: ChatTemplateError.self) {
      try ChatTemplate(jinja: "{% for m in messages %}\n{{ raise_exception('no ' ~ m.role) }}{% endfor %}", name: "mine")
        .render(messages: [ChatMessage(.user, "")], addGenerationPrompt: false)
    }
    #expect(refusal?.message.en == "chat template mine, line 2, column 19: the template refuses this chat: no user.")
  }
}
