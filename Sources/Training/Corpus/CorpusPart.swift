// What a part of the corpus is: something that presentations are drawn from, with a share that is held out. Not here: the parts themselves.
import Languages
import Models
import Tokenization

/// A part of the corpus. Draws are pure functions of the random source; what is held out is never drawn.
protocol CorpusPart: Sendable {
  /// Everything authored in it, once: what a tokenizer is trained on.
  var texts: [String] { get }
  /// Something to learn.
  func draw(_ random: inout RandomSource) -> Presentation
  /// What measures whether the part was learned; at most about `limit` probes, spread evenly. Empty when nothing is held out.
  func probes(_ random: inout RandomSource, limit: Int) -> [Probe]
}

extension CorpusPart {
  func probes(_ random: inout RandomSource, limit: Int) -> [Probe] { [] }
}

/// One thing to learn from.
enum Presentation: Sendable {
  /// Users, assistant and tools in turn, ending with the assistant.
  case chat([ChatMessage])
  /// Plain text.
  case text(String)
  /// Questions and answers one after another without a chat around them; only the answers are learned.
  case drill([(question: String, answer: String)])
}

/// A part that one picks from: all items with the same chance.
struct ListPart: CorpusPart {
  var items: [Presentation]

  var texts: [String] { items.flatMap(\.texts) }
  func draw(_ random: inout RandomSource) -> Presentation { items[random.below(items.count)] }
}

extension Presentation {
  var texts: [String] {
    switch self {
    case .chat(let turns): turns.flatMap { [$0.content] + $0.toolCalls.map(\.argumentText) }
    case .text(let text): [text]
    case .drill(let items): items.flatMap { [$0.question, $0.answer] }
    }
  }

  /// A question with its answer.
  static func exchange(_ question: String, _ answer: String) -> Presentation {
    .chat([ChatMessage(.user, question), ChatMessage(.assistant, answer)])
  }
}

/// A question whose answer was never trained on, and what counts as right.
public struct Probe: Sendable {
  /// The skill that it measures, by the names of the gates.
  public enum Skill: String, Sendable, CaseIterable {
    case smalltalk, concepts, language, stories
    case sums2 = "sums-2-digits"
    case sums3 = "sums-3-digits"
    case calculator, translation, sentiment, outside
  }

  public enum Expectation: Sendable {
    /// One of these answers, word for word (white space at the ends aside).
    case oneOf([String])
    /// Nothing but sentences of this text, at least half of them.
    case sentencesOf(String)
    /// Both words occur, and no other of `heroes` is named as often as the hero, who is still there at the end.
    case story(hero: String, thing: String, heroes: [String])
    /// The calculator is called with these operands and its result stands in the answer.
    case calculation(expression: String, result: String)
    /// One of these phrases occurs.
    case contains([String])
    /// Only the language counts.
    case anything
  }

  public let skill: Skill
  public let question: String
  public let expectation: Expectation
  /// The language that the answer must be in.
  public let language: Language
  /// An answer that is right, for bits per byte; nil where many are.
  public let reference: String?

  init(_ skill: Skill, _ question: String, _ expectation: Expectation, _ language: Language, reference: String? = nil) {
    self.skill = skill
    self.question = question
    self.expectation = expectation
    self.language = language
    self.reference = reference
  }
}

/// What is held out of generated exercises: a tenth, chosen by the key's own bytes so that it never changes.
enum HeldOut {
  static func contains(_ key: String) -> Bool { hash(key) % 10 == 0 }

  /// FNV-1a, 64 bits, with SplitMix64's mixing at the end: FNV's low bits alone are nearly the last byte's.
  static func hash(_ key: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixed = RandomSource(seed: hash)
    return mixed.next()
  }
}

extension RandomSource {
  /// One of a list that is not empty.
  mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}

extension Array {
  /// At most `limit` elements, spread evenly over the list.
  func spread(_ limit: Int) -> [Element] {
    let kept = Swift.min(Swift.max(0, limit), count)
    return (0..<kept).map { self[$0 * count / kept] }
  }
}
