#!/usr/bin/env python3
"""Makes golden hashes of TokenizationTests: what the reference implementations make of 2,000 strings, for every family of tokenizers.

    pip install tokenizers==0.23.* sentencepiece==0.2.* gguf llama-cpp-python==0.3.36
    python3 Tests/Reference/make_tokenizer_families.py [NAME …]

Reads   Assets/corpus, ../shared/fixtures     (trains small vocabularies; ids of real ones)
Writes  Goldens/families/fragments.json       from which the strings are put together, by the same generator here and in FamilyStrings.swift
        Goldens/families/base-*.json          small vocabularies as tokenizer.json, trained here; only made anew with --train
        Goldens/families/families.json        the families: a base, and what differs from it; patterns as published files have them
        Goldens/families/NAME.bin             of each string 16 bits of the FNV-1a hash of its ids; of families of tokenizer.json that cut text,
                                              the lengths of the pieces as well
A hash is 0 where the reference cannot be asked.
"""
import base64
import json
import pathlib
import struct
import sys
import tempfile

import gguf
import llama_cpp
import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests" / "TokenizationTests" / "Goldens" / "families"
FIXTURES = ROOT.parent / "shared" / "fixtures"
COUNT = 2000
MASK = (1 << 64) - 1

# --- strings: keep in step with FamilyStrings.swift ---

WORDS = [
    " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n", "\n ", "the", " the", "The", "THE ", "cat", " sat", "ing", "internationalization",
    "It's", "don't", "we'll", "I'M", "they'Ve", "'s", "'S", "'ſ", "'re", "''", "' ll", "o'clock", "camelCaseWord", "HTTPServer", "iPhone", "McDonald",
    "1", "12", "123", "1234", "12345", "3.14", "1,000", "2024-05-17", "½", "Ⅷ", "٣", "²", "x1y22", "0x7F", "007",
    ".", ",", "!", "?", "...", "!?", "-", "--", "(", ")", "[]", "{}", "{\n", "};", "/", "//", "\\", "\"", "`", "~", "|", "&&", "<", ">", "=>", "+=", "$", "^", "#", "@", "_", "__init__", "*", "**",
    "def f(x):\n    return x", "for (int i = 0; i < n; ++i)", "<html>", "</div>\n", "\t\tif", "a+b=c", "e-mail@x.org", "https://a.b/c?d=e#f",
    "你好", "，", "。", "！", "世界", "小猫", "注意力", "　", "（一）", "《书》", "「」", "…", "—", "“引”", "日本語", "ひらがな", "カタカナ", "ｶﾞ", "한국어", "안녕",
    "é", "e\u0301", "A\u030a", "Å", "ñ", "ß", "İ", "ﬁ", "Ǆ", "ǅ", "Straße", "ÉCOLE", "Привет", "мир", "Ελλάδα", "σς", "שלום", "مرحبا", "हिन्दी", "ภาษาไทย", "q\u0323\u0307",
    "👋", "👍🏽", "👩\u200d👩\u200d👧", "🇨🇳", "❤\ufe0f", "\u200b", "\u200d", "\u00a0", "\u2028", "\u202e", "\ufeff", "\u0000", "\u0001", "\u001b[31m", "\u007f", "\u0085", "\ufffd",
    "①", "㎏", "Ａ", "１", "ª", "™", "ⓐ", "€", "©", "▁", "▁▁a", "Ġ", "##ing", "[UNK]", "<0x41>", "<unk>",
]
RANGES = [
    (0x00, 0x7F), (0xA0, 0x24F), (0x300, 0x33F), (0x391, 0x3A1), (0x410, 0x44F), (0x5D0, 0x5EA), (0x621, 0x64A), (0x905, 0x939), (0x93E, 0x94D),
    (0xE01, 0xE3A), (0x1100, 0x1112), (0x1161, 0x1175), (0x2010, 0x2027), (0x2190, 0x21FF), (0x2460, 0x24E9), (0x2500, 0x257F), (0x3001, 0x3020),
    (0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DB5), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xF900, 0xFA0D), (0xFF01, 0xFF5E), (0x1F300, 0x1F320),
    (0x1F600, 0x1F64F), (0x1D400, 0x1D454), (0x20000, 0x2A6D6),
]


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % bound


def string(index):
    random = Random(index)
    text = ""
    for _ in range(1 + random.below(20)):
        kind = random.below(10)
        if kind < 6:
            text += WORDS[random.below(len(WORDS))]
        elif kind == 6:
            low, high = RANGES[random.below(len(RANGES))]
            text += chr(low + random.below(high - low + 1))
        elif kind == 7:
            text += WORDS[random.below(len(WORDS))] * (1 + random.below(12))
        elif kind == 8:
            text += "".join(str(random.below(10)) for _ in range(1 + random.below(9)))
        else:
            text += "".join(chr(0x20 + random.below(95)) for _ in range(1 + random.below(8)))
    return text


STRINGS = [string(i) for i in range(COUNT)]


def fnv(values):
    value = 0xCBF29CE484222325
    for number in values:
        for byte in struct.pack("<I", number):
            value = ((value ^ byte) * 0x100000001B3) & MASK
    folded = value ^ value >> 32
    folded = (folded ^ folded >> 16) & 0xFFFF
    return folded or 1


def write(name, hashes):
    (GOLDENS / f"{name}.bin").write_bytes(struct.pack(f"<{COUNT}H", *hashes))
    print(name, sum(h != 0 for h in hashes))


# --- bases ---

RULES = [
    ("\t", " "), ("\n", " "), ("\r", " "), ("\r\n", " "), ("\u3000", " "), ("\u00a0", " "), ("①", "1"), ("ﬁ", "fi"), ("e\u0301", "é"), ("A\u030a", "Å"), ("ª", "a"),
    ("㎏", "kg"), ("Ａ", "A"), ("１", "1"), ("™", "TM"), ("\u200b", ""), ("½", "1/2"), ("ｶﾞ", "ガ"), ("ｶ", "カ"), ("\x7f", ""),
]

def corpus():
    lines = (FIXTURES / "bpe-train-oracle" / "corpus.en").read_text().splitlines()[:400]
    for path in sorted((ROOT / "Assets" / "corpus").glob("*.jsonl")):
        lines += path.read_text().splitlines()[:60]
    return lines + STRINGS[:600]


def train():
    def save(name, tokenizer):
        document = json.loads(tokenizer.to_str())
        if document["model"]["type"] == "Unigram":
            # Digits that every parser reads alike: the last bit decides between ways that cost the same.
            document["model"]["vocab"] = [[piece, round(score, 6)] for piece, score in document["model"]["vocab"]]
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        (GOLDENS / f"base-{name}.json").write_text(text + "\n")
        print(f"base-{name}.json", len(text.encode()))

    # Whole lines are words, so that merges cross every place where a split may cut.
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=1200, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    save("bytes", tokenizer)

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    latin = [line for line in corpus() if all(ord(c) < 0x250 for c in line)]
    tokenizer.train_from_iterator(latin, trainers.UnigramTrainer(
        vocab_size=900, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False, max_piece_length=12))
    save("unigram", tokenizer)

    # SentencePiece's own files, with a small character map of our own.
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "rules.tsv")
        rules.write_text("".join(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n" for a, b in RULES))
        for name, kind, fallback in (("unigram", "unigram", True), ("unigram-unk", "unigram", False), ("pairs", "bpe", True)):
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(latin), model_prefix=f"{folder}/{name}", model_type=kind, vocab_size=700 if fallback else 500,
                character_coverage=0.98, byte_fallback=fallback, normalization_rule_tsv=str(rules), minloglevel=2,
                remove_extra_whitespaces=name != "pairs", max_sentencepiece_length=8)
            (GOLDENS / f"base-{name}.model").write_bytes(pathlib.Path(folder, f"{name}.model").read_bytes())

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=1100, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], limit_alphabet=400, show_progress=False))
    save("wordpiece", tokenizer)

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=1000, special_tokens=["<unk>"], limit_alphabet=200, end_of_word_suffix="</w>", show_progress=False))
    save("suffix", tokenizer)


# --- families of tokenizer.json ---

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|" + REST
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + REST
CASED = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
UPPER = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
SLASH = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = f"{CASED}|{UPPER}|\\p{{N}}|{SLASH}"
GPT4O = f"{CASED}{CONTRACTIONS}?|{UPPER}{CONTRACTIONS}?|\\p{{N}}{{1,3}}|{SLASH}"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
DEEPSEEK3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+"
             r"|\s+(?!\S)|\s+")


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def byte_level(regex=False, prefix=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def metaspace(scheme, splits=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}


def added(index, content, **flags):
    return {"id": index, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}


DIGITS = {"type": "Digits", "individual_digits": True}
COMMON = [
    added(0, "<|endoftext|>", special=True), added(1200, "    "), added(1201, "</div>"), added(1202, "cat", single_word=True),
    added(1203, "E\u0301COLE", normalized=True), added(1204, "  "),
]
# Apart from the others: the library matches again inside white space that it took away.
STRIPPING = [added(1200, "->", lstrip=True), added(1201, "!?", rstrip=True), added(1202, "=>", lstrip=True, rstrip=True, single_word=True)]
FAMILIES = {
    "gpt2": ("bytes", {"pre_tokenizer": byte_level(regex=True)}),
    "gpt2-prefix": ("bytes", {"pre_tokenizer": byte_level(regex=True, prefix=True)}),
    "smollm": ("bytes", {"pre_tokenizer": sequence(DIGITS, byte_level(regex=True))}),
    "llama3": ("bytes", {"pre_tokenizer": sequence(split(LLAMA3), byte_level()), "model.ignore_merges": True}),
    "qwen2": ("bytes", {"normalizer": {"type": "NFC"}, "pre_tokenizer": sequence(split(QWEN2), byte_level())}),
    "tekken": ("bytes", {"pre_tokenizer": sequence(split(TEKKEN), byte_level()), "model.ignore_merges": True}),
    "gpt4o": ("bytes", {"pre_tokenizer": sequence(split(GPT4O, "Removed", True), byte_level())}),
    "cl100k": ("bytes", {"pre_tokenizer": sequence(split(CL100K), byte_level())}),
    "deepseek-coder": ("bytes", {"pre_tokenizer": sequence(
        split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), DIGITS, byte_level())}),
    "deepseek-llm": ("bytes", {"pre_tokenizer": sequence(
        split("[\r\n]"), split(r"\s?[A-Za-zµÀ-ÖØ-öø-ƺ]+"), split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), split(r"\s+$"), split("[一-龥ࠀ-一가-퟿]+"), DIGITS,
        byte_level())}),
    "deepseek3": ("bytes", {"pre_tokenizer": sequence(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK3), byte_level())}),
    "lazy": ("bytes", {"pre_tokenizer": sequence(split(r"(?:\p{L}|'){2,}?|(?>\s+)\S|(?=a)\w{2}|\bx|^\p{Lu}|[^\S\n]{3}$"), byte_level())}),
    "merged-previous": ("bytes", {"pre_tokenizer": sequence(split(" ", "MergedWithPrevious", kind="String"), byte_level())}),
    "merged-next": ("bytes", {"pre_tokenizer": sequence(split(r"[ \p{P}]", "MergedWithNext"), byte_level())}),
    "contiguous": ("bytes", {"pre_tokenizer": sequence(
        {"type": "Digits", "individual_digits": False}, {"type": "Punctuation", "behavior": "Contiguous"}, byte_level())}),
    "added": ("bytes", {"added_tokens": COMMON, "normalizer": {"type": "NFC"}, "pre_tokenizer": sequence(split(QWEN2), byte_level())}),
    "added-stripping": ("bytes", {"added_tokens": STRIPPING, "pre_tokenizer": byte_level(regex=True)}),
    "unigram": ("unigram", {}),
    "unigram-first": ("unigram", {"normalizer": None, "pre_tokenizer": metaspace("first", False)}),
    "unigram-never": ("unigram", {"normalizer": {"type": "NFKD"}, "pre_tokenizer": sequence({"type": "WhitespaceSplit"}, metaspace("never"))}),
    "precompiled": ("unigram", {"normalizer": "RULES"}),
    "wordpiece": ("wordpiece", {}),
    "wordpiece-cased": ("wordpiece", {
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": False},
        "model.max_input_chars_per_word": 5}),
    "wordpiece-plain": ("wordpiece", {
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            {"type": "Prepend", "prepend": "the"}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Whitespace"}}),
    "suffix": ("suffix", {}),
}


def family(name):
    base, changes = FAMILIES[name]
    document = json.loads((GOLDENS / f"base-{base}.json").read_text())
    for path, value in changes.items():
        if value == "RULES":
            value = precompiled()
        *outer, last = path.split(".")
        place = document
        for key in outer:
            place = place[key]
        place[last] = value
    return document


def precompiled():
    """The character map of a SentencePiece file as tokenizer.json has it."""
    from sentencepiece import sentencepiece_model_pb2
    model = sentencepiece_model_pb2.ModelProto.FromString((GOLDENS / "base-unigram.model").read_bytes())
    text = base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()
    return {"type": "Sequence", "normalizers": [
        {"type": "Precompiled", "precompiled_charsmap": text}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}


def piece_lengths(tokenizer, text):
    text = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
    byte_alphabet = type(tokenizer.decoder).__name__ == "ByteLevel"
    return [len(piece) if byte_alphabet else len(piece.encode()) for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def write_family(name):
    tokenizer = Tokenizer.from_str(json.dumps(family(name)))
    write(name, [
        fnv(tokenizer.encode(s, add_special_tokens=False).ids + [0xFFFFFFFF] + piece_lengths(tokenizer, s)) if usable(name, s) else 0
        for s in STRINGS])


def usable(name, text):
    """Special tokens typed as text are another matter here than in the library."""
    return not any(s in text for s in ("<|endoftext|>", "<unk>", "[UNK]"))


# --- real vocabularies ---

def llama(path):
    model = llama_cpp.Llama(model_path=str(path), vocab_only=True, verbose=False)
    return lambda text: model.tokenize(text.encode(), add_bos=False, special=False)


def fixtures():
    vocabularies = FIXTURES / "gguf-vocab"
    for name in ("llama-spm", "deepseek-coder", "gpt-2"):
        def make(name=name):
            tokenize = llama(vocabularies / f"ggml-vocab-{name}.gguf")
            # llama.cpp stops its text at U+0000 in places, and takes typed <unk> for the token.
            return [0 if "\0" in s or not usable(name, s) else fnv(tokenize(s)) for s in STRINGS]
        yield f"fixture-{name}", make

    def bert():
        # llama.cpp approximates BERT's normalization (Hangul, spacing marks); the library that the model was trained with is the reference.
        reader = gguf.GGUFReader(vocabularies / "ggml-vocab-bert-bge.gguf")
        field = reader.fields["tokenizer.ggml.tokens"]
        vocab = {}
        for index, part in enumerate(field.data):
            token = bytes(field.parts[part]).decode()
            # The converter marks beginnings of words, the library continuations.
            special = token.startswith("[") and token.endswith("]") and len(token) > 2
            vocab[token if special else token[1:] if token.startswith("▁") else "##" + token] = index
        tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return [fnv(tokenizer.encode(s).ids) if usable("bert", s) else 0 for s in STRINGS]
    yield "fixture-bert-bge", bert

    def spm():
        model = sentencepiece.SentencePieceProcessor(model_file=str(FIXTURES / "llama2c" / "tokenizer.model"))
        return [fnv(model.encode(s)) for s in STRINGS]
    yield "fixture-tokenizer.model", spm
    for name in ("unigram", "unigram-unk", "pairs"):
        def make(name=name):
            model = sentencepiece.SentencePieceProcessor(model_file=str(GOLDENS / f"base-{name}.model"))
            return [fnv(model.encode(s)) for s in STRINGS]
        yield f"model-{name}", make

    for name in ("hf-tinystories-656k", "tokenizers/minimind3"):
        def make(name=name):
            tokenizer = Tokenizer.from_file(str(FIXTURES / name / "tokenizer.json"))
            specials = [t["content"] for t in json.loads((FIXTURES / name / "tokenizer.json").read_text())["added_tokens"]]
            return [0 if any(t in s for t in specials) else fnv(tokenizer.encode(s, add_special_tokens=False).ids) for s in STRINGS]
        yield "fixture-" + name.split("/")[-1], make


# --- names of splits in GGUF ---

NAMES = [
    "gpt-2", "smollm", "llama-bpe", "smaug-bpe", "qwen2", "qwen35", "deepseek-llm", "deepseek-coder", "deepseek-v3", "spark2_5", "tekken", "gpt-4o",
    "youtu", "falcon", "default", "poro-chat", "viking", "chameleon", "bailingmoe", "seed-coder", "ufakzeka", "laguna", "exaone-moe", "minicpm5",
]


def named(name):
    document = json.loads((GOLDENS / "base-bytes.json").read_text())
    vocab = sorted(document["model"]["vocab"].items(), key=lambda entry: entry[1])
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/{name}.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        for key, value in (("context_length", 8), ("embedding_length", 8), ("block_count", 1), ("feed_forward_length", 8)):
            writer.add_uint32(f"llama.{key}", value)
        writer.add_uint32("llama.attention.head_count", 1)
        writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(name)
        writer.add_token_list([token for token, _ in vocab])
        writer.add_token_types([3 if i == 0 else 1 for i in range(len(vocab))])
        writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in document["model"]["merges"]])
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(0)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        tokenize = llama(path)

        def skipped(s):
            # llama.cpp's pattern for gpt-4o takes no marks into words.
            return "\0" in s or not usable(name, s) or name == "gpt-4o" and "\ufe0f" in s
        return [0 if skipped(s) else fnv(tokenize(s)) for s in STRINGS]


def main():
    GOLDENS.mkdir(exist_ok=True)
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")]
    (GOLDENS / "fragments.json").write_text(json.dumps({"words": WORDS, "ranges": RANGES}, ensure_ascii=True, separators=(",", ":")) + "\n")
    if "--train" in sys.argv:
        train()
    families = [
        {"name": name, "base": base, "changes": {k: precompiled() if v == "RULES" else v for k, v in changes.items()}}
        for name, (base, changes) in FAMILIES.items()]
    (GOLDENS / "families.json").write_text(json.dumps(families, ensure_ascii=False, separators=(",", ":")) + "\n")
    for name in FAMILIES:
        if not wanted or name in wanted:
            write_family(name)
    for name, make in fixtures():
        if not wanted or name in wanted:
            write(name, make())
    for name in NAMES:
        if not wanted or "gguf-" + name in wanted:
            write("gguf-" + name, named(name))


if __name__ == "__main__":
    main()
