"""Training steps in PyTorch: a Llama-style decoder with tied head, forward, backward, clip, fused AdamW.

usage: peer_training.py {t1,t2,t3} [--threads N] [--mode {eager,compile,bf16,bf16compile}] [--runs N]

Written for PyTorch's good: one product for query, key and value, one for gate and up, fused attention and optimizer. The bf16 modes are autocast.
"""
import argparse

import torch
from torch import nn
from torch.nn import functional

from peer import serve
from shapes import BATCH_TOKENS, TRAINING


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.norm1, self.norm2 = nn.RMSNorm(shape.hidden), nn.RMSNorm(shape.hidden)
        self.qkv = nn.Linear(shape.hidden, 3 * shape.hidden, bias=False)
        self.output = nn.Linear(shape.hidden, shape.hidden, bias=False)
        self.gate_up = nn.Linear(shape.hidden, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.hidden, bias=False)

    def forward(self, x, cosines, sines):
        batch, length, hidden = x.shape
        split = self.qkv(self.norm1(x)).split(hidden, -1)
        q, k, v = (part.view(batch, length, self.shape.heads, -1).transpose(1, 2) for part in split)
        q, k = (part * cosines + rotated(part) * sines for part in (q, k))
        attended = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(attended.transpose(1, 2).reshape(batch, length, hidden))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(functional.silu(gate) * up)


def rotated(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), -1)


class Decoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embedding = nn.Embedding(shape.vocabulary, shape.hidden)
        self.blocks = nn.ModuleList([Block(shape) for _ in range(shape.layers)])
        self.norm = nn.RMSNorm(shape.hidden)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        frequencies = 1.0 / 10000 ** (torch.arange(0, shape.head_size, 2).float() / shape.head_size)
        angles = torch.outer(torch.arange(shape.context).float(), frequencies).repeat(1, 2)
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())

    def forward(self, inputs, targets):
        x = self.embedding(inputs)
        for block in self.blocks:
            x = block(x, self.cosines, self.sines)
        logits = functional.linear(self.norm(x), self.embedding.weight)
        return functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shape", choices=list(TRAINING))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mode", choices=["eager", "compile", "bf16", "bf16compile"], default="eager")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    shape = TRAINING[arguments.shape]
    model = Decoder(shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    forward = torch.compile(model) if "compile" in arguments.mode else model
    ids = torch.randint(0, shape.vocabulary, (BATCH_TOKENS // shape.context, shape.context + 1))

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in arguments.mode):
            loss = forward(ids[:, :-1], ids[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    serve(step, BATCH_TOKENS, arguments.runs, version=torch.__version__)


if __name__ == "__main__":
    main()
