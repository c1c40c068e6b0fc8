"""What no program can beat on this machine: bytes over bandwidth and operations over peaks. Not here: measuring the limits (machine.c)."""
import json
import math
import os
import subprocess
import tempfile
from pathlib import Path

import quiet

# What a type's products can at best be computed in: f16 has no dot product of its own here.
PEAKS = {"F32": "f32_gflops", "F16": "f32_gflops", "BF16": "bf16_gflops"}
CACHE_BYTES = 4  # of a key's or value's element: f32


def measure_limits(threads, known=None, repeats=3):
    """The best of several measurements and of what is known: neighbours can only make a machine look slower than it is."""
    limits = known or {}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "machine"
        source = Path(__file__).with_name("machine.c")
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O3", "-march=native", "-ffp-contract=fast", "-pthread", source, "-o", program], check=True)
        for _ in range(repeats):
            quiet.wait(quiet.cpus(threads))
            done = subprocess.run([program, str(threads)], check=True, capture_output=True, preexec_fn=lambda: quiet.prepare_child(threads))
            limits = merged(limits, json.loads(done.stdout))
    return limits


def merged(known, found):
    if not known:
        return found
    rates = dict(map(tuple, known["read"]))
    best = {key: max(value, known.get(key, 0)) for key, value in found.items() if key != "read"}
    return {**best, "read": [[size, max(rate, rates.get(size, 0))] for size, rate in found["read"]]}


def bandwidth(limits, size):
    """Bytes a second of repeated reads of a working set; between the measured sizes by the logarithm of the size."""
    points = limits["read"]
    if size <= points[0][0]:
        return points[0][1] * 1e9
    for (low, low_rate), (high, high_rate) in zip(points, points[1:]):
        if size <= high:
            share = math.log(size / low) / math.log(high / low)
            return (low_rate + share * (high_rate - low_rate)) * 1e9
    return points[-1][1] * 1e9


def peak(limits, kind):
    """Operations a second; None where the machine has no such instruction."""
    rate = limits.get(PEAKS.get(kind, "int8_gops"))
    return rate * 1e9 if rate else None


def decode(limits, shape, kind, tensor_bytes, position):
    """Tokens a second: each weight and each cached key and value is read once a token, and each weight is multiplied once."""
    cache = 2 * CACHE_BYTES * shape.layers * shape.key_value_width * position
    size = sum(tensor_bytes.values()) + cache
    seconds = size / bandwidth(limits, size)
    if speed := peak(limits, kind):
        seconds = max(seconds, 2 * (shape.block_weights + shape.head_weights) / speed)
    return 1 / seconds


def prefill(limits, shape, kind, tokens, all_logits=False):
    """Tokens a second: products at the type's peak, causal attention at f32's."""
    speed = peak(limits, kind)
    if speed is None:
        return None
    products = 2 * (shape.block_weights * tokens + shape.head_weights * (tokens if all_logits else 1))
    attention = 4 * shape.layers * shape.hidden * tokens * (tokens + 1) / 2
    return tokens / (products / speed + attention / peak(limits, "F32"))


def training(limits, shape, kind):
    """Tokens a second: 6 operations a weight, products at the type's peak, causal attention's 6·L·T·d at f32's."""
    speed = peak(limits, kind)
    if speed is None:
        return None
    attention = 6 * shape.layers * shape.context * shape.hidden
    return 1 / (6 * (shape.block_weights + shape.head_weights) / speed + attention / peak(limits, "F32"))
