// Messages of a chat as templates see them. Not here: rendering.
import ModelFiles

/// One message of a chat.
public struct ChatMessage: Sendable, Hashable {
  public enum Role: String, Sendable, CaseIterable {
    case system, user, assistant, tool
  }

  /// A tool that the assistant calls after its content; the tool's answer follows as a message of role `tool`.
  public struct ToolCall: Sendable, Hashable {
    public var id: String?
    public var name: String
    /// An object for most models; Sprout takes a string.
    public var arguments: JSON

    public init(id: String? = nil, name: String, arguments: JSON) {
      self.id = id
      self.name = name
      self.arguments = arguments
    }

    /// The arguments as text: a string as it is, other JSON written on one line.
    public var argumentText: String { if case .string(let text) = arguments { text } else { arguments.serialized() } }
  }

  public var role: Role
  public var content: String
  public var toolCalls: [ToolCall]
  /// What the assistant thought before its content, for templates that show it.
  public var reasoning: String?
  /// The tool that answers, and the call that it answers.
  public var name: String?
  public var toolCallID: String?

  public init(
    _ role: Role, _ content: String, toolCalls: [ToolCall] = [], reasoning: String? = nil, name: String? = nil, toolCallID: String? = nil
  ) {
    self.role = role
    self.content = content
    self.toolCalls = toolCalls
    self.reasoning = reasoning
    self.name = name
    self.toolCallID = toolCallID
  }
}

extension ChatMessage {
  /// The message as transformers passes it. The role is one of four words of ours, so the template may make a special token of it.
  func value(_ budget: TemplateBudget) throws(TemplateFault) -> TemplateValue {
    let author: TemplateAuthor =
      switch role {
      case .system: .system
      case .user: .user
      case .assistant: .assistant
      case .tool: .tool
      }
    var members: [(String, TemplateValue)] = [("role", .text(role.rawValue)), ("content", try Self.text(content, author, budget))]
    if let reasoning { members.append(("reasoning_content", try Self.text(reasoning, author, budget))) }
    if !toolCalls.isEmpty {
      var calls: [TemplateValue] = []
      for call in toolCalls { calls.append(try call.value(author, budget)) }
      members.append(("tool_calls", .list(try TemplateList(calls, budget))))
    }
    if let name { members.append(("name", try Self.text(name, author, budget))) }
    if let toolCallID { members.append(("tool_call_id", try Self.text(toolCallID, author, budget))) }
    return try Self.dict(members, budget)
  }

  fileprivate static func text(_ string: String, _ author: TemplateAuthor, _ budget: TemplateBudget) throws(TemplateFault) -> TemplateValue
  {
    try TemplateValue(.string(string), author, budget)
  }

  fileprivate static func dict(_ members: [(String, TemplateValue)], _ budget: TemplateBudget) throws(TemplateFault) -> TemplateValue {
    .dict(try TemplateDict(keys: members.map { .text($0.0) }, values: members.map(\.1), budget))
  }
}

extension ChatMessage.ToolCall {
  fileprivate func value(_ author: TemplateAuthor, _ budget: TemplateBudget) throws(TemplateFault) -> TemplateValue {
    let function = try ChatMessage.dict(
      [("name", try ChatMessage.text(name, author, budget)), ("arguments", try TemplateValue(arguments, author, budget))], budget)
    var members: [(String, TemplateValue)] = [("type", .text("function")), ("function", function)]
    if let id { members.insert(("id", try ChatMessage.text(id, author, budget)), at: 0) }
    return try ChatMessage.dict(members, budget)
  }
}
