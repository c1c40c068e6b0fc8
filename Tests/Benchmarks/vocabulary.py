"""A byte-level BPE vocabulary of any size, without any text: the 256 bytes, then every pair, then every triple. Not here: files."""


def byte_alphabet():
    """GPT-2's printable character for each byte: what prints stands for itself, the rest moves to U+0100 and up."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = {byte: 256 + i for i, byte in enumerate(b for b in range(256) if b not in printable)}
    return [chr(moved.get(byte, byte)) for byte in range(256)]


def vocabulary(size, special=("<|bos|>", "<|eos|>")):
    """(tokens, kinds, merges) in GGUF's terms: every token but a byte or a special one is the merge of an earlier token and a byte."""
    alphabet = byte_alphabet()
    tokens, merges = list(alphabet), []
    parent = 0
    while len(tokens) < size - len(special):
        for byte in alphabet[: size - len(special) - len(tokens)]:
            tokens.append(tokens[parent] + byte)
            merges.append(f"{tokens[parent]} {byte}")
        parent += 1
    normal, control = 1, 3
    return tokens + list(special), [normal] * len(tokens) + [control] * len(special), merges
