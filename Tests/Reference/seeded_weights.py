"""Weights by name: both sides of a comparison make the same ones, so that no weights are committed.

Not a script. Tests/ModelsTests/SeededWeights.swift is its twin: SplitMix64 (Steele, Lea & Flood 2014), seeded by the FNV-1a hash (64 bits) of the
tensor's name; of each number the upper 24 bits become u in [-0.5, 0.5). Matrices hold u; vectors named "weight" belong to norms and hold 1 + u/2; biases
hold u/2. Every step is exact in float32, except 1 + u/2, which rounds once on both sides.
"""

import numpy as np


def fnv1a(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def split_mix(seed: int, count: int) -> np.ndarray:
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def weights(name: str, shape) -> np.ndarray:
    """The float32 array of one tensor."""
    u = (split_mix(fnv1a(name), int(np.prod(shape))) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24) - np.float32(0.5)
    if len(shape) == 1:
        u = u * np.float32(0.5)
        if name.endswith("weight"):
            u = np.float32(1) + u
    return u.reshape(shape)
