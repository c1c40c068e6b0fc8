// Authored stories on request, and chats of several short exchanges. Not here: stories from plots (StoryPart).
import Languages
import ModelFiles
import Models
import Tokenization

/// Authored stories, longer and freer than those from plots; one asks for a long one.
struct LongStoryPart: CorpusPart {
  struct Story: Sendable {
    let language: Language
    let about: [String]
    let text: String

    init(_ line: JSONCursor, _ language: Language) throws(FileError) {
      self.language = language
      about = try line.strings("about")
      text = try line.member("text").string()
    }
  }

  let stories: [Story]
  let phrasings: Phrasings

  var texts: [String] { stories.map(\.text) }

  func draw(_ random: inout RandomSource) -> Presentation {
    let story = random.pick(stories)
    guard let first = story.about.first else { return .text(story.text) }
    let both = story.about.count < 2 ? first : story.language == .en ? "\(first) and \(story.about[1])" : "\(first)和\(story.about[1])"
    let request = phrasings.request(
      "story.long", story.language, ["a": random.chance(0.6) ? both : first],
      fallback: story.language == .en ? "Tell me a longer story about {a}" : "讲一个关于{a}的长故事", &random)
    return .exchange(request, story.text)
  }
}

/// Two or three short exchanges of other parts in one chat: what came before must not disturb what comes next.
struct ChainPart: CorpusPart {
  let links: [any CorpusPart]

  /// All in the parts that it draws from.
  var texts: [String] { [] }

  func draw(_ random: inout RandomSource) -> Presentation {
    var turns: [ChatMessage] = []
    for _ in 0..<2 + random.below(2) {
      if case .chat(let more) = random.pick(links).draw(&random) { turns += more }
    }
    return turns.isEmpty ? .text("") : .chat(turns)
  }
}
