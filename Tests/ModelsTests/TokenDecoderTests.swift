// Decoding by a replayed program against the plain forward pass, for every kind of weights. Not here: choosing tokens (Inference).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct TokenDecoderTests {
  static let configuration = TransformerConfiguration(
    vocabularySize: 70, hiddenSize: 64, layerCount: 3, headCount: 4, keyValueHeadCount: 2, intermediateSize: 96, contextLength: 64)
  /// Encoding K types is slow without optimization: two stand for the others, whose products and rows have tests of their own.
  static let types = ElementType.allCases.filter { $0.blockSize <= 32 || $0 == .q4_k || $0 == .q6_k }
  static let tokens: [Int32] = (0..<40).map { Int32(($0 * 29 + 3) % 70) }

  /// The same random model with its matrices stored as `type`.
  static func model(_ type: ElementType, vocabulary: Int = 70) throws -> Transformer {
    var configuration = configuration
    configuration.vocabularySize = vocabulary
    // Rows of whole blocks, so that every matrix is stored as `type`.
    if type.blockSize == 256 {
      (configuration.hiddenSize, configuration.headSize, configuration.intermediateSize, configuration.layerCount) = (256, 64, 256, 1)
    }
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.gguf"
    try Transformer(configuration, seed: 4).writeGGUF(to: path, name: "test", type: type, tokenizer: [])
    return try Transformer(gguf: GGUFFile(path: path))
  }

  @Test(arguments: types)
  func everyTokenEqualsThePlainPass(_ type: ElementType) throws {
    let model = try Self.model(type)
    #expect(String(describing: model.blocks[0].query.weight.kind) == type.rawValue.lowercased())
    let cache = KeyValueCache(model.configuration, capacity: 40)
    let plain = KeyValueCache(model.configuration, capacity: 40)
    let decoder = TokenDecoder(model, cache)
    for token in Self.tokens {
      let expected = try model.lastLogits([token], Run(cache: plain))
      #expect(bits(decoder.logits(after: token)) == bits(expected))
    }
    #expect(cache.count == 40)
  }

  /// Decoding agrees with one pass over everything: what a prompt is cut into must not matter.
  @Test(arguments: types)
  func decodingEqualsOnePass(_ type: ElementType) throws {
    let model = try Self.model(type)
    let whole = try model.logits(Self.tokens)
    let decoder = TokenDecoder(model, KeyValueCache(model.configuration, capacity: 40))
    for (position, token) in Self.tokens.enumerated() {
      let row = Array(whole.values[position * 70..<(position + 1) * 70])
      let logits = decoder.logits(after: token)
      // Integer products give the same bits in any company.
      if type.isQuantized { #expect(logits.values.map(\.bitPattern) == row.map(\.bitPattern), "position \(position)") }
      expectClose(logits.values, row, tolerance: 1e-5, "\(type) at \(position)")
    }
  }

  @Test func aTruncatedCacheContinues() throws {
    let model = try Self.model(.q8_0)
    let cache = KeyValueCache(model.configuration, capacity: 40)
    let decoder = TokenDecoder(model, cache)
    for token in Self.tokens.prefix(20) { _ = decoder.logits(after: token) }
    cache.truncate(to: 5)
    _ = try model.lastLogits(Array(Self.tokens[5..<9]), Run(cache: cache))
    let logits = decoder.logits(after: 33)
    #expect(bits(logits) == bits(try model.lastLogits(Array(Self.tokens.prefix(9)) + [33])))
  }

  @Test func threadsDoNotChangeABit() throws {
    // Logits of a vocabulary that long are worth a second thread.
    let model = try Self.model(.q4_0, vocabulary: 5000)
    func decode(_ threads: Int) -> [UInt32] {
      let before = Kernels.threadCount
      defer { Kernels.threadCount = before }
      Kernels.threadCount = threads
      let decoder = TokenDecoder(model, KeyValueCache(model.configuration, capacity: 40))
      return Self.tokens.flatMap { bits(decoder.logits(after: $0)) }
    }
    #expect(decode(1) == decode(2))
  }

  @Test func quantizedLogitsAreCloseToTheDecodedWeights() throws {
    let model = try Self.model(.q8_0)
    let decoded = Transformer(model.configuration) { (name: ParameterName, _) throws(Never) -> Tensor in
      model.weight(name)?.tensor ?? Tensor(repeating: 0, [1])
    }
    let (exact, rounded) = (try decoded.logits(Self.tokens).values, try model.logits(Self.tokens).values)
    let largest = exact.map(abs).max() ?? 0
    let worst = zip(exact, rounded).map { abs($0 - $1) }.max() ?? 0
    #expect(worst < 0.03 * largest && worst > 0, "rounding activations to 8 bits moves logits a little: \(worst) of \(largest)")
  }
}
