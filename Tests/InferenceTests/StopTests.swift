// Stop strings and characters over several tokens: nothing leaks, nothing is lost. Not here: decoding as such (TokenizationTests).
import Testing
import Tokenization

@testable import Inference

@Suite struct StopTests {
  /// What a stream shows of `pieces`, whether it stopped, and the rest at the end.
  static func run(_ pieces: [String], _ stops: [String]) -> (shown: String, stopped: Bool) {
    var matcher = StopMatcher(stops)
    var shown = ""
    for piece in pieces {
      let (text, stopped) = matcher.append(piece)
      shown += text
      if stopped { return (shown, true) }
    }
    return (shown + matcher.finish(), false)
  }

  @Test(arguments: [
    ("hello END more", ["END"], "hello ", true), ("hello EN", ["END"], "hello EN", false), ("ENEND", ["END"], "EN", true),
    ("aab", ["ab"], "a", true), ("aaab", ["aab"], "a", true), ("abcabd", ["abd"], "abc", true), ("xabcd", ["abcd", "bc"], "xa", true),
    ("xabc", ["abcd", "bc"], "xa", true), ("ab", ["b", "ab"], "", true), ("你好。再见", ["。"], "你好", true), ("END", ["END"], "", true),
    ("text", [], "text", false), ("text", [""], "text", false), ("", ["x"], "", false), ("a\nUser:", ["\nUser:", "\n\n"], "a", true),
    ("a\n\nb", ["\nUser:", "\n\n"], "a", true), ("é", ["è"], "é", false),
  ])
  func everySplitGivesTheSame(_ text: String, _ stops: [String], _ shown: String, _ stopped: Bool) {
    let characters = text.unicodeScalars.map { String($0) }
    for mask in 0..<(1 << max(0, min(12, characters.count - 1))) {
      var pieces: [String] = [""]
      for (i, character) in characters.enumerated() {
        if i > 0, mask >> (i - 1) & 1 == 1 { pieces.append("") }
        pieces[pieces.count - 1] += character
      }
      let result = Self.run(pieces, stops)
      #expect(result.shown == shown && result.stopped == stopped, "\(pieces) \(stops): \(result)")
    }
  }

  @Test func whatMayBecomeAStopIsHeldBack() {
    var matcher = StopMatcher(["<stop>"])
    #expect(matcher.append("a<st").text == "a")
    #expect(matcher.append("o").text == "")
    #expect(matcher.append("x").text == "<stox")
    #expect(matcher.append("<").text == "")
    #expect(matcher.finish() == "<")
    #expect(matcher.finish() == "")
  }

  @Test func aStopStringOverTokensEndsTheAnswer() throws {
    let tokens = "the c".utf8.map { Small.tokenizer.encode(bytes: [$0])[0] }
    // 't' is said once only: a token has one successor.
    let model = Small.reciting([3] + tokens + [1])
    var streamed: [String] = []
    let result = try Generator(model).generate(
      [0, 3], GenerationOptions(maxTokens: 20, stopStrings: ["e c"]),
      onEvent: { if case .token(let token) = $0 { streamed.append(token.text) } })
    #expect(result.text == "th")
    #expect(result.finishReason == .stop)
    #expect(streamed == ["t", "h", "", "", ""])
    let open = try Generator(model).generate([0, 3], GenerationOptions(maxTokens: 20, stopStrings: ["e cat"]))
    #expect(open.text == "the c")
    #expect(open.finishReason == .stop)
  }

  @Test func bytesAfterAStopStringAreDropped() throws {
    let cut = Small.tokenizer.encode(bytes: [0xE5])[0]
    let stop = Small.tokenizer.encode("!")[0]
    let model = Small.reciting([3, stop, cut, 1])
    let result = try Generator(model).generate([0, 3], GenerationOptions(maxTokens: 20, stopStrings: ["!"]))
    #expect(result.text == "")
  }

  @Test func charactersOverTokensAppearWhole() throws {
    let bytes = "猫é".utf8.map { Small.tokenizer.encode(bytes: [$0])[0] }
    let model = Small.reciting([3] + bytes + [1])
    var streamed: [String] = []
    let result = try Generator(model).generate([0, 3], onEvent: { if case .token(let token) = $0 { streamed.append(token.text) } })
    #expect(streamed == ["", "", "猫", "", "é"])
    #expect(result.text == "猫é")
    let cut = try Generator(model).generate([0, 3], GenerationOptions(maxTokens: 2))
    #expect(cut.text == "\u{FFFD}")
    #expect(cut.finishReason == .length)
  }
}
