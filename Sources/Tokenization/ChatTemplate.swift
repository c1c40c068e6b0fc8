// Chats as prompts: Sprout's template, rendered natively to spans with their authors, and its Jinja source for export. Not here: templates of
// other models, which need an interpreter.

/// One message of a chat.
public struct ChatMessage: Sendable, Hashable {
  public enum Role: String, Sendable, CaseIterable {
    case system, user, assistant, tool
  }

  /// A tool that the assistant calls after its content; the tool's answer follows as a message of role `tool`.
  public struct ToolCall: Sendable, Hashable {
    public var name: String
    public var arguments: String

    public init(name: String, arguments: String) {
      self.name = name
      self.arguments = arguments
    }
  }

  public var role: Role
  public var content: String
  public var toolCall: ToolCall?

  public init(_ role: Role, _ content: String, toolCall: ToolCall? = nil) {
    self.role = role
    self.content = content
    self.toolCall = toolCall
  }
}

/// A way to write chats as prompts.
public struct ChatTemplate: Sendable, Hashable {
  public let name: String
  /// The template as model files carry it.
  public let jinja: String

  /// Sprout's template: `<|bos|>`, then `<|system|>…<|end|>`, `<|user|>…<|end|>` and `<|bot|>…<|end|>`. A tool is called inside the bot's turn:
  /// `<|bot|><|tool|>calc 48*17<|result|>816…<|end|>`.
  public static let sprout = ChatTemplate(
    name: "sprout",
    jinja: """
      {{- '<|bos|>' }}
      {%- for message in messages %}
        {%- if message.role == 'system' or message.role == 'user' %}
          {{- '<|' + message.role + '|>' + message.content + '<|end|>' }}
        {%- elif message.role == 'assistant' %}
          {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}
            {{- '<|bot|>' }}
          {%- endif %}
          {{- message.content or '' }}
          {%- if message.tool_calls %}
            {%- set call = message.tool_calls[0].function %}
            {{- '<|tool|>' + call.name + ' ' + call.arguments }}
          {%- else %}
            {{- '<|end|>' }}
          {%- endif %}
        {%- elif message.role == 'tool' %}
          {{- '<|result|>' + message.content }}
        {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt and (not messages or messages[-1].role != 'tool') %}
        {{- '<|bot|>' }}
      {%- endif %}
      """)

  /// Sprout's special tokens in the order of their ids.
  public static let sproutSpecialTokens: [String] =
    ["bos", "end", "user", "bot", "system", "tool", "result", "pad"].map { "<|\($0)|>" } + (0..<8).map { "<|spare\($0)|>" }

  /// The native template whose Jinja source this is, nil for templates that need an interpreter.
  public static func native(jinja: String) -> ChatTemplate? { jinja == sprout.jinja ? sprout : nil }

  /// The prompt of a chat. After a tool's answer the bot's turn is still open, so no generation prompt is added there.
  /// - Parameter addGenerationPrompt: open the bot's next turn.
  public func render(messages: [ChatMessage], addGenerationPrompt: Bool) -> [PromptSpan] {
    var spans = [PromptSpan("<|bos|>", .template)]
    func add(_ text: String, _ provenance: PromptSpan.Provenance) {
      if !text.isEmpty { spans.append(PromptSpan(text, provenance)) }
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
        add(message.toolCall == nil ? "<|end|>" : "<|tool|>", .template)
        if let call = message.toolCall { add("\(call.name) \(call.arguments)", .assistant) }
      case .tool:
        add("<|result|>", .template)
        add(message.content, .tool)
      }
    }
    if addGenerationPrompt, messages.last?.role != .tool { add("<|bot|>", .template) }
    return spans
  }
}

extension BPETrainer {
  /// Sprout's tokenizer: its special tokens, roles, pre-tokenizer and template.
  public static func sprout(
    texts: some Sequence<String>, vocabularySize: Int = 6144, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(BPETrainingError) -> Tokenizer {
    var tokenizer = try train(
      texts: texts, vocabularySize: vocabularySize, specialTokens: ChatTemplate.sproutSpecialTokens, preTokenizer: .smollm,
      assign: { id, roles in
        roles.bos = id("<|bos|>")
        roles.eos = id("<|end|>")
        roles.padding = id("<|pad|>")
        roles.addsBOS = true
      },
      progress: progress)
    tokenizer.chatTemplate = ChatTemplate.sprout.jinja
    return tokenizer
  }
}
