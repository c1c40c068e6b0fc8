// The numbers of published models' config.json: as many parameters as transformers counts for the same numbers. Not here: their weights.
import ModelFiles
import Testing

@testable import Models

@Suite struct PublishedConfigurationTests {
  static let models: [(name: String, config: JSON, parameters: Int, windowedLayers: Int)] = [
    (
      "gpt2",
      [
        "model_type": "gpt2", "vocab_size": 50257, "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
        "layer_norm_epsilon": 1e-05, "activation_function": "gelu_new",
      ], 124_439_808, 0
    ),
    (
      "Qwen2.5-0.5B",
      [
        "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
        "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32768, "max_window_layers": 24,
        "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "use_sliding_window": false,
        "hidden_act": "silu",
      ], 494_032_768, 0
    ),
    (
      "Qwen3-0.6B",
      [
        "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 40960, "rms_norm_eps": 1e-06,
        "rope_theta": 1000000, "tie_word_embeddings": true, "attention_bias": false, "hidden_act": "silu", "sliding_window": .null,
        "use_sliding_window": false,
      ], 596_049_920, 0
    ),
    (
      "Llama-3.2-1B",
      [
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05,
        "rope_theta": 500000.0,
        "rope_scaling": [
          "factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3",
          "rope_theta": 500000.0,
        ], "tie_word_embeddings": true, "attention_bias": false, "mlp_bias": false, "hidden_act": "silu",
      ], 1_235_814_400, 0
    ),
    (
      "TinyLlama-1.1B",
      [
        "model_type": "llama", "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22,
        "num_attention_heads": 32, "num_key_value_heads": 4, "max_position_embeddings": 2048, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
        "tie_word_embeddings": false, "hidden_act": "silu",
      ], 1_100_048_384, 0
    ),
    (
      "Mistral-7B-v0.1",
      [
        "model_type": "mistral", "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "max_position_embeddings": 32768, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
        "sliding_window": 4096, "tie_word_embeddings": false, "hidden_act": "silu",
      ], 7_241_732_096, 32
    ),
    (
      "Phi-3-mini-4k",
      [
        "model_type": "phi3", "vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 4096, "original_max_position_embeddings": 4096,
        "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "rope_scaling": .null, "sliding_window": 2047, "tie_word_embeddings": false,
        "hidden_act": "silu", "pad_token_id": 32000,
      ], 3_821_079_552, 32
    ),
    (
      "gemma-2-2b",
      [
        "model_type": "gemma2", "vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 8192, "rms_norm_eps": 1e-06,
        "rope_theta": 10000.0, "sliding_window": 4096, "query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0,
        "final_logit_softcapping": 30.0, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
        "attention_bias": false,
      ], 2_614_341_888, 13
    ),
    (
      "gemma-3-1b",
      [
        "model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 1152, "intermediate_size": 6912, "num_hidden_layers": 26,
        "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-06,
        "rope_theta": 1000000, "rope_local_base_freq": 10000, "rope_scaling": .null, "sliding_window": 512, "sliding_window_pattern": 6,
        "query_pre_attn_scalar": 256, "attn_logit_softcapping": .null, "final_logit_softcapping": .null,
        "hidden_activation": "gelu_pytorch_tanh", "attention_bias": false,
      ], 999_885_952, 22
    ),
    (
      "glm-4-9b-chat-hf",
      [
        "model_type": "glm", "vocab_size": 151552, "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40,
        "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1.5625e-07,
        "rope_theta": 10000.0, "attention_bias": true, "tie_word_embeddings": false, "hidden_act": "silu", "pad_token_id": 151329,
      ], 9_399_951_360, 0
    ),
    (
      "GLM-4-9B-0414",
      [
        "model_type": "glm4", "vocab_size": 151552, "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40,
        "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128, "max_position_embeddings": 32768, "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0, "partial_rotary_factor": 0.5, "attention_bias": true, "tie_word_embeddings": false, "hidden_act": "silu",
        "pad_token_id": 151329,
      ], 9_400_279_040, 0
    ),
  ]

  @Test(arguments: models.indices)
  func parametersAreAsMany(_ index: Int) throws {
    let model = Self.models[index]
    let c = try TransformerConfiguration(huggingFace: model.config, file: "config.json")
    let counts = c.layout.map { $0.shape.reduce(1, *) }
    #expect(counts.reduce(0, +) == model.parameters, "\(model.name)")
    #expect((0..<c.layerCount).count { c.isWindowed($0) } == model.windowedLayers, "\(model.name)")
    // The files' tensors hold each parameter once.
    for format in [ModelFormat.huggingFace, .gguf] {
      let stored = c.storedTensors(format).reduce(0) { $0 + $1.shape.reduce(1, *) }
      #expect(stored == model.parameters, "\(model.name)")
    }
  }
}
