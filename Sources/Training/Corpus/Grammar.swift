// A small grammar of aligned words and templates: the same slots filled in Chinese and in English. Not here: what is made of it (StoryPart, TranslationPart).
import Languages
import ModelFiles
import Models

/// A word in both languages. `{slot form}` in a template asks for a form of it; `Corpus`' README lists them.
struct Word: Sendable {
  let kind: String
  let tags: Set<String>
  let en: String
  let zh: String
  /// A name: English needs no article, Chinese no measure word.
  let isProper: Bool
  private let forms: [String: String]

  init(_ line: JSONCursor) throws(FileError) {
    kind = try line.member("kind").string()
    tags = Set(try line.strings("tags"))
    en = try line.member("en").string()
    zh = try line.member("zh").string()
    isProper = try line.optional("proper")?.bool() ?? false
    var forms: [String: String] = [:]
    for (key, value) in try line.members() where key.hasPrefix("en_") || key.hasPrefix("zh_") || key == "gender" {
      forms[key] = try value.string()
    }
    self.forms = forms
  }

  /// A form of the word; nil when the word has none of that name.
  func form(_ name: String, _ language: Language) -> String? { language == .en ? english(name) : chinese(name) }

  private func english(_ name: String) -> String? {
    switch name {
    case "": isProper || !Self.takesArticle.contains(kind) ? en : "the \(en)"
    case "a": isProper ? en : Self.withArticle(en)
    case "bare": en
    case "he", "him", "his": Self.pronouns[forms["gender"] ?? "n"]?[name]
    default: forms["en_\(name)"]
    }
  }

  private func chinese(_ name: String) -> String? {
    switch name {
    case "", "bare": zh
    case "a": isProper ? zh : "一\(forms["zh_measure"] ?? "个")\(zh)"
    case "he", "him", "his": ["m": "他", "f": "她"][forms["gender"] ?? "n"] ?? "它"
    default: forms["zh_\(name)"]
    }
  }

  static func withArticle(_ noun: String) -> String { ("aeiou".contains(noun.first ?? "x") ? "an " : "a ") + noun }

  private static let takesArticle: Set<String> = ["hero", "thing", "place", "vehicle", "job", "body"]
  private static let pronouns = [
    "m": ["he": "he", "him": "him", "his": "his"], "f": ["he": "she", "him": "her", "his": "her"],
    "n": ["he": "it", "him": "it", "his": "its"],
  ]
}

/// A template that was checked when it was read: every slot is declared.
struct WordTemplate: Sendable {
  private enum Part: Sendable {
    case text(String)
    case slot(String, form: String, isCapital: Bool)
  }
  private let parts: [Part]
  let source: String

  /// - Parameter slots: the names that the template may use.
  init(_ cursor: JSONCursor, slots: some Collection<String>) throws(FileError) {
    source = try cursor.string()
    var parts: [Part] = []
    var rest = Substring(source)
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { break }
      parts.append(.text(String(rest[..<open])))
      let inside = rest[rest.index(after: open)..<close].split(separator: " ", maxSplits: 1)
      let written = inside.first.map(String.init) ?? ""
      let name = written.prefix(1).lowercased() + written.dropFirst()
      guard slots.contains(name) else {
        throw cursor.error(
          Bilingual(zh: "模板用了未声明的空位 {\(written)}", en: "the template uses {\(written)}, which is not declared"),
          Bilingual(zh: "请在 slots 中声明，或改正模板", en: "Declare it in slots, or correct the template"))
      }
      parts.append(.slot(name, form: inside.count > 1 ? String(inside[1]) : "", isCapital: written != name))
      rest = rest[rest.index(after: close)...]
    }
    parts.append(.text(String(rest)))
    self.parts = parts
  }

  /// The text; nil when a word lacks a form that is asked for.
  func filled(_ words: [String: Word], _ language: Language) -> String? {
    var text = ""
    for part in parts {
      switch part {
      case .text(let fixed): text += fixed
      case .slot(let name, let form, let isCapital):
        guard let filling = words[name]?.form(form, language) else { return nil }
        text += isCapital ? filling.prefix(1).uppercased() + filling.dropFirst() : filling
      }
    }
    return text
  }
}

/// The slots of a template: `{"hero": "hero:animal", "thing": "thing:toy"}`, kind and perhaps a tag.
struct WordSlots: Sendable {
  let entries: [(name: String, kind: String, tag: String?)]

  init(_ cursor: JSONCursor?) throws(FileError) {
    var entries: [(String, String, String?)] = []
    for (name, value) in try cursor?.members() ?? [] {
      let parts = try value.string().split(separator: ":", maxSplits: 1).map(String.init)
      entries.append((name, parts.first ?? "", parts.count > 1 ? parts[1] : nil))
    }
    self.entries = entries
  }

  var names: [String] { entries.map(\.name) }
}

/// All words, by kind.
struct Lexicon: Sendable {
  private(set) var words: [String: [Word]] = [:]

  mutating func add(_ word: Word) { words[word.kind, default: []].append(word) }

  func matching(_ kind: String, _ tag: String?) -> [Word] { words[kind, default: []].filter { tag == nil || $0.tags.contains(tag ?? "") } }

  /// Different words for every slot; nil when there are none left for one.
  func choose(_ slots: WordSlots, given: [String: Word] = [:], _ random: inout RandomSource) -> [String: Word]? {
    var chosen = given
    for slot in slots.entries where chosen[slot.name] == nil {
      let taken = Set(chosen.values.map(\.en))
      let free = matching(slot.kind, slot.tag).filter { !taken.contains($0.en) }
      guard !free.isEmpty else { return nil }
      chosen[slot.name] = random.pick(free)
    }
    return chosen
  }

  var all: [Word] { words.sorted { $0.key < $1.key }.flatMap(\.value) }
}
