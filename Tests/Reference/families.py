"""Small random models of every family: their configurations, their weights, and ChatGLM written plainly.

Shared by make_family_goldens.py and check_llama_cpp.py. Weights are not stored anywhere: `value` is a function of a tensor's name, written a second
time in Swift (Tests/ModelsTests/FamilyModel.swift).
"""

import math

import torch

VOCABULARY = 33
CONTEXT = 128

LLAMA = dict(
    model_type="llama", vocab_size=VOCABULARY, hidden_size=24, intermediate_size=36, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, tie_word_embeddings=False,
    bos_token_id=1, eos_token_id=2, pad_token_id=None,
)
# llama.cpp wants heads that fill the hidden size in some families.
GLM = LLAMA | dict(model_type="glm", hidden_size=48, head_dim=8, num_attention_heads=6, attention_bias=True, rms_norm_eps=1.5625e-7)
GEMMA = LLAMA | dict(
    model_type="gemma2", hidden_size=20, head_dim=8, num_hidden_layers=4, tie_word_embeddings=True, query_pre_attn_scalar=8, sliding_window=5,
    rms_norm_eps=1e-6, pad_token_id=0, hidden_activation="gelu_pytorch_tanh",
)
GPT2 = dict(
    model_type="gpt2", vocab_size=VOCABULARY, n_embd=24, n_layer=3, n_head=4, n_positions=CONTEXT, layer_norm_epsilon=1e-5,
    activation_function="gelu_new", bos_token_id=1, eos_token_id=2,
)


def rope(kind, theta=100.0, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=theta, **more))


# The scalings stretch a context of 32: short enough that every band of frequencies has members.
CASES = {
    "llama": LLAMA | dict(hidden_size=27, head_dim=10, num_attention_heads=3, num_key_value_heads=1, intermediate_size=19, tie_word_embeddings=True),
    "llama-linear": LLAMA | rope("linear", factor=4.0),
    "llama-llama3": LLAMA
    | rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32),
    "llama-yarn": LLAMA | rope("yarn", factor=4.0, original_max_position_embeddings=32),
    "llama-yarn-factor": LLAMA
    | rope("yarn", factor=4.0, original_max_position_embeddings=32, attention_factor=1.3, beta_fast=4.0, beta_slow=0.5, truncate=False),
    "llama-yarn-mscale": LLAMA | rope("yarn", factor=4.0, original_max_position_embeddings=32, mscale=1.2, mscale_all_dim=0.7),
    "llama-dynamic": LLAMA | rope("dynamic", factor=2.0),
    "llama-biases": LLAMA | dict(attention_bias=True, mlp_bias=True, num_key_value_heads=1, tie_word_embeddings=True),
    "mistral": LLAMA | dict(model_type="mistral", head_dim=6, sliding_window=7),
    "qwen2": {k: v for k, v in LLAMA.items() if k != "head_dim"} | dict(model_type="qwen2", tie_word_embeddings=True),
    "qwen3": LLAMA | dict(model_type="qwen3", head_dim=14, rms_norm_eps=1e-6),
    "phi3": {k: v for k, v in LLAMA.items() if k != "head_dim"} | dict(model_type="phi3", pad_token_id=0, sliding_window=None),
    "phi3-partial": LLAMA | dict(model_type="phi3", hidden_size=32, head_dim=8, pad_token_id=0, sliding_window=9, **rope("default", partial_rotary_factor=0.5)),
    "glm": GLM | rope("default", partial_rotary_factor=0.5),
    "glm4": GLM | dict(model_type="glm4", head_dim=12, tie_word_embeddings=True) | rope("default", partial_rotary_factor=0.5),
    "chatglm": dict(
        model_type="chatglm", architectures=["ChatGLMModel"], padded_vocab_size=VOCABULARY, hidden_size=48, ffn_hidden_size=20, num_layers=2,
        num_attention_heads=6, kv_channels=8, multi_query_attention=True, multi_query_group_num=2, seq_length=CONTEXT, layernorm_epsilon=1e-5,
        add_qkv_bias=True, add_bias_linear=False, rmsnorm=True, post_layer_norm=True, rope_ratio=2, tie_word_embeddings=False,
    ),
    "gpt2": GPT2,
    "gpt2-erf": GPT2 | dict(n_inner=90, activation_function="gelu", tie_word_embeddings=False),
    "gemma2": GEMMA | dict(attn_logit_softcapping=4.0, final_logit_softcapping=5.0),
    "gemma2-open": GEMMA | dict(attn_logit_softcapping=None, final_logit_softcapping=None, query_pre_attn_scalar=3, sliding_window=300),
    "gemma3": GEMMA | dict(model_type="gemma3_text", num_hidden_layers=6),
    "gemma3-linear": GEMMA
    | dict(
        model_type="gemma3_text", layer_types=["sliding_attention", "full_attention"] * 2, tie_word_embeddings=False,
        rope_parameters=dict(
            full_attention=dict(rope_type="linear", rope_theta=1000.0, factor=8.0), sliding_attention=dict(rope_type="default", rope_theta=100.0)
        ),
    ),
}


def uniform(name: str, count: int) -> torch.Tensor:
    """`count` numbers in [-1, 1): SplitMix64 from the FNV-1a hash of the name."""
    mask = (1 << 64) - 1
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 & mask
    numbers = []
    for _ in range(count):
        state = state + 0x9E3779B97F4A7C15 & mask
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        numbers.append((z ^ z >> 31) >> 11)
    return torch.tensor(numbers, dtype=torch.float64) * 2.0**-52 - 1


def value(name: str, shape, model_type: str) -> torch.Tensor:
    """A tensor's values: matrices that keep activations at about 1 and spread logits, norms around 1, biases that matter."""
    u = uniform(name, math.prod(shape)).reshape(tuple(shape))
    if len(shape) == 2:
        # Gemma enlarges its embeddings by the square root of their width.
        gain = 1.5 if shape[0] != VOCABULARY else 1.0 if model_type.startswith("gemma") else 3.0
        return (u * gain * math.sqrt(3 / shape[1])).float()
    if name.endswith(".bias"):
        return (u * 0.3).float()
    return ((0.0 if model_type.startswith("gemma") else 1.0) + u * 0.4).float()


def shapes(config: dict) -> dict[str, list[int]]:
    """The tensors of a folder, by name; tied tables once."""
    if config["model_type"] == "chatglm":
        return chatglm_shapes(config)
    model = transformers_model(config, weights={})
    tied = model.config.tie_word_embeddings
    return {name: list(t.shape) for name, t in model.state_dict().items() if not (tied and name == "lm_head.weight")}


def weights(config: dict) -> dict[str, torch.Tensor]:
    return {name: value(name, shape, config["model_type"]) for name, shape in shapes(config).items()}


def transformers_model(config: dict, weights=None):
    from transformers import AutoConfig, AutoModelForCausalLM

    settings = {k: v for k, v in config.items() if k != "model_type"}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(config["model_type"], **settings), attn_implementation="eager").eval()
    if weights is None:
        weights = {name: value(name, shape, config["model_type"]) for name, shape in shapes(config).items()}
    if weights:
        missing, unexpected = model.load_state_dict(weights, strict=False)
        if unexpected or any(name != "lm_head.weight" for name in missing):
            raise SystemExit(f"{missing} {unexpected}")
    return model


def logits_function(config: dict):
    """tokens → logits [n, vocabulary] in float32."""
    if config["model_type"] == "chatglm":
        w = weights(config)
        return lambda tokens: chatglm_forward(config, w, torch.tensor(tokens))
    model = transformers_model(config)
    return lambda tokens: model(torch.tensor([tokens]), use_cache=False).logits[0]


# ChatGLM2, ChatGLM3 and GLM-4 in the authors' format, from their modeling_chatglm.py: one matrix for query, key and value of grouped heads, the
# first half of each head turned in neighbouring pairs, SwiGLU with gate and up in one matrix.


def chatglm_shapes(c: dict) -> dict[str, list[int]]:
    d, f, size = c["hidden_size"], c["ffn_hidden_size"], c["kv_channels"]
    queries, keys = c["num_attention_heads"] * size, c["multi_query_group_num"] * size
    list_ = {"transformer.embedding.word_embeddings.weight": [c["padded_vocab_size"], d]}
    for layer in range(c["num_layers"]):
        at = f"transformer.encoder.layers.{layer}."
        list_[at + "input_layernorm.weight"] = [d]
        list_[at + "self_attention.query_key_value.weight"] = [queries + 2 * keys, d]
        if c["add_qkv_bias"]:
            list_[at + "self_attention.query_key_value.bias"] = [queries + 2 * keys]
        list_[at + "self_attention.dense.weight"] = [d, queries]
        list_[at + "post_attention_layernorm.weight"] = [d]
        list_[at + "mlp.dense_h_to_4h.weight"] = [2 * f, d]
        list_[at + "mlp.dense_4h_to_h.weight"] = [d, f]
    list_["transformer.encoder.final_layernorm.weight"] = [d]
    list_["transformer.output_layer.weight"] = [c["padded_vocab_size"], d]
    return list_


def chatglm_forward(c: dict, w: dict[str, torch.Tensor], tokens: torch.Tensor) -> torch.Tensor:
    n, size, heads, groups = len(tokens), c["kv_channels"], c["num_attention_heads"], c["multi_query_group_num"]
    turned = size // 2
    base = 10000.0 * c["rope_ratio"]
    angles = torch.outer(torch.arange(n).float(), 1.0 / base ** (torch.arange(0, turned, 2).float() / turned))

    def norm(x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + c["layernorm_epsilon"]) * w[name]

    def turn(x):
        even, odd, rest = x[..., 0:turned:2], x[..., 1:turned:2], x[..., turned:]
        cos, sin = angles.cos()[:, None], angles.sin()[:, None]
        pairs = torch.stack((even * cos - odd * sin, odd * cos + even * sin), dim=-1)
        return torch.cat((pairs.flatten(-2), rest), dim=-1)

    mask = torch.ones(n, n, dtype=torch.bool).tril()
    x = w["transformer.embedding.word_embeddings.weight"][tokens]
    for layer in range(c["num_layers"]):
        at = f"transformer.encoder.layers.{layer}."
        mixed = norm(x, at + "input_layernorm.weight") @ w[at + "self_attention.query_key_value.weight"].T
        if c["add_qkv_bias"]:
            mixed = mixed + w[at + "self_attention.query_key_value.bias"]
        q, k, v = mixed.split([heads * size, groups * size, groups * size], dim=-1)
        q, k, v = turn(q.view(n, heads, size)), turn(k.view(n, groups, size)), v.view(n, groups, size)
        k, v = k.repeat_interleave(heads // groups, dim=1), v.repeat_interleave(heads // groups, dim=1)
        scores = torch.einsum("qhs,khs->hqk", q, k) / math.sqrt(size)
        pattern = torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
        z = torch.einsum("hqk,khs->qhs", pattern, v).reshape(n, heads * size)
        x = x + z @ w[at + "self_attention.dense.weight"].T
        b = norm(x, at + "post_attention_layernorm.weight")
        gate, up = (b @ w[at + "mlp.dense_h_to_4h.weight"].T).chunk(2, dim=-1)
        x = x + (torch.nn.functional.silu(gate) * up) @ w[at + "mlp.dense_4h_to_h.weight"].T
    return norm(x, "transformer.encoder.final_layernorm.weight") @ w["transformer.output_layer.weight"].T
