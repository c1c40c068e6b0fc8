"""One random block of each quantized type and what the gguf package decodes it to.

Needs: numpy, gguf. Writes: Tests/InsightTests/Golden/blocks.json:
{"Q4_K": {"bytes": "hex of one block", "values": "hex of the values as little-endian f32"}, ...}
Scales are set to small numbers, so that no value overflows; all other bytes are random.
"""
import json
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize

# Where each type keeps its f16 numbers.
HALVES = {
    "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "IQ4_NL": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}

random = np.random.default_rng(7)
golden = {}
for name, halves in HALVES.items():
    type_ = T[name]
    _, size = GGML_QUANT_SIZES[type_]
    block = random.integers(0, 256, size, dtype=np.uint8)
    for place in halves:
        block[place:place + 2] = np.frombuffer(np.float16(random.normal() * 0.01).tobytes(), dtype=np.uint8)
    values = dequantize(block, type_).astype("<f4")
    golden[name] = {"bytes": block.tobytes().hex(), "values": values.tobytes().hex()}

path = pathlib.Path(__file__).parents[1] / "InsightTests/Golden/blocks.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(golden, indent=1) + "\n")
