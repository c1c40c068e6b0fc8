// The splits against the `tokenizers` library, and that they lose nothing.
import Testing

@testable import Tokenization

@Suite struct PreTokenizerTests {
  static let named: [(String, PreTokenizer)] = [("gpt-2", .gpt2), ("smollm", .smollm)]

  @Test(arguments: named) func piecesEqualTheReference(_ name: String, _ preTokenizer: PreTokenizer) throws {
    let strings = try Golden.strings("strings.json")
    let expected = try Golden.json("pieces.json").cursor(file: "pieces.json").member(name).elements()
    try #require(strings.count == expected.count)
    for (string, pieces) in zip(strings, expected) {
      let bytes = Array(string.utf8)
      var found: [String] = []
      preTokenizer.forEachPiece(in: bytes) { found.append(ByteAlphabet.spelling(of: bytes[$0])) }
      #expect(try found == pieces.elements().map { try $0.string() }, "\(string.debugDescription)")
    }
  }

  @Test(arguments: PreTokenizer.allNamed.indices) func piecesTileAnyBytes(_ index: Int) {
    let preTokenizer = PreTokenizer.allNamed[index].preTokenizer
    var random = SeededGenerator(seed: 1)
    for length in 0..<300 {
      let bytes = length % 2 == 0 ? random.bytes(length) : Array(random.text(length).utf8)
      var end = 0
      preTokenizer.forEachPiece(in: bytes) { piece in
        #expect(piece.lowerBound == end && !piece.isEmpty)
        end = piece.upperBound
      }
      #expect(end == bytes.count)
    }
  }
}
