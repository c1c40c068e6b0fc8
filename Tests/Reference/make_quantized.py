"""Golden files for ModelFiles, made by the reference packages: quantized blocks, half precision, one GGUF and one safetensors file.

    python3 -m venv venv && venv/bin/pip install numpy gguf safetensors
    venv/bin/python Tests/Reference/make_quantized.py

Not here: files that break the rules; the tests make those themselves.
"""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGUFValueType, GGUFWriter, quants
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

GOLDEN = Path(__file__).parent.parent / "ModelFilesTests" / "Golden"


def quantization_input() -> np.ndarray:
    """24 rows of 96: random at many scales, then the corner cases."""
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((24, 96)).astype(np.float32)
    rows *= (10.0 ** rng.uniform(-6, 3, (24, 1))).astype(np.float32)
    rows[0] = 0
    rows[1] = -0.0
    rows[2] = np.arange(96, dtype=np.float32) - 48  # Many ties in Q4_0.
    rows[3] = np.tile([127, 0.5, 1.5, -0.5, -1.5, 2.5, -126.5, 63.5], 12)  # Scale 1: halves round away from zero.
    rows[4] = np.tile([-8, 8, 7.5, -7.5, 0.5, -0.5, 3.5, 0], 12)  # Equal magnitudes: the first one sets the scale.
    rows[5] = np.tile([8, -8, 7.5, -7.5, 0.5, -0.5, 3.5, 0], 12)
    rows[6] = 1e-30  # The f16 scale underflows, its inverse does not.
    rows[7] = 8e6  # The Q8_0 scale is near the largest f16.
    rows[8, :] = 0
    rows[8, 31::32] = 3.0
    return rows


def half_input() -> np.ndarray:
    """Corners of binary16 and bfloat16, then random bit patterns without NaN payloads."""
    corners = [0.0, -0.0, 1.0, 65504, 65519.996, 65520, -65520, 1e30, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 2.0**-24 * 1.5]
    corners += [1 + 2.0**-11, 1 + 3 * 2.0**-11, 2047.5, 2048.5, np.inf, -np.inf, np.nan, 1e-40, 3.3895314e38, 1 + 2.0**-8, 1 + 3 * 2.0**-8]
    rng = np.random.default_rng(11)
    bits = rng.integers(0, 2**32, 1000, dtype=np.uint32).view(np.float32)
    scaled = (rng.standard_normal(1000) * 10.0 ** rng.uniform(-9, 6, 1000)).astype(np.float32)
    values = np.concatenate([np.array(corners, dtype=np.float32), bits[~np.isnan(bits)], scaled])
    return values[: len(values) // 32 * 32]


# Where the f16 scales of a block lie; the K types and IQ4_NL are only decoded by the reference.
SCALES = {Type.Q2_K: (80, 82), Type.Q3_K: (108,), Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,), Type.IQ4_NL: (0,)}


def blocks_input(kind: Type) -> np.ndarray:
    """Random bytes with scales near 0.01 of both signs, then all bits set, none, a subnormal and an infinite scale. One block a row."""
    rng = np.random.default_rng(kind.value)
    size = GGML_QUANT_SIZES[kind][1]
    blocks = rng.integers(0, 256, (8, size), dtype=np.uint8)
    blocks[4], blocks[5] = 255, 0
    for at in SCALES[kind]:
        scales = (0.01 * rng.standard_normal(8)).astype(np.float16)
        scales[4:] = 65504, 1, 2.0**-24, np.inf
        blocks[:, at : at + 2] = scales.view(np.uint8).reshape(8, 2)
    return blocks


def write_gguf() -> None:
    writer = GGUFWriter(GOLDEN / "reference.gguf", "test")
    writer.add_key_value("test.uint8", 200, GGUFValueType.UINT8)
    writer.add_key_value("test.int8", -100, GGUFValueType.INT8)
    writer.add_key_value("test.uint16", 60000, GGUFValueType.UINT16)
    writer.add_key_value("test.int16", -30000, GGUFValueType.INT16)
    writer.add_key_value("test.uint32", 4000000000, GGUFValueType.UINT32)
    writer.add_key_value("test.int32", -2000000000, GGUFValueType.INT32)
    writer.add_key_value("test.uint64", 1 << 60, GGUFValueType.UINT64)
    writer.add_key_value("test.int64", -(1 << 60), GGUFValueType.INT64)
    writer.add_key_value("test.float32", 0.1, GGUFValueType.FLOAT32)
    writer.add_key_value("test.float64", 0.1, GGUFValueType.FLOAT64)
    writer.add_key_value("test.bool", True, GGUFValueType.BOOL)
    writer.add_key_value("test.string", "汉字 é", GGUFValueType.STRING)
    writer.add_key_value("test.strings", ["a", "", "Ġthe", "汉"], GGUFValueType.ARRAY)
    writer.add_key_value("test.int32s", [1, -2, 3], GGUFValueType.ARRAY)
    writer.add_key_value("test.float32s", [0.5, -1.25], GGUFValueType.ARRAY)
    writer.add_key_value("test.bools", [True, False], GGUFValueType.ARRAY)
    rows, half = quantization_input(), half_input()
    with np.errstate(over="ignore"):
        half16 = half.astype(np.float16)
    writer.add_tensor("input", rows)
    writer.add_tensor("half.input", half)
    writer.add_tensor("half.f16", half16)
    writer.add_tensor("half.f16.decoded", half16.astype(np.float32))
    bf16 = quants.quantize(half.reshape(1, -1), Type.BF16)
    writer.add_tensor("half.bf16", bf16, raw_dtype=Type.BF16)
    writer.add_tensor("half.bf16.decoded", quants.dequantize(bf16, Type.BF16))
    for kind in (Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
        with np.errstate(over="ignore", invalid="ignore"):
            blocks = quants.quantize(rows, kind)
            decoded = quants.dequantize(blocks, kind)
        writer.add_tensor(kind.name.lower(), blocks, raw_dtype=kind)
        writer.add_tensor(f"{kind.name.lower()}.decoded", decoded)
    for kind in SCALES:
        blocks = blocks_input(kind)
        with np.errstate(invalid="ignore"):
            decoded = quants.dequantize(blocks, kind)
        writer.add_tensor(kind.name.lower(), blocks, raw_dtype=kind)
        writer.add_tensor(f"{kind.name.lower()}.decoded", decoded)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_safetensors() -> None:
    tensors = {
        "half": (np.arange(6, dtype=np.float32) / 4).astype(np.float16).reshape(2, 3),
        "matrix": np.arange(12, dtype=np.float32).reshape(3, 4) / 8,
        "positions": np.arange(4, dtype=np.int64),
        "scalar": np.array(2.5, dtype=np.float32),
        "vector": np.array([-1, 0.5], dtype=np.float32),
    }
    save_file(tensors, GOLDEN / "reference.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    write_gguf()
    write_safetensors()
