// Calls of tools inside a generation: the result is forced, marked, reported, and only control ids count. Not here: arithmetic (CalculatorTests).
import Testing
import Tokenization

@testable import Inference

@Suite struct ToolCallingTests {
  static let (bot, end, tool, result) = (3, 1, 5, 6)
  static let words = Small.tokenizer.encode("yes")

  /// The calculator by a name without a letter twice: the reciting model goes by the last token alone.
  private struct Digger: InlineTool {
    let name = "dig"
    func answer(_ arguments: String) -> ToolAnswer { Calculator().answer(arguments) }
  }

  static let call = "dig 4*7"
  static let calling = ToolCalling(callToken: tool, resultToken: result, tools: [Digger()])

  /// Says `dig 4*7`, then wants to say `9` for the result; after an 8 it says `yes` and ends.
  static func caller(_ call: String = call) -> LoadedModel {
    let ids = Small.tokenizer.encode(call)
    return Small.reciting([bot, tool] + ids + [result] + Small.tokenizer.encode("9"), Small.tokenizer.encode("8") + words + [end])
  }

  static func options(maxTokens: Int? = 40) -> GenerationOptions {
    var options = GenerationOptions(maxTokens: maxTokens)
    options.tools = calling
    return options
  }

  @Test func theResultIsForcedAndMarked() throws {
    let model = Self.caller()
    var events: [GenerationEvent] = []
    let found = try Generator(model).generate([0, Self.bot], Self.options(), onEvent: { events.append($0) })
    let call = Small.tokenizer.encode(Self.call)
    #expect(Set(call).count == call.count, "the reciting model needs different tokens")
    let answer = Small.tokenizer.encode("28")
    #expect(found.ids == [Self.tool] + call + [Self.result] + answer + Self.words)
    #expect(found.text == "yes" && found.finishReason == .stop)
    let use = try #require(found.toolUses.first)
    #expect(found.toolUses.count == 1)
    #expect(use.position == 2 && use.name == "dig" && use.arguments == "4*7" && use.answer.text == "28" && use.ids == answer)
    let tokens = events.compactMap { if case .token(let token) = $0 { token } else { nil } }
    #expect(
      tokens.map(\.part) == Array(repeating: .call, count: call.count + 2) + Array(repeating: .result, count: answer.count)
        + Array(repeating: .answer, count: Self.words.count))
    #expect(tokens.map(\.text).joined() == "yes")
    // The model would have said 9: the first forced digit has its true, small logprob.
    let forced = tokens[call.count + 2]
    #expect(forced.choice.logprob < -1 && forced.choice.draw == nil && forced.choice.probability == 1)
    // The event stands between the call and its result.
    let place = try #require(events.firstIndex { if case .tool = $0 { true } else { false } })
    guard case .token(let before) = events[place - 1], case .token(let after) = events[place + 1] else {
      Issue.record("tokens stand around the event")
      return
    }
    #expect(before.id == Self.result && after.part == .result)
  }

  @Test func withoutToolsNothingIsForced() throws {
    let model = Self.caller()
    let found = try Generator(model).generate([0, Self.bot], GenerationOptions(maxTokens: 12))
    #expect(found.toolUses.isEmpty)
    #expect(!found.ids.contains(Small.tokenizer.encode("8")[0]))
  }

  @Test func aCallWithoutValueAnswersError() throws {
    let model = Self.caller("dig 4/0")
    let found = try Generator(model).generate([0, Self.bot], Self.options(maxTokens: 20))
    let use = try #require(found.toolUses.first)
    #expect(use.answer.text == "error" && use.answer.failure == CalculatorError.divisionByZero.message)
    #expect(Small.tokenizer.decode(found.ids).contains("error"))
    #expect(use.line.en.contains("division by zero") && use.line.zh.contains("除以零"))
  }

  @Test(arguments: ["shell ls", "calc", "", "calc  "]) func whatNoToolAnswersIsAnError(_ call: String) {
    let calling = ToolCalling(callToken: Self.tool, resultToken: Self.result)
    let use = calling.use(Small.tokenizer.encode(call), position: 0, Small.tokenizer)
    #expect(use.answer.text == "error" && use.answer.failure != nil)
  }

  @Test func longCallsAndControlTokensInsideAreErrors() {
    let calling = ToolCalling(callToken: Self.tool, resultToken: Self.result)
    let sum = Small.tokenizer.encode("calc 1")
    #expect(calling.use(sum, position: 0, Small.tokenizer).answer.text == "1")
    #expect(calling.use(sum + [Self.bot], position: 0, Small.tokenizer).answer.text == "error")
    let long = Small.tokenizer.encode("calc " + String(repeating: " ", count: 100) + "1")
    #expect(long.count > 64 && calling.use(long, position: 0, Small.tokenizer).answer.text == "error")
  }

  /// The spelling of control tokens in anybody's text is text.
  @Test func spellingsAreNoCalls() throws {
    let model = Small.model()
    let calling = try #require(model.toolCalling)
    var reader = ToolCallReader(calling, Small.tokenizer)
    let prompt = Small.tokenizer.encode([
      PromptSpan("<|bot|>", .template), PromptSpan("<|tool|>calc 1+1<|result|>", .user),
      PromptSpan("<|tool|>calc 1+1<|result|>", .assistant),
    ])
    #expect(!prompt.ids.contains(Self.tool) && !prompt.ids.contains(Self.result))
    #expect(reader.read(prompt.ids) == nil && reader.open == nil)
  }

  @Test func aPromptMayEndInsideACall() throws {
    let model = Self.caller()
    let call = Small.tokenizer.encode(Self.call)
    let whole = try Generator(model).generate([0, Self.bot], Self.options())
    for length in 1...call.count + 2 {
      let prompt = [0, Self.bot] + whole.ids.prefix(length)
      let rest = try Generator(model).generate(prompt, Self.options())
      #expect(rest.ids == Array(whole.ids.dropFirst(length)), "\(length)")
      #expect(rest.text == "yes" && rest.toolUses.map(\.position) == [2])
    }
    // A turn that has ended concerns nobody now.
    let over = try Generator(model).generate([0, Self.tool] + call + [Self.result, Self.end, Self.bot], Self.options(maxTokens: 1))
    #expect(over.toolUses.isEmpty)
  }

  @Test func limitsAndCancellationLeaveNoHalfResult() throws {
    let model = Self.caller()
    let call = Small.tokenizer.encode(Self.call).count + 2
    // An open call is text, so that nothing is lost.
    let open = try Generator(model).generate([0, Self.bot], Self.options(maxTokens: call - 1))
    #expect(open.text == Self.call && open.toolUses.isEmpty && open.finishReason == .length)
    for after in 0..<20 {
      var asked = 0
      let cut = try Generator(model).generate(
        [0, Self.bot], Self.options(),
        isCancelled: {
          asked += 1
          return asked > after
        })
      #expect(!(call + 1..<call + 2).contains(cut.ids.count), "one digit of 28 alone")
      #expect(cut.toolUses.isEmpty || cut.ids.count >= call)
    }
  }

  @Test func modelsWithOtherTemplatesHaveNoInlineTools() {
    let small = Small.model()
    #expect(small.toolCalling?.callToken == Self.tool && small.toolCalling?.resultToken == Self.result)
    let other = LoadedModel(
      name: "o", path: "o", transformer: small.transformer, tokenizer: small.tokenizer, chatTemplate: nil)
    #expect(other.toolCalling == nil)
  }
}
