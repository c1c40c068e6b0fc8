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
    try configure(&roles, tokenizerConfig, generationConfig, file: file, count: entries.count) { entries.id(of: $0) }
    if let processor = root.optional("post_processor") {
      let around = try readPostProcessor(processor, entries)
      if let around { roles.frame(around.before, around.after) }
    }
    return roles
  }

  /// The roles that the configurations name.
  /// - Parameter id: the id of a spelling.
  static func configure(
    _ roles: inout Tokenizer.Roles, _ tokenizerConfig: JSON?, _ generationConfig: JSON?, file: String, count: Int, id: (String) -> Int?
  ) throws(FileError) {
    let config = (tokenizerConfig ?? .null).cursor(file: sibling("tokenizer_config.json", of: file))
    roles.bos = try token("bos_token", config, id) ?? roles.bos
    roles.eos = try token("eos_token", config, id) ?? roles.eos
    roles.padding = try token("pad_token", config, id) ?? roles.padding
    if roles.unknown == nil { roles.unknown = try token("unk_token", config, id) }
    roles.addsBOS = try config.flag("add_bos_token", default: roles.addsBOS)
    roles.addsEOS = try config.flag("add_eos_token", default: roles.addsEOS)

    let generation = (generationConfig ?? .null).cursor(file: sibling("generation_config.json", of: file))
    let ids = 0...max(0, count - 1)
    if let ends = generation.optional("eos_token_id") {
      let list: [JSONCursor]
      if case .array = ends.value { list = try ends.elements() } else { list = [ends] }
      for end in list { roles.furtherEnds.insert(try end.integer(in: ids)) }
      if roles.eos == nil, let first = list.first { roles.eos = try first.integer(in: ids) }
    }
    if roles.bos == nil, let bos = generation.optional("bos_token_id") { roles.bos = try bos.integer(in: ids) }
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
  private static func token(_ key: String, _ config: JSONCursor, _ id: (String) -> Int?) throws(FileError) -> Int? {
    guard let cursor = config.optional(key) else { return nil }
    let spelling: String
    if case .object = cursor.value { spelling = try cursor.member("content").string() } else { spelling = try cursor.string() }
    // An unknown token that the vocabulary lacks is never needed; the others would be.
    guard let id = id(spelling) else {
      if key == "unk_token" { return nil }
      throw cursor.missing(spelling)
    }
    return id
  }

  /// The ids that the post-processor puts around a text, nil if it leaves texts alone.
  private static func readPostProcessor(
    _ cursor: JSONCursor, _ entries: HuggingFaceVocabulary
  ) throws(FileError) -> (before: [Int], after: [Int])? {
    var found: (before: [Int], after: [Int])?
    for part in try HuggingFacePipeline.flattened(cursor, "processors") {
      let around: (before: [Int], after: [Int])
      switch try part.typeName() {
      case "ByteLevel": continue
      case "TemplateProcessing": around = try readTemplate(part, entries)
      case "BertProcessing", "RobertaProcessing":
        around = ([try readPair(part.member("cls"), entries)], [try readPair(part.member("sep"), entries)])
      case let other: throw part.unsupported(other)
      }
      guard found == nil else { throw part.unsupported("\(try part.typeName()) × 2") }
      found = around
    }
    return found
  }

  /// `["[CLS]", 101]`
  private static func readPair(_ cursor: JSONCursor, _ entries: HuggingFaceVocabulary) throws(FileError) -> Int {
    let parts = try cursor.elements()
    guard parts.count == 2 else { throw cursor.unsupported("[\(parts.count)]") }
    return try parts[1].integer(in: 0...max(0, entries.count - 1))
  }

  private static func readTemplate(
    _ cursor: JSONCursor, _ entries: HuggingFaceVocabulary
  ) throws(FileError) -> (before: [Int], after: [Int]) {
    var (before, after): ([Int], [Int]) = ([], [])
    var hasText = false
    for piece in try cursor.member("single").elements() {
      if piece.optional("Sequence") != nil {
        guard !hasText else { throw cursor.unsupported("TemplateProcessing.single") }
        hasText = true
        continue
      }
      guard let special = piece.optional("SpecialToken") else { throw cursor.unsupported("TemplateProcessing.single") }
      let spelling = try special.member("id").string()
      var ids: [Int] = []
      if let listed = cursor.optional("special_tokens")?.optional(spelling)?.optional("ids") {
        for id in try listed.elements() { ids.append(try id.integer(in: 0...max(0, entries.count - 1))) }
      } else if let id = entries.id(of: spelling) {
        ids = [id]
      } else {
        throw special.missing(spelling)
      }
      if hasText { after += ids } else { before += ids }
      guard before.count + after.count <= 64 else { throw cursor.unsupported("TemplateProcessing.single") }
    }
    guard hasText else { throw cursor.unsupported("TemplateProcessing.single") }
    return (before, after)
  }

  static func sibling(_ name: String, of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return name }
    return String(file[...slash]) + name
  }
}

extension Tokenizer.Roles {
  /// Sets what goes around a text: as `bos` and `eos` where that says it all.
  mutating func frame(_ before: [Int], _ after: [Int]) {
    (opening, closing) = ([], [])
    addsBOS = !before.isEmpty
    addsEOS = after.count == 1 && after[0] == (eos ?? after[0])
    if before.count == 1 { bos = before[0] } else { opening = before }
    if addsEOS, eos != nil { return }
    addsEOS = false
    closing = after
  }
}
