// Ids against reference implementations, and round trips.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct EncodingTests {
  private func expectGoldenIds(_ name: String, _ tokenizer: Tokenizer) throws {
    let strings = try Golden.strings("strings.json")
    let expected = try Golden.json("encodings.json").cursor(file: "encodings.json").member(name).elements()
    try #require(strings.count == expected.count)
    for (string, ids) in zip(strings, expected) where ids.value != .null {
      let found = tokenizer.encode(string, addingBOS: true)
      #expect(try found == ids.elements().map { try $0.integer(in: 0...Limits.vocabulary) }, "\(string.debugDescription)")
      // Unknown characters are lost, and "▁" is a space to SentencePiece.
      guard !found.contains(where: { $0 == tokenizer.roles.unknown }), name == "own" || !string.contains("▁") else { continue }
      #expect(Array(tokenizer.decode(found, skippingSpecial: true).utf8) == Array(string.utf8), "\(string.debugDescription)")
    }
  }

  @Test func ownTokenizerEqualsTheTokenizersLibrary() throws { try expectGoldenIds("own", Golden.tokenizer()) }

  @Test func templateTextEqualsTheTokenizersLibrary() throws {
    let tokenizer = try Golden.tokenizer()
    let expected = try Golden.json("encodings.json").cursor(file: "encodings.json").member("own as template").elements()
    for (string, ids) in zip(try Golden.strings("strings.json"), expected) {
      let found = tokenizer.encode([PromptSpan(string, .template)]).ids
      #expect(try found == ids.elements().map { try $0.integer(in: 0...599) }, "\(string.debugDescription)")
    }
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func tinyStoriesEqualsTheTokenizersLibrary() throws {
    let tokenizer = try Fixture.tokenizer("hf-tinystories-656k")
    #expect(tokenizer.bos == 1 && tokenizer.eos == [2] && tokenizer.addsBOS)
    try expectGoldenIds("hf-tinystories-656k", tokenizer)
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent)) func miniMindEqualsTheTokenizersLibrary() throws {
    let tokenizer = try Fixture.tokenizer("tokenizers/minimind3")
    #expect(tokenizer.eos == [2] && !tokenizer.addsBOS && tokenizer.chatTemplate != nil)
    try expectGoldenIds("minimind3", tokenizer)
  }

  @Test(.enabled(if: Fixture.isPresent, Fixture.absent), arguments: ["gpt-2", "llama-spm"])
  func vocabulariesWithExamplesEqualThem(_ vocabulary: String) throws {
    let name = "gguf-vocab/ggml-vocab-\(vocabulary).gguf"
    let tokenizer = try Tokenizer(gguf: GGUFFile(path: "\(Fixture.folder)/\(name)"))
    let inputs = try Fixture.text("\(name).inp").components(separatedBy: "\n__ggml_vocab_test__\n")
    let outputs = try Fixture.text("\(name).out").split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ").compactMap { Int($0) } }
    #expect(inputs.count > 40 && inputs.count <= outputs.count)
    for (input, output) in zip(inputs, outputs) {
      #expect(tokenizer.encode(input) == output, "\(input.debugDescription)")
      #expect(tokenizer.decode(output) == input)
    }
  }

  @Test func anyBytesComeBack() throws {
    var random = SeededGenerator(seed: 3)
    let byteLevel = try Golden.tokenizer()
    let sentencePiece = try Tokenizer(huggingFace: sentencePieceDocument(), file: "tokenizer.json")
    for length in 0..<200 {
      for bytes in [random.bytes(length), Array(random.text(length).utf8)] {
        #expect(byteLevel.decodedBytes(byteLevel.encode(bytes: bytes)) == bytes)
        // "▁" itself is a space to SentencePiece: the one character that does not come back.
        let spaces = String(String.UnicodeScalarView(String(decoding: bytes, as: UTF8.self).unicodeScalars.map { $0 == "▁" ? " " : $0 }))
        #expect(Array(sentencePiece.decode(sentencePiece.encode(spaces)).utf8) == Array(spaces.utf8), "\(spaces.debugDescription)")
      }
    }
  }

  @Test func sentencePieceRules() throws {
    let tokenizer = try Tokenizer(huggingFace: sentencePieceDocument(), file: "tokenizer.json")
    func spellings(_ text: String) -> [String] { tokenizer.encode(text, addingBOS: true).map { tokenizer.vocabulary.spellings[$0] } }
    #expect(spellings("ab abc") == ["<s>", "▁ab", "▁ab", "c"])
    #expect(spellings("") == ["<s>"])
    #expect(spellings("猫é") == ["<s>", "▁", "猫", "<0xC3>", "<0xA9>"])
    #expect(tokenizer.displayText(of: tokenizer.encode("ab")[0]) == "␣ab")
  }

  @Test func unknownCharactersFuseWithoutByteFallback() throws {
    var document = sentencePieceDocument()
    guard case .object(var root) = document, case .object(var model)? = root["model"] else { throw CancellationError() }
    model["byte_fallback"] = false
    root["model"] = .object(model)
    document = .object(root)
    let tokenizer = try Tokenizer(huggingFace: document, file: "tokenizer.json")
    #expect(tokenizer.encode("éüa").map { tokenizer.vocabulary.spellings[$0] } == ["▁", "<unk>", "a"])
    #expect(tokenizer.encode("<unk>").count > 1)
  }

  @Test func idsOutsideTheVocabularyAreEmpty() throws {
    let tokenizer = try Golden.tokenizer()
    #expect(tokenizer.decode([-1, 600, .max]) == "")
    #expect(tokenizer.displayText(of: 600) == "" && !tokenizer.vocabulary.isSpecial(-1))
  }
}
