"""Which of many layouts hold which of many models in training, all at once.

Memory is a product of layouts' coefficients and the models' features
(`constraints.layouts.training_memory`), so one matrix product tries every layout on every model.
A layout that recomputes activations costs a third more FLOPs and counts only where no other fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.layouts.layout import Layout, SizeArray, suited

__all__ = ["RECOMPUTING", "LayoutMemory"]

RECOMPUTING = Fraction(4, 3)
"""FLOPs with full recomputation over those without: one more forward pass (8·N over 6·N)."""
AT_ONCE = 4096
"""Models whose layouts are looked at together, for memory's sake."""


@dataclass(frozen=True, eq=False)
class LayoutMemory:
    """The memory of some layouts.

    layouts: L of them.
    rows [L, 2 stages, F]: bytes a unit of each feature, on the first and the last pipeline stage.
    usable: memory that predictions may fill on each part [byte].
    """

    layouts: tuple[Layout, ...]
    rows: FloatArray
    usable: int

    def fitting(
        self, amounts: FloatArray, sizes: Mapping[str, int]
    ) -> tuple[FloatArray, list[int]]:
        """Memory that one model takes in each layout [L], and the layouts that hold it.

        amounts [F]: of its features.
        """
        memory: FloatArray = (self.rows @ amounts).max(axis=1)
        whole = suited(self._degrees, {name: np.array([size]) for name, size in sizes.items()})
        return memory, np.flatnonzero((memory <= self.usable) & whole[:, 0]).tolist()

    @cached_property
    def _leanest(self) -> tuple[FloatArray, FloatArray]:
        """Rows that no other row undercuts, without and with recomputation."""
        full = np.array([layout.recomputation == "full" for layout in self.layouts])
        lean = np.array([layout.micro_batch == self._batch for layout in self.layouts])
        return _undominated(self.rows[~full & lean]), _undominated(self.rows[full & lean])

    def least_log_recompute_factor(self, amounts: FloatArray) -> FloatArray:
        """Lower bound of ln(FLOPs spent / model FLOPs) [n] over boxes of models.

        0 where some layout may hold a model without recomputation, ln 4/3 where one may with full
        recomputation, inf where none can. Which sizes a layout divides is left out.

        amounts [n, F]: the least of each feature over each box.
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
        """ln(FLOPs spent / model FLOPs) of single models [n]: 0, ln 4/3, or inf if no layout fits.

        amounts [n, F]: of their features. sizes: by name, each [n], heads among them, which a
        layout must divide.
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
        degrees, rows, full = self._lean
        memory = rows.reshape(-1, rows.shape[2]) @ amounts.T  # one product is fastest
        held = (memory <= self.usable).reshape(*rows.shape[:2], -1)
        fits: NDBool = np.all(held, axis=1) & suited(degrees, sizes)
        plain, recomputing = fits[~full].any(axis=0), fits[full].any(axis=0)
        otherwise = np.where(recomputing, math.log(RECOMPUTING), np.inf)
        factor: FloatArray = np.where(plain, 0.0, otherwise)
        return factor

    @cached_property
    def _degrees(self) -> SizeArray:
        """What divides a model, of each layout [layout, 3]."""
        return np.array([layout.degrees for layout in self.layouts])

    @cached_property
    def _lean(self) -> tuple[SizeArray, FloatArray, NDBool]:
        """Layouts of the least micro-batch: degrees, rows, whether they recompute."""
        which = [i for i, layout in enumerate(self.layouts) if layout.micro_batch == self._batch]
        full = np.array([self.layouts[i].recomputation == "full" for i in which])
        return self._degrees[which], np.ascontiguousarray(self.rows[which]), full

    @cached_property
    def _batch(self) -> int:
        """The least micro-batch, which takes the least memory."""
        return min(layout.micro_batch for layout in self.layouts)


def _undominated(rows: FloatArray) -> FloatArray:
    """Rows [n, ...] of which no other is at most as large everywhere."""
    flat = np.unique(rows.reshape(len(rows), -1), axis=0)
    below = np.all(flat[:, None, :] <= flat[None, :, :], axis=2)
    kept: FloatArray = flat[below.sum(axis=0) == 1]  # only itself
    return np.reshape(kept, (-1, *rows.shape[1:]))
