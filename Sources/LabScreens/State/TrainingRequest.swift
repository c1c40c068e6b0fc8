// `:train` and what follows it, as a value. The same words as `llmlab train` has. Not here: looking anything up.
import Languages

/// Which run the view is to be about; what is nil is as `llmlab train` has it.
public struct TrainingRequest: Sendable, Hashable {
  /// Recipe file, or name of a built-in recipe.
  public var recipe: String?
  public var corpus: String?
  /// Folder of the run.
  public var out: String?
  /// A model to begin with.
  public var from: String?
  public var steps: Int?
  /// Checkpoints that stay, spread over the run.
  public var keep: Int?
  /// Folder of a run of another process, or with checkpoints as GGUF files.
  public var watch: String?
  /// What `llmlab train --json` printed, where it is not in the folder's own log.
  public var log: String?

  public init() {}

  public static let usage = Bilingual(
    zh: ":train [配方] [--out 目录] [--from 模型] [--corpus 目录] [--steps N] [--keep N]，或 :train --watch 目录 [--log 文件]",
    en: ":train [RECIPE] [--out FOLDER] [--from MODEL] [--corpus FOLDER] [--steps N] [--keep N], or :train --watch FOLDER [--log FILE]")

  /// Why a line is no request.
  public struct Mistake: BilingualError, Hashable {
    public let message: Bilingual
  }

  public init(_ line: String) throws(Mistake) {
    var words = try Self.words(line)[...]
    while let word = words.popFirst() {
      guard word.hasPrefix("--") else {
        if recipe != nil {
          throw Mistake(message: Bilingual(zh: "多出了“\(word)”。\(Self.usage.zh)", en: "“\(word)” is one too many. \(Self.usage.en)"))
        }
        recipe = word
        continue
      }
      guard let value = words.popFirst() else { throw Mistake(message: Bilingual(zh: "\(word) 之后要有一个值", en: "\(word) needs a value")) }
      switch word {
      case "--out": out = value
      case "--from": from = value
      case "--corpus": corpus = value
      case "--watch": watch = value
      case "--log": log = value
      case "--steps": steps = try Self.number(word, value, 1...100_000_000)
      case "--keep": keep = try Self.number(word, value, 0...1000)
      default: throw Mistake(message: Bilingual(zh: "不认识 \(word)。\(Self.usage.zh)", en: "\(word) is unknown. \(Self.usage.en)"))
      }
    }
    if log != nil, watch == nil { throw Mistake(message: Bilingual(zh: "--log 要和 --watch 一起用", en: "--log goes with --watch")) }
    if watch != nil, [recipe, corpus, out, from].contains(where: { $0 != nil }) || steps != nil || keep != nil {
      throw Mistake(message: Bilingual(zh: "--watch 只能和 --log 一起用", en: "--watch goes with --log only"))
    }
  }

  private static func number(_ name: String, _ text: String, _ range: ClosedRange<Int>) throws(Mistake) -> Int {
    guard let value = Int(text), range.contains(value) else {
      let span = "\(range.lowerBound)–\(range.upperBound)"
      throw Mistake(message: Bilingual(zh: "\(name) 应为 \(span) 的整数", en: "\(name) must be a whole number, \(span)"))
    }
    return value
  }

  /// Words between spaces; quotes keep spaces in a path.
  private static func words(_ line: String) throws(Mistake) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        (quote, word) = (character, word ?? "")
      } else if character == " " || character == "\t" {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if quote != nil { throw Mistake(message: Bilingual(zh: "引号没有结束", en: "a quotation mark is left open")) }
    return words + [word].compactMap { $0 }
  }
}
