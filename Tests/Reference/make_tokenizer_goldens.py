#!/usr/bin/env python3
"""Makes the golden files of TokenizationTests with the reference implementations.

    pip install tokenizers==0.23.* jinja2==3.1.*
    python3 Tests/Reference/make_tokenizer_goldens.py

Reads   Tests/TokenizationTests/Goldens/tokenizer.json   (written by our trainer: run the tests with LLMLAB_WRITE_GOLDENS=1 first)
        ../shared/fixtures                               (optional: ids of real tokenizers)
Writes  Goldens/strings.json     the fixed strings
        Goldens/pieces.json      how the `tokenizers` library pre-tokenizes them
        Goldens/encodings.json   their ids under our tokenizer.json and under the fixtures
        Goldens/chats.json       chats rendered by Jinja with the template in Goldens/tokenizer_config.json, and their ids
"""
import json
import pathlib

import jinja2
from tokenizers import Tokenizer, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests" / "TokenizationTests" / "Goldens"
FIXTURES = ROOT.parent / "shared" / "fixtures"

STRINGS = [
    "", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n ", "a", " a", "  a", "   a   ", "a\n", "a\n\nb", "a \n b",
    "The cat sat on the mat.", "Hello, world! How are you?", "It's we're they've I'm he'll she'd don't DON'T 'quoted' '", "''s 's",
    "你好，世界！", "注意力（attention）是什么？", "小猫和雨伞的故事。从前，有一只小猫……", "中文English混排123测试", "　全角　空格　",
    "1", "12", "2024-05-17", "3.14159", "48 * 17 = 816", " 1 2  3   4", "1,000,000", "½ ¾ Ⅷ ٣ ३ ² 一二三", "x1y22z333",
    "for (int i = 0; i < n; ++i) { a[i] += b[i]; }", "def f(x):\n    return x**2  # square\n", "<html>\n\t<body class=\"x\">&amp;</body>\n</html>",
    "👋🌍", "👩‍👩‍👧‍👦 🇨🇳 👍🏽", "e\u0301 vs é, A\u030A vs Å vs \u212b", "Z̷̢a̶͠l̸g̵o̶", "हिन्दी ภาษาไทย 한국어 عربى עברית ελληνικά кириллица",
    "\u0000\u0001\u001b[31m\u007f\u0085\u00a0\u200b\u200d\u202e\u2028\u2029\ufeff\ufffd", "\U000e0041\U0001f600\U0010ffff", "ﬁﬂ ǅ ʰ ª º _ __ ‿ — – …",
    " " * 300, "\n" * 50, "7" * 200, "a" * 500, "ab " * 60, "哈" * 100, "!?" * 70,
    "<|bos|>", "<|end|><|user|>", "< |bot| >", "<|endoftext|>", "<s> </s> <unk>", "<0x0A> <0xZZ>", "▁ ▁▁a", "\\ud800 \\n \"", "a\u0300" * 40,
]

CHATS = [
    {"messages": [], "add_generation_prompt": True},
    {"messages": [], "add_generation_prompt": False},
    {"messages": [{"role": "user", "content": "你好"}], "add_generation_prompt": True},
    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi\nthere"}], "add_generation_prompt": True},
    {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "add_generation_prompt": False},
    {"messages": [{"role": "user", "content": " x "}, {"role": "assistant", "content": ""}, {"role": "user", "content": "<|end|>"}],
     "add_generation_prompt": True},
    {"messages": [
        {"role": "user", "content": "48 × 17?"},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "calc", "arguments": "48*17"}}]},
        {"role": "tool", "content": "816"}], "add_generation_prompt": True},
    {"messages": [
        {"role": "user", "content": "48 × 17?"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [{"function": {"name": "calc", "arguments": "48*17"}}]},
        {"role": "tool", "content": "816"},
        {"role": "assistant", "content": "48 × 17 = 816"},
        {"role": "user", "content": "谢谢"}], "add_generation_prompt": True},
]


def write(name, value):
    (GOLDENS / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def byte_level():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def main():
    write("strings.json", STRINGS)
    splits = {"gpt-2": byte_level(), "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()])}
    write("pieces.json", {name: [[piece for piece, _ in split.pre_tokenize_str(s)] for s in STRINGS] for name, split in splits.items()})

    encodings = {}
    for name, path in {
        "own": GOLDENS / "tokenizer.json",
        "hf-tinystories-656k": FIXTURES / "hf-tinystories-656k" / "tokenizer.json",
        "minimind3": FIXTURES / "tokenizers" / "minimind3" / "tokenizer.json",
    }.items():
        if not path.exists():
            print(f"skipped: {path}")
            continue
        tokenizer = Tokenizer.from_file(str(path))
        special = [token["content"] for token in json.loads(path.read_text())["added_tokens"]]
        # The library turns special strings in plain text into special tokens; we never do, so those strings have no reference.
        encodings[name] = [None if any(token in s for token in special) else tokenizer.encode(s).ids for s in STRINGS]
    # With special tokens recognised everywhere, as in template text.
    own = Tokenizer.from_file(str(GOLDENS / "tokenizer.json"))
    encodings["own as template"] = [own.encode(s, add_special_tokens=False).ids for s in STRINGS]
    write("encodings.json", encodings)

    source = json.loads((GOLDENS / "tokenizer_config.json").read_text())["chat_template"]
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(source)
    own = Tokenizer.from_file(str(GOLDENS / "tokenizer.json"))
    chats = []
    for chat in CHATS:
        rendered = template.render(**chat)
        # Where a user typed a special string, the library would be fooled; we are not, so there is no reference.
        fooled = any("<|" in message["content"] for message in chat["messages"])
        chats.append({**chat, "rendered": rendered, "ids": None if fooled else own.encode(rendered, add_special_tokens=False).ids})
    write("chats.json", chats)


if __name__ == "__main__":
    main()
