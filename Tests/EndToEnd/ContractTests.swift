// The contracts for scripts of the commands that run a model: shapes of their JSON, and that they tell the truth.
import Inference
import ModelFiles
import Models
import Testing
import Tokenization

@Suite struct ContractTests {
  let model = ["--model", SmallModel.path]

  @Test(arguments: ["Once upon a time", "你好，狐狸", "<|user|>x<|end|>", "", " \n\t", "e\u{301}🦊\u{202E}"])
  func tokensAndBack(_ text: String) throws {
    let json = try Program.run(["tokens", "--json"] + model + [text]).json()
    #expect(json.keys == ["ids", "tokens", "bytes"])
    let ids = try #require(json["ids"]).integers
    let tokenizer = try SmallModel.load().tokenizer
    #expect(ids == tokenizer.encode(text, addingBOS: true))
    // Special tokens written in a text are text.
    #expect(ids.dropFirst().allSatisfy { !tokenizer.vocabulary.isSpecial($0) })
    #expect(json["bytes"]?.array.dropFirst().flatMap(\.integers) == text.utf8.map(Int.init))

    let plain = try Program.run(["tokens", "--json", "--no-special"] + model + [text]).json()
    #expect(plain["ids"]?.integers == Array(ids.dropFirst()))
    let list = ids.dropFirst().map(String.init).joined(separator: ",")
    #expect(try Program.run(["tokens", "--decode", "--json"] + model + [list]).json()["text"]?.text == text)
  }

  @Test func textFromStandardInput() throws {
    let expected = try Program.run(["tokens", "--json"] + model + ["a b"]).output
    #expect(try Program.run(["tokens", "--json"] + model + ["-"], input: Array("a b".utf8)).output == expected)
    #expect(try Program.run(["tokens", "--json"] + model, input: Array("a b".utf8)).output == expected)
    let run = ["run", "--raw", "--max-tokens", "4"] + model
    #expect(try Program.run(run, input: Array("a b\n".utf8)).output == (try Program.run(run + ["a b"]).output))
  }

  @Test func runAsOneObject() throws {
    let json = try Program.run(["run", "--raw", "--json", "--max-tokens", "6", "--logprobs", "3"] + model + ["Once"]).json()
    #expect(json.keys == ["text", "ids", "prompt_ids", "finish_reason", "logprobs", "timings"])
    let loaded = try SmallModel.load()
    #expect(json["prompt_ids"]?.integers == loaded.encode(raw: "Once"))
    let ids = try #require(json["ids"]).integers
    #expect(ids.count == 6 && json["finish_reason"]?.text == "length")
    #expect(json["text"]?.text == loaded.tokenizer.decode(ids, skippingSpecial: true))
    let logprobs = try #require(json["logprobs"]).array
    #expect(logprobs.map { $0["id"] } == ids.map { .integer($0) })
    // Greedy: the first alternative is the choice.
    #expect(logprobs.allSatisfy { $0["top_logprobs"]?.array.count == 3 && $0["top_logprobs"]?.array[0]["logprob"] == $0["logprob"] })
    for key in ["prompt_tokens_per_second", "tokens_per_second"] { #expect(json["timings"]?[key]?.number ?? 0 > 0) }
  }

  @Test func streamedPiecesAreTheAnswer() throws {
    let arguments = ["run", "--json", "--temperature", "1", "--seed", "9", "--max-tokens", "24"] + model + ["你好"]
    let whole = try Program.run(arguments).json()
    let lines = try Program.run(arguments + ["--stream"]).lines()
    #expect(lines.compactMap { $0["text"]?.text }.joined() == whole["text"]?.text)
    #expect(lines.dropLast().compactMap { $0["id"] } == whole["ids"]?.array)
    #expect(lines.last?["finish_reason"] == whole["finish_reason"])
    let plain = try Program.run(arguments.filter { $0 != "--json" }).output
    #expect(plain == (whole["text"]?.text ?? "") + "\n" || plain == whole["text"]?.text)
  }

  @Test func seedRepeats() throws {
    func ids(_ seed: Int, _ threads: Int) throws -> JSON? {
      try Program.run(
        [
          "run", "--raw", "--json", "--temperature", "1.2", "--top-p", "0.95", "--seed", "\(seed)", "--threads", "\(threads)",
          "--max-tokens", "20",
        ]
          + model + ["a"]
      ).json()["ids"]
    }
    #expect(try ids(1, 1) == ids(1, 2))
    #expect(try ids(1, 1) != ids(2, 1))
  }

  @Test func chatTemplateUnlessRaw() throws {
    let loaded = try SmallModel.load()
    let template = try #require(loaded.chatTemplate)
    let expected = loaded.tokenizer.encode(try template.render(messages: [ChatMessage(.user, "<|bot|>hi")], addGenerationPrompt: true)).ids
    let json = try Program.run(["run", "--json", "--max-tokens", "1"] + model + ["<|bot|>hi"]).json()
    #expect(json["prompt_ids"]?.integers == expected)
    let bot = try #require(loaded.tokenizer.vocabulary.id(of: "<|bot|>"))
    #expect(expected.count { $0 == bot } == 1)
  }

  @Test func stopStringsNeverShow() throws {
    let arguments = ["run", "--raw", "--json", "--max-tokens", "12"] + model + ["Once"]
    let text = try #require(try Program.run(arguments).json()["text"]?.text)
    let stop = String(text.dropFirst(2).prefix(2))
    let json = try Program.run(arguments + ["--stop", stop]).json()
    #expect(json["finish_reason"]?.text == "stop")
    #expect(json["text"]?.text == text.firstRange(of: stop).map { String(text[..<$0.lowerBound]) })
  }

  @Test func logitsOfEveryPosition() throws {
    let json = try Program.run(["logits", "--raw", "--json"] + model + ["Once upon"]).json()
    let loaded = try SmallModel.load()
    let ids = loaded.encode(raw: "Once upon")
    #expect(json["ids"]?.integers == ids)
    let rows = try #require(json["logits"]).array
    #expect(rows.count == ids.count)
    let expected = try loaded.transformer.logits(ids.map(Int32.init)).values
    #expect(rows.flatMap(\.numbers).map { $0.map { Float($0) } } == expected)
  }

  @Test func traceByHookName() throws {
    let list = try #require(try Program.run(["trace", "--raw", "--json"] + model + ["Once"]).json()["hooks"]).array
    let names = list.compactMap { $0["name"]?.text }
    #expect(names.count == 3 + 2 * 20 && names.first == "hook_embed" && names.last == "logits")
    // What the list promises is what comes.
    let json = try Program.run(["trace", "--raw", "--json"] + names.flatMap { ["--hook", $0] } + model + ["Once"]).json()
    for (hook, promised) in zip(try #require(json["hooks"]).array, list) {
      #expect(hook["name"] == promised["name"] && hook["shape"] == promised["shape"])
      #expect(hook["data"]?.numbers.count == promised["shape"]?.integers.reduce(1, *))
    }
    let pattern = try #require(json["hooks"]?.array.first { $0["name"]?.text == "blocks.1.attn.hook_pattern" }?["data"])
    for row in pattern.array.flatMap(\.array) { #expect(abs(row.numbers.reduce(0) { $0 + ($1 ?? 0) } - 1) < 1e-5) }
    let masked = try #require(json["hooks"]?.array.first { $0["name"]?.text == "blocks.0.attn.hook_attn_scores" }?["data"])
    #expect(masked.array[0].array[0].numbers.dropFirst().allSatisfy { $0 == nil })
  }

  @Test func benchKeepsItsNames() throws {
    let json = try Program.run(["bench", "--json", "--observed", "--prompt-tokens", "16", "--decode-tokens", "8"] + model).json()
    for key in [
      "prefill_tokens_per_second", "decode_tokens_per_second", "load_seconds", "first_token_seconds", "peak_resident_bytes",
      "observed_slowdown",
    ] { #expect(json[key]?.number ?? 0 > 0, "\(key)") }
  }
}
