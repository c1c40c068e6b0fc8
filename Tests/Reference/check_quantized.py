#!/usr/bin/env python3
"""Compares logits of quantized models with llama.cpp, type by type.

    pip install llama-cpp-python numpy
    python3 Tests/Reference/check_quantized.py PATH/llmlab MODEL.gguf [TEXT]

MODEL.gguf in F32 or F16, rows of multiples of 256 for the K types, as llama.cpp opens it. `llmlab quantize` writes each type; both programs read the same
file and the same token ids. Both round what a product reads to 8 bits, each in its own way, so the printed line says who is how far from the exact logits,
those of the same weights written back as F32: positions with the same best token, overlaps of the ten best, and the root mean square distances
of ours, of llama.cpp's, and of one from the other. Where best tokens differ, the largest margin between llama.cpp's two best is printed.
"""
import json
import os
import subprocess
import sys
import tempfile

import llama_cpp
import numpy as np

program, model = sys.argv[1:3]
text = sys.argv[3] if len(sys.argv) > 3 else "Once upon a time there was a little cat who liked to sit on the mat and look at the rain. One day the cat"
types = "f16 bf16 q8_0 q6_k q5_k_m q4_k_m q3_k_m q2_k q5_1 q5_0 q4_1 q4_0 iq4_nl".split()


def ours(path):
    out = subprocess.run([program, "logits", "--model", path, "--raw", "--json", text], capture_output=True, text=True, check=True).stdout
    answer = json.loads(out)
    return answer["ids"], np.array(answer["logits"], np.float32)


def theirs(path, ids):
    llm = llama_cpp.Llama(path, n_ctx=len(ids) + 8, n_batch=512, logits_all=True, verbose=False)
    llm.eval(ids)
    logits = np.array(llm.scores[: len(ids)], np.float32)
    llm.close()
    return logits


with tempfile.TemporaryDirectory() as folder:
    for kind in types:
        path = os.path.join(folder, f"{kind}.gguf")
        subprocess.run([program, "quantize", model, "--type", kind, "--out", path], capture_output=True, check=True)
        ids, a = ours(path)
        b = theirs(path, ids)
        exact = os.path.join(folder, "exact.gguf")
        subprocess.run([program, "quantize", path, "--type", "f32", "--out", exact, "--force"], capture_output=True, check=True)
        e = ours(exact)[1]
        same = a.argmax(1) == b.argmax(1)
        overlap = [len(set(x.argsort()[-10:]) & set(y.argsort()[-10:])) for x, y in zip(a, b)]
        ordered = np.sort(b, 1)
        margins = (ordered[:, -1] - ordered[:, -2])[~same]
        rms = lambda x: np.sqrt((x * x).mean())
        worst = f", largest margin where not {margins.max():.3f}" if len(margins) else ""
        print(f"{kind:8} same best {same.sum()}/{len(ids)}, ten best: least {min(overlap)}, mean {np.mean(overlap):.2f}; spread {b.std():.2f}, "
              f"ours from exact {rms(a - e):.4f}, llama.cpp's {rms(b - e):.4f}, apart {rms(a - b):.4f}{worst}")
