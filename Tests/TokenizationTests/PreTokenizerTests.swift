// The splits against the `tokenizers` library, and that they lose nothing; normalization forms.
import Foundation
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

@Suite struct UnicodeNormalizationTests {
  @Test(arguments: UnicodeNormalization.allCases) func stretchesEqualTheWhole(_ form: UnicodeNormalization) {
    for index in FamilyStrings.chosen(for: form.rawValue) {
      let text = FamilyStrings.all[index]
      let whole: String =
        switch form {
        case .nfc: text.precomposedStringWithCanonicalMapping
        case .nfd: text.decomposedStringWithCanonicalMapping
        case .nfkc: text.decomposedStringWithCompatibilityMapping.precomposedStringWithCanonicalMapping
        case .nfkd: text.decomposedStringWithCompatibilityMapping
        }
      #expect(form.normalized(AlignedText(Array(text.utf8), startsText: true)).bytes == Array(whole.utf8), "\(text.debugDescription)")
    }
  }

  @Test(arguments: UnicodeNormalization.allCases) func brokenBytesAndLongRunsOfMarksAreFine(_ form: UnicodeNormalization) {
    let broken: [UInt8] = [0x65, 0xCC, 0x81, 0xFF, 0xE4, 0xBD, 0x61, 0xCC]
    let accented: [UInt8] = form == .nfc || form == .nfkc ? [0xC3, 0xA9] : [0x65, 0xCC, 0x81]
    #expect(form.normalized(AlignedText(broken, startsText: true)).bytes == accented + broken.dropFirst(3))
    // Foundation alone would take minutes.
    let marks = Array(String(repeating: "\u{301}\u{323}", count: 50_000).utf8)
    var normalized: [UInt8] = []
    let time = Duration.measuring { normalized = form.normalized(AlignedText(marks, startsText: true)).bytes }
    #expect(normalized.count == marks.count && time < .seconds(20))
  }
}
