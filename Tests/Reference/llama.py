"""The reference Transformer: Hugging Face's Llama (modeling_llama.py) written plainly in PyTorch, with the shape of the goldens.

Shared by make_llama_golden.py and make_training_golden.py. Runs in the precision of the weights that it is given: the goldens are
computed in float64, so that they are the truth for float32 implementations and not one more rounding of it.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "eos_token_id": 2,
}


def random_weights(seed: int, deviation: float) -> dict[str, torch.Tensor]:
    """Float32 weights under Hugging Face's names. Norm weights lie around 1, so that a norm without weight would be seen."""
    generator = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    d, f, size = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["head_dim"]
    queries, keys = CONFIG["num_attention_heads"] * size, CONFIG["num_key_value_heads"] * size
    weights = {"model.embed_tokens.weight": normal(CONFIG["vocab_size"], d) * deviation * 2}
    for layer in range(CONFIG["num_hidden_layers"]):
        block = f"model.layers.{layer}."
        weights[block + "input_layernorm.weight"] = 1 + 0.2 * normal(d)
        weights[block + "self_attn.q_proj.weight"] = normal(queries, d) * deviation
        weights[block + "self_attn.k_proj.weight"] = normal(keys, d) * deviation
        weights[block + "self_attn.v_proj.weight"] = normal(keys, d) * deviation
        weights[block + "self_attn.o_proj.weight"] = normal(d, queries) * deviation
        weights[block + "post_attention_layernorm.weight"] = 1 + 0.2 * normal(d)
        weights[block + "mlp.gate_proj.weight"] = normal(f, d) * deviation
        weights[block + "mlp.up_proj.weight"] = normal(f, d) * deviation
        weights[block + "mlp.down_proj.weight"] = normal(d, f) * deviation
    weights["model.norm.weight"] = 1 + 0.2 * normal(d)
    return weights


def rms_norm(x, weight):
    variance = x.pow(2).mean(-1, keepdim=True)
    return weight * (x * torch.rsqrt(variance + CONFIG["rms_norm_eps"]))


def rotary(positions, dtype):
    size = CONFIG["head_dim"]
    frequencies = 1.0 / (CONFIG["rope_theta"] ** (torch.arange(0, size, 2, dtype=dtype) / size))
    angles = positions.to(dtype)[:, None] * frequencies[None, :]
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def forward(weights, tokens, positions, mask, hooks=None):
    """Logits [n, vocabulary] of one sequence. mask [n, n] is true where a query (row) may see a key (column).

    `hooks`, a dictionary, receives the intermediate values under TransformerLens's names, laid out as llmlab's recorder lays
    them out: projections as [n, heads, size], patterns as [heads, queries, keys].
    """
    keep = (lambda name, value: hooks.__setitem__(name, value.detach())) if hooks is not None else (lambda name, value: None)
    n, size = len(tokens), CONFIG["head_dim"]
    heads, kv_heads = CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"]
    table = weights["model.embed_tokens.weight"]
    cos, sin = rotary(positions, table.dtype)
    x = table[tokens]
    keep("hook_embed", x)
    for layer in range(CONFIG["num_hidden_layers"]):
        w = lambda name: weights[f"model.layers.{layer}.{name}.weight"]
        at = f"blocks.{layer}."
        keep(at + "hook_resid_pre", x)
        a = rms_norm(x, w("input_layernorm"))
        keep(at + "ln1.hook_normalized", a)
        q = (a @ w("self_attn.q_proj").T).view(n, heads, size)
        k = (a @ w("self_attn.k_proj").T).view(n, kv_heads, size)
        v = (a @ w("self_attn.v_proj").T).view(n, kv_heads, size)
        keep(at + "attn.hook_q", q), keep(at + "attn.hook_k", k), keep(at + "attn.hook_v", v)
        q = q * cos[:, None] + rotate_half(q) * sin[:, None]
        k = k * cos[:, None] + rotate_half(k) * sin[:, None]
        keep(at + "attn.hook_rot_q", q), keep(at + "attn.hook_rot_k", k)
        k = k.repeat_interleave(heads // kv_heads, dim=1)
        v = v.repeat_interleave(heads // kv_heads, dim=1)
        scores = torch.einsum("qhs,khs->hqk", q, k) / math.sqrt(size)
        keep(at + "attn.hook_scores", scores)
        pattern = torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
        keep(at + "attn.hook_pattern", pattern)
        z = torch.einsum("hqk,khs->qhs", pattern, v)
        keep(at + "attn.hook_z", z)
        attended = z.reshape(n, heads * size) @ w("self_attn.o_proj").T
        keep(at + "hook_attn_out", attended)
        x = x + attended
        keep(at + "hook_resid_mid", x)
        b = rms_norm(x, w("post_attention_layernorm"))
        keep(at + "ln2.hook_normalized", b)
        gate, up = b @ w("mlp.gate_proj").T, b @ w("mlp.up_proj").T
        keep(at + "mlp.hook_pre", gate), keep(at + "mlp.hook_pre_linear", up)
        activated = torch.nn.functional.silu(gate) * up
        keep(at + "mlp.hook_post", activated)
        fed = activated @ w("mlp.down_proj").T
        keep(at + "hook_mlp_out", fed)
        x = x + fed
        keep(at + "hook_resid_post", x)
    x = rms_norm(x, weights["model.norm.weight"])
    keep("ln_final.hook_normalized", x)
    logits = x @ table.T
    keep("logits", logits)
    return logits


def write_folder(folder: Path, weights: dict[str, torch.Tensor]) -> None:
    """A Hugging Face folder: config.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    write_tensors(folder / "model.safetensors", weights)


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file({name: t.detach().to(torch.float32).contiguous() for name, t in tensors.items()}, path, metadata={"format": "pt"})
    path.chmod(0o644)


def transformers_model(folder: Path):
    """The same folder opened by `transformers`, or None where that is not installed."""
    try:
        from transformers import LlamaForCausalLM
    except ImportError:
        return None
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def check_close(what: str, ours: torch.Tensor, theirs: torch.Tensor, tolerance: float) -> None:
    difference = (ours.double() - theirs.double()).abs().max().item()
    print(f"{what}: largest difference {difference:.2e}")
    if not difference <= tolerance:
        raise SystemExit(f"{what} differs by {difference}, more than {tolerance}")
