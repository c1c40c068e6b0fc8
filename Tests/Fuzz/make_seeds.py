"""Writes the binary seeds of the fuzz targets: the smallest valid files of every format. Needs nothing; run it only to change them."""

import json
import pathlib
import struct

SEEDS = pathlib.Path(__file__).parent / "Seeds"


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def key(name, kind, payload):
    return string(name) + struct.pack("<I", kind) + payload


def tensor(name, dimensions, kind, offset):
    return string(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset)


def gguf():
    keys = [
        key("general.architecture", 8, string("llama")),
        key("general.alignment", 4, struct.pack("<I", 32)),
        key("a.rate", 6, struct.pack("<f", 0.5)),
        key("a.flag", 7, b"\1"),
        key("a.long", 10, struct.pack("<Q", 1 << 40)),
        key("a.names", 9, struct.pack("<IQ", 8, 2) + string("a") + string("汉")),
        key("a.sizes", 9, struct.pack("<IQii", 5, 2, 1, -2)),
    ]
    tensors = [tensor("f", [4, 2], 0, 0), tensor("q", [32], 8, 32), tensor("i", [3], 26, 96)]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)) + b"".join(keys + tensors)
    return head + bytes(-len(head) % 32) + bytes(range(108))


def safetensors():
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
        "b": {"dtype": "BF16", "shape": [3], "data_offsets": [16, 22]},
        "c": {"dtype": "I64", "shape": [1], "data_offsets": [22, 30]},
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(range(30))


def llama2c(version):
    """dim 2, hidden_dim 2, one layer and head, vocabulary 2, context 1; legacy: with the unembedding stored."""
    numbers = [2, 2, 1, 1, 1, -2 if version == 0 else 2, 1]
    norms, matrices = 3 * 2, 8 * 4  # the embedding and seven matrices of 2 × 2
    if version == 0:
        return struct.pack("<7i", *numbers) + struct.pack("<44f", *range(norms + matrices + 2 + 4))
    head = struct.pack("<Ii7iB", 0x616B3432, version, *numbers, 1) + (struct.pack("<i", 2) if version == 2 else b"")
    head += bytes(256 - len(head))
    if version == 1:
        return head + struct.pack("<38f", *range(norms + matrices))
    return head + struct.pack("<6f", *range(norms)) + (bytes([1, 2, 3, 0xFF]) + struct.pack("<2f", 0.5, 0.25)) * 8


def write(name, data):
    path = SEEDS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    write("gguf/small.gguf", gguf())
    write("safetensors/small.safetensors", safetensors())
    for version in range(3):
        write(f"llama2c/version{version}.bin", llama2c(version))
    write("json/tokenizer.json", '{"model": {"vocab": {"Ġb": 1, "\\u0041\\n": -3.5e-2}, "merges": [["a", "b"]]}, "none": null}'.encode())
    write("source/pointer", b"version https://git-lfs.github.com/spec/v1\n")
    write("source/torch.zip", b"PK\3\4" + bytes(22) + b"\x10\0\0\0archive/data.pkl")
    write("source/onnx", b"\x08\3\x12\4CNTK")
    write("source/gguf", gguf())
    write("source/llama2c", llama2c(0))
