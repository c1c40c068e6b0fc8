#!/usr/bin/env python3
"""Writes the golden files of all families into Tests/ModelsTests/Golden.

    pip install torch safetensors numpy transformers
    python3 Tests/Reference/make_family_goldens.py

Every case of families.py is a tiny model whose weights follow from its tensors' names, so that no weights are stored.

Written:
  families.json
      By case: "config", as transformers saves config.json (ChatGLM: as its authors do); "tensors", name and shape of each tensor of the folder;
      "tokens", 41 ids; "continuation", the 64 that greedy decoding puts behind them.
  families.safetensors
      By case: logits of the tokens [41, 33], float32.

The logits are those of `transformers` with eager attention, ChatGLM's those of families.py. A continuation counts only where the best logit leads by
more than 2e-3 at each of its tokens and three different tokens come early: otherwise the prompt is drawn again.
"""

import json
import tempfile
from pathlib import Path

import torch

import families
from llama import write_tensors

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
PROMPT, CONTINUATION, LEAD, VARIETY = 41, 64, 2e-3, 3


def saved_config(config: dict) -> dict:
    if config["model_type"] == "chatglm":
        return config
    with tempfile.TemporaryDirectory() as folder:
        families.transformers_model(config, weights={}).config.save_pretrained(folder)
        saved = json.loads((Path(folder) / "config.json").read_text())
    for key in ("transformers_version", "dtype", "torch_dtype", "initializer_range"):
        saved.pop(key, None)
    return saved


def continued(logits, prompt: list[int]):
    """The greedy continuation, or None where two tokens are too close to call, or always the same ones come."""
    tokens = list(prompt)
    for step in range(CONTINUATION):
        (best, second), (token, _) = (part.tolist() for part in logits(tokens)[-1].topk(2))
        tokens.append(token)
        if best - second < LEAD or step == 8 and len(set(tokens[len(prompt) :])) < VARIETY:
            return None
    return tokens[len(prompt) :]


cases, tensors = {}, {}
with torch.no_grad():
    for name, config in families.CASES.items():
        logits = families.logits_function(config)
        for attempt in range(500):
            numbers = families.uniform(f"{name} {attempt}", PROMPT)
            prompt = ((numbers + 1) / 2 * families.VOCABULARY).long().tolist()
            if continuation := continued(logits, prompt):
                break
        else:
            raise SystemExit(f"{name}: no prompt with a clear continuation")
        tensors[name] = logits(prompt)
        cases[name] = {
            "config": saved_config(config), "tensors": families.shapes(config), "tokens": prompt, "continuation": continuation,
        }
        values = tensors[name]
        print(f"{name}: logits of deviation {values.std():.2f}, largest {values.abs().max():.2f}, {len(set(continuation))} different tokens")

lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case, separators=(',', ':'))}" for name, case in cases.items())
(golden / "families.json").write_text("{\n" + lines + "\n}\n")
write_tensors(golden / "families.safetensors", tensors)
