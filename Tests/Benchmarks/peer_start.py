"""A cold process of llama-cpp-python to its first token, which it prints. usage: peer_start.py MODEL.gguf"""
import os
import sys

from llama_cpp import Llama

threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
model = Llama(sys.argv[1], n_ctx=512, n_threads=threads, n_threads_batch=threads, verbose=False)
print(next(model.generate([1], top_k=1, temp=0.0)), flush=True)
