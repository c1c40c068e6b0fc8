// `llmlab chat` through pipes and on a terminal: what it prints, what it keeps, what it says when the context is full, how it is stopped. Not here: the
// tree and its prompts (ChatTests).
import Foundation
import Inference
import ModelFiles
import PtySession
import Testing
import Tokenization

@Suite struct ChatCommandTests {
  private let home = Program.temporary("home")
  private var environment: [String: String] { ["LLMLAB_HOME": home] }

  private func chat(_ lines: String, _ options: String..., model: String = SmallModel.path) throws -> Outcome {
    try Program.run(
      ["chat", "--lang", "en", "--model", model, "--max-tokens", "5"] + options, input: Array(lines.utf8), environment: environment)
  }

  private func events(_ lines: String, _ options: String...) throws -> [JSON] {
    let outcome = try Program.run(
      ["chat", "--json", "--model", SmallModel.path, "--max-tokens", "5"] + options, input: Array(lines.utf8), environment: environment)
    try #require(outcome.code == 0, "\(outcome.errors)")
    return try outcome.lines()
  }

  @Test func everyLineIsAnsweredAndKept() throws {
    let first = try chat("Hello\n你好\n")
    #expect(first.code == 0)
    #expect(first.errors.contains("Sprout knows"))
    let list = try Program.run(["chat", "--list", "--json"], environment: environment).lines()
    #expect(list.count == 1 && list[0]["title"]?.text == "Hello" && list[0]["messages"]?.number == 4)
    // It goes on where it was.
    let branches = try chat("/branches\n", "--continue").output
    for text in ["1  > Hello", "4", "你好"] { #expect(branches.contains(text), "\(branches)") }
    #expect(try chat("x\n", "--load", "7").code == 1)
    #expect(try chat("x\n", "--load", "1", "--continue").code == 64)
  }

  @Test func theSameSeedGivesTheSameAnswer() throws {
    let answers = try (0..<2).map { _ in try chat("Hello\n", "--seed", "4", "--no-save").output }
    let other = try chat("Hello\n", "--seed", "5", "--no-save").output
    #expect(answers[0] == answers[1] && answers[0] != other)
    #expect(!FileManager.default.fileExists(atPath: home + "/data/lab.sqlite"))
  }

  @Test func eventsTellTheWholeStory() throws {
    let events = try events("Hello\n/nothing\n/regen\n")
    let kinds = events.compactMap { $0["event"]?.text }
    #expect(kinds.first == "conversation" && kinds.filter { $0 == "answer" }.count == 2 && kinds.contains("problem"))
    let loaded = try SmallModel.load()
    let prompt = try #require(events.first { $0["event"]?.text == "prompt" })
    #expect(prompt["ids"]?.integers == [0, 2] + loaded.tokenizer.encode("Hello") + [1, 3])
    let answers = events.filter { $0["event"]?.text == "answer" }
    let tokens = events.prefix { $0["event"]?.text != "answer" }.filter { $0["event"]?.text == "token" }
    #expect(tokens.compactMap { $0["id"]?.number }.map { Int($0) } == answers[0]["ids"]?.integers)
    #expect(answers[0]["text"]?.text?.hasPrefix(tokens.compactMap { $0["text"]?.text }.joined()) == true)
    #expect(answers.map { $0["seed"]?.text } == ["0", "1"] && answers.map { $0["message"]?.number } == [2, 3])
  }

  @Test func anAnswerCanBeLookedInto() throws {
    let outcome = try chat("Hello\n/tokens\n/template\n/why 1\n/trace\n/trace hook_embed\n/step 2\n/stats\n")
    #expect(outcome.code == 0)
    for text in [
      "<|bos|><|user|>Hello<|end|><|bot|>", "template", "after filters", "blocks.0.attn.hook_pattern", "llmlab step --ids 0,2,", "/64",
    ] { #expect(outcome.output.contains(text), "\(text) in \(outcome.output)") }
    // What is not there is said, and the next line is read.
    let wrong = try chat(
      "/why\n/regen\n/why 99\nHello\n/why 99\n/set temperature x\n/set speed 1\n/load 44\n/file /nonexistent\n/continue\n/stats\n")
    #expect(wrong.code == 0 && wrong.output.contains("messages"))
    for text in ["there is no answer yet", "from 1 to", "not a fitting number", "no setting speed", "/nonexistent"] {
      #expect(wrong.errors.contains(text), "\(text) in \(wrong.errors)")
    }
  }

  @Test func branchesAndContinuing() throws {
    let outcome = try chat("Hello\n/continue\n/edit Hi\n/branch 1\n/branches\n/export \(home).json\n", "--temperature", "0")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let document = try JSON.parse(Array(String(contentsOfFile: home + ".json", encoding: .utf8).utf8), file: "export")
    let messages = try #require(document["messages"]).array
    #expect(messages.map { $0["text"]?.text }.prefix(1) == ["Hello"] && messages[2]["text"]?.text == "Hi")
    // Cut after five tokens and gone on with: the same as ten at once, or as many as the model had.
    let whole = try Program.run(
      ["run", "--json", "--model", SmallModel.path, "--max-tokens", "10", "Hello"], environment: environment
    ).json()
    #expect(messages[1]["ids"] == whole["ids"])
    #expect(messages.compactMap { $0["chosen"] } == [true, true, false, false])
  }

  @Test func aFullContextIsSaidAndNothingDropped() throws {
    let long = String(repeating: "fox ", count: 9)
    let events = try events("\(long)\n\(long)\n\(long)\n\(long)\n", "--overflow", "stop")
    let full = try #require(events.first { $0["event"]?.text == "full" })
    #expect(full["limit"]?.number == 64 && full["would_drop"]?.integers.first == 1 && full["dropped"] == .bool(false))
    let asked = try chat("\(long)\n\(long)\n\(long)\n\(long)\n/drop\n/stats\n")
    #expect(asked.errors.contains("would be left out of the prompt; the conversation keeps them") && asked.errors.contains("Not answered"))
    #expect(!asked.output.contains("left out     0"))
    let dropped = try self.events("\(long)\n\(long)\n\(long)\n\(long)\n", "--overflow", "drop")
    #expect(dropped.contains { $0["dropped"] == .bool(true) } && dropped.filter { $0["event"]?.text == "answer" }.count == 4)
    #expect(try chat(String(repeating: "fox ", count: 80) + "\n").errors.contains("too long"))
  }

  @Test func aStoppedAnswerIsKept() throws {
    let process = try Running(
      ["chat", "--json", "--model", LabTerminal.slowModel, "--temperature", "1"], input: Array("Hello\n/stats\n".utf8),
      environment: environment)
    let deadline = Date(timeIntervalSinceNow: 30)
    while process.output.split(separator: "\n").count < 6, Date() < deadline { usleep(2000) }
    process.send(SIGINT)
    let outcome = try process.outcome()
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("\"finish_reason\":\"cancelled\""))
    let list = try Program.run(["chat", "--list", "--json"], environment: environment).lines()
    #expect(list.first?["messages"]?.number == 2)
  }

  /// A kill loses the answer that was being written, and nothing else.
  @Test func aKillLosesAtMostTheAnswer() throws {
    let process = try Running(
      ["chat", "--json", "--model", LabTerminal.slowModel, "--temperature", "1"], input: Array("Hello\n".utf8), environment: environment)
    let deadline = Date(timeIntervalSinceNow: 30)
    while process.output.split(separator: "\n").count < 6, Date() < deadline { usleep(2000) }
    process.send(SIGKILL)
    _ = try process.outcome()
    let list = try Program.run(["chat", "--list", "--json"], environment: environment).lines()
    #expect(list.first?["messages"]?.number == 1 && list.first?["title"]?.text == "Hello")
  }

  @Test func theLabKeepsItsChat() throws {
    let session = try LabTerminal.open(["step", "x", "--lang", "en"], home: home)
    session.waitForText("hook_embed")
    session.type("7Hello\r")
    session.waitForText("decode")
    session.type("\u{1B}")
    session.waitForText("i writes a message")
    session.leave()
    let list = try Program.run(["chat", "--list", "--json"], environment: environment).lines()
    #expect(list.first?["title"]?.text == "Hello" && list.first?["messages"]?.number == 2)
  }

  @Test func onATerminalTheFirstCtrlCStopsAndTheSecondLeaves() throws {
    let session = try LabTerminal.open(["chat", "--lang", "en", "--temperature", "1"], home: home, model: LabTerminal.slowModel)
    session.wait("the prompt") { session in (0..<24).contains { session.line($0).hasPrefix(">") } }
    session.type("Hello\r")
    // The answer has begun on the line below the question.
    session.wait("an answer") { session in
      let lines = (0..<24).map(session.line)
      return lines.firstIndex { $0.contains("> Hello") }.map { !lines[$0 + 1].allSatisfy(\.isWhitespace) } ?? false
    }
    session.type("\u{03}")
    session.waitForText("decode")
    session.type("\u{03}")
    session.waitForEnd()
    #expect(session.exitCode == 130)
  }
}
