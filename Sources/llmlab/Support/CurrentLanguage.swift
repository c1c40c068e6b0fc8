// The language of this run: --lang, or the locale. Read before the parser runs, so that its errors speak it too.
import Languages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Language {
  static let current = asked ?? ofLocale { name in getenv(name).map { String(cString: $0) } }

  /// What --lang says, wherever it stands; nil without it.
  static let asked = chosen(by: CommandLine.arguments)

  /// The value of --lang, when it names a language.
  private static func chosen(by arguments: [String]) -> Language? {
    let options = arguments.dropFirst().prefix { $0 != "--" }
    for (option, value) in zip(options, Array(options.dropFirst()) + [""]).reversed() {
      if option == "--lang", let language = Language(rawValue: value) { return language }
      if option.hasPrefix("--lang="), let language = Language(rawValue: String(option.dropFirst(7))) { return language }
    }
    return nil
  }

  /// POSIX: the first of these that is set and not empty decides about messages.
  private static func ofLocale(_ environment: (String) -> String?) -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty }
    return locale?.lowercased().hasPrefix("zh") == true ? .zh : .en
  }
}
