"""A layout: how a training run is spread over a cluster, and the hard rules that it must obey.

The rules are those of Megatron-LM's argument checks. Tensor parallelism divides the heads and the
FFN, divides the KV heads or is a multiple of them, and stays within the scale-up domain. Pipeline
stages divide the layers, unless they may be uneven: then the last may hold fewer.
Context parallelism, of degree cp, divides the sequence into 2·cp pieces. Every replica gets at
least one micro-batch of each step, whose size is rounded to suit. Expert parallelism takes its
parts from all those that share a pipeline stage, tensor-parallel ones too, and divides the experts
(parallel folding, arXiv 2504.14960).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.log_form import NDBool
from constraints.errors import InputError

__all__ = [
    "RECOMPUTING",
    "Degrees",
    "Layout",
    "Layouts",
    "Recomputation",
    "SizeArray",
    "layouts",
    "layouts_on",
]

SizeArray: TypeAlias = NDArray[np.int64]
"""One size of many models, or another array of whole numbers [n]."""

Recomputation = Literal["none", "full"]
"""Which activations are recomputed in the backward pass."""

RECOMPUTING = Fraction(4, 3)
"""FLOPs with full recomputation over those without [unitless].

One more forward pass makes 8·N FLOPs a token out of 6·N, where N is the number of parameters."""
MOST_MICRO_BATCH = 8
"""The largest micro-batch that is tried [sequence].

Larger ones fill matrices no better (Narayanan 2021, arXiv 2104.04473, fig. 16)."""

MOST_STAGES = 256
"""The most pipeline stages that are tried: more than any published run has (MT-NLG has 35, arXiv
2201.11990)."""
MOST_EXPERT_PARTS = 64
"""The most parts among which experts are spread [part]: DeepSeek-V3's (arXiv 2412.19437 §3.2)."""
LEAST_CONTEXT = 8192
"""The fewest tokens of a sequence that context parallelism leaves to each part [token].

Llama 3 has 131,072 over 16 parts (arXiv 2407.21783, table 4)."""


@dataclass(frozen=True)
class Layout:
    """How a training run is spread over a cluster.

    tensor · pipeline · data · context is the number of accelerators.

    Attributes:
        tensor: degree of tensor parallelism [part].
        pipeline: number of pipeline stages [part].
        data: number of replicas, the degree of data parallelism [part].
        context: degree of context parallelism [part].
        micro_batch: sequences that a replica computes at a time [sequence].
        recomputation: `full` if activations are recomputed in the backward pass, else `none`.
            FlashAttention recomputes the attention core in either case.
        sequence_parallel: whether the tensor-parallel parts also divide what lies outside the
            matrices (norms, inputs of layers) along the sequence.
        expert: parts among which the experts of a layer are spread [part].
        virtual: pieces of layers that a stage holds in turn, which fill a pipeline sooner [piece].
    """

    tensor: int
    pipeline: int
    data: int
    context: int = 1
    micro_batch: int = 1
    recomputation: Recomputation = "none"
    sequence_parallel: bool = True
    expert: int = 1
    virtual: int = 1

    def __post_init__(self) -> None:
        """Check that all counts are positive."""
        for name in ("tensor", "pipeline", "data", "context", "micro_batch", "expert", "virtual"):
            if getattr(self, name) < 1:
                raise InputError(f"layout {name}", "must be ≥ 1", getattr(self, name))

    @property
    def gpus(self) -> int:
        """Number of accelerators [part]."""
        return self.tensor * self.pipeline * self.data * self.context

    @property
    def pieces(self) -> int:
        """Pieces into which layers are divided, over all pipeline stages [piece]."""
        return self.pipeline * self.virtual

    @property
    def least_cost(self) -> Fraction:
        """FLOPs spent over FLOPs counted: what recomputation adds [unitless]."""
        return RECOMPUTING if self.recomputation == "full" else Fraction(1)

    @property
    def degrees(self) -> tuple[int, int, int]:
        """What must divide a model: tensor parallelism, pieces of stages, expert parallelism."""
        return self.tensor, self.pieces, self.expert

    def stretch(self, layers: int | None, *, last: bool = False) -> float:
        """Layers of the fullest or the last pipeline stage over those of an even one [unitless].

        Llama 3 405B trained 126 layers on 16 stages (arXiv 2407.21783 §3.3.2).

        Args:
            layers: number of layers of a model [layer]; None if stages share them evenly.
            last: whether it is the last stage, which has fewer layers if they are shared unevenly.
        """
        if layers is None:
            return 1.0
        fewer = last and self.shares(layers)
        held = self.on_last_stage(layers) if fewer else self.fullest(layers)
        return held * self.pipeline / layers

    def shares(self, layers: int) -> bool:
        """Whether the pipeline can share so many layers.

        Evenly, or with fewer on the last stage than on the others, and at least one.

        Args:
            layers: number of layers of a model [layer].
        """
        even = layers % self.pieces == 0
        return even or (self.virtual == 1 and self.on_last_stage(layers) > 0)

    def on_last_stage(self, layers: int) -> int:
        """Layers that full stages leave for the last one [layer]; not above 0 if they leave none.

        Args:
            layers: number of layers of a model [layer].
        """
        return layers - self.fullest(layers) * (self.pipeline - 1)

    def filled(self, layers: int) -> str:
        """The layout in words, and how full its stages are if they share layers unevenly.

        Args:
            layers: number of layers of a model [layer].
        """
        if layers % self.pieces == 0:
            return str(self)
        return f"{self}, up to {self.fullest(layers)} layers a stage"

    def fullest(self, layers: int) -> int:
        """Layers of the fullest pipeline stage [layer].

        Args:
            layers: number of layers of a model [layer].
        """
        return math.ceil(layers / self.pieces) * self.virtual

    def suits(self, sizes: Mapping[str, int]) -> bool:
        """Whether the layout's degrees divide a model.

        Args:
            sizes: the model's sizes by name, attention heads included.
        """
        each = {name: np.array([size]) for name, size in sizes.items()}
        return bool(Degrees(np.array([self.degrees])).suit(each)[0, 0])

    @property
    def spread(self) -> str:
        """The degrees of parallelism in words: `TP 8 × PP 4 × DP 32`."""
        parts = [("TP", self.tensor), ("PP", self.pipeline), ("CP", self.context)]
        parts += [("VP", self.virtual)] if self.virtual > 1 else []
        parts += [("DP", self.data)]
        joined = " × ".join(f"{name} {n}" for name, n in parts if n > 1)
        joined = f"{joined}, EP {self.expert}" if self.expert > 1 else joined
        return joined or "one part"

    def __str__(self) -> str:
        """The layout in words: `TP 8 × PP 4 × DP 32, micro-batch 1, no recomputation`."""
        again = "full" if self.recomputation == "full" else "no"
        return f"{self.spread}, micro-batch {self.micro_batch}, {again} recomputation"


class Degrees:
    """Degrees of parallelism of L layouts, ready to be tried on many models."""

    def __init__(self, degrees: SizeArray) -> None:
        """Find the few degrees that differ.

        Args:
            degrees: tensor, pipeline and expert parallelism of the layouts [L, 3].
        """
        self._each = [np.unique(column, return_inverse=True) for column in degrees.T]

    def suit(self, sizes: Mapping[str, SizeArray]) -> NDBool:
        """Which degrees divide which models [L, n].

        Args:
            sizes: sizes of n models by name, attention heads included; each is an array [n].
        """
        (t, of_t), (p, of_p), (e, of_e) = self._each
        t, kv_heads = t[:, None], sizes["num_key_value_heads"]
        heads = (sizes["num_attention_heads"] % t == 0) & (sizes["intermediate_size"] % t == 0)
        by_t = heads & ((kv_heads % t == 0) | (t % kv_heads == 0))
        by_p = sizes["num_hidden_layers"] % p[:, None] == 0
        by_e = sizes.get("num_experts", np.zeros(1, dtype=np.int64)) % e[:, None] == 0
        found: NDBool = by_t[of_t] & by_p[of_p] & by_e[of_e]
        return found


class Layouts(tuple[Layout, ...]):
    """Layouts as a quick key for caches: each such tuple equals itself and no other."""

    __slots__ = ()

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        """Whether the other is this very object."""
        return self is other

    def __ne__(self, other: object) -> bool:
        """Whether the other is another object."""
        return self is not other


@lru_cache(maxsize=16)
def layouts_on(
    gpus: int,
    domain: int,
    seq_len: int,
    global_batch: int,
    fixed: tuple[tuple[str, int], ...],
    *,
    experts: bool,
    sequence_parallel: bool,
    even: bool,
    layers: int | None = None,
) -> Layouts:
    """The layouts of a cluster, made once.

    Args:
        gpus: number of accelerators [part].
        domain: accelerators in a scale-up domain [part].
        seq_len: length of training sequences [token].
        global_batch: sequences of an optimizer step [sequence].
        fixed: degrees that are given, as pairs, as in `layouts`.
        experts: whether the models have experts to spread.
        sequence_parallel: whether tensor-parallel parts divide what lies outside the matrices.
        even: whether every replica must get as many micro-batches.
        layers: number of layers of all models, which pipelines must be able to share [layer]; None
            if models differ.
    """
    return Layouts(
        replace(x, sequence_parallel=sequence_parallel)
        for x in layouts(gpus, domain, seq_len, global_batch, dict(fixed), experts=experts)
        if (not even or global_batch % (x.data * x.micro_batch) == 0)
        and (layers is None or x.shares(layers))
    )


def layouts(
    gpus: int,
    domain: int,
    seq_len: int,
    global_batch: int,
    fixed: Mapping[str, int] | None = None,
    *,
    experts: bool = False,
) -> Iterator[Layout]:
    """All layouts of a cluster, whether they suit a model or not.

    Args:
        gpus: number of accelerators [part].
        domain: accelerators in a scale-up domain, which tensor parallelism may not leave [part].
        seq_len: length of training sequences [token].
        global_batch: sequences of an optimizer step [sequence].
        fixed: degrees that are given, by `tp`, `pp`, `cp` and `ep` (tensor, pipeline, context and
            expert parallelism) [part], `mb` for the micro-batch [sequence], `vp` for pieces of
            layers that a stage holds in turn [piece], `recompute` for full recomputation (1) or
            none (0).
        experts: whether the models have experts to spread.

    Yields:
        Each layout twice, without and with recomputation.
    """
    fixed = fixed or {}
    for t in _choices(fixed.get("tp"), _powers(min(domain, gpus))):
        for p in _choices(fixed.get("pp"), range(1, min(gpus // t, MOST_STAGES) + 1)):
            parts = min(gpus // (t * p), max(seq_len // LEAST_CONTEXT, 1))
            for c in _choices(fixed.get("cp"), _powers(parts)):
                if gpus % (t * p * c) or (c > 1 and seq_len % (2 * c)):
                    continue
                data, stage = gpus // (t * p * c), gpus // p
                spread = _choices(fixed.get("ep"), _powers(min(stage, MOST_EXPERT_PARTS)))
                for e in [e for e in spread if stage % e == 0] if experts else [1]:
                    for b in _choices(fixed.get("mb"), _powers(MOST_MICRO_BATCH)):
                        if data * b <= global_batch:
                            for again in _choices(fixed.get("recompute"), [0, 1]):
                                kind: Recomputation = "full" if again else "none"
                                virtual = fixed.get("vp", 1) if p > 1 else 1
                                yield Layout(t, p, data, c, b, kind, expert=e, virtual=virtual)


def _choices(fixed: int | None, free: range | list[int]) -> range | list[int]:
    """The given value alone, or all free ones."""
    return free if fixed is None else [fixed]


def _powers(most: int) -> list[int]:
    """All powers of two up to a number."""
    return [2**k for k in range(most.bit_length()) if 2**k <= most]
