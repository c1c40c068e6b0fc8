// Texts to vectors: what the files say about pooling, the limits of a text, encoders and decoders alike. Not here: hidden states (ModelsTests).
import ModelFiles
import Tensors
import Testing
import Tokenization

@testable import Inference
@testable import Models

@Suite struct TextEmbedderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let configuration: EncoderConfiguration = {
    var c = EncoderConfiguration(
      vocabularySize: 290, hiddenSize: 32, layerCount: 1, headCount: 4, intermediateSize: 48, contextLength: 16)
    c.tokenTypeCount = 2
    return c
  }()

  private static func encoder() -> Encoder {
    var random = RandomSource(seed: 5)
    return Encoder(configuration) { (_, shape) throws(Never) in
      Weight(Tensor((0..<shape.reduce(1, *)).map { _ in (shape.count == 1 ? 1 : 0) + random.normal() * 0.3 }, shape))
    }
  }

  private func write(_ name: String, _ json: JSON) throws {
    let path = "\(folder.path)/\(name)"
    if let slash = name.firstIndex(of: "/") { try WholeFile.makeFolder("\(folder.path)/\(name[..<slash])") }
    try AtomicFile.write(Array(json.serialized().utf8), to: path)
  }

  /// Writes the encoder as a folder with a tokenizer.
  private func writeFolder(type: String = "bert", sizes: [(String, JSON)] = []) throws {
    let c = Self.configuration
    var config = JSONObject()
    let members: [(String, JSON)] = [
      ("model_type", .string(type)), ("vocab_size", 290), ("hidden_size", 32), ("num_hidden_layers", 1), ("num_attention_heads", 4),
      ("intermediate_size", 48), ("max_position_embeddings", 16), ("type_vocab_size", 2), ("layer_norm_eps", .number(1e-12)),
    ]
    for (key, value) in members + sizes { config[key] = value }
    try write("config.json", .object(config))
    try write("tokenizer.json", Small.tokenizer.huggingFaceJSON())
    try write("tokenizer_config.json", Small.tokenizer.huggingFaceConfig())
    let encoder = Self.encoder()
    let tensors = c.layout.map { name, shape in
      TensorToWrite(
        name: c.family.tensorName(name, .huggingFace), shape: shape, type: .f32, floats: encoder.weight(name)?.tensor.values ?? [])
    }
    try SafetensorsWriter.write(tensors, to: "\(folder.path)/model.safetensors")
  }

  private func pooling(_ mode: String) -> JSON {
    var object = JSONObject()
    for key in ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"] {
      object["pooling_mode_\(key)"] = .bool(key == mode)
    }
    object["word_embedding_dimension"] = 32
    object["include_prompt"] = true
    return .object(object)
  }

  private func modules(_ types: [String], path: String = "1_Pooling") -> JSON {
    .array(
      types.enumerated().map {
        ["idx": .integer($0), "name": "", "path": .string($0 == 0 ? "" : path), "type": .string("sentence_transformers.models.\($1)")]
      })
  }

  private func settings() throws -> EmbeddingSettings { try EmbeddingSettings(folder: folder.path) }

  // MARK: What files say

  @Test func aFolderWithoutAWordPoolsByTheMean() throws { #expect(try settings() == EmbeddingSettings()) }

  @Test(arguments: [("cls_token", Pooling.cls), ("mean_tokens", .mean), ("lasttoken", .last)])
  func sentenceTransformersDecide(_ mode: String, _ expected: Pooling) throws {
    for document in [pooling(mode), ["pooling_mode": .string(mode.hasSuffix("_token") ? "cls" : mode == "lasttoken" ? mode : "mean")]] {
      try write("1_Pooling/config.json", document)
      #expect(try settings().pooling == expected)
    }
    try write("modules.json", modules(["Transformer", "Pooling"]))
    #expect(try settings().pooling == expected && !settings().normalizes)
    try write("modules.json", modules(["Transformer", "Pooling", "Normalize"]))
    #expect(try settings().pooling == expected && settings().normalizes)
  }

  @Test func theLimitOfTheTrainingCounts() throws {
    try writeFolder()
    try write("sentence_bert_config.json", ["max_seq_length": 8, "do_lower_case": true])
    let embedder = try TextEmbedder(path: folder.path)
    #expect(embedder.maximumTokens == 8)
    #expect(try embedder.tokens(of: "The CAT").ids == embedder.tokens(of: "the cat").ids)
    try write("sentence_bert_config.json", ["max_seq_length": 100])
    #expect(try TextEmbedder(path: folder.path).maximumTokens == 16)
    try write("sentence_bert_config.json", ["max_seq_length": 0])
    #expect(try #require(fileError { _ = try settings() }).place == "max_seq_length")
  }

  @Test func waysThatWeDoNotKnowAreRefusedByName() throws {
    try write("1_Pooling/config.json", pooling("max_tokens"))
    #expect(fileError { _ = try settings() }?.place == "pooling_mode_max_tokens")
    try write("1_Pooling/config.json", pooling("nothing"))
    #expect(fileError { _ = try settings() }?.place == "document")
    try write("1_Pooling/config.json", ["pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true])
    #expect(fileError { _ = try settings() }?.place == "pooling_mode_mean_tokens")
    try write("1_Pooling/config.json", ["pooling_mode_cls_token": 1])
    #expect(fileError { _ = try settings() }?.place == "pooling_mode_cls_token")
    try write("modules.json", modules(["Transformer", "Dense"]))
    #expect(fileError { _ = try settings() }?.place == "[1].type")
    for path in ["../1_Pooling", "/etc", "", ".", String(repeating: "a", count: 101), "1_Pooling\u{0}"] {
      try write("modules.json", modules(["Transformer", "Pooling"], path: path))
      #expect(fileError { _ = try settings() }?.place == "[1].path", "\(path)")
    }
    try write("modules.json", ["Pooling"])
    #expect(fileError { _ = try settings() }?.file.hasSuffix("modules.json") == true)
  }

  // MARK: Vectors

  private func gguf(_ pooling: Pooling) throws -> String {
    let path = "\(folder.path)/tiny.gguf"
    try Self.encoder().writeGGUF(to: path, name: "tiny", type: .f32, pooling: pooling, tokenizer: Small.tokenizer.ggufMetadata())
    return path
  }

  @Test(arguments: Pooling.allCases) func folderAndGGUFGiveTheSameVector(_ pooling: Pooling) throws {
    try writeFolder()
    try write("1_Pooling/config.json", ["pooling_mode": .string(pooling == .last ? "lasttoken" : pooling.rawValue)])
    let embedders = [try TextEmbedder(path: folder.path), try TextEmbedder(path: folder.path + "/"), try TextEmbedder(path: gguf(pooling))]
    let ids = Small.tokenizer.encode("the cat sat", addingBOS: true)
    let expected = pooling(try Self.encoder().hidden(ids.map(Int32.init)))
    for embedder in embedders {
      #expect(embedder.settings.pooling == pooling)
      let embedding = try embedder.embed("the cat sat")
      #expect(embedding == TextEmbedding(vector: expected, tokens: ids, isTruncated: false))
    }
    #expect(embedders[2].name == "tiny")
  }

  @Test func unitLengthIsAskedForOrWritten() throws {
    var embedder = try TextEmbedder(path: gguf(.mean))
    let raw = try embedder.embed("the mat")
    embedder.settings.normalizes = true
    let unit = try embedder.embed("the mat")
    #expect(abs(unit.vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    #expect(abs(unit.cosine(to: raw) - 1) < 1e-6)
    let (diagonal, left) = ([Float(1), 1], [Float(-1), 0])
    let cosine = TextEmbedding(vector: diagonal, tokens: [], isTruncated: false).cosine(
      to: TextEmbedding(vector: left, tokens: [], isTruncated: false))
    #expect(abs(cosine + 0.5.squareRoot()) < 1e-12)
    let zero = TextEmbedding(vector: [0, 0], tokens: [], isTruncated: false)
    #expect(zero.cosine(to: zero) == 0)
  }

  @Test func longTextsAreRefusedOrCut() throws {
    let embedder = try TextEmbedder(path: gguf(.last))
    let text = String(repeating: "the cat sat on the mat ", count: 5)
    let all = Small.tokenizer.encode(text, addingBOS: true)
    #expect(all.count > 16)
    #expect(throws: EmbeddingError.tooLong(tokens: all.count, limit: 16)) { try embedder.embed(text) }
    let cut = try embedder.embed(text, truncating: true)
    #expect(cut.isTruncated && cut.tokens == Array(all.prefix(16)))
    #expect(try !embedder.embed("the cat", truncating: true).isTruncated)
  }

  /// A WordPiece tokenizer of BERT's kind: [CLS] before a text, [SEP] behind it.
  private static let wordPiece: JSON = [
    "model": [
      "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
      "vocab": ["[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "the": 4, "cat": 5, "##s": 6, "sat": 7],
    ],
    "normalizer": ["type": "BertNormalizer", "lowercase": true], "pre_tokenizer": ["type": "BertPreTokenizer"],
    "post_processor": [
      "type": "TemplateProcessing", "pair": [],
      "single": [
        ["SpecialToken": ["id": "[CLS]", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
        ["SpecialToken": ["id": "[SEP]", "type_id": 0]],
      ],
      "special_tokens": [
        "[CLS]": ["id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]], "[SEP]": ["id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]],
      ],
    ],
    "added_tokens": .array(
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].enumerated().map { ["id": .integer($0), "content": .string($1), "special": true] }),
  ]

  @Test func theFrameSurvivesTheCut() throws {
    try writeFolder()
    try write("tokenizer.json", Self.wordPiece)
    try write("tokenizer_config.json", ["cls_token": "[CLS]", "sep_token": "[SEP]"])
    var embedder = try TextEmbedder(path: folder.path)
    #expect(try embedder.tokens(of: "The cats sat [SEP]").ids.starts(with: [2, 4, 5, 6, 7]))
    #expect(try embedder.tokens(of: "").ids == [2, 3])
    let long = String(repeating: "the cats ", count: 9)
    let cut = try embedder.tokens(of: long, truncating: true)
    #expect(cut.isTruncated && cut.ids == [2] + (0..<14).map { [4, 5, 6][$0 % 3] } + [3])
    // A limit below the frame leaves what fits.
    for (limit, ids) in [(1, [3]), (2, [2, 3]), (3, [2, 4, 3])] {
      embedder.settings.maximumTokens = limit
      #expect(try embedder.tokens(of: long, truncating: true).ids == ids)
    }
  }

  @Test func decodersEmbedToo() throws {
    let transformer = Transformer(Small.configuration, seed: 3)
    let path = "\(folder.path)/decoder.gguf"
    try transformer.writeGGUF(to: path, name: "decoder", type: .f32, tokenizer: Small.tokenizer.ggufMetadata())
    var embedder = try TextEmbedder(path: path)
    #expect(embedder.settings.pooling == .mean)
    embedder.settings.pooling = .last
    let hidden = try transformer.hidden(Small.tokenizer.encode("the cat", addingBOS: true).map(Int32.init))
    #expect(try embedder.embed("the cat").vector == Array(hidden.values.suffix(32)))
    try transformer.writeGGUF(
      to: path, name: "decoder", type: .f32, tokenizer: Small.tokenizer.ggufMetadata(), extra: [("llama.pooling_type", .uint32(3))])
    #expect(try TextEmbedder(path: path).settings.pooling == .last)
    try transformer.writeGGUF(
      to: path, name: "decoder", type: .f32, tokenizer: Small.tokenizer.ggufMetadata(), extra: [("llama.pooling_type", .uint32(4))])
    #expect(fileError { _ = try TextEmbedder(path: path) }?.place == "llama.pooling_type")
  }

  @Test func generationRefusesAnEncoderAndNamesTheCommand() throws {
    try writeFolder()
    for path in [folder.path, try gguf(.cls)] {
      let error = try #require(fileError { _ = try LoadedModel(path: path) })
      #expect(error.place == "bert" && error.message.en.contains("llmlab embed") && error.message.zh.contains("llmlab embed"))
    }
  }

  @Test func damagedWeightsGiveNoVector() throws {
    let encoder = Self.encoder()
    encoder.embeddingNorm.weight.data[3] = .nan
    let embedder = TextEmbedder(name: "damaged", path: "", model: encoder, tokenizer: Small.tokenizer)
    #expect(throws: EmbeddingError.notFinite) { try embedder.embed("the cat") }
  }
}

/// The `FileError` that `body` throws.
private func fileError(_ body: () throws -> Void) -> FileError? {
  do { try body() } catch { return error as? FileError }
  return nil
}
