"""The rows of the ratio table: which work, our command, the peers' commands, what is to be reached, the floor. Not here: running them."""
from dataclasses import dataclass, field
from typing import Callable, Optional

import floors
from readings import Side
from shapes import MODELS, TRAINING


@dataclass(frozen=True)
class Row:
    name: str
    group: str
    threads: int
    unit: str
    ours: Side
    # The fastest of these in a first reading is the one compared with.
    peers: tuple
    at_least: float
    stretch: float
    # (limits of the machine, tensor bytes by file) → the best possible value of `ours`, in its unit.
    floor: Optional[Callable] = field(default=None, compare=False)
    # Goals speak of the ratio to the peer, or, where this is false, of our own figure.
    goal_is_ratio: bool = True
    lower_is_better: bool = False
    pairs: int = 5


def bench(threads, *arguments, key):
    return Side("llmlab", ("{llmlab}", "bench", "--json", "--threads", str(threads), *arguments), "json", key)


def served(name, script, *arguments, key="value", python="{python}"):
    return Side(name, (python, f"{{here}}/{script}", *arguments), "served", key)


def llama(file, work, tokens, threads, runs, *arguments):
    """llama.cpp's default and the setting that is often faster on CPUs."""
    return tuple(
        served(f"llama.cpp {setting}", "peer_llamacpp.py", f"{{models}}/{file}", work, "--tokens", str(tokens), "--threads", str(threads),
               "--setting", setting, "--runs", str(runs), *arguments)
        for setting in ("default", "plain"))


def decode_row(group, model, kind, threads, at, tokens, goals):
    file, shape = f"{model}.{kind}.gguf", MODELS[model]
    ours = bench(threads, "--model", f"{{models}}/{file}", "--only", "decode", "--prompt-tokens", "1", "--decode-at", str(at),
                 "--decode-tokens", str(tokens), "--runs", "3", key="decode_tokens_per_second")
    return Row(
        f"{group} {model} {kind} {threads}t", group, threads, "tokens/s", ours,
        llama(file, "decode", tokens, threads, 3, "--at", str(at)), *goals,
        floor=lambda limits, bytes_of: floors.decode(limits, shape, kind, bytes_of[file], at + tokens / 2))


def prefill_row(model, kind, threads, goals):
    file, shape, big = f"{model}.{kind}.gguf", MODELS[model], model in ("110M", "0.5B")
    ours = bench(threads, "--model", f"{{models}}/{file}", "--only", "prefill", "--prompt-tokens", "512", "--decode-tokens", "1",
                 "--runs", "2" if big else "3", key="prefill_tokens_per_second")
    runs = 1 if big else 3
    peers = llama(file, "prefill", 512, threads, runs)
    if kind in ("F32", "BF16"):
        peers += (served("transformers", "peer_transformers.py", f"{{models}}/{model}", "--tokens", "512", "--threads", str(threads),
                         "--type", kind.lower(), "--runs", str(runs)),)
    return Row(f"prefill {model} {kind} {threads}t", "prefill", threads, "tokens/s", ours, peers, *goals,
               floor=lambda limits, _: floors.prefill(limits, shape, kind, 512))


def training_row(shape, kind, goals):
    precision = "float32" if kind == "F32" else "bfloat16"
    modes = ("eager", "compile") if kind == "F32" else ("bf16", "bf16compile")
    return Row(
        f"training {shape} {kind} 2t", "training", 2, "tokens/s",
        bench(2, "--recipe", f"{{here}}/shapes/{shape}.yaml", "--precision", precision, "--runs", "2", key="training_tokens_per_second"),
        tuple(served(f"PyTorch {mode}", "peer_training.py", shape, "--threads", "2", "--mode", mode, "--runs", "1") for mode in modes),
        *goals, floor=lambda limits, _: floors.training(limits, TRAINING[shape], kind))


def observation_rows(model):
    file, shape = f"{model}.F32.gguf", MODELS[model]

    def observed(key):
        return bench(1, "--model", f"{{models}}/{file}", "--only", "observed", "--prompt-tokens", "512", "--decode-tokens", "1",
                     "--runs", "3", key=key)

    lens = served("TransformerLens", "peer_transformerlens.py", model, "--tokens", "512", "--threads", "1", "--runs", "3",
                  python="{lens_python}")
    yield Row(f"observation slowdown {model} F32 1t", "observation", 1, "×", observed("observed_slowdown"), (), 1.15, 1.05,
              goal_is_ratio=False, lower_is_better=True)
    yield Row(f"observation {model} F32 1t", "observation", 1, "tokens/s", observed("observed_tokens_per_second"), (lens,), 6, 12,
              floor=lambda limits, _: floors.prefill(limits, shape, "F32", 512, all_logits=True))


def process_rows():
    """What a user waits for, and memory: of a model as large as Sprout at its largest, with both cores."""
    model = "{models}/5M.Q8_0.gguf"
    absolute = {"goal_is_ratio": False, "lower_is_better": True}
    yield Row("start to first frame 5M Q8_0", "process", 2, "ms", Side("llmlab", ("{llmlab}", "--model", model), "frame"), (), 60, 30,
              pairs=9, **absolute)
    yield Row(
        "start to first token 5M Q8_0", "process", 2, "ms",
        Side("llmlab", ("{llmlab}", "run", "--raw", "--max-tokens", "1", "--model", model, "Once"), "first_byte"),
        (Side("llama-cpp-python", ("{python}", "{here}/peer_start.py", model), "first_byte"),), 80, 40, **absolute)
    yield Row(
        "key to frame while the model writes, p99", "process", 2, "ms",
        Side("llmlab", ("{results}/key-latency.txt",), "noted", r"frame .* while the model writes:.* p99 ([0-9.]+)"), (), 16, 8, pairs=1, **absolute)
    yield Row(
        "resident 5M Q8_0, 512 context", "process", 2, "MB",
        bench(2, "--model", model, "--only", "decode", "--prompt-tokens", "1", "--decode-at", "384", "--decode-tokens", "128", "--runs", "2",
              key="peak_resident_bytes"),
        (served("llama-cpp-python", "peer_llamacpp.py", model, "decode", "--at", "384", "--tokens", "128", "--context", "512", "--threads", "2",
                "--runs", "1", key="peak_resident_bytes"),), 40, 25, **absolute)


def all_rows():
    small, large = ("5M", "15M"), ("110M", "0.5B")
    for model in small:
        for kind in ("Q8_0", "Q4_0"):
            yield decode_row("decode", model, kind, 1, 1, 128, (2.0, 3.5))
    for model in small:
        for kind in ("Q8_0", "Q4_0"):
            for threads in (1, 2):
                yield decode_row("decode@512", model, kind, threads, 512, 32, (2.0, 4.0))
    for model in large:
        for kind in ("Q8_0", "Q4_0", "Q4_K_M"):
            for threads in (1, 2):
                yield decode_row("decode-large", model, kind, threads, 1, 64 if model == "110M" else 16, (1.1, 1.5))
    for model in MODELS:
        for kind, goals in (("Q8_0", (2, 3)), ("Q4_0", (1.3, 2)), ("F32", (1.6, 2.2)), ("BF16", (1.6, 2.2))):
            # On one core a pass of the largest takes many seconds, and says what two cores say.
            for threads in (2,) if model == "0.5B" else (1, 2):
                yield prefill_row(model, kind, threads, goals)
    for shape in TRAINING:
        yield training_row(shape, "F32", (2.0, 3.0))
        yield training_row(shape, "BF16", (1.5, 2.5))
    for model in small:
        yield from observation_rows(model)
    yield from process_rows()
