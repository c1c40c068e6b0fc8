"""llama.cpp through llama-cpp-python's low-level API, in the manner of its own llama-bench: no sampling.

usage: peer_llamacpp.py MODEL.gguf {prefill,decode} [--tokens N] [--at P] [--threads N] [--context N] [--setting {default,plain}] [--runs N]

`plain` is flash attention off and an f32 cache: on CPUs often the faster setting, and at depth by far.
"""
import argparse
import ctypes

import llama_cpp as llama
import numpy as np

from peer import serve

F32 = 0  # GGML_TYPE_F32


@llama.llama_log_callback
def silent(level, text, data):
    pass


def version():
    """With the instruction sets it was built for, of those that matter here."""
    used = llama.llama_print_system_info().decode()
    return " ".join([llama.__version__, *(name for name in ("AVX2", "AVX512", "AVX512_VNNI", "AVX512_BF16") if f" {name} = 1" in used)])


def open_context(arguments):
    llama.llama_log_set(silent, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(arguments.model.encode(), llama.llama_model_default_params())
    settings = llama.llama_context_default_params()
    settings.n_ctx = arguments.context
    settings.n_batch = settings.n_ubatch = 512
    settings.n_threads = settings.n_threads_batch = arguments.threads
    if arguments.setting == "plain":
        settings.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        settings.type_k = settings.type_v = F32
    return model, llama.llama_init_from_model(model, settings)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("work", choices=["prefill", "decode"])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--setting", choices=["default", "plain"], default="default")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    model, context = open_context(arguments)
    memory = llama.llama_get_memory(context)
    count = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    ids = np.random.default_rng(0).integers(0, count - 2, 1024)

    def compute(tokens):
        array = (llama.llama_token * len(tokens))(*map(int, tokens))
        if llama.llama_decode(context, llama.llama_batch_get_one(array, len(tokens))) != 0:
            raise SystemExit("llama_decode failed")
        llama.llama_synchronize(context)

    def prefill():
        llama.llama_memory_clear(memory, True)
        compute(ids[: arguments.tokens])

    def decode():
        # The cache is cut back to the beginning of the stretch.
        llama.llama_memory_seq_rm(memory, 0, arguments.at, -1)
        for token in ids[: arguments.tokens]:
            compute([token])

    if arguments.work == "decode":
        compute(ids[: arguments.at])
    serve(prefill if arguments.work == "prefill" else decode, arguments.tokens, arguments.runs, version=version())


if __name__ == "__main__":
    main()
