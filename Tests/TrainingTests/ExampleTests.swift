// Examples for fine-tuning: every form that people have them in, hostile files with the line named, and which tokens count in templates of several
// families. Not here: training on them (FineTuningTests).
import Foundation
import Inference
import Languages
import ModelFiles
import Models
import Testing
import Tokenization

@testable import Training

@Suite struct ExampleReadingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Role and content of each message, or the text.
  private func read(_ text: String, _ name: String = "data.jsonl") throws -> [[String]] {
    try folder.write(text, to: name)
    return try ExampleReading("\(folder.path)/\(name)").examples.map { example in
      switch example.content {
      case .chat(let messages):
        messages.map { "\($0.role): \($0.content)" + $0.toolCalls.map { " →\($0.name) \($0.argumentText)" }.joined() }
      case .text(let text): [text]
      }
    }
  }

  @Test(arguments: [
    #"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#,
    #"{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}],"system":"S"}"#,
    #"{"system":"S","instruction":"Q","input":"","output":"A"}"#,
    #"{"messages":[{"role":"developer","content":"S"},{"role":"user","content":[{"type":"text","text":"Q"}]},{"role":"assistant","content":"A"}],"id":7}"#,
    #"{"prompt":[{"role":"system","content":"S"},{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":"A"}]}"#,
  ])
  func formsOfOneChat(_ line: String) throws { #expect(try read(line) == [["system: S", "user: Q", "assistant: A"]]) }

  @Test func otherForms() throws {
    #expect(
      try read(#"{"prompt":"Q","completion":"A"}"# + "\n\r\n" + #"{"question":"Q","answer":"A"}"#) == [
        ["user: Q", "assistant: A"], ["user: Q", "assistant: A"],
      ])
    #expect(try read(#"{"instruction":"Do","input":"this","output":"A"}"#) == [["user: Do\n\nthis", "assistant: A"]])
    #expect(try read(#"{"text":"T"}"#) == [["T"]])
    #expect(try read(#"[{"text":"T"},{"prompt":"Q","completion":"A"}]"#, "a.json") == [["T"], ["user: Q", "assistant: A"]])
    #expect(try read("Once.\n", "a.md") == [["Once.\n"]])
    // The byte order mark of some editors is no text.
    #expect(try read("\u{FEFF}Once.", "b.md") == [["Once."]])
    #expect(try read("\u{FEFF}" + #"{"text":"T"}"#) == [["T"]])
    let call = #"{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"x\":1}"}}]}"#
    #expect(
      try read(
        #"{"messages":[{"role":"user","content":"Q"},"# + call + #",{"role":"tool","content":"R"},{"role":"assistant","content":"A"}]}"#)
        == [["user: Q", "assistant:  →f {\"x\":1}", "tool: R", "assistant: A"]])
  }

  @Test func aFolderIsReadInOrderAndUnknownFilesAreNot() throws {
    for (name, text) in [("b.txt", "two"), ("a.jsonl", #"{"text":"one"}"#), ("c.png", "\u{0}"), (".hidden.txt", "no")] {
      try folder.write(text, to: name)
    }
    let reading = try ExampleReading(folder.path)
    #expect(reading.examples.flatMap(\.texts) == ["one", "two"])
    let before = reading.fingerprint
    try folder.write("three", to: "b.txt")
    #expect(try ExampleReading(folder.path).fingerprint != before)
  }

  static let good = #"{"prompt":"Q","completion":"A"}"# + "\n"

  @Test(
    arguments: [
      ("{", ":2"), ("[1]", ":2"), ("{}", ":2"), ("null", ":2"), (#"{"messages":[]}"#, ":2"), (#"{"messages":"x"}"#, ":2"),
      (#"{"messages":[{"role":"user","content":"Q"}]}"#, ":2"), (#"{"messages":[{"role":"user"}]}"#, ":2"),
      (#"{"messages":[{"role":"assistant","content":7}]}"#, ":2"), (#"{"messages":[{"role":"robot","content":"A"}]}"#, ":2"),
      (#"{"messages":[{"content":"A"}]}"#, ":2"), (#"{"messages":[{"role":"assistant","content":[{"type":"image"}]}]}"#, ":2"),
      (#"{"messages":[{"role":"assistant","content":""}]}"#, ":2"), (#"{"prompt":"Q","completion":5}"#, ":2"),
      (#"{"instruction":"Q"}"#, ":2"), (#"{"conversations":[{"from":"gpt"}]}"#, ":2"), (#"{"text":"a","text":"b"}"#, ":2"),
      (#"{"messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f"}}]}]}"#, ":2"), ("\u{FEFF}{}", ":2"),
      (String(repeating: "[", count: 100_000), ":2"),
    ] as [(String, String)])
  func hostileLinesNameTheLine(_ line: String, _ place: String) throws {
    try folder.write(Self.good + line + "\n", to: "data.jsonl")
    let error = try #require(fileError { _ = try ExampleReading("\(folder.path)/data.jsonl") }, "\(line.prefix(80))")
    #expect(error.file.hasSuffix("data.jsonl" + place), "\(error.message.en)")
    #expect(error.message.zh != error.message.en)
  }

  @Test func hostileFiles() throws {
    try AtomicFile.write([0xFF, 0xFE, 0x41], to: "\(folder.path)/latin.txt")
    try AtomicFile.write(Array(Self.good.utf8) + [0x7B, 0xFF, 0x7D], to: "\(folder.path)/latin.jsonl")
    for (name, text) in [
      ("zero.txt", "a\u{0}b"), ("empty.jsonl", ""), ("blank.jsonl", " \n\r\n"), ("blank.txt", " \n"), ("object.json", "{}"),
    ] {
      try folder.write(text, to: name)
    }
    try FileManager.default.createDirectory(atPath: "\(folder.path)/none", withIntermediateDirectories: true)
    for name in ["latin.txt", "latin.jsonl", "zero.txt", "empty.jsonl", "blank.jsonl", "blank.txt", "object.json", "none", "missing.jsonl"]
    {
      let error = try #require(fileError { _ = try ExampleReading("\(folder.path)/\(name)") }, "\(name)")
      #expect(error.message.zh != error.message.en && error.file.contains(name), "\(error.message.en)")
    }
  }
}

@Suite struct ExampleEncoderTests {
  private static let words = [
    "Hello there, what is the answer to all of it?", "It is 42, as everyone knows. name arguments tool_call system",
  ]

  /// A model of a few tokens with this template; nothing of it but tokenizer and template counts.
  static func model(_ template: String?, ends: String = "<|im_end|>") throws -> LoadedModel {
    let specials = ["<|im_start|>", "<|im_end|>", "<s>", "</s>", "<|user|>", "<|assistant|>", "<|endoftext|>"]
    var tokenizer = try BPETrainer.train(
      texts: words, vocabularySize: 300, specialTokens: specials, preTokenizer: .smollm, assign: { id, roles in roles.eos = id(ends) })
    tokenizer.chatTemplate = template
    let c = TransformerConfiguration(
      vocabularySize: tokenizer.vocabulary.count, hiddenSize: 8, layerCount: 1, headCount: 2, keyValueHeadCount: 1, intermediateSize: 8,
      contextLength: 512)
    return LoadedModel(
      name: "m", path: "m", transformer: Transformer(c, seed: 1), tokenizer: tokenizer,
      chatTemplate: try template.map { try ChatTemplate(jinja: $0, name: "m") })
  }

  /// The targets that count, decoded; a bar where others stand between them.
  private func counted(_ model: LoadedModel, _ messages: [ChatMessage], length: Int = 500) throws -> String {
    let example = Example(place: "x:1", content: .chat(messages))
    let documents = try ExampleEncoder(model, length: length).encoded(example)
    guard let document = documents.first else { return "" }
    #expect(documents.count == 1 && document.inputs.dropFirst().elementsEqual(document.targets.dropLast()))
    var (text, run): (String, [Int]) = ("", [])
    for (target, weight) in zip(document.targets, document.weights) {
      if weight > 0 {
        run.append(Int(target))
      } else if !run.isEmpty {
        text += model.tokenizer.decode(run) + "|"
        run = []
      }
    }
    return text + model.tokenizer.decode(run)
  }

  static let chatML = """
    {%- for message in messages -%}
    {{- '<|im_start|>' + message.role + '\\n' -}}
    {%- if message.role == 'tool' -%}{{- '<tool_response>\\n' + message.content + '\\n</tool_response>' -}}
    {%- elif message.tool_calls -%}
    {{- message.content -}}
    {{- '<tool_call>\\n{"name": "' + message.tool_calls[0].function.name + '", "arguments": ' + message.tool_calls[0].function.arguments + '}\\n</tool_call>' -}}
    {%- else -%}{{- message.content -}}{%- endif -%}
    {{- '<|im_end|>\\n' -}}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
    """
  static let plain = "{%- for m in messages -%}{{- '### ' + m.role + ': ' + m.content + '\\n' -}}{%- endfor -%}"
  /// As in Llama 2.
  static let instructions = """
    {%- for m in messages -%}{%- if m.role == 'user' -%}{{- '<s>[INST] ' + m.content + ' [/INST]' -}}
    {%- elif m.role == 'assistant' -%}{{- ' ' + m.content + ' </s>' -}}{%- endif -%}{%- endfor -%}
    """
  /// As in GLM: the next turn's first token ends an answer.
  static let open = "{%- for m in messages -%}{{- '<|' + m.role + '|>\\n' + m.content -}}{%- endfor -%}"

  static let chat = [
    ChatMessage(.user, "Q <|im_end|> 1"), ChatMessage(.assistant, "It is"), ChatMessage(.user, "Q2"), ChatMessage(.assistant, "42."),
  ]

  @Test func theAnswersAndTheirEndsCount() throws {
    #expect(try counted(Self.model(Self.chatML), Self.chat) == "It is<|im_end|>|42.<|im_end|>|")
    #expect(try counted(Self.model(Self.instructions, ends: "</s>"), Self.chat) == "It is </s>|42. </s>")
    #expect(try counted(Self.model(Self.open, ends: "<|endoftext|>"), Self.chat) == "It is<|user|>|42.<|endoftext|>")
    // No token ends these turns, and the words of the next one are not the assistant's.
    #expect(try counted(Self.model(Self.plain, ends: "</s>"), Self.chat) == "It is|42.|</s>")
  }

  @Test func toolCallsCountFromTheirFirstToken() throws {
    let messages = [
      ChatMessage(.user, "Q"), ChatMessage(.assistant, "", toolCalls: [.init(name: "calc", arguments: "{\"x\": 1}")]),
      ChatMessage(.tool, "42"), ChatMessage(.assistant, "It is 42."),
    ]
    #expect(
      try counted(Self.model(Self.chatML), messages)
        == "<tool_call>\n{\"name\": \"calc\", \"arguments\": {\"x\": 1}}\n</tool_call><|im_end|>|It is 42.<|im_end|>|")
  }

  @Test func withoutATemplateOneAnswerFollowsItsQuestion() throws {
    let model = try Self.model(nil, ends: "</s>")
    #expect(try counted(model, Array(Self.chat.prefix(2))) == "It is</s>")
    let error = try #require(fileError { _ = try counted(model, Self.chat) })
    #expect(error.file == "x:1" && error.place == "chat_template")
  }

  @Test func aTemplateThatRefusesNamesTheExample() throws {
    let model = try Self.model("{{ raise_exception('no system role') }}")
    let error = try #require(fileError { _ = try counted(model, Self.chat) })
    #expect(error.file == "x:1" && error.message.en.contains("no system role"))
  }

  @Test func sproutsOwnChatsAreWrittenAsInItsTraining() throws {
    let trainer = try Tiny.trainer()
    let model = LoadedModel(
      name: "s", path: "s", transformer: trainer.parameters.transformer, tokenizer: trainer.tokenizer, chatTemplate: .sprout)
    let messages = [
      ChatMessage(.user, "2*3"), ChatMessage(.assistant, "", toolCalls: [.init(name: "calc", arguments: "2*3")]), ChatMessage(.tool, "6"),
      ChatMessage(.assistant, " is it"),
    ]
    #expect(try counted(model, messages) == "<|tool|>calc 2*3<|result|>| is it<|end|>")
    // What that template cannot write is refused by name, not left out.
    let object = [ChatMessage(.user, "q"), ChatMessage(.assistant, "", toolCalls: [.init(name: "f", arguments: ["city": "X"])])]
    let error = try #require(fileError { _ = try counted(model, object) })
    #expect(error.file == "x:1" && error.place == "chat_template")
  }

  @Test func longChatsAreCutAndLongTextsAreShared() throws {
    let model = try Self.model(Self.chatML)
    let encoder = ExampleEncoder(model, length: 12)
    let long = Example(
      place: "x", content: .chat([ChatMessage(.user, "Q"), ChatMessage(.assistant, String(repeating: "it ", count: 50))]))
    let cut = try #require(try ExampleEncoder(model, length: 60).encoded(long).first)
    #expect(cut.inputs.count == 60 && cut.isCut && cut.counted > 0)
    // A question that fills the length leaves nothing to learn.
    let silent = Example(
      place: "x", content: .chat([ChatMessage(.user, String(repeating: "it ", count: 50)), ChatMessage(.assistant, "A")]))
    #expect(try encoder.encoded(silent).isEmpty)
    let text = Self.words.joined(separator: " ")
    let pieces = try encoder.encoded(Example(place: "x", content: .text(text)))
    #expect(pieces.count > 3 && pieces.dropLast().allSatisfy { $0.inputs.count == 12 })
    #expect(model.tokenizer.decode(pieces.flatMap(\.inputs).map(Int.init)) == text)
    #expect(pieces.last?.targets.last == model.tokenizer.roles.eos.map(Int32.init))
  }
}
