"""Prefill by Hugging Face transformers on PyTorch, logits of the last position only.

usage: peer_transformers.py FOLDER [--tokens N] [--threads N] [--type {f32,bf16}] [--runs N]
"""
import argparse

import torch
import transformers

from peer import serve


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--type", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(arguments.threads)
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[arguments.type]
    model = transformers.AutoModelForCausalLM.from_pretrained(arguments.folder, dtype=kind, attn_implementation="sdpa").eval()
    ids = torch.randint(0, model.config.vocab_size - 2, (1, arguments.tokens), generator=torch.Generator().manual_seed(0))

    def prefill():
        with torch.inference_mode():
            model(ids, use_cache=True, logits_to_keep=1)

    serve(prefill, arguments.tokens, arguments.runs, version=f"{transformers.__version__}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
