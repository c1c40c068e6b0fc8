#!/usr/bin/env python3
"""Writes the golden files of ten training steps into Tests/TrainingTests/Golden.

    pip install torch safetensors numpy transformers    # transformers only for the cross-check
    python3 Tests/Reference/make_training_golden.py

The model is the small Llama of make_llama_golden.py with other weights. One packed batch of three documents serves all ten
steps: attention is causal inside a document and positions restart at 0 with each.

    loss  = sum(weight * cross-entropy) / sum(weight)           natural logarithm
    norm  = L2 norm of all gradients together
    every gradient is scaled by min(1, clip / (norm + 1e-6))    torch.nn.utils.clip_grad_norm_
    AdamW: m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g²;  t = 1, 2, …
           w = w (1 - rate·decay) - rate · (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + epsilon)
    decay only for weights of two dimensions except model.embed_tokens.weight

Written:
  training-small/config.json, training-small/model.safetensors
      The weights before step 1, as a Hugging Face folder.
  training-small.json
      documents        lengths [13, 7, 17]
      tokens, targets  37 ids each, documents back to back; targets[i] follows tokens[i] in its document
      weights          37 loss weights (0, 0.5 or 1)
      rates            10 learning rates
      beta1, beta2, epsilon, decay, clip
      losses           10: the loss of step t, before its update
      norms            10: the gradient norm of step t, before clipping
      lossAfter        the loss after the tenth update
  training-small-gradients.safetensors
      All gradients of step 1 before clipping, under the parameters' names.
  training-small-after.safetensors
      model.norm.weight and model.layers.1.self_attn.k_proj.weight after the tenth update.
"""

import json
from pathlib import Path

import torch

import llama

golden = Path(__file__).resolve().parent.parent / "TrainingTests" / "Golden"
folder = golden / "training-small"

initial = llama.random_weights(seed=20240602, deviation=0.15)
llama.write_folder(folder, initial)

documents = [13, 7, 17]
generator = torch.Generator().manual_seed(7)
texts = [torch.randint(3, llama.CONFIG["vocab_size"], (length + 1,), generator=generator) for length in documents]
tokens = torch.cat([text[:-1] for text in texts])
targets = torch.cat([text[1:] for text in texts])
positions = torch.cat([torch.arange(length) for length in documents])
owner = torch.cat([torch.full((length,), i) for i, length in enumerate(documents)])
n = len(tokens)
mask = (owner[:, None] == owner[None, :]) & torch.ones(n, n, dtype=torch.bool).tril()
# Like a chat: the first tokens of each document do not count, some count half.
loss_weights = torch.tensor([0.0 if p < 3 else 0.5 if p % 4 == 0 else 1.0 for p in positions.tolist()])
rates = [0.002, 0.004, 0.006, 0.008, 0.01, 0.01, 0.009, 0.007, 0.004, 0.001]
beta1, beta2, epsilon, decay, clip = 0.9, 0.95, 1e-8, 0.1, 1.0


def loss_of(logits):
    each = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    share = loss_weights.to(logits.dtype)
    return (each * share).sum() / share.sum()


def train(dtype):
    weights = {name: w.to(dtype).clone().requires_grad_() for name, w in initial.items()}
    decays = lambda name: weights[name].dim() >= 2 and name != "model.embed_tokens.weight"
    optimizer = torch.optim.AdamW(
        [
            {"params": [w for name, w in weights.items() if decays(name)], "weight_decay": decay},
            {"params": [w for name, w in weights.items() if not decays(name)], "weight_decay": 0.0},
        ],
        betas=(beta1, beta2),
        eps=epsilon,
    )
    losses, norms, gradients = [], [], {}
    for step, rate in enumerate(rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(llama.forward(weights, tokens, positions, mask))
        loss.backward()
        if step == 0:
            gradients = {name: w.grad.clone() for name, w in weights.items()}
        losses.append(loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(list(weights.values()), clip).item())
        optimizer.step()
    with torch.no_grad():
        after = loss_of(llama.forward(weights, tokens, positions, mask)).item()
    return losses, norms, gradients, after, weights


losses, norms, gradients, after, weights = train(torch.float64)
print("losses", [round(x, 5) for x in losses], round(after, 5))
print("norms ", [round(x, 5) for x in norms])
single = train(torch.float32)
llama.check_close("float32 run, losses", torch.tensor(single[0] + [single[3]]), torch.tensor(losses + [after]), 5e-5)
llama.check_close("float32 run, norms", torch.tensor(single[1]), torch.tensor(norms), 5e-5)
for name in gradients:
    if not torch.allclose(single[2][name].double(), gradients[name], atol=1e-6, rtol=1e-4):
        raise SystemExit(f"the float32 gradient of {name} differs")

model = llama.transformers_model(folder)
if model is None:
    print("transformers is not installed: no cross-check")
else:
    additive = torch.zeros(1, 1, n, n).masked_fill(~mask, torch.finfo(torch.float32).min)
    theirs = loss_of(model(tokens[None], position_ids=positions[None], attention_mask=additive).logits[0])
    theirs.backward()
    llama.check_close("transformers, loss", theirs.detach(), torch.tensor(losses[0]), 1e-5)
    for name, parameter in model.named_parameters():
        if not torch.allclose(parameter.grad.double(), gradients[name], atol=1e-6, rtol=1e-4):
            raise SystemExit(f"the gradient of {name} differs from transformers'")
    print(f"transformers, gradients of {len(list(model.named_parameters()))} parameters: equal")

(golden / "training-small.json").write_text(
    json.dumps(
        {
            "documents": documents,
            "tokens": tokens.tolist(),
            "targets": targets.tolist(),
            "weights": loss_weights.tolist(),
            "rates": rates,
            "beta1": beta1,
            "beta2": beta2,
            "epsilon": epsilon,
            "decay": decay,
            "clip": clip,
            "losses": losses,
            "norms": norms,
            "lossAfter": after,
        },
        indent=1,
    )
    + "\n"
)
llama.write_tensors(golden / "training-small-gradients.safetensors", gradients)
some = ["model.norm.weight", "model.layers.1.self_attn.k_proj.weight"]
llama.write_tensors(golden / "training-small-after.safetensors", {name: weights[name] for name in some})
