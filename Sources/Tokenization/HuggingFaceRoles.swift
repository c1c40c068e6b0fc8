// Which tokens begin and end texts, from tokenizer.json's post-processor, tokenizer_config.json and generation_config.json. Not here: the
// vocabulary itself, running chat templates.
import Languages
import ModelFiles

enum HuggingFaceRoles {
  static func read(
    _ root: JSONCursor, _ entries: HuggingFaceVocabulary, _ tokenizerConfig: JSON?, _ generationConfig: JSON?, file: String
  ) throws(FileError) -> Tokenizer.Roles {
    var roles = Tokenizer.Roles()
    roles.unknown = entries.unknown
    let config = (tokenizerConfig ?? .null).cursor(file: sibling("tokenizer_config.json", of: file))
    roles.bos = try token("bos_token", config, entries)
    roles.eos = try token("eos_token", config, entries)
    roles.padding = try token("pad_token", config, entries)
    roles.addsBOS = try config.optional("add_bos_token")?.bool() ?? false

    let generation = (generationConfig ?? .null).cursor(file: sibling("generation_config.json", of: file))
    let ids = 0...max(0, entries.count - 1)
    if let ends = generation.optional("eos_token_id") {
      let list: [JSONCursor]
      if case .array = ends.value { list = try ends.elements() } else { list = [ends] }
      for end in list { roles.furtherEnds.insert(try end.integer(in: ids)) }
      if roles.eos == nil, let first = list.first { roles.eos = try first.integer(in: ids) }
    }
    if roles.bos == nil, let bos = generation.optional("bos_token_id") { roles.bos = try bos.integer(in: ids) }

    if let processor = root.optional("post_processor") {
      let prefix = try readPostProcessor(processor, entries)
      roles.addsBOS = prefix != nil
      if let prefix { roles.bos = prefix }
    }
    return roles
  }

  /// The template for chats: one text, or the one named "default" of a list.
  static func chatTemplate(_ tokenizerConfig: JSON?) -> String? {
    switch tokenizerConfig?["chat_template"] {
    case .string(let template): return template
    case .array(let named):
      guard case .string(let template) = named.first(where: { $0["name"] == "default" })?["template"] else { return nil }
      return template
    default: return nil
    }
  }

  /// A token of tokenizer_config.json: its spelling, or an object with `content`.
  private static func token(_ key: String, _ config: JSONCursor, _ entries: HuggingFaceVocabulary) throws(FileError) -> Int? {
    guard let cursor = config.optional(key) else { return nil }
    let spelling: String
    if case .object = cursor.value { spelling = try cursor.member("content").string() } else { spelling = try cursor.string() }
    guard let id = entries.id(of: spelling) else { throw cursor.missing(spelling) }
    return id
  }

  /// The token that the post-processor puts before a text, nil if it adds nothing.
  private static func readPostProcessor(_ cursor: JSONCursor, _ entries: HuggingFaceVocabulary) throws(FileError) -> Int? {
    switch try cursor.typeName() {
    case "ByteLevel": return nil
    case "Sequence":
      var found: Int?
      for part in try cursor.member("processors").elements() {
        guard try part.typeName() != "Sequence" else { throw part.unsupported("Sequence[Sequence]") }
        guard let id = try readPostProcessor(part, entries) else { continue }
        guard found == nil else { throw part.unsupported("TemplateProcessing × 2") }
        found = id
      }
      return found
    case "TemplateProcessing":
      var pieces = try cursor.member("single").elements()
      guard let last = pieces.popLast(), last.optional("Sequence") != nil else { throw cursor.unsupported("TemplateProcessing.single") }
      guard let first = pieces.popLast() else { return nil }
      guard pieces.isEmpty, let special = first.optional("SpecialToken") else { throw cursor.unsupported("TemplateProcessing.single") }
      let spelling = try special.member("id").string()
      guard let id = entries.id(of: spelling) else { throw special.missing(spelling) }
      return id
    case let other: throw cursor.unsupported(other)
    }
  }

  private static func sibling(_ name: String, of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return name }
    return String(file[...slash]) + name
  }
}
