// The authored corpus as token ids: JSON Lines files of one folder (their README says what each line is). Not here: mixing and packing (Batches).
import Languages
import ModelFiles
import Tokenization

/// Chats and texts to learn from, by part. Everything in it can be presented: no list of questions, answers or turns is empty.
public struct Corpus: Sendable {
  /// A question with its possible answers; which pair is presented is drawn anew each time.
  public struct Exchange: Sendable {
    public var questions: [String]
    public var answers: [String]
  }

  /// One way to present something.
  public enum Item: Sendable {
    /// Question and answer.
    case exchange(Exchange)
    /// A whole conversation, users and assistant in turn.
    case conversation([ChatMessage])
    /// Plain text.
    case text(String)
  }

  /// Parts in a fixed order, each with its items in the order of the files.
  public private(set) var parts: [(name: String, items: [Item])] = []
  /// Exchanges whose phrasing is never trained on.
  public private(set) var heldOut: [Exchange] = []

  /// SHA-256 over names and contents of the files: what a checkpoint remembers of the corpus.
  public private(set) var fingerprint = ""

  /// Names of the parts.
  public static let partNames = ["concepts", "smalltalk", "stories", "story-texts", "dialogues", "pairs"]

  /// Reads every known file of the folder.
  public init(folder: String) throws(FileError) {
    var items: [String: [Item]] = [:]
    var digests: [String] = []
    for name in try WholeFile.names(in: folder) where name.hasSuffix(".jsonl") {
      let path = "\(folder)/\(name)"
      let bytes = try WholeFile.bytes(path, limit: Corpus.fileBytes)
      digests += [name, SHA256.hexadecimal(bytes)]
      for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        // Blank lines count, so that errors name the line an editor shows.
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
        let root = try JSON.parse(Array(line), file: "\(path):\(number + 1)").cursor(file: "\(path):\(number + 1)")
        if name.hasPrefix("concepts-") {
          try readConcept(root, &items)
        } else if name.hasPrefix("smalltalk") {
          try readSmallTalk(root, &items)
        } else if name.hasPrefix("stories-") {
          try readStory(root, chinese: name.hasPrefix("stories-zh"), &items)
        } else if name.hasPrefix("dialogues-") {
          items["dialogues", default: []].append(.conversation(try Corpus.turns(root)))
        } else if name.hasPrefix("pairs-") {
          try readPair(root, &items)
        }
      }
    }
    fingerprint = SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8))
    parts = Corpus.partNames.compactMap { name in items[name].map { (name, $0) } }
    if parts.isEmpty {
      throw FileError(
        file: folder, place: "*.jsonl", problem: Bilingual(zh: "没有可用的语料文件", en: "no corpus files found"),
        mend: Bilingual(zh: "请指定含有语料的目录", en: "Name a folder that holds the corpus"))
    }
  }

  /// All text, once: what a tokenizer is trained on.
  public var texts: [String] {
    parts.flatMap { part in
      part.items.flatMap { item -> [String] in
        switch item {
        case .exchange(let exchange): exchange.questions + exchange.answers
        case .conversation(let turns): turns.flatMap { [$0.content] + $0.toolCalls.map(\.argumentText) }
        case .text(let text): [text]
        }
      }
    }
  }

  // MARK: Kinds of lines

  private mutating func readConcept(_ root: JSONCursor, _ items: inout [String: [Item]]) throws(FileError) {
    for language in ["zh", "en"] {
      let side = try root.member(language)
      for (facet, answer) in try side.member("answers").members() {
        let answers = [try answer.string()]
        let questions = try Corpus.strings(side.member("questions").optional(facet))
        if !questions.isEmpty {
          let item = Item.exchange(Exchange(questions: questions, answers: answers))
          // The plain question is what people ask first; it is met as often as the other three facets together.
          items["concepts", default: []] += Array(repeating: item, count: facet == "what" ? 3 : 1)
        }
        let held = try Corpus.strings(side.optional("heldout")?.optional(facet))
        if !held.isEmpty { heldOut.append(Exchange(questions: held, answers: answers)) }
      }
    }
  }

  private mutating func readSmallTalk(_ root: JSONCursor, _ items: inout [String: [Item]]) throws(FileError) {
    for language in ["zh", "en"] {
      guard let side = root.optional(language) else { continue }
      let answers = try Corpus.someStrings(side.member("answers"))
      let questions = try Corpus.someStrings(side.member("questions"))
      items["smalltalk", default: []].append(.exchange(Exchange(questions: questions, answers: answers)))
      let held = try Corpus.strings(side.optional("heldout"))
      if !held.isEmpty { heldOut.append(Exchange(questions: held, answers: answers)) }
    }
  }

  private func readStory(_ root: JSONCursor, chinese: Bool, _ items: inout [String: [Item]]) throws(FileError) {
    let about = try Corpus.strings(root.member("about"))
    let text = try root.member("text").string()
    items["story-texts", default: []].append(.text(text))
    guard let first = about.first else { return }
    let second = about.count > 1 ? about[1] : nil
    let questions: [String]
    if chinese {
      let both = second.map { "\(first)和\($0)" } ?? first
      questions = ["讲一个关于\(both)的故事", "给我讲个\(both)的故事", "我想听\(both)的故事", "编一个关于\(first)的小故事"]
    } else {
      let both = second.map { "\(first) and \($0)" } ?? first
      questions = [
        "Tell me a story about \(both).", "tell me a story about \(both)", "A story about \(both), please.",
        "Write a short story about \(first).",
      ]
    }
    items["stories", default: []].append(.exchange(Exchange(questions: questions, answers: [text])))
  }

  private func readPair(_ root: JSONCursor, _ items: inout [String: [Item]]) throws(FileError) {
    let (english, chinese) = (try root.member("en").string(), try root.member("zh").string())
    items["pairs", default: []] += [
      .exchange(Exchange(questions: ["翻译成中文：\(english)", "Translate into Chinese: \(english)"], answers: [chinese])),
      .exchange(Exchange(questions: ["翻译成英文：\(chinese)", "Translate into English: \(chinese)"], answers: [english])),
    ]
  }

  /// The turns of a dialogue; `<calc>48*17=816</calc>` becomes a tool call and its result.
  private static func turns(_ root: JSONCursor) throws(FileError) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    let turns = try root.member("turns")
    for turn in try turns.elements() {
      let (role, content) = (try turn.member("role"), try turn.member("content").string())
      switch try role.string() {
      case "user":
        messages.append(ChatMessage(.user, content))
        continue
      case "assistant": break
      default:
        throw role.error(
          Bilingual(zh: "角色只能是 user 或 assistant", en: "a role is user or assistant"), Bilingual(zh: "请改正该行", en: "Correct the line"))
      }
      var rest = Substring(content)
      while let open = rest.firstRange(of: "<calc>"), let close = rest.firstRange(of: "</calc>"), open.upperBound <= close.lowerBound {
        let call = rest[open.upperBound..<close.lowerBound].split(separator: "=", maxSplits: 1)
        guard call.count == 2 else { break }
        messages.append(
          ChatMessage(.assistant, String(rest[..<open.lowerBound]), toolCalls: [.init(name: "calc", arguments: .string(String(call[0])))]))
        messages.append(ChatMessage(.tool, String(call[1])))
        rest = rest[close.upperBound...]
      }
      messages.append(ChatMessage(.assistant, String(rest)))
    }
    if messages.isEmpty { throw empty(turns) }
    return messages
  }

  private static func strings(_ cursor: JSONCursor?) throws(FileError) -> [String] {
    guard let cursor else { return [] }
    var result: [String] = []
    for element in try cursor.elements() { result.append(try element.string()) }
    return result
  }

  private static func someStrings(_ cursor: JSONCursor) throws(FileError) -> [String] {
    let result = try strings(cursor)
    if result.isEmpty { throw empty(cursor) }
    return result
  }

  private static func empty(_ cursor: JSONCursor) -> FileError {
    cursor.error(
      Bilingual(zh: "列表为空，没有可以学习的内容", en: "the list is empty: there is nothing to learn"),
      Bilingual(zh: "请补上内容，或删去该行", en: "Fill the list, or delete the line"))
  }

  /// No corpus file that a person wrote comes near.
  private static let fileBytes = 256 << 20
}
