#!/usr/bin/env python3
"""Writes the golden files of LoRA adapters into Tests/ModelsTests/Golden.

    pip install torch safetensors numpy transformers peft
    python3 Tests/Reference/make_adapter_goldens.py

Each case is a tiny model of families.py with an adapter of PEFT over every projection; A and B follow from their tensors' names, so that no weights are
stored.

Written:
  adapters.json
      By case: "config", adapter_config.json as PEFT saves it; "tensors", name and shape of each tensor of adapter_model.safetensors; "loss", the mean
      loss in nats of predicting token i + 1 from token i over the family's 41 tokens.
  adapters.safetensors
      "CASE logits" [41, 33]; "CASE gradient TENSOR", of that loss, for every A and B. Float32, computed in float64.
"""

import json
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

import families
from llama import write_tensors

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# Fused projections, transposed ones, another scale by rank, another alpha for one layer.
CASES = {
    "llama": dict(r=3, lora_alpha=6, target_modules=ALL),
    "qwen3": dict(r=4, lora_alpha=8, use_rslora=True, alpha_pattern={"v_proj": 3}, target_modules=ALL),
    "phi3": dict(r=2, lora_alpha=5, target_modules=["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]),
    "gpt2": dict(r=2, lora_alpha=2, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True),
    "gemma2": dict(r=1, lora_alpha=1, target_modules=["q_proj", "down_proj"]),
}


def seeded(name: str, shape) -> torch.Tensor:
    return (families.uniform(name, shape[0] * shape[1]).reshape(tuple(shape)) * 0.5).float()


cases, tensors = {}, {}
prompts = json.loads((golden / "families.json").read_text())
for name, settings in CASES.items():
    base = families.transformers_model(families.CASES[name])
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, **settings))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        saved = {n: list(t.shape) for n, t in load_file(Path(folder) / "adapter_model.safetensors").items()}
        config = json.loads((Path(folder) / "adapter_config.json").read_text())
    parameters = {n.replace(".default.", "."): p for n, p in model.named_parameters() if ".lora_" in n}
    assert set(parameters) == set(saved), set(parameters) ^ set(saved)
    with torch.no_grad():
        for n, p in parameters.items():
            p.copy_(seeded(n, p.shape))
    model = model.double().eval()
    tokens = torch.tensor(prompts[name]["tokens"])
    logits = model(tokens[None], use_cache=False).logits[0]
    loss = torch.nn.functional.cross_entropy(logits[:-1], tokens[1:])
    loss.backward()
    cases[name] = {"config": {k: v for k, v in config.items() if k != "peft_version"} | {"target_modules": sorted(config["target_modules"])}, "tensors": saved, "loss": loss.item()}
    tensors[f"{name} logits"] = logits
    for n, p in parameters.items():
        tensors[f"{name} gradient {n}"] = p.grad
    print(f"{name}: {len(saved)} tensors, loss {loss.item():.5f}")

(golden / "adapters.json").write_text(json.dumps(cases, indent=1) + "\n")
write_tensors(golden / "adapters.safetensors", tensors)
