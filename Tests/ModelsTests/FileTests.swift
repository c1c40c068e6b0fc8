// Transformers through files and back: Hugging Face folders and GGUF, every type, and what is wrong with a file. Not here: the containers.
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func huggingFace(_ model: Transformer, _ type: ElementType, dropping: String? = nil, tensors: [TensorToWrite]? = nil) throws
    -> Transformer
  {
    let config = try model.huggingFaceConfig(bos: 1, eos: 2, type: type)
    try AtomicFile.write(Array(config.serialized(pretty: true).utf8), to: "\(folder.path)/config.json")
    let written = tensors ?? model.tensorsToWrite(type).filter { $0.name != dropping }
    try SafetensorsWriter.write(written, to: "\(folder.path)/model.safetensors")
    return try Transformer(huggingFace: HuggingFaceFolder(path: folder.path))
  }

  private func gguf(_ model: Transformer, _ type: ElementType) throws -> Transformer {
    let path = "\(folder.path)/model.gguf"
    try model.writeGGUF(to: path, name: "test", type: type, tokenizer: [])
    return try Transformer(gguf: GGUFFile(path: path))
  }

  private static func models() throws -> [(Transformer, [Int32])] {
    [(try Golden.model(), try Golden.tokens()), (Transformer(oddConfiguration, seed: 2), [5, 0, 36, 7])]
  }

  @Test func fullPrecisionComesBackBitForBit() throws {
    for (model, tokens) in try Self.models() {
      let expected = bits(try model.logits(tokens))
      for copy in [try huggingFace(model, .f32), try gguf(model, .f32)] {
        #expect(copy.configuration == model.configuration)
        #expect(bits(try copy.logits(tokens)) == expected)
        #expect(zip(copy.parameters, model.parameters).allSatisfy { $0.name == $1.name && bits($0.tensor) == bits($1.tensor) })
      }
    }
  }

  /// Tolerances are shares of the largest weight and of the largest logit.
  struct Loss: Sendable {
    let type: ElementType
    let weights: Float
    let logits: Float
  }

  @Test(arguments: [
    Loss(type: .f16, weights: 0.0005, logits: 0.01), Loss(type: .bf16, weights: 0.004, logits: 0.05),
    Loss(type: .q8_0, weights: 0.005, logits: 0.05),
    // Four bits are too few for the logits of a random model; its weights are as close as 16 steps allow.
    Loss(type: .q4_0, weights: 0.13, logits: .infinity),
  ])
  func smallerTypesComeBackClose(_ loss: Loss) throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    func largest(_ values: [Float]) -> Float { values.map(abs).max() ?? 0 }
    func difference(_ a: [Float], _ b: [Float]) -> Float { largest(zip(a, b).map { $0 - $1 }) }
    let expected = try model.logits(tokens).values
    var copies = [try gguf(model, loss.type)]
    if !loss.type.isQuantized { copies.append(try huggingFace(model, loss.type)) }
    for copy in copies {
      let worst = difference(try copy.logits(tokens).values, expected)
      #expect(worst > 0 && worst < loss.logits * largest(expected), "\(loss.type.rawValue): \(worst)")
      for (stored, original) in zip(copy.parameters, model.parameters) {
        let (stored, original) = (stored.tensor.values, original.tensor.values)
        #expect(difference(stored, original) <= loss.weights * largest(original))
      }
    }
  }

  @Test func vectorsAndUnevenRowsStayFullPrecisionInGGUF() throws {
    _ = try gguf(Golden.model(), .q8_0)
    let file = try GGUFFile(path: "\(folder.path)/model.gguf")
    #expect(file.tensor(named: "blk.0.attn_norm.weight")?.type == .f32)
    #expect(file.tensor(named: "blk.0.ffn_down.weight")?.type == .f32)
    #expect(file.tensor(named: "blk.1.ffn_up.weight")?.type == .q8_0)
    #expect(file.tensor(named: "output.weight") == nil)
    #expect(file.tensors.count == 20)
  }

  /// llama.cpp's converter: `w.reshape(heads, 2, size / 2, columns).swapaxes(1, 2)`.
  @Test func rowsArePermutedAsInLlamaCpp() throws {
    // Heads of six rows: the row of the file that each of ours comes from.
    var c = oddConfiguration
    let query = ParameterName(.block(0, .query))
    func rows(_ format: ModelFormat, _ name: ParameterName = query) -> [Int] { (0..<12).map { c.storedRow($0, of: name, format) } }
    #expect(rows(.gguf) == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
    #expect(rows(.gguf, ParameterName(.block(0, .query), .bias)) == rows(.gguf))
    #expect(rows(.gguf, ParameterName(.block(0, .value))) == Array(0..<12) && rows(.huggingFace) == Array(0..<12))
    // GLM turns a part of each head, in either format.
    c.family = .glm4
    c.rotary?.dimensions = 4
    #expect(rows(.gguf) == [0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11] && rows(.huggingFace) == rows(.gguf))
    c.family = .qwen2
    #expect(rows(.gguf) == Array(0..<12))
  }

  @Test func onlyQueriesAndKeysArePermuted() throws {
    let model = Transformer(oddConfiguration, seed: 2)
    _ = try gguf(model, .f32)
    let file = try GGUFFile(path: "\(folder.path)/model.gguf")
    for parameter in model.parameters {
      let info = try #require(file.tensor(named: GGUFNames.tensor(parameter.place)), "\(parameter.name)")
      let isPermuted = parameter.name.contains("q_proj") || parameter.name.contains("k_proj")
      #expect((try file.floats(info) == parameter.tensor.values) != isPermuted, "\(parameter.name)")
    }
  }

  @Test func tiedTablesMayBeStoredUnderEitherName() throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let tensors = model.parameters.map { parameter in
      TensorToWrite(
        name: parameter.name == "model.embed_tokens.weight" ? "lm_head.weight" : parameter.name, shape: parameter.tensor.shape, type: .f32,
        floats: parameter.tensor.values)
    }
    #expect(bits(try huggingFace(model, .f32, tensors: tensors).logits(tokens)) == bits(try model.logits(tokens)))
  }

  @Test func everyMissingTensorIsNamed() throws {
    let model = Transformer(oddConfiguration, seed: 2)
    for parameter in model.parameters {
      let error = try #require(fileError { _ = try huggingFace(model, .f32, dropping: parameter.name) }, "\(parameter.name)")
      #expect(error.place == parameter.name)
      #expect(error.file.hasSuffix("model.safetensors"))
    }
  }

  @Test func everyWrongShapeIsNamed() throws {
    let model = Transformer(oddConfiguration, seed: 2)
    for parameter in model.parameters {
      let tensors = model.parameters.map { other in
        let shape = other.name == parameter.name ? [1] + other.tensor.shape : other.tensor.shape
        return TensorToWrite(name: other.name, shape: shape, type: .f32, floats: other.tensor.values)
      }
      let error = try #require(fileError { _ = try huggingFace(model, .f32, tensors: tensors) }, "\(parameter.name)")
      #expect(error.place == parameter.name)
    }
  }

  @Test func theConfigurationSaysWhatTransformersNeeds() throws {
    let config = try Golden.model().huggingFaceConfig(bos: nil, eos: 2, type: .bf16)
    #expect(config["torch_dtype"] == "bfloat16")
    #expect(config["bos_token_id"] == .null)
    #expect(config["eos_token_id"] == 2)
    #expect(config["rms_norm_eps"] == .number(1e-5))
    #expect(config["rope_theta"] == 10000.0)
  }
}
