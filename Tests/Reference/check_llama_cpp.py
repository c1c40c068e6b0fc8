#!/usr/bin/env python3
"""Opens every family as the lab writes it in llama.cpp and in transformers, and compares the logits with the goldens.

    pip install torch safetensors numpy transformers llama-cpp-python
    LLMLAB_WRITE_FAMILIES=DIR swift test --filter writeEveryFamily
    python3 Tests/Reference/check_llama_cpp.py DIR

DIR holds a folder for each case of families.py: config.json and model.safetensors, and model.gguf where GGUF can say what the model is. The GGUF files have
no vocabulary; the check feeds token ids. Fails when llama.cpp's best token differs from the golden's at any position (positions where the golden's best two
lie within llama.cpp's own difference are named and do not count), when its logits differ by more than 0.02 (its KV cache of f16 is switched to f32, but GELU
goes through a table of f16), or when transformers' logits differ by more than 2e-4.
"""

import ctypes
import json
import sys
from pathlib import Path

import llama_cpp
import numpy as np
import torch
from safetensors.numpy import load_file

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
# llama.cpp ignores the windows of these: only the positions before the window's end are alike. It has no GELU by erf, and no Gemma of these scales.
WINDOWLESS = {"mistral": 7, "phi3-partial": 9}
LIMIT_LLAMA_CPP, LIMIT_TRANSFORMERS = 0.02, 2e-4


@llama_cpp.llama_log_callback
def log(level, text, _):
    if level >= 4:
        messages.append(text.decode(errors="replace"))


messages: list[str] = []


def llama_logits(path: Path, tokens: list[int]) -> np.ndarray:
    model_parameters = llama_cpp.llama_model_default_params()
    model_parameters.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), model_parameters)
    if not model:
        raise RuntimeError("".join(messages).strip())
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_ubatch, parameters.n_threads, parameters.n_threads_batch = 128, 128, 128, 1, 1
    parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F32
    parameters.flash_attn_type = 0
    context = llama_cpp.llama_init_from_model(model, parameters)
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, 1
        batch.seq_id[i][0] = 0
    if llama_cpp.llama_decode(context, batch) != 0:
        raise RuntimeError("llama_decode failed")
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    rows = [np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, i), shape=(vocabulary,)).copy() for i in range(len(tokens))]
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return np.stack(rows)


def transformers_logits(folder: Path, tokens: list[int]) -> np.ndarray:
    from transformers import AutoModelForCausalLM, logging

    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0].numpy()


def compare(name: str, logits: np.ndarray, expected: np.ndarray, limit: float) -> str | None:
    difference = np.abs(logits - expected).max()
    top = np.sort(expected, axis=1)
    wrong = np.flatnonzero((logits.argmax(1) != expected.argmax(1)) & (top[:, -1] - top[:, -2] > 2 * difference))
    print(f"{name}: {len(expected)} positions, largest difference {difference:.2e} of {np.abs(expected).max():.1f}, {len(wrong)} other best tokens")
    return f"{name} ({difference:.3g}, {len(wrong)})" if difference > limit or len(wrong) else None


llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
llama_cpp.llama_backend_init()
cases = json.loads((golden / "families.json").read_text())
expected = load_file(golden / "families.safetensors")
failures = []
for name, case in cases.items():
    folder, tokens = Path(sys.argv[1]) / name, case["tokens"]
    if case["config"]["model_type"] != "chatglm":
        failures.append(compare(f"{name} in transformers", transformers_logits(folder, tokens), expected[name], LIMIT_TRANSFORMERS))
    if not (folder / "model.gguf").exists():
        print(f"{name}: GGUF cannot say it")
        continue
    seen = WINDOWLESS.get(name, len(tokens))
    messages.clear()
    try:
        failures.append(compare(f"{name} in llama.cpp", llama_logits(folder / "model.gguf", tokens)[:seen], expected[name][:seen], LIMIT_LLAMA_CPP))
    except RuntimeError as problem:
        print(f"{name} in llama.cpp: {problem}")
        failures.append(f"{name}: {problem}")
failures = [failure for failure in failures if failure]
if failures:
    raise SystemExit("\n".join(["Failed:"] + failures))
