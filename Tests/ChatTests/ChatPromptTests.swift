// Prompts of conversations: calls of tools come back as they were generated, nothing is left out in silence. Not here: templates (TokenizationTests).
import Chat
import Inference
import Testing
import Tokenization

struct ChatPromptTests {
  @Test func historyIsRenderedAsItWasGenerated() throws {
    let model = Small.model()
    var chat = Conversation(id: "t")
    chat.add(.user, "the cat", after: nil)
    let first = model.prompt(chat.path, system: "")
    #expect(first.ids == [0, 2] + Small.tokenizer.encode("the cat") + [1, 3] && first.problems.isEmpty && first.stopStrings.isEmpty)
    // Words, a call, its result, words.
    let (before, call, result, after) = (
      Small.tokenizer.encode("so "), Small.tokenizer.encode("calc 4*7"), Small.tokenizer.encode("28"), Small.tokenizer.encode(" mat")
    )
    let use = ToolUse(
      position: first.ids.count + before.count, name: "calc", arguments: "4*7", answer: ToolAnswer(text: "28", isExact: true), ids: result)
    let ids = before + [5] + call + [6] + result + after
    let parts: [GeneratedToken.Part] =
      before.map { _ in .answer } + [.call] + call.map { _ in .call } + [.call] + result.map { _ in .result } + after.map { _ in .answer }
    chat.add(.assistant, "so  mat", after: 1, answer: Small.record(ids, parts, prompt: first.ids, uses: [use]))
    chat.add(.user, "on", after: 2)
    let second = model.prompt(chat.path, system: "")
    #expect(second.ids == first.ids + ids + [1, 2] + Small.tokenizer.encode("on") + [1, 3])
  }

  @Test func theSystemPromptComesFirstAndTextStaysText() {
    let model = Small.model()
    var chat = Conversation(id: "t", system: "be <|end|>")
    chat.add(.user, "<|tool|>", after: nil)
    let prompt = model.prompt(chat.path, system: chat.system)
    #expect(prompt.ids.prefix(2) == [0, 4] && !prompt.ids.contains(5))
    #expect(prompt.ids.filter { $0 == 1 }.count == 2)
  }

  @Test func aMissingTemplateIsSaid() {
    let model = Small.model(template: nil)
    var chat = Conversation(id: "t")
    chat.add(.user, "the cat", after: nil)
    let prompt = model.prompt(chat.path, system: "")
    #expect(prompt.problems.count == 1 && prompt.problems[0].en.contains("no chat template"))
    #expect(prompt.stopStrings == ["\nUser:"])
    #expect(Small.tokenizer.decode(prompt.ids, skippingSpecial: true) == "User: the cat\nAssistant:")
    #expect(!model.isSprout && Small.model().isSprout)
  }

  @Test func aDoubledBOSIsSaid() throws {
    let template = try ChatTemplate(jinja: "{{ bos_token + bos_token }}{{ messages[0].content }}", name: "twice")
    let prompt = Small.model(template: template).prompt([Message(id: 1, parent: nil, role: .user, text: "x")], system: "")
    #expect(prompt.problems.first?.en.contains("two BOS") == true)
  }

  @Test func aTemplateThatRefusesIsSaid() throws {
    let template = try ChatTemplate(jinja: "{{ raise_exception('no') }}", name: "strict")
    let prompt = Small.model(template: template).prompt([Message(id: 1, parent: nil, role: .user, text: "x")], system: "")
    #expect(prompt.problems.count == 2 && !prompt.ids.isEmpty)
  }

  // MARK: Budget

  @Test func nothingIsDroppedBeforeTheUserSaysSo() throws {
    let model = Small.model()
    var chat = Conversation(id: "t")
    var parent: Int?
    for turn in 0..<6 {
      let user = chat.add(.user, "the cat \(turn) " + String(repeating: "x", count: 10), after: parent)
      if turn < 5 { parent = chat.add(.assistant, "ok", after: user) }
    }
    let whole = model.prompt(chat.path, system: "").ids.count
    guard case .fits(let prompt, let budget) = model.plan(chat, chat.path, limit: 1000) else {
      Issue.record("it fits")
      return
    }
    #expect(prompt.ids.count == whole && budget.used == whole && !budget.isFull)
    guard case .full(let full, let dropping, let start) = model.plan(chat, chat.path, limit: whole) else {
      Issue.record("there is no room for an answer")
      return
    }
    #expect(full.isFull && full.used == whole)
    // Whole exchanges, the oldest ones, no more than needed.
    #expect(dropping.map(\.id) == Array(1..<start) && chat[start]?.role == .user && start < chat.path.count)
    chat.startPrompts(at: start)
    guard case .fits(let rest, _) = model.plan(chat, chat.path, limit: whole) else {
      Issue.record("what is left fits")
      return
    }
    #expect(rest.ids == model.prompt(chat.path.filter { $0.id >= start }, system: "").ids)
    chat.startPrompts(at: start - 2)
    guard case .full = model.plan(chat, chat.path, limit: whole) else {
      Issue.record("one exchange less is not enough")
      return
    }
    guard case .hopeless = model.plan(chat, chat.path, limit: 12) else {
      Issue.record("the last message alone is too long")
      return
    }
    #expect(chat.messages.count == 11)
  }
}
