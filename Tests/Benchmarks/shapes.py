"""The shapes that the ratio table speaks of, for inference and training. Not here: files made from them (make_models.py)."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """A Llama-style decoder with tied embeddings."""

    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    feed_forward: int
    vocabulary: int
    context: int = 1024

    @property
    def head_size(self):
        return self.hidden // self.heads

    @property
    def key_value_width(self):
        return self.head_size * self.key_value_heads

    @property
    def block_weights(self):
        """Weights of every product but the unembedding."""
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.key_value_width
        return self.layers * (attention + 3 * self.hidden * self.feed_forward)

    @property
    def head_weights(self):
        return self.hidden * self.vocabulary


# "0.5B" has Qwen2.5-0.5B's dimensions without its biases, as architecture llama, which every program here opens.
MODELS = {
    "5M": Shape(256, 8, 8, 4, 704, 6400),
    "15M": Shape(288, 6, 6, 6, 768, 32000),
    "110M": Shape(768, 12, 12, 12, 2048, 32000),
    "0.5B": Shape(896, 24, 14, 2, 4864, 151936),
}
TYPES = ("F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_K_M")

# shapes/t1.yaml … say the same to llmlab.
TRAINING = {
    "t1": Shape(128, 4, 4, 4, 384, 512, 128),
    "t2": Shape(256, 6, 8, 8, 704, 4096, 256),
    "t3": Shape(384, 6, 6, 6, 1024, 6400, 256),
}
BATCH_TOKENS = 2048
