"""Golden checkpoints for ModelFiles, made by the reference programs: llama2.c's three versions, and a GGUF model in three parts.

    python3 -m venv venv && venv/bin/pip install numpy torch safetensors gguf
    git clone https://github.com/karpathy/llama2.c
    venv/bin/python Tests/Reference/make_checkpoints.py llama2.c

Writes to ModelFilesTests/Golden: `llama2c-v{0,1,2}.bin` (one small random model; version 0 with an unembedding of its own), `llama2c.safetensors` (its
parameters under Hugging Face's names in llama2.c's row order, and as NAME.quantized what version 2 decodes to), `split-0000{1,2,3}-of-00003.gguf`.
"""

import contextlib
import io
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter
from safetensors.torch import save_file

GOLDEN = Path(__file__).parent.parent / "ModelFilesTests" / "Golden"
NAMES = {
    "attention.wq": "self_attn.q_proj", "attention.wk": "self_attn.k_proj", "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj", "feed_forward.w1": "mlp.gate_proj", "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj", "attention_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}


def hugging_face_name(name: str) -> str:
    whole = {"tok_embeddings.weight": "model.embed_tokens.weight", "norm.weight": "model.norm.weight", "output.weight": "lm_head.weight"}
    if name in whole:
        return whole[name]
    _, layer, inner = name.split(".", 2)
    return f"model.layers.{layer}.{NAMES[inner.removesuffix('.weight')]}.weight"


def write_llama2c(checkout: str) -> None:
    sys.path.insert(0, checkout)
    from export import legacy_export, quantize_q80, version1_export, version2_export
    from model import ModelArgs, Transformer

    torch.manual_seed(1)
    model = Transformer(ModelArgs(dim=8, n_layers=2, n_heads=2, n_kv_heads=1, vocab_size=5, hidden_dim=12, multiple_of=4, max_seq_len=6))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
    tied = {name: value.detach().clone() for name, value in model.state_dict().items() if name != "output.weight"}
    tensors = {hugging_face_name(name): value for name, value in tied.items()}
    for name, value in tied.items():
        if value.dim() == 2:
            # The group is the width: version2_export halves 64 until it divides the width.
            quants, scales, _ = quantize_q80(value, 8)
            tensors[hugging_face_name(name) + ".quantized"] = (quants.float() * scales[:, None]).view(value.shape)
    with contextlib.redirect_stdout(io.StringIO()):
        version1_export(model, GOLDEN / "llama2c-v1.bin")
        version2_export(model, GOLDEN / "llama2c-v2.bin")
        model.output.weight = torch.nn.Parameter(torch.randn(5, 8))
        tensors["lm_head.weight"] = model.output.weight.detach()
        legacy_export(model, GOLDEN / "llama2c-v0.bin")
    save_file(tensors, GOLDEN / "llama2c.safetensors")


def write_split() -> None:
    writer = GGUFWriter(GOLDEN / "split.gguf", "test", split_max_tensors=2)
    writer.add_string("test.note", "only the first part has this")
    for index in range(5):
        writer.add_tensor(f"tensor.{index}", np.arange(6, dtype=np.float32).reshape(2, 3) + index * 10)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write_llama2c(sys.argv[1])
    write_split()
