// Encoders through files: spellings, types, GGUF and back, and what is wrong with a file. Not here: whether the numbers are right (EncoderTests).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct EncoderFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func hidden(_ golden: GoldenEncoder) throws -> [UInt32] { bits(try golden.open(folder).hidden(golden.tokens)) }

  @Test(arguments: GoldenEncoder.names) func foldersWithHeadsAndBuffersAreTheSameEncoder(_ name: String) throws {
    let golden = try GoldenEncoder(name)
    try golden.write(to: folder)
    let bare = try hidden(golden)
    let prefix = EncoderFamily(huggingFace: golden.config)?.prefix ?? ""
    let extra = ["pooler.dense.weight", "embeddings.position_ids"].map { SeededWeights.tensor(prefix + $0, [1, 24]) }
    let head = ["cls.predictions.bias", "lm_head.dense.weight", "vocab_transform.weight", "classifier.bias"].map {
      SeededWeights.tensor($0, [7])
    }
    try golden.write(to: folder, extra: extra + head) { prefix + $0 }
    #expect(try hidden(golden) == bare)
    try golden.write(to: folder, extra: [SeededWeights.tensor("embeddings.position_ids", [1, 24])])
    #expect(try hidden(golden) == bare)
  }

  @Test func namesOfTensorFlowAreRead() throws {
    let golden = try GoldenEncoder("bert")
    try golden.write(to: folder)
    let bare = try hidden(golden)
    try golden.write(to: folder) { name in
      guard name.contains("LayerNorm") else { return name }
      return name.hasSuffix("weight") ? name.dropLast("weight".count) + "gamma" : name.dropLast("bias".count) + "beta"
    }
    #expect(try hidden(golden) == bare)
  }

  @Test func theModelTypesOfRoBERTaAreOneFamily() throws {
    for type in ["roberta", "xlm-roberta", "camembert"] {
      let golden = try GoldenEncoder("roberta")
      try golden.write(to: folder, changes: ["model_type": .string(type)])
      let c = try golden.open(folder).configuration
      #expect(c.family == .roberta && c.positionOffset == 2 && c.contextLength == 22)
    }
  }

  /// - Parameter tolerance: of hidden states, which lie between -3 and 3; products with bf16 round their input too.
  @Test(arguments: zip([ElementType.f16, .bf16], [Float(0.01), 0.1])) func halfPrecisionIsRead(_ type: ElementType, _ tolerance: Float)
    throws
  {
    for name in GoldenEncoder.names {
      let golden = try GoldenEncoder(name)
      try golden.write(to: folder, type: type)
      let hidden = try golden.open(folder).hidden(golden.tokens).values
      let expected = try golden.expected("hidden.2")
      #expect(hidden != expected)
      expectClose(hidden, expected, tolerance: tolerance, "\(name) \(type.rawValue)")
    }
  }

  @Test(arguments: GoldenEncoder.names) func ggufIsTheSameEncoder(_ name: String) throws {
    let golden = try GoldenEncoder(name)
    try golden.write(to: folder)
    let encoder = try golden.open(folder)
    let path = "\(folder.path)/model.gguf"
    for type in [ElementType.f32, .f16, .bf16, .q8_0] {
      try encoder.writeGGUF(to: path, name: "test", type: type, pooling: .cls, tokenizer: [])
      let file = try GGUFFile(path: path)
      let copy = try Encoder(gguf: file)
      #expect(copy.configuration.contextLength == encoder.configuration.contextLength)
      #expect(copy.configuration.tokenTypeCount == encoder.configuration.tokenTypeCount)
      #expect(try file.integer("bert.pooling_type", in: 0...4) == 2)
      if type == .f32 && encoder.configuration.activation == .gelu {
        #expect(bits(try copy.hidden(golden.tokens)) == bits(try encoder.hidden(golden.tokens)))
      }
      // Rows of 48 are no whole blocks.
      #expect(file.tensor(named: "blk.0.ffn_down.weight")?.type == (type == .q8_0 ? .f32 : type))
      #expect(file.tensor(named: "blk.1.attn_q.weight")?.type == type)
      #expect(file.tensor(named: "position_embd.weight")?.type == .f32)
    }
  }

  // MARK: What is wrong with a file

  struct Fault: Sendable {
    let encoder: String
    let key: String
    let value: JSON
    var place: String? = nil
  }

  static let faults: [Fault] = [
    Fault(encoder: "bert", key: "vocab_size", value: 0), Fault(encoder: "bert", key: "vocab_size", value: "61"),
    Fault(encoder: "bert", key: "hidden_size", value: -32), Fault(encoder: "bert", key: "hidden_size", value: .integer(1 << 40)),
    Fault(encoder: "bert", key: "num_hidden_layers", value: .integer(.max)), Fault(encoder: "bert", key: "num_attention_heads", value: 0),
    Fault(encoder: "bert", key: "num_attention_heads", value: 5), Fault(encoder: "bert", key: "intermediate_size", value: 48.0),
    Fault(encoder: "bert", key: "max_position_embeddings", value: 0),
    Fault(encoder: "bert", key: "type_vocab_size", value: .integer(1 << 50)),
    Fault(encoder: "bert", key: "layer_norm_eps", value: 7), Fault(encoder: "bert", key: "hidden_act", value: "relu"),
    Fault(encoder: "bert", key: "hidden_act", value: 3), Fault(encoder: "bert", key: "position_embedding_type", value: "relative_key"),
    Fault(encoder: "bert", key: "is_decoder", value: true), Fault(encoder: "bert", key: "add_cross_attention", value: "yes"),
    Fault(encoder: "bert", key: "model_type", value: "electra"), Fault(encoder: "bert", key: "model_type", value: 1),
    Fault(encoder: "roberta", key: "pad_token_id", value: -1),
    Fault(encoder: "roberta", key: "pad_token_id", value: 23, place: "max_position_embeddings"),
    Fault(encoder: "roberta", key: "pad_token_id", value: .integer(.max)), Fault(encoder: "distilbert", key: "n_heads", value: 3),
    Fault(encoder: "distilbert", key: "activation", value: "relu"), Fault(encoder: "distilbert", key: "dim", value: .null),
    // The tensors say something else.
    Fault(encoder: "bert", key: "vocab_size", value: 62, place: "embeddings.word_embeddings.weight"),
    Fault(encoder: "bert", key: "max_position_embeddings", value: 25, place: "embeddings.position_embeddings.weight"),
    Fault(encoder: "roberta", key: "type_vocab_size", value: 2, place: "embeddings.token_type_embeddings.weight"),
    Fault(encoder: "bert", key: "num_hidden_layers", value: 3, place: "encoder.layer.2.attention.self.query.weight"),
    Fault(encoder: "bert", key: "num_hidden_layers", value: 1, place: "encoder.layer.1.attention.self.query.weight"),
  ]

  @Test(arguments: faults) func hostileConfigurationsAreRefusedByName(_ fault: Fault) throws {
    let golden = try GoldenEncoder(fault.encoder)
    try golden.write(to: folder, changes: [fault.key: fault.value])
    let error = try #require(fileError { _ = try golden.open(folder) }, "\(fault.key): \(fault.value)")
    #expect(error.place == fault.place ?? fault.key)
  }

  @Test(arguments: GoldenEncoder.names) func everyMissingTensorIsNamed(_ name: String) throws {
    let golden = try GoldenEncoder(name)
    for missing in golden.tensors.map(\.name) {
      try golden.write(to: folder) { $0 == missing ? nil : $0 }
      #expect(fileError { _ = try golden.open(folder) }?.place == missing)
    }
  }

  @Test func aTensorThatWouldChangeTheResultIsNamed() throws {
    let golden = try GoldenEncoder("bert")
    let name = "encoder.layer.0.attention.self.distance_embedding.weight"
    try golden.write(to: folder, extra: [SeededWeights.tensor(name, [47, 8])])
    #expect(fileError { _ = try golden.open(folder) }?.place == name)
  }

  @Test(arguments: [
    ("bert.block_count", GGUFValue.string("2")), ("bert.block_count", .uint32(3)), ("bert.attention.head_count", .uint32(0)),
    ("bert.attention.head_count", .uint32(5)), ("bert.embedding_length", .integer(.max, .uint64)), ("bert.context_length", .uint32(0)),
    ("bert.context_length", .uint32(25)), ("bert.attention.layer_norm_epsilon", .float32(.nan)), ("bert.attention.causal", .bool(true)),
    ("bert.attention.causal", .uint32(0)), ("general.architecture", .string("nomic-bert")), ("bert.feed_forward_length", .uint32(49)),
  ])
  func hostileMetadataIsRefusedByName(_ key: String, _ value: GGUFValue) throws {
    let golden = try GoldenEncoder("bert")
    try golden.write(to: folder)
    let encoder = try golden.open(folder)
    let (good, bad) = ("\(folder.path)/good.gguf", "\(folder.path)/bad.gguf")
    try encoder.writeGGUF(to: good, name: "test", type: .f32, pooling: .mean, tokenizer: [])
    let file = try GGUFFile(path: good)
    let metadata = file.metadata.entries.map { $0.key == key ? (key, value) : $0 }
    try GGUFWriter.write(metadata: metadata, tensors: file.tensors.map { TensorToWrite(copying: $0, from: file) }, to: bad)
    let places = [
      "bert.block_count": "blk.2.attn_q.weight", "bert.context_length": "position_embd.weight",
      "bert.feed_forward_length": "blk.0.ffn_up.weight",
    ]
    let error = try #require(fileError { _ = try Encoder(gguf: GGUFFile(path: bad)) })
    #expect([key, places[key]].contains(error.place), "\(error.place)")
  }
}
