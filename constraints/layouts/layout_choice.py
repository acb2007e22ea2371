"""Which layouts of a cluster hold a model in training, and which of those talks least.

Memory is a product of layouts' coefficients and the model's features (`training_memory`), so all
layouts are tried at once. A layout that recomputes activations costs a third more FLOPs and is
taken only where no other fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from constraints.hardware.accelerators import Accelerator
from constraints.models.architecture import Style
from constraints.layouts.communication import Traffic
from constraints.errors import InputError
from constraints.layouts.layout import Layout, SizeArray, layouts, suited
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.algebra.posynomial import Posynomial
from constraints.layouts.training_memory import (
    RECIPES,
    Kernels,
    Recipe,
    coefficients,
    features,
    usable_bytes,
)

__all__ = ["RECOMPUTING", "FittedLayout", "LayoutChoice"]

RECOMPUTING = Fraction(4, 3)
"""FLOPs with full recomputation over those without: one more forward pass (8·N over 6·N)."""
GLOBAL_BATCH_TOKENS = 2**22
"""Tokens of an optimizer step: 4 M, as Llama 2 (arXiv 2307.09288 §2.1)."""
ROUTED = 9
"""The place of routed experts among the features."""
AT_ONCE = 4096
"""Models whose layouts are looked at together, for memory's sake."""


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
    def _rows(self) -> FloatArray:
        """Coefficients [layout, 2 stages, feature]."""
        sharding, tied = RECIPES[self.recipe], self.style.tie_word_embeddings
        rows = [coefficients(x, sharding, self.seq_len, tied=tied) for x in self.layouts]
        return np.array(rows, dtype=np.float64)[:, :, : len(self.features)]

    @cached_property
    def _leanest(self) -> tuple[FloatArray, FloatArray]:
        """Rows that no other row undercuts, without and with recomputation."""
        full = np.array([layout.recomputation == "full" for layout in self.layouts])
        lean = np.array([layout.micro_batch == self._batch for layout in self.layouts])
        return _undominated(self._rows[~full & lean]), _undominated(self._rows[full & lean])

    def toll(self, amounts: FloatArray) -> FloatArray:
        """Ln of the FLOPs spent over those counted [n], at least; inf where nothing fits.

        amounts [n, feature]: of models, or the least over boxes of models.
        """
        plain, recomputing = (
            (rows @ amounts.T <= self.usable).all(axis=1).any(axis=0) for rows in self._leanest
        )
        toll: FloatArray = np.where(recomputing, math.log(RECOMPUTING), np.inf)
        return np.where(plain, 0.0, toll)

    def toll_of(self, amounts: FloatArray, sizes: Mapping[str, SizeArray]) -> FloatArray:
        """As `toll`, for single models [n]: with the sizes that each layout divides, heads too."""
        parts = [
            self._toll_of(
                amounts[i : i + AT_ONCE], {k: x[i : i + AT_ONCE] for k, x in sizes.items()}
            )
            for i in range(0, len(amounts), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _toll_of(self, amounts: FloatArray, sizes: Mapping[str, SizeArray]) -> FloatArray:
        degrees, rows, full = self._lean
        memory = rows.reshape(-1, rows.shape[2]) @ amounts.T  # one product is fastest
        held = (memory <= self.usable).reshape(*rows.shape[:2], -1)
        fits: NDBool = np.all(held, axis=1) & suited(degrees, sizes)
        plain, recomputing = fits[~full].any(axis=0), fits[full].any(axis=0)
        toll: FloatArray = np.where(recomputing, math.log(RECOMPUTING), np.inf)
        return np.where(plain, 0.0, toll)

    def cost(self, sizes: Mapping[str, int]) -> Fraction | None:
        """FLOPs spent over those counted for one model, as `fit` has them; None if none fits."""
        amounts = np.array([[float(feature.value(sizes)) for feature in self.features]])
        toll = self._toll_of(amounts, {name: np.array([size]) for name, size in sizes.items()})[0]
        if math.isinf(toll):
            return None
        return RECOMPUTING if toll > 0.0 else Fraction(1)

    @cached_property
    def _degrees(self) -> SizeArray:
        """What divides a model, of each layout [layout, 3]."""
        return np.array([layout.degrees for layout in self.layouts])

    @cached_property
    def _lean(self) -> tuple[SizeArray, FloatArray, NDBool]:
        """Layouts of the least micro-batch: degrees, rows, whether they recompute."""
        which = [i for i, layout in enumerate(self.layouts) if layout.micro_batch == self._batch]
        full = np.array([self.layouts[i].recomputation == "full" for i in which])
        return self._degrees[which], np.ascontiguousarray(self._rows[which]), full

    @cached_property
    def _batch(self) -> int:
        """The least micro-batch, which takes the least memory."""
        return min(layout.micro_batch for layout in self.layouts)

    def fit(self, sizes: Mapping[str, int]) -> FittedLayout | None:
        """The layout that holds a model with the least communication; None if none does."""
        amounts = np.array([float(feature.value(sizes)) for feature in self.features])
        memory = (self._rows @ amounts).max(axis=1)
        whole = suited(self._degrees, {name: np.array([size]) for name, size in sizes.items()})
        fitting = np.flatnonzero((memory <= self.usable) & whole[:, 0]).tolist()
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


def _undominated(rows: FloatArray) -> FloatArray:
    """Rows [n, ...] of which no other is at most as large everywhere."""
    flat = np.unique(rows.reshape(len(rows), -1), axis=0)
    below = np.all(flat[:, None, :] <= flat[None, :, :], axis=2)
    kept: FloatArray = flat[below.sum(axis=0) == 1]  # only itself
    return np.reshape(kept, (-1, *rows.shape[1:]))
