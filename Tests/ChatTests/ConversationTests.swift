// The tree: branches by regenerating and editing, the chosen path, what was kept coming back. Not here: prompts (ChatPromptTests).
import Chat
import Inference
import Testing

struct ConversationTests {
  /// 1 user, 2 and 3 two answers to it, 4 a question after 3, 5 its answer, 6 the first question in other words.
  static var tree: Conversation {
    var tree = Conversation(id: "t")
    tree.add(.user, "first\nline two", after: nil)
    tree.add(.assistant, "a", after: 1)
    tree.add(.assistant, "b", after: 1)
    tree.add(.user, "more", after: 3)
    tree.add(.assistant, "c", after: 4)
    tree.add(.user, "edited", after: nil)
    return tree
  }

  private func ids(_ messages: [Message]) -> [Int] { messages.map(\.id) }

  @Test func nothingIsOverwritten() {
    var tree = Self.tree
    #expect(tree.messages.map(\.text) == ["first\nline two", "a", "b", "more", "c", "edited"])
    #expect(tree.title == "first")
    #expect(ids(tree.path) == [6] && tree.leaf?.id == 6)
    #expect(ids(tree.siblings(of: 1)) == [1, 6] && ids(tree.siblings(of: 3)) == [2, 3] && ids(tree.siblings(of: 5)) == [5])
    #expect(tree.switchBranch(at: 6, by: -1) == 1)
    #expect(ids(tree.path) == [1, 3, 4, 5], "below, the path is as it was chosen last")
    #expect(tree.switchBranch(at: 3, by: 1) == nil && tree.switchBranch(at: 99, by: 1) == nil)
    #expect(tree.switchBranch(at: 3, by: -1) == 2)
    #expect(ids(tree.path) == [1, 2])
    tree.select(5)
    #expect(ids(tree.path) == [1, 3, 4, 5])
    #expect(ids(tree.path(to: 4)) == [1, 3, 4] && tree.path(to: 0).isEmpty && tree[7] == nil)
    #expect(tree.isChosen(3) && !tree.isChosen(2) && !tree.isChosen(6))
  }

  @Test func answersGoOn() {
    var tree = Self.tree
    let record = Small.record([1], [.answer], prompt: [0])
    tree.update(5, text: "c and more", answer: record)
    tree.update(99, text: "x", answer: nil)
    #expect(tree[5]?.text == "c and more" && tree[5]?.answer == record)
  }

  @Test func whatWasKeptComesBack() throws {
    var tree = Self.tree
    tree.select(2)
    tree.startPrompts(at: 1)
    let chosen = Set(tree.messages.map(\.id).filter(tree.isChosen))
    let back = try #require(
      Conversation(
        id: "t", title: tree.title, system: "", messages: tree.messages, chosen: chosen, promptStart: tree.promptStart))
    #expect(back == tree)
    // A start that is not there is none; without any choice the first branch counts.
    let bare = try #require(Conversation(id: "t", title: "", system: "", messages: tree.messages, chosen: [], promptStart: 40))
    #expect(bare.promptStart == nil && ids(bare.path) == [1, 2])
  }

  @Test(arguments: [
    [Message(id: 2, parent: nil, role: .user, text: "")],
    [Message(id: 1, parent: 1, role: .user, text: "")],
    [Message(id: 1, parent: nil, role: .user, text: ""), Message(id: 2, parent: 3, role: .user, text: "")],
    [Message(id: 1, parent: 0, role: .user, text: "")],
  ])
  func whatIsNoTreeIsRefused(_ messages: [Message]) {
    #expect(Conversation(id: "t", title: "", system: "", messages: messages, chosen: [], promptStart: nil) == nil)
  }

  @Test func titlesAreShort() {
    var long = Conversation(id: "t")
    long.add(.user, String(repeating: "猫", count: 100), after: nil)
    #expect(long.title.count == 40 && long.title.hasSuffix("…"))
  }

  @Test func aStoppedAnswerKeepsWhatWasSeen() throws {
    var builder = AnswerBuilder(model: "small", promptIds: [0, 3], sampling: .greedy)
    var options = GenerationOptions()
    options.maxTokens = 6
    let result = try Generator(Small.model()).generate(
      [0, 3], options, onEvent: { event in if case .finished = event {} else { builder.receive(event) } })
    builder.stop()
    #expect(builder.record.ids == result.ids && builder.record.finish == .cancelled && result.text.hasPrefix(builder.text))
    #expect(builder.record.probabilities.count == 6 && builder.record.probabilities.allSatisfy { $0 > 0 && $0 <= 1 })
    builder.receive(.finished(result))
    #expect(builder.text == result.text && builder.record.finish == .length && builder.record.isCut)
    var more = AnswerBuilder(model: "small", promptIds: [], sampling: .greedy, continuing: (builder.record, builder.text))
    let rest = try Generator(Small.model()).generate(builder.record.sequence, options, onEvent: { more.receive($0) })
    #expect(more.record.ids == result.ids + rest.ids && more.text == result.text + rest.text && more.record.promptIds == [0, 3])
  }
}
