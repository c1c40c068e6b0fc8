// The two languages of the lab and text that exists in both. Not here: detection of the locale (the program does that).

/// A language that the lab speaks.
public enum Language: String, Sendable, CaseIterable, Codable {
  case zh, en

  public var other: Language { self == .zh ? .en : .zh }
}

/// Text that exists in both languages by construction, so that neither can be forgotten.
public struct Bilingual: Sendable, Hashable, Codable {
  public let zh: String
  public let en: String

  public init(zh: String, en: String) {
    self.zh = zh
    self.en = en
  }

  /// The same text in both languages: names, numbers, symbols.
  public init(same text: String) { self.init(zh: text, en: text) }

  public subscript(language: Language) -> String { language == .zh ? zh : en }
}

/// An error that a person can act on, in the language of the screen.
public protocol BilingualError: Error, CustomStringConvertible {
  var message: Bilingual { get }
}

extension BilingualError {
  public var description: String { message.en }
}
