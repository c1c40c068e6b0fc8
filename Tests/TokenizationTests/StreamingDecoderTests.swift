// Streaming equals decoding at once, and characters never come in halves.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct StreamingDecoderTests {
  private func pieces(_ tokenizer: Tokenizer, _ ids: [Int], continuing: Bool = false, skipping: Bool = false) -> [String] {
    var decoder = StreamingDecoder(tokenizer, skippingSpecial: skipping, continuing: continuing)
    return ids.map { decoder.append($0) } + [decoder.finish()]
  }

  @Test func charactersComeWhole() throws {
    let tokenizer = try Golden.tokenizer()
    let ids = Array("é猫👋".utf8).map { tokenizer.encode(bytes: [$0])[0] }
    #expect(pieces(tokenizer, ids) == ["", "é", "", "", "猫", "", "", "", "👋", ""])
  }

  @Test func brokenBytesBecomeReplacementCharacters() throws {
    let tokenizer = try Golden.tokenizer()
    func pieces(_ bytes: [UInt8]) -> [String] { self.pieces(tokenizer, bytes.map { tokenizer.encode(bytes: [$0])[0] }) }
    #expect(pieces([0xE4, 0x41]) == ["", "\u{FFFD}A", ""])
    #expect(pieces([0xFF, 0x41]) == ["\u{FFFD}", "A", ""])
    #expect(pieces([0xE4, 0xBD]) == ["", "", "\u{FFFD}"])
    #expect(pieces([0xED, 0xA0, 0x80]) == ["", "\u{FFFD}\u{FFFD}", "\u{FFFD}", ""])
  }

  @Test func equalsDecodingAtOnce() throws {
    var random = SeededGenerator(seed: 4)
    for tokenizer in [try Golden.tokenizer(), try Tokenizer(huggingFace: sentencePieceDocument(), file: "t")] {
      for length in 0..<300 {
        let ids = (0..<length).map { _ in Int.random(in: 0..<tokenizer.vocabulary.count, using: &random) }
        for skipping in [false, true] {
          let streamed = pieces(tokenizer, ids, skipping: skipping).joined()
          #expect(Array(streamed.utf8) == Array(tokenizer.decode(ids, skippingSpecial: skipping).utf8))
        }
      }
    }
  }

  @Test func aContinuationKeepsItsLeadingSpace() throws {
    let tokenizer = try Tokenizer(huggingFace: sentencePieceDocument(), file: "t")
    let ids = tokenizer.encode("ab")
    #expect(pieces(tokenizer, ids, continuing: true).joined() == " ab")
    #expect(pieces(tokenizer, ids, continuing: false).joined() == "ab")
  }
}
