"""Which models are timed: a few layers each, one thing varied at a time around a usual layer.

What a step of a large model does is in a few of its layers: their matrices, and those that tensor
parallelism would leave to one part (narrow FFNs, few heads), FFNs of experts, short and long
contexts, small and large micro-batches. The first shapes say most, so that a run which is stopped
early is of use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Shape", "shapes"]


@dataclass(frozen=True)
class Shape:
    """A model of a few layers and how a step of it is trained on one part.

    Attributes:
        name: the model that it is, or `shape`.
        layers: number of layers [layer].
        hidden: hidden size [unitless].
        ffn: FFN size; of a mixture, that of an expert [unitless].
        heads: attention heads [head].
        kv_heads: KV heads [head].
        head_dim: width of a head [unitless].
        vocab: vocabulary [token type].
        seq_len: length of sequences [token].
        micro_batch: sequences computed at a time [sequence].
        passes: micro-batches of a step.
        experts: experts of a layer [expert]; 0 for a dense model.
        per_token: experts that a token gets [expert].
        recompute: which activations are computed again in the backward pass.
    """

    name: str = "shape"
    layers: int = 4
    hidden: int = 4096
    ffn: int = 14336
    heads: int = 32
    kv_heads: int = 8
    head_dim: int = 128
    vocab: int = 32_000
    seq_len: int = 4096
    micro_batch: int = 2
    passes: int = 1
    experts: int = 0
    per_token: int = 0
    recompute: Literal["none", "full"] = "none"

    def __str__(self) -> str:
        """The shape in a few words."""
        ffn = f"{self.experts}x{self.ffn} top {self.per_token}" if self.experts else str(self.ffn)
        again = ", recomputed" if self.recompute == "full" else ""
        name = "" if self.name == "shape" else f"{self.name}: "
        return name + (
            f"{self.layers} layers of {self.hidden}, FFN {ffn}, {self.heads}/{self.kv_heads} heads "
            f"of {self.head_dim}, {self.micro_batch} x {self.seq_len:,} tokens, "
            f"{self.passes} passes{again}"
        )


def shapes(*, small: bool = False) -> Iterator[Shape]:
    """The shapes to time, those that say most first.

    Args:
        small: whether to make all of them so small that a CPU times them in seconds, to try the
            program where there is no GPU.
    """
    for shape in _usual():
        yield _shrunk(shape) if small else shape


def _usual() -> Iterator[Shape]:
    base = Shape()
    eight = replace(base, hidden=8192, ffn=28672, heads=64, layers=2, micro_batch=1)
    two = replace(base, hidden=2048, ffn=8192, heads=16, micro_batch=4)
    one = replace(base, hidden=1024, ffn=4096, heads=8, micro_batch=8)
    mixture = replace(two, ffn=4096, experts=8, per_token=2, layers=2)
    yield base
    yield replace(base, layers=2)  # what a layer takes, and what the rest
    yield eight
    yield two
    yield mixture
    yield replace(mixture, ffn=1024, experts=32, per_token=8)
    yield replace(base, ffn=3584, heads=8, kv_heads=2)  # as one of four parts computes it
    yield one
    yield replace(base, micro_batch=1)
    yield replace(two, micro_batch=1)
    yield replace(mixture, ffn=512, experts=64, per_token=16)
    yield replace(eight, ffn=3584, heads=8, kv_heads=1, layers=8)  # one of eight parts
    yield replace(base, seq_len=16384, micro_batch=1)
    yield replace(base, seq_len=1024, micro_batch=8)
    yield replace(base, recompute="full")
    yield replace(base, passes=4)
    yield replace(mixture, ffn=2048, experts=16, per_token=4)
    yield replace(one, micro_batch=1)
    yield replace(base, hidden=5120, ffn=13824, heads=40, kv_heads=40, layers=3, micro_batch=1)
    yield replace(two, head_dim=64, heads=32)
    yield replace(base, vocab=128_000, layers=2)
    yield replace(mixture, ffn=256, experts=128, per_token=32)
    yield replace(base, ffn=1792, heads=4, kv_heads=1, layers=8)
    yield replace(mixture, ffn=768, experts=128, per_token=8)
    yield replace(base, seq_len=32768, micro_batch=1, layers=2)
    yield replace(two, seq_len=512, micro_batch=32)
    yield replace(two, ffn=5504, kv_heads=16, layers=8)
    yield replace(mixture, ffn=1024, experts=32, per_token=8, micro_batch=1)
    yield replace(base, hidden=6144, ffn=16384, heads=48, layers=2, micro_batch=1)
    yield replace(one, layers=16, micro_batch=4)
    yield replace(base, hidden=3072, ffn=8192, heads=24)
    yield replace(mixture, ffn=4096, experts=16, per_token=1)
    yield replace(two, layers=16, ffn=1024)
    yield replace(eight, ffn=7168, heads=16, kv_heads=2, layers=4)
    yield replace(mixture, hidden=4096, heads=32, ffn=1536, experts=32, per_token=8, micro_batch=1)
    yield replace(base, hidden=768, ffn=3072, heads=12, kv_heads=12, head_dim=64, layers=12)


def _shrunk(shape: Shape) -> Shape:
    """A shape a hundredth as large in each matrix, with the same numbers of experts and layers."""
    heads = max(shape.heads // 8, 1)
    return replace(
        shape,
        layers=min(shape.layers, 2),
        hidden=max(shape.hidden // 32, 32),
        ffn=max(shape.ffn // 32, 8),
        heads=heads,
        kv_heads=max(min(shape.kv_heads // 8, heads), 1),
        head_dim=16,
        vocab=256,
        seq_len=64,
        micro_batch=1,
        experts=min(shape.experts, 4),
        per_token=min(shape.per_token, 2),
    )
