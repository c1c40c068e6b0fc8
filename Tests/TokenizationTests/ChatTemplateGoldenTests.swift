// Templates of other families against Jinja in the environment of transformers: Goldens/templates.json, by Tests/Reference/make_template_goldens.py.
import Foundation
import Languages
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct ChatTemplateGoldenTests {
  /// One template, all chats: the same text, the same refusals, failures where Jinja fails.
  private func compare(_ template: ChatTemplate, _ name: String) throws {
    let golden = try Golden.json("templates.json").cursor(file: "templates.json")
    let results = try golden.member("rendered").member(name).elements()
    let chats = try GoldenChat.all()
    #expect(results.count == chats.count && chats.count >= 8)
    for (number, (chat, result)) in zip(chats, results).enumerated() {
      do throws(ChatTemplateError) {
        let text = try chat.spans(template).map(\.text).joined()
        if case .string(let expected) = result.value {
          #expect(text == expected, "\(name), chat \(number)")
        } else {
          #expect(result.value["sha256"] == .string(SHA256.hexadecimal(Array(text.utf8))), "\(name), chat \(number): \(text)")
        }
      } catch {
        if case .string(let message)? = result.value["raised"] {
          #expect(error.reason.en.hasSuffix(message) && error.reason.zh.hasSuffix(message), "\(name), chat \(number): \(error)")
        } else {
          #expect(result.value["failed"] != nil, "\(name), chat \(number): \(error)")
        }
        #expect(error.template == template.name && error.line > 0 && error.column > 0)
      }
    }
  }

  @Test(arguments: GoldenTemplate.names) func rendersAsJinjaDoes(_ name: String) throws {
    try compare(ChatTemplate(jinja: GoldenTemplate.source(name), name: name), name)
  }

  @Test func thereAreEnough() { #expect(GoldenTemplate.names.count >= 24) }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func rendersAPublishedTemplate() throws {
    let config = try JSON.parse(contentsOf: "\(Fixture.folder)/tokenizers/minimind3/tokenizer_config.json")
    guard case .string(let source)? = config["chat_template"] else { throw CancellationError() }
    let template = try ChatTemplate(jinja: source, name: "minimind3")
    #expect(template.supportsTools && template.mentions("open_thinking") && !template.mentions("documents"))
    try compare(template, "fixture minimind3")
  }

  @Test func knowsWhetherATemplateTakesTools() throws {
    let withTools = try GoldenTemplate.all().filter(\.supportsTools).map(\.name)
    #expect(
      withTools == [
        "command-r", "glm4", "gpt-oss", "granite", "hermes", "llama3.1", "llama3.2", "mistral-v3", "qwen2.5", "qwen3",
      ])
  }

  /// The caps are far from what real chats need: 1,500 messages fit.
  @Test(arguments: ["qwen3", "llama3.1", "gpt-oss", "minimind"]) func longChatsStayWithinTheCaps(_ name: String) throws {
    var chat = try GoldenChat.all()[3]
    chat.messages = (0..<1500).map { ChatMessage($0 % 2 == 0 ? .user : .assistant, "\($0) " + String(repeating: "word ", count: 80)) }
    let spans = try chat.spans(ChatTemplate(jinja: GoldenTemplate.source(name), name: name))
    #expect(spans.count { $0.provenance == .user } == 750)
  }

  /// 20 messages with tools, calls and thoughts: 2 ms in optimized code. The fastest of some runs, because other tests run too.
  @Test(arguments: ["chatml", "qwen3", "llama3.1", "mistral-v3", "gpt-oss", "command-r"]) func aChatTakesLittleTime(_ name: String) throws {
    let template = try ChatTemplate(jinja: GoldenTemplate.source(name), name: name)
    var chat = try GoldenChat.all()[7]
    let text = String(repeating: "Words of a usual message, 通常的一句话。 ", count: 12)
    let call = ChatMessage.ToolCall(id: "abcdefghi", name: "get_weather", arguments: ["city": .string(text), "days": [1, 2, 3]])
    let turns = [
      ChatMessage(.user, text), ChatMessage(.assistant, "", toolCalls: [call], reasoning: text),
      ChatMessage(.tool, text, toolCallID: "abcdefghi"),
      ChatMessage(.assistant, text),
    ]
    chat.messages = Array(repeating: turns, count: 5).flatMap { $0 }
    let full = chat
    let time = try (0..<20).map { _ in try Duration.measuring { _ = try full.spans(template) } }.min() ?? .zero
    if ProcessInfo.processInfo.environment["LLMLAB_TIMES"] != nil { print("TIME", time, name) }
    #if DEBUG
      #expect(time < .milliseconds(60))
    #else
      #expect(time < .milliseconds(2))
    #endif
  }
}
