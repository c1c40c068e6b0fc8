// The chat templates of a model folder, from the four places that transformers has had for them. Not here: rendering (Tokenization).
import Languages

/// A chat template of a model, as Jinja source.
public struct NamedTemplate: Sendable, Hashable {
  public let name: String
  public let source: String

  /// In order of precedence, as transformers reads them: the files `chat_template.jinja` and `additional_chat_templates/NAME.jinja`, without these the
  /// `chat_template` of tokenizer_config.json (one, or a list with names), without that the one of chat_template.json.
  static func all(in folder: String, tokenizerConfig: JSON?) throws(FileError) -> [NamedTemplate] {
    func file(_ name: String) -> String { WholeFile.path(folder, name) }
    var templates: [NamedTemplate] = []
    if WholeFile.exists(file("chat_template.jinja")) {
      templates.append(
        NamedTemplate(name: "default", source: try WholeFile.text(file("chat_template.jinja"), limit: Limits.templateOutputBytes)))
    }
    let more = file("additional_chat_templates")
    let names = WholeFile.isFolder(more) ? try WholeFile.names(in: more).filter { $0.hasSuffix(".jinja") && !$0.hasPrefix(".") } : []
    try checkCount(names.count, more)
    for name in names where name != "default.jinja" || templates.isEmpty {
      templates.append(
        NamedTemplate(
          name: String(name.dropLast(6)), source: try WholeFile.text(WholeFile.path(more, name), limit: Limits.templateOutputBytes)))
    }
    if !templates.isEmpty { return templates }
    if let value = tokenizerConfig?.cursor(file: file("tokenizer_config.json")).optional("chat_template") { return try named(value) }
    let old = file("chat_template.json")
    if WholeFile.exists(old), let value = try JSON.parse(contentsOf: old).cursor(file: old).optional("chat_template") {
      return try named(value)
    }
    return []
  }

  private static func named(_ value: JSONCursor) throws(FileError) -> [NamedTemplate] {
    guard case .array(let elements) = value.value else { return [NamedTemplate(name: "default", source: try source(value))] }
    try checkCount(elements.count, value.file)
    var templates: [NamedTemplate] = []
    for element in try value.elements() {
      templates.append(NamedTemplate(name: try element.member("name").string(), source: try source(element.member("template"))))
    }
    return templates
  }

  private static func source(_ value: JSONCursor) throws(FileError) -> String {
    let text = try value.string()
    if text.utf8.count > Limits.templateOutputBytes {
      throw .tooLarge(
        value.file, value.path, zh: "聊天模板超过 \(Limits.templateOutputBytes) 字节",
        en: "the chat template has more than \(Limits.templateOutputBytes) bytes")
    }
    return text
  }

  private static func checkCount(_ count: Int, _ file: String) throws(FileError) {
    if count > Limits.chatTemplates {
      throw .tooLarge(
        file, "chat_template", zh: "聊天模板超过 \(Limits.chatTemplates) 个", en: "there are more than \(Limits.chatTemplates) chat templates")
    }
  }
}
