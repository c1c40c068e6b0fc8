// Chat templates: chats as prompts whose parts remember their authors. Templates come from outside and are run by an interpreter without host
// objects (Templates/). Here too: Sprout's own template, a template like any other. Not here: the interpreter, special tokens (PromptSpan).
import ModelFiles

/// A way to write chats as prompts: a Jinja template as model files carry it.
///
/// The language is what published templates use of Jinja 3.1 with the settings of transformers: `trim_blocks`, `lstrip_blocks`, the immutable
/// sandbox, `break` and `continue`, `generation` blocks, `raise_exception`, `strftime_now`. Not in it: inheritance, imports, `recursive` loops,
/// `*` arguments, `varargs`, integers beyond 64 bits.
public struct ChatTemplate: Sendable, Hashable {
  /// What errors call the template.
  public let name: String
  /// The template as model files carry it.
  public let jinja: String
  private let statements: [TemplateStatement]
  private let variables: Set<String>

  /// Parses a template from outside.
  public init(jinja: String, name: String) throws(ChatTemplateError) {
    self.name = name
    self.jinja = jinja
    do throws(LocatedFault) {
      if jinja.utf8.count > Limits.templateSourceBytes { throw LocatedFault(fault: .sourceTooLong, offset: 0) }
      (statements, variables) = try TemplateParser.parse(TemplateLexer.normalized(jinja))
    } catch {
      throw Self.error(error.fault, at: error.offset, name, jinja)
    }
  }

  /// Whether the template looks at tools; others leave them out.
  public var supportsTools: Bool { mentions("tools") }

  /// Whether the template looks at a variable, such as `enable_thinking`.
  public func mentions(_ variable: String) -> Bool { variables.contains(variable) }

  /// The prompt of a chat. Only spans with provenance `template` hold text that the template wrote; what came from a message, a tool or a
  /// document keeps its author through every operation, and what cannot be traced has the least trusted author of its parts.
  /// - Parameters:
  ///   - tools: definitions of tools, usually `{"type": "function", "function": {…}}`.
  ///   - documents: texts to answer from, usually `{"title": …, "text": …}`.
  ///   - addGenerationPrompt: open the assistant's next turn.
  ///   - variables: further variables, such as `enable_thinking`; text in them is the system's.
  ///   - specialTokens: `bos_token` and the like with their spellings, see `Tokenizer.templateTokens`.
  ///   - clock: the time that the template may ask for.
  /// - Throws: also when the template itself refuses the chat.
  public func render(
    messages: [ChatMessage], tools: [JSON]? = nil, documents: [JSON]? = nil, addGenerationPrompt: Bool, variables: [String: JSON] = [:],
    specialTokens: [String: String] = [:], clock: TemplateClock = .now()
  ) throws(ChatTemplateError) -> [PromptSpan] {
    let interpreter = TemplateInterpreter(clock: clock)
    do throws(TemplateFault) {
      let budget = interpreter.budget
      var values: [String: TemplateValue] = [:]
      for (name, value) in variables { values[name] = try TemplateValue(value, .system, budget) }
      for (name, spelling) in specialTokens { values[name] = .text(spelling) }
      var list: [TemplateValue] = []
      for message in messages { list.append(try message.value(budget)) }
      values["messages"] = .list(try TemplateList(list, budget))
      values["tools"] = try tools.map { (tools) throws(TemplateFault) in try TemplateValue(.array(tools), .tool, budget) } ?? .null
      values["documents"] =
        try documents.map { (documents) throws(TemplateFault) in try TemplateValue(.array(documents), .document, budget) } ?? .null
      values["add_generation_prompt"] = .bool(addGenerationPrompt)
      interpreter.scope.variables = values
      return try interpreter.render(statements).spans
    } catch {
      throw Self.error(error, at: interpreter.offset, name, jinja)
    }
  }

  private static func error(_ fault: TemplateFault, at offset: TemplateOffset, _ name: String, _ jinja: String) -> ChatTemplateError {
    var (line, column) = (1, 1)
    if offset > 0 {
      for scalar in TemplateLexer.normalized(jinja).prefix(offset) { (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1) }
    }
    return ChatTemplateError(template: name, line: line, column: column, reason: fault.reason)
  }

  /// Templates are equal when their sources are.
  public static func == (a: ChatTemplate, b: ChatTemplate) -> Bool { a.jinja == b.jinja }
  public func hash(into hasher: inout Hasher) { hasher.combine(jinja) }
}

extension Tokenizer {
  /// The special tokens with a role, by the names that templates know.
  public var templateTokens: [String: String] {
    let roles = [("bos_token", roles.bos), ("eos_token", roles.eos), ("unk_token", roles.unknown), ("pad_token", roles.padding)]
    var tokens: [String: String] = [:]
    for case (let name, .some(let id)) in roles where vocabulary.spellings.indices.contains(id) { tokens[name] = vocabulary.spellings[id] }
    return tokens
  }
}

// MARK: Sprout

extension ChatTemplate {
  /// Sprout's template: `<|bos|>`, then `<|system|>…<|end|>`, `<|user|>…<|end|>` and `<|bot|>…<|end|>`. A tool is called inside the bot's turn:
  /// `<|bot|><|tool|>calc 48*17<|result|>816…<|end|>`. After a tool's answer that turn is still open, so no generation prompt is added there.
  public static let sprout: ChatTemplate = {
    do { return try ChatTemplate(jinja: sproutSource, name: "sprout") } catch { preconditionFailure("\(error)") }
  }()

  private static let sproutSource = """
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
    """

  /// Sprout's special tokens in the order of their ids.
  public static let sproutSpecialTokens: [String] =
    ["bos", "end", "user", "bot", "system", "tool", "result", "pad"].map { "<|\($0)|>" } + (0..<8).map { "<|spare\($0)|>" }
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
