#!/usr/bin/env python3
"""Compares `llmlab embed` with transformers and llama.cpp, from the text on; not part of the tests, because it needs both.

    pip install torch transformers tokenizers numpy llama-cpp-python
    python3 Tests/Reference/check_encoders.py .build/debug/llmlab

Makes small BERTs, RoBERTas, XLM-Rs and DistilBERTs with tokenizers of their own kind (WordPiece, byte-level BPE, Unigram) as folders of
sentence-transformers, and asks llmlab for the vectors of some texts; exports each as GGUF and asks llmlab and llama.cpp again. Prints the cosines and
ends with 1 where one is below 0.9999, or the tokens differ.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from llama_cpp import Llama
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel, XLMRobertaConfig, XLMRobertaModel

import seeded_weights

program = sys.argv[1]
texts = ["The cats sat on the mat, and nobody saw them.", "Naïve café owners don't count 12345 tokens!", "小猫坐在垫子上。", "a"]
corpus = [text.lower() for text in texts] + texts + ["the cat sat and the dog ran", "counting tokens is what owners do"]
sizes = dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, max_position_embeddings=96)


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet, special = pre_tokenizers.ByteLevel.alphabet(), ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return tokenizer


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        corpus, trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


distil = dict(dim=64, n_layers=3, n_heads=4, hidden_dim=96, max_position_embeddings=96)
special = dict(
    word_piece=dict(cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]"),
    others=dict(bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>"),
)
# Name, model, configuration, tokenizer, pooling, whether vectors have unit length, and whether GGUF can hold the tokenizer.
cases = [
    ("bert", BertModel, lambda v: BertConfig(vocab_size=v, **sizes), word_piece(), "BertTokenizer", "mean", True, True),
    ("bert-cls", BertModel, lambda v: BertConfig(vocab_size=v, hidden_act="gelu_new", **sizes), word_piece(), "BertTokenizer", "cls", False, True),
    ("distilbert", DistilBertModel, lambda v: DistilBertConfig(vocab_size=v, **distil), word_piece(), "DistilBertTokenizer", "last", False, True),
    ("roberta", RobertaModel, lambda v: RobertaConfig(vocab_size=v, type_vocab_size=1, layer_norm_eps=1e-5, **sizes), byte_level(),
     "RobertaTokenizer", "mean", False, True),
    ("xlm-roberta", XLMRobertaModel, lambda v: XLMRobertaConfig(vocab_size=v, type_vocab_size=1, layer_norm_eps=1e-5, **sizes), unigram(),
     "XLMRobertaTokenizer", "cls", True, False),
]


def embed(path: str, *options: str) -> dict:
    run = subprocess.run([program, "embed", "--model", path, "--json", *options, *texts], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{path}: {run.stderr}")
    return json.loads(run.stdout)


def cosines(ours, theirs) -> float:
    return min(float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in zip(ours, theirs))


good = True
work = tempfile.TemporaryDirectory()
for name, model_class, config_of, tokenizer, tokenizer_class, pooling, is_unit, has_gguf in cases:
    folder = Path(work.name) / name
    folder.mkdir()
    config = config_of(tokenizer.get_vocab_size())
    config._attn_implementation = "eager"
    model = model_class(config, **({} if name == "distilbert" else {"add_pooling_layer": False})).eval()
    model.load_state_dict(
        {key: torch.from_numpy(seeded_weights.weights(key, list(value.shape))) for key, value in model.state_dict().items()}
    )
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = special["word_piece" if "bert" in name and "roberta" not in name else "others"]
    (folder / "tokenizer_config.json").write_text(json.dumps(roles | dict(tokenizer_class=tokenizer_class, do_lower_case=True)))
    modes = {"cls_token": "cls", "mean_tokens": "mean", "lasttoken": "last", "max_tokens": "max"}
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{key}": mode == pooling for key, mode in modes.items()}))
    parts = ["Transformer", "Pooling"] + ["Normalize"] * is_unit
    modules = [dict(idx=i, name=str(i), path=f"{i}_{p}" if i else "", type=f"sentence_transformers.models.{p}") for i, p in enumerate(parts)]
    (folder / "modules.json").write_text(json.dumps(modules))

    expected = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0].numpy()
        vector = {"mean": hidden.mean(0), "cls": hidden[0], "last": hidden[-1]}[pooling]
        expected.append(vector / np.linalg.norm(vector) if is_unit else vector)
    ours = embed(str(folder))
    counts = [len(tokenizer.encode(text).ids) for text in texts]
    worst = max(float(np.abs(np.array(a) - b).max()) for a, b in zip(ours["embeddings"], expected))
    good &= ours["tokens"] == counts and ours["pooling"] == pooling and worst < 2e-4
    print(f"{name:12} folder       tokens {ours['tokens']} of {counts}, largest difference to transformers {worst:.1e}")

    for kind in ["f32", "f16"] if has_gguf else []:
        path = f"{folder}/model-{kind}.gguf"
        run = subprocess.run([program, "export", str(folder), "--type", kind, "--out", path], capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{name} {kind}: {run.stderr}")
        again = embed(path)
        llama = Llama(path, embedding=True, verbose=False, n_ctx=94)
        ids = [len(llama.tokenize(text.encode())) for text in texts]
        theirs = [llama.embed(text) for text in texts]
        llama.close()
        pairs = (cosines(again["embeddings"], expected), cosines(theirs, again["embeddings"]))
        good &= again["tokens"] == counts and ids == counts and min(pairs) > 0.9999
        print(f"{name:12} gguf {kind}     cosine to transformers {pairs[0]:.7f}, of llama.cpp to ours {pairs[1]:.7f}, its tokens {ids}")
sys.exit(0 if good else 1)
