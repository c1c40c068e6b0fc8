"""Observation by TransformerLens: logits and every activation of a prompt (`run_with_cache`), or its plain pass.

usage: peer_transformerlens.py {5M,15M} [--tokens N] [--threads N] [--plain] [--runs N]

Needs transformer-lens < 4 (HookedTransformer). It has no grouped-query attention in this form: all heads have keys and values.
"""
import argparse
from importlib.metadata import version

import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig

from peer import serve
from shapes import MODELS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shape", choices=list(MODELS))
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    shape = MODELS[arguments.shape]
    model = HookedTransformer(HookedTransformerConfig(
        n_layers=shape.layers, d_model=shape.hidden, n_heads=shape.heads, d_head=shape.head_size, d_mlp=shape.feed_forward,
        d_vocab=shape.vocabulary, n_ctx=shape.context, act_fn="silu", gated_mlp=True, normalization_type="RMS", final_rms=True,
        positional_embedding_type="rotary", rotary_dim=shape.head_size, default_prepend_bos=False, seed=0)).eval()
    ids = torch.randint(0, shape.vocabulary, (1, arguments.tokens), generator=torch.Generator().manual_seed(0))
    run = model if arguments.plain else model.run_with_cache

    def observe():
        with torch.inference_mode():
            run(ids)

    serve(observe, arguments.tokens, arguments.runs, version=f"{version('transformer-lens')}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
