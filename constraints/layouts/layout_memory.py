"""Which of many layouts hold which of many models in training, all at once.

The memory of a model in a layout is the sum of the model's features times the layout's coefficients
(`constraints.layouts.training_memory`), so one matrix product tries every layout on every model. A
layout that recomputes activations costs a third more FLOPs and counts only where no other fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.layouts.layout import RECOMPUTING, Degrees, Layouts, SizeArray
from constraints.layouts.training_memory import RECIPES, Kernels, Recipe, coefficients

__all__ = ["LayoutMemory", "memories_of"]

AT_ONCE = 4096
"""Number of models that are looked at together; more would take too much memory."""


@dataclass(frozen=True, eq=False)
class LayoutMemory:
    """The memory that each of L layouts takes, as coefficients of F features of a model.

    Memory on a part is the sum of coefficient times feature, on the pipeline stage where it is
    largest: the first or the last.

    Attributes:
        layouts: the L layouts.
        rows: bytes per unit of each feature, on the first and on the last stage [L, 2, F].
        usable: memory that predictions may fill on each part [byte].
        layers: number of layers of all models, which the layouts share somehow [layer]; None if
            models differ, and layouts must divide their layers.
    """

    layouts: Layouts
    rows: FloatArray
    usable: int
    layers: int | None = None

    def fitting(
        self, amounts: FloatArray, sizes: Mapping[str, int]
    ) -> tuple[FloatArray, list[int]]:
        """The memory of one model in each layout, and the layouts that hold it.

        Args:
            amounts: features of the model [F].
            sizes: its sizes by name, attention heads included.

        Returns:
            Predicted memory on each part of the fuller stage [byte], an array [L], and the indices
            of the layouts that have the memory and divide the sizes.
        """
        memory: FloatArray = (self.rows @ amounts).max(axis=1)
        whole = self.divisors.suit({name: np.array([size]) for name, size in sizes.items()})
        return memory, np.flatnonzero((memory <= self.usable) & whole[:, 0]).tolist()

    @cached_property
    def _leanest(self) -> tuple[FloatArray, FloatArray]:
        """Rows that no other row undercuts in all entries, without and with recomputation."""
        full = np.array([layout.recomputation == "full" for layout in self.layouts])
        lean = np.array([layout.micro_batch == self._batch for layout in self.layouts])
        return _undominated(self.rows[~full & lean]), _undominated(self.rows[full & lean])

    def least_log_recompute_factor(self, amounts: FloatArray) -> FloatArray:
        """Lower bounds of ln(FLOPs spent / FLOPs counted) over boxes of models [n].

        0 where some layout may hold a model of the box without recomputation, ln 4/3 where one may
        with full recomputation, inf where none can. Whether a layout divides the sizes is not
        checked, which can only lower the bound.

        Args:
            amounts: the least value of each feature in each box [n, F].
        """
        plain, recomputing = (
            (rows @ amounts.T <= self.usable).all(axis=1).any(axis=0) for rows in self._leanest
        )
        otherwise = np.where(recomputing, math.log(RECOMPUTING), np.inf)
        factor: FloatArray = np.where(plain, 0.0, otherwise)
        return factor

    def log_recompute_factor(
        self, amounts: FloatArray, sizes: Mapping[str, SizeArray]
    ) -> FloatArray:
        """ln(FLOPs spent / FLOPs counted) of each model [n]: 0, ln 4/3, or inf if no layout fits.

        Args:
            amounts: features of the models [n, F].
            sizes: their sizes by name, attention heads included, which a layout must divide; each
                is an array [n].
        """
        parts = [
            self._log_recompute_factor(
                amounts[i : i + AT_ONCE], {k: x[i : i + AT_ONCE] for k, x in sizes.items()}
            )
            for i in range(0, len(amounts), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _log_recompute_factor(
        self, amounts: FloatArray, sizes: Mapping[str, SizeArray]
    ) -> FloatArray:
        """The same for few enough models to be looked at together."""
        divisors, rows, full = self._lean
        memory = rows.reshape(-1, rows.shape[2]) @ amounts.T  # one large product is fastest
        held = (memory <= self.usable).reshape(*rows.shape[:2], -1)
        fits: NDBool = np.all(held, axis=1) & divisors.suit(sizes)
        plain, recomputing = fits[~full].any(axis=0), fits[full].any(axis=0)
        otherwise = np.where(recomputing, math.log(RECOMPUTING), np.inf)
        factor: FloatArray = np.where(plain, 0.0, otherwise)
        return factor

    @cached_property
    def degrees(self) -> SizeArray:
        """The degrees of parallelism of each layout that must divide a model [L, 3]."""
        found = np.array([layout.degrees for layout in self.layouts])
        if self.layers is not None:
            found[:, 1] = 1
        return found

    @cached_property
    def divisors(self) -> Degrees:
        """The degrees of all layouts, ready to be tried on models."""
        return Degrees(self.degrees)

    @cached_property
    def _lean(self) -> tuple[Degrees, FloatArray, NDBool]:
        """Degrees, rows and whether they recompute, of the layouts with the least micro-batch."""
        which = [i for i, layout in enumerate(self.layouts) if layout.micro_batch == self._batch]
        full = np.array([self.layouts[i].recomputation == "full" for i in which])
        return Degrees(self.degrees[which]), np.ascontiguousarray(self.rows[which]), full

    @cached_property
    def _batch(self) -> int:
        """The least micro-batch, which takes the least memory [sequence]."""
        return min(layout.micro_batch for layout in self.layouts)


@lru_cache(maxsize=16)
def memories_of(
    layouts: Layouts,
    recipe: Recipe,
    seq_len: int,
    kernels: Kernels,
    *,
    tied: bool,
    features: int,
    usable: int,
    layers: int | None = None,
) -> LayoutMemory:
    """The memory that layouts take, made once.

    Args:
        layouts: the L layouts.
        recipe: how weights, gradients and optimizer states are sharded over the replicas.
        seq_len: length of training sequences [token].
        kernels: which kernels are fused.
        tied: whether input and output embedding are one matrix.
        features: how many of the features of a model count, from the first on.
        usable: memory that predictions may fill on each part [byte].
        layers: number of layers of all models [layer]; None if models differ.
    """
    rows = _memory_rows(layouts, recipe, seq_len, kernels, tied=tied, layers=layers)
    return LayoutMemory(layouts, rows[:, :, :features], usable, layers)


@lru_cache(maxsize=16)
def _memory_rows(
    layouts: Layouts,
    recipe: Recipe,
    seq_len: int,
    kernels: Kernels,
    *,
    tied: bool,
    layers: int | None,
) -> FloatArray:
    """Memory for each unit of each feature, on the first and the last stage [L, 2, F]."""
    given = (RECIPES[recipe], seq_len)
    found = [
        coefficients(layout, *given, tied=tied, kernels=kernels, layers=layers)
        for layout in layouts
    ]
    return np.array(found, dtype=np.float64)


def _undominated(rows: FloatArray) -> FloatArray:
    """The distinct rows [n, ...] that no other row matches or undercuts in every entry."""
    if not len(rows):
        return rows
    flat = np.unique(rows.reshape(len(rows), -1), axis=0)
    below = np.all(flat[:, None, :] <= flat[None, :, :], axis=2)
    kept: FloatArray = flat[below.sum(axis=0) == 1]  # only the row itself is as low everywhere
    return np.reshape(kept, (-1, *rows.shape[1:]))
