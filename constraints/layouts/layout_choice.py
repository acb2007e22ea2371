"""Which layouts of a cluster hold a model in training, and which of those talks least.

A layout that recomputes activations costs a third more FLOPs and is taken only where no other
fits; among the others the one decides that talks least (`constraints.layouts.communication`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from constraints.algebra.posynomial import Posynomial
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.layouts.communication import Traffic
from constraints.layouts.layout import Layout, layouts
from constraints.layouts.layout_memory import RECOMPUTING, LayoutMemory
from constraints.layouts.training_memory import (
    RECIPES,
    Kernels,
    Recipe,
    coefficients,
    features,
    usable_bytes,
)
from constraints.models.architecture import Style

__all__ = ["FittedLayout", "LayoutChoice"]

GLOBAL_BATCH_TOKENS = 2**22
"""Tokens of an optimizer step: 4 M, as Llama 2 (arXiv 2307.09288 §2.1)."""
ROUTED = 9
"""The place of routed experts among the features."""


@dataclass(frozen=True)
class FittedLayout:
    """The layout chosen for one model, and the memory that it is predicted to take [byte]."""

    layout: Layout
    memory: float
    usable: int

    @property
    def cost(self) -> Fraction:
        """FLOPs spent over those counted [unitless]."""
        return RECOMPUTING if self.layout.recomputation == "full" else Fraction(1)


@dataclass(frozen=True)
class LayoutChoice:
    """The layouts that a cluster allows.

    gpus [part], accelerator. seq_len [token]. style: of the models. recipe: of model states.
    margin: share of memory to leave free; None for max(6 GB, 12 %). fixed: tp, pp, cp, mb, ep
    as given.
    memory [byte]: that predictions may fill, if it is not to follow from the part and the margin.
    kernels: what activations they keep. sequence_parallel: whether norms are split too.
    """

    gpus: int
    accelerator: Accelerator
    seq_len: int
    style: Style
    recipe: Recipe = "distributed-optimizer"
    margin: float | None = None
    fixed: tuple[tuple[str, int], ...] = ()
    memory: int | None = None
    kernels: Kernels = "fused"
    sequence_parallel: bool = True

    def __post_init__(self) -> None:
        """A part whose memory is known, a known recipe, and at least one layout."""
        if self.accelerator.memory_bytes is None:
            raise InputError("gpu", "must be a part whose memory is known", self.accelerator.name)
        if self.recipe not in RECIPES:
            raise InputError("sharding", f"must be one of {', '.join(RECIPES)}", self.recipe)
        if self.style.experts is None and "ep" in dict(self.fixed):
            raise InputError("layout", "has ep only for a mixture of experts", self._given)
        if not self.layouts:
            linked = f"tp within {self.domain} linked ones"
            rule = f"must divide {self.gpus} GPUs, ep those of a pipeline stage; {linked}"
            raise InputError("layout", rule, self._given)

    @property
    def _given(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.fixed)

    @cached_property
    def layouts(self) -> tuple[Layout, ...]:
        """All layouts that the cluster allows, whatever the model."""
        batch = max(GLOBAL_BATCH_TOKENS // self.seq_len, 1)
        experts = self.style.experts is not None
        given = (self.gpus, self.domain, self.seq_len, batch, dict(self.fixed))
        found = layouts(*given, experts=experts)
        return tuple(replace(x, sequence_parallel=self.sequence_parallel) for x in found)

    @property
    def domain(self) -> int:
        """Parts joined by the scale-up network [part]."""
        return self.accelerator.scaleup_domain_size or 1

    @cached_property
    def usable(self) -> int:
        """Memory that predictions may fill on each part [byte]."""
        if self.memory is not None:
            return self.memory
        return usable_bytes(self.accelerator.memory_bytes or 0, self.margin)

    @cached_property
    def features(self) -> tuple[Posynomial, ...]:
        """What of a model takes memory."""
        return features(self.style, self.kernels)

    @cached_property
    def memories(self) -> LayoutMemory:
        """What the layouts take of memory, for many models at once."""
        sharding, tied = RECIPES[self.recipe], self.style.tie_word_embeddings
        found = [coefficients(x, sharding, self.seq_len, tied=tied) for x in self.layouts]
        rows = np.array(found, dtype=np.float64)[:, :, : len(self.features)]
        return LayoutMemory(self.layouts, rows, self.usable)

    def cost(self, sizes: Mapping[str, int]) -> Fraction | None:
        """FLOPs spent over those counted for one model, as `fit` has them; None if none fits."""
        amounts = np.array([[float(feature.value(sizes)) for feature in self.features]])
        each = {name: np.array([size]) for name, size in sizes.items()}
        factor = self.memories.log_recompute_factor(amounts, each)[0]
        if math.isinf(factor):
            return None
        return RECOMPUTING if factor > 0.0 else Fraction(1)

    def fit(self, sizes: Mapping[str, int]) -> FittedLayout | None:
        """The layout that holds a model with the least communication; None if none does."""
        amounts = np.array([float(feature.value(sizes)) for feature in self.features])
        memory, fitting = self.memories.fitting(amounts, sizes)
        if not fitting:
            return None
        routed = float(amounts[ROUTED]) if len(amounts) > ROUTED else 0.0
        model = (sizes, float(amounts[0]), routed, self.seq_len, GLOBAL_BATCH_TOKENS)
        seconds = Traffic(self.accelerator, *model).seconds
        best = min(
            fitting,
            key=lambda i: (self.layouts[i].recomputation == "full", seconds(self.layouts[i]), i),
        )
        return FittedLayout(self.layouts[best], float(memory[best]), self.usable)
