"""Random-weight models (fixed seed) as Hugging Face folders and GGUF files; quantized by llama.cpp's own quantizer with its defaults,
except that Q4_0 files hold no other quantized type.

usage: make_models.py FOLDER [5M 15M 110M 0.5B]

FOLDER/models.json says what each file's tensors weigh, by type: the floors are computed from it.
"""
import json
import sys
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from shapes import MODELS, TYPES
from vocabulary import vocabulary

NORM_EPSILON, ROPE_BASE = 1e-5, 10000.0
BLOCK_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}


def make_weights(shape, folder):
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads, intermediate_size=shape.feed_forward, vocab_size=shape.vocabulary,
        max_position_embeddings=shape.context, tie_word_embeddings=True, rms_norm_eps=NORM_EPSILON,
        bos_token_id=shape.vocabulary - 2, eos_token_id=shape.vocabulary - 1)
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    return {name: value.detach().float().numpy() for name, value in model.state_dict().items() if name != "lm_head.weight"}


def interleaved(weight, heads):
    """Hugging Face pairs RoPE's dimensions by halves, GGUF by neighbours."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def gguf_tensors(shape, weights):
    yield "token_embd.weight", weights["model.embed_tokens.weight"]
    yield "output_norm.weight", weights["model.norm.weight"]
    heads = {"self_attn.q_proj": shape.heads, "self_attn.k_proj": shape.key_value_heads}
    for layer in range(shape.layers):
        for ours, theirs in BLOCK_NAMES.items():
            weight = weights[f"model.layers.{layer}.{ours}.weight"]
            yield f"blk.{layer}.{theirs}.weight", interleaved(weight, heads[ours]) if ours in heads else weight


def write_gguf(path, shape, weights, kind):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type({"F32": 0, "F16": 1, "BF16": 32}[kind])
    tokens, kinds, merges = vocabulary(shape.vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    for name, weight in gguf_tensors(shape, weights):
        if weight.ndim == 1 or kind == "F32":
            writer.add_tensor(name, weight.astype(np.float32))
        elif kind == "F16":
            writer.add_tensor(name, weight.astype(np.float16))
        else:
            bf16 = gguf.GGMLQuantizationType.BF16
            writer.add_tensor(name, gguf.quants.quantize(weight.astype(np.float32), bf16), raw_dtype=bf16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source, target, kind):
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.nthread = 1
    settings.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    settings.pure = kind == "Q4_0"  # else the embedding would be Q6_K or Q8_0
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), settings) != 0:
        raise SystemExit(f"llama.cpp could not quantize {target}")


def tensor_bytes(path):
    kinds = {}
    for tensor in gguf.GGUFReader(str(path)).tensors:
        kinds[tensor.tensor_type.name] = kinds.get(tensor.tensor_type.name, 0) + int(tensor.n_bytes)
    return kinds


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    index_path = folder / "models.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    for name in sys.argv[2:] or MODELS:
        weights = make_weights(MODELS[name], folder / name)
        for kind in TYPES:
            path = folder / f"{name}.{kind}.gguf"
            if kind.startswith("Q"):
                quantize(folder / f"{name}.F32.gguf", path, kind)
            else:
                write_gguf(path, MODELS[name], weights, kind)
            index[path.name] = tensor_bytes(path)
            print(path.name, {k: f"{v / 1e6:.2f} MB" for k, v in index[path.name].items()}, flush=True)
        index_path.write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
