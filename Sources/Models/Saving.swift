// Transformers into files that the ecosystem opens: Hugging Face folders and GGUF. Not here: the tokenizer's part of either (Tokenization).
import ModelFiles
import Tensors

extension Transformer {
  /// config.json in Hugging Face's words.
  public func huggingFaceConfig(bos: Int?, eos: Int?, type: ElementType) -> JSON {
    let c = configuration
    let dtype: JSON = [.f16: "float16", .bf16: "bfloat16"][type] ?? "float32"
    return [
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "attention_bias": false, "mlp_bias": false,
      "hidden_size": .integer(c.hiddenSize), "intermediate_size": .integer(c.intermediateSize),
      "num_hidden_layers": .integer(c.layerCount), "num_attention_heads": .integer(c.headCount),
      "num_key_value_heads": .integer(c.keyValueHeadCount), "head_dim": .integer(c.headSize),
      "max_position_embeddings": .integer(c.contextLength), "vocab_size": .integer(c.vocabularySize),
      "rms_norm_eps": .number(Double("\(c.normEpsilon)") ?? Double(c.normEpsilon)), "rope_theta": .number(Double(c.ropeBase)),
      "rope_scaling": .null, "tie_word_embeddings": .bool(c.tiesEmbeddings), "torch_dtype": dtype,
      "bos_token_id": bos.map { .integer($0) } ?? .null, "eos_token_id": eos.map { .integer($0) } ?? .null,
    ]
  }

  /// The weights under Hugging Face's names, all of one type; safetensors holds f32, f16 and bf16.
  public func tensorsToWrite(_ type: ElementType) -> [TensorToWrite] {
    parameters.map { parameter in
      TensorToWrite(name: parameter.name, shape: parameter.weight.shape, type: type) { () throws(FileError) in parameter.tensor.values }
    }
  }

  /// Writes one GGUF file, matrices as `type`; `tokenizer` is the tokenizer's metadata, `extra` whatever else it should say of itself.
  public func writeGGUF(
    to path: String, name: String, type: ElementType, tokenizer: [(key: String, value: GGUFValue)],
    extra: [(key: String, value: GGUFValue)] = []
  ) throws(FileError) {
    let c = configuration
    let tensors = parameters.map { parameter in
      let (weight, isPermuted) = (parameter.weight, GGUFNames.isPermuted(parameter.name))
      // llama.cpp wants vectors in f32, and rows must fill whole blocks.
      let stored = weight.shape.count < 2 || weight.columns % type.blockSize != 0 ? .f32 : type
      return TensorToWrite(name: GGUFNames.tensor(parameter.name), shape: weight.shape, type: stored) { () throws(FileError) in
        let tensor = weight.tensor
        guard isPermuted else { return tensor.values }
        let permuted = Tensor(uninitialized: tensor.shape)
        for row in 0..<tensor.rows {
          let target = permuted.data + GGUFNames.storedRow(of: row, headSize: c.headSize) * tensor.columns
          target.update(from: tensor.data + row * tensor.columns, count: tensor.columns)
        }
        return permuted.values
      }
    }
    try GGUFWriter.write(metadata: c.ggufMetadata(name: name) + extra + tokenizer, tensors: tensors, to: path)
  }
}
