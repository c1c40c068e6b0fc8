#!/usr/bin/env python3
"""Writes the golden files of a small random Llama into Tests/ModelsTests/Golden.

    pip install torch safetensors numpy transformers    # transformers only for the cross-check
    python3 Tests/Reference/make_llama_golden.py

Written:
  llama-small/config.json, llama-small/model.safetensors
      A Hugging Face folder: hidden size 32, 2 blocks, 4 heads over 2 key-value heads of size 8, intermediate size 48,
      vocabulary 61, tied embeddings, RoPE base 10000, epsilon 1e-5. Float32 weights.
  llama-small-expected.json
      {"tokens": [17 token ids]}; positions are 0...16, the mask is causal.
  llama-small-expected.safetensors
      Float32 tensors under TransformerLens's names:
        logits                               [17, 61]
        hook_embed                           [17, 32]
        ln_final.hook_normalized             [17, 32]
        blocks.0.hook_resid_post             [17, 32]
        blocks.0.attn.hook_pattern           [4, 17, 17]   heads, queries, keys; 0 where masked
        blocks.1.<every hook of the block>   as in Sources/Models/Hook.swift, except hook_attn_scores and hook_result
"""

import json
from pathlib import Path

import torch

import llama

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
folder = golden / "llama-small"

weights = llama.random_weights(seed=20240601, deviation=0.25)
llama.write_folder(folder, weights)

tokens = torch.tensor([1, 17, 4, 60, 4, 33, 58, 9, 9, 0, 21, 47, 12, 5, 30, 17, 2])
n = len(tokens)
positions, mask = torch.arange(n), torch.ones(n, n, dtype=torch.bool).tril()
hooks = {}
logits = llama.forward({name: w.double() for name, w in weights.items()}, tokens, positions, mask, hooks)
llama.check_close("float32 run of the same code", llama.forward(weights, tokens, positions, mask), logits, 2e-5)

model = llama.transformers_model(folder)
if model is None:
    print("transformers is not installed: no cross-check")
else:
    with torch.no_grad():
        theirs = model(tokens[None], output_attentions=True, output_hidden_states=True)
    llama.check_close("transformers, logits", theirs.logits[0], logits, 2e-5)
    llama.check_close("transformers, pattern of block 1", theirs.attentions[1][0], hooks["blocks.1.attn.hook_pattern"], 1e-5)
    llama.check_close("transformers, residual after block 0", theirs.hidden_states[1][0], hooks["blocks.0.hook_resid_post"], 1e-5)

kept = {"logits", "hook_embed", "ln_final.hook_normalized", "blocks.0.hook_resid_post", "blocks.0.attn.hook_pattern"}
llama.write_tensors(
    golden / "llama-small-expected.safetensors",
    {name: value for name, value in hooks.items() if name in kept or name.startswith("blocks.1.")},
)
(golden / "llama-small-expected.json").write_text(json.dumps({"tokens": tokens.tolist()}) + "\n")
