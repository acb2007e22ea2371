"""Whole published models that fit on one part, to hold the clock against: it never saw them.

Their sizes are the published ones, with a head of its own where the model ties it to the embedding,
in PyTorch's plainest form (`scenarios.measuring.torch_model`). Of those too large for a part some
layers are timed, or what one of eight tensor-parallel parts computes of some.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scenarios.measuring.shapes import Shape

__all__ = ["whole_models"]


LLAMA = Shape("Llama-3.2-1B", 16, 2048, 8192, 32, 8, 64, 128_256)
LLAMA_2 = Shape("Llama-2-7B", 32, 4096, 11008, 32, 32, 128, 32_000, 4096, 1, recompute="full")
OLMO = Shape("OLMo-1B", 16, 2048, 8192, 16, 16, 128, 50_304, 2048, 4)
OLMOE = replace(
    Shape("OLMoE-1B-7B", 16, 2048, 1024, 16, 16, 128, 50_304, 4096, 1, recompute="full"),
    experts=64,
    per_token=8,
)
QWEN = Shape("Qwen3-0.6B", 28, 1024, 3072, 16, 8, 128, 151_936)
QWEN_LARGER = Shape("Qwen3-1.7B", 28, 2048, 6144, 16, 8, 128, 151_936)
SMOL = Shape("SmolLM-360M", 32, 960, 2560, 15, 5, 64, 49_152, 2048, 8)
TINY = Shape("TinyLlama-1.1B", 22, 2048, 5632, 32, 4, 64, 32_000, 2048, 4)


def whole_models() -> Iterator[Shape]:
    """The models with their micro-batches, each a shape with a name of its own."""
    yield from _dense()
    yield from _mixtures()
    yield from _large()
    yield from _unusual()


def _dense() -> Iterator[Shape]:
    yield LLAMA
    yield replace(QWEN, micro_batch=4)
    yield QWEN_LARGER
    yield Shape("Qwen3-4B", 36, 2560, 9728, 32, 8, 128, 151_936, micro_batch=1)
    yield Shape("Llama-3.2-3B", 28, 3072, 8192, 24, 8, 128, 128_256, micro_batch=1, passes=4)
    yield TINY
    yield SMOL
    yield OLMO
    yield Shape("Qwen2.5-0.5B", 24, 896, 4864, 14, 2, 64, 151_936)
    yield Shape("Gemma-2B", 18, 2048, 16384, 8, 1, 256, 256_000, micro_batch=1)
    yield Shape("SmolLM3-3B", 36, 2048, 11008, 16, 4, 128, 128_256, micro_batch=1)
    yield replace(LLAMA, seq_len=32_768, micro_batch=1, recompute="full")
    yield replace(QWEN, seq_len=16_384, micro_batch=1)


def _mixtures() -> Iterator[Shape]:
    granite = Shape("Granite-3.0-1B-A400M", 24, 1024, 512, 16, 8, 64, 49_280)
    yield replace(granite, experts=32, per_token=8)
    yield OLMOE
    mixtral = Shape("Mixtral-8x7B, 3 layers", 3, 4096, 14336, 32, 8, 128, 32_000)
    yield replace(mixtral, experts=8, per_token=2)
    qwen = Shape("Qwen3-235B-A22B, 2 layers", 2, 4096, 1536, 64, 4, 128, 151_936, micro_batch=1)
    yield replace(qwen, experts=128, per_token=8)


def _large() -> Iterator[Shape]:
    eighth = Shape("Llama-3.1-405B, 4 layers, 1/8", 4, 16384, 6656, 16, 1, 128, 16_032)
    yield replace(eighth, micro_batch=1)
    yield LLAMA_2
    yield Shape("Llama-3.1-8B", 32, 4096, 14336, 32, 8, 128, 128_256, 4096, 1, recompute="full")


def _unusual() -> Iterator[Shape]:
    """Longer contexts, and the least and larger micro-batches."""
    yield replace(QWEN, micro_batch=1)
    yield replace(SMOL, micro_batch=1)
    yield replace(OLMO, seq_len=16_384, micro_batch=1)
    yield replace(TINY, seq_len=16_384, micro_batch=1)
    yield replace(LLAMA_2, seq_len=16_384)
    yield replace(QWEN_LARGER, seq_len=32_768, micro_batch=1, recompute="full")
    yield replace(OLMOE, micro_batch=4)
