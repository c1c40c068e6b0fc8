#!/usr/bin/env python3
"""Opens adapters as the lab writes them in PEFT, and compares the logits with the goldens of make_adapter_goldens.py.

    pip install torch safetensors numpy transformers peft
    LLMLAB_WRITE_ADAPTERS=DIR swift test --filter writeEveryAdapter
    python3 Tests/Reference/check_peft.py DIR

DIR holds for each case base/ (config.json, model.safetensors), adapter/ (PEFT's two files) and merged/ (a model without adapter). Fails when the logits of
either differ by more than 1e-4.
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, logging

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
prompts = json.loads((golden / "families.json").read_text())
expected = load_file(golden / "adapters.safetensors")
logging.disable_progress_bar()


def opened(folder: Path):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


failed = []
for name in json.loads((golden / "adapters.json").read_text()):
    folder = Path(sys.argv[1]) / name
    tokens = torch.tensor([prompts[name]["tokens"]])
    with torch.no_grad():
        adapted = PeftModel.from_pretrained(opened(folder / "base"), folder / "adapter").eval()(tokens, use_cache=False).logits[0]
        merged = opened(folder / "merged")(tokens, use_cache=False).logits[0]
    differences = [(x - expected[f"{name} logits"]).abs().max().item() for x in (adapted, merged)]
    print(f"{name}: adapter {differences[0]:.2e}, merged {differences[1]:.2e}")
    if max(differences) > 1e-4:
        failed.append(name)
sys.exit(f"differ: {', '.join(failed)}" if failed else 0)
