#!/usr/bin/env python3
"""Writes the golden files of four small encoders into Tests/ModelsTests/Golden.

    pip install torch transformers safetensors numpy
    python3 Tests/Reference/make_encoder_goldens.py

Written:
  encoders.json
      By encoder (bert, roberta, xlm-roberta, distilbert): "config", its config.json; "tensors", [name, shape] of every tensor of the bare encoder, whose
      values seeded_weights.py makes; "tokens", a text.
  encoders-expected.safetensors
      Float32 tensors of transformers, by encoder:
        NAME.hidden.L                     [n, 32]      hidden states: of the embedding (L = 0) and behind block L
        NAME.pattern                      [4, n, n]    attention of the last block
        NAME.mean                         [32]         sentence-transformers' mean pooling, in a padded batch with a longer text
      and for bert and distilbert, of the loss sum(hidden[i] * seeded("loss")[i]):
        NAME.gradient.TENSOR              one tensor of each kind
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel, XLMRobertaConfig, XLMRobertaModel

import seeded_weights

golden = Path(__file__).resolve().parent.parent / "ModelsTests" / "Golden"
sizes = {"vocab_size": 61, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48, "max_position_embeddings": 24}
encoders = {
    "bert": (BertModel, BertConfig(**sizes, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12)),
    "roberta": (RobertaModel, RobertaConfig(**sizes, type_vocab_size=1, hidden_act="gelu", layer_norm_eps=1e-5, pad_token_id=1)),
    # A padding id that is not RoBERTa's, and the other GELU.
    "xlm-roberta": (XLMRobertaModel, XLMRobertaConfig(**sizes, type_vocab_size=1, hidden_act="gelu_new", layer_norm_eps=1e-5, pad_token_id=3)),
    "distilbert": (
        DistilBertModel,
        DistilBertConfig(vocab_size=61, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=24, activation="gelu"),
    ),
}
tokens = [2, 17, 4, 60, 4, 33, 58, 9, 9, 21, 47]
longer = [2, 5, 30, 17, 12, 5, 7, 50, 40, 31, 8, 44, 59, 6, 11]
gradients = {
    "bert": ["embeddings.token_type_embeddings.weight", "embeddings.LayerNorm.bias", "encoder.layer.0.attention.self.query.weight",
             "encoder.layer.0.attention.self.key.weight", "encoder.layer.1.attention.output.LayerNorm.weight", "encoder.layer.0.intermediate.dense.bias"],
    "distilbert": ["embeddings.position_embeddings.weight", "transformer.layer.1.attention.v_lin.weight"],
}

described, expected = {}, {}
for name, (model_class, config) in encoders.items():
    config._attn_implementation = "eager"
    model = model_class(config, **({} if name == "distilbert" else {"add_pooling_layer": False})).eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
    model.load_state_dict({key: torch.from_numpy(seeded_weights.weights(key, shape)) for key, shape in shapes.items()})

    out = model(torch.tensor([tokens]), output_hidden_states=True, output_attentions=True)
    for layer, hidden in enumerate(out.hidden_states):
        expected[f"{name}.hidden.{layer}"] = hidden[0].detach()
    expected[f"{name}.pattern"] = out.attentions[-1][0].detach()

    padding = config.pad_token_id
    batch = torch.tensor([tokens + [padding] * (len(longer) - len(tokens)), longer])
    mask = torch.tensor([[1] * len(tokens) + [0] * (len(longer) - len(tokens)), [1] * len(longer)])
    with torch.no_grad():
        hidden = model(batch, attention_mask=mask).last_hidden_state
    expected[f"{name}.mean"] = (hidden * mask[..., None]).sum(1)[0] / mask[0].sum()

    if name in gradients:
        hidden = out.last_hidden_state[0]
        (hidden * torch.from_numpy(seeded_weights.weights("loss", list(hidden.shape)))).sum().backward()
        parameters = dict(model.named_parameters())
        for key in gradients[name]:
            expected[f"{name}.gradient.{key}"] = parameters[key].grad
    kept = {key: value for key, value in config.to_diff_dict().items() if key not in ("transformers_version", "_attn_implementation")}
    # What equals the class's default, and our reader must know or be told.
    for key in ("pad_token_id", "layer_norm_eps", "hidden_act", "activation", "type_vocab_size", "max_position_embeddings", "vocab_size"):
        if hasattr(config, key):
            kept[key] = getattr(config, key)
    described[name] = {"config": kept | {"model_type": config.model_type}, "tensors": list(shapes.items()), "tokens": tokens}

save_file({key: value.contiguous().float() for key, value in expected.items()}, str(golden / "encoders-expected.safetensors"))
lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in described.items()]
(golden / "encoders.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
