"""What the speed of many models in many layouts costs, all at once.

Time is a sum of features times coefficients in each layout, as memory is, so one matrix product
times every model in every layout. Over a box of models the time of a token is bounded from below
over its FLOPs: with g, the least coefficient of what FLOPs count (products, attention, the head),

    seconds / FLOPs ≥ g / 6 + (what is left of the coefficients · least features) / greatest FLOPs

in which the first part, most of the time, does not widen with the box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.clock.time_features import Feature
from constraints.layouts.layout import SizeArray, suited
from constraints.layouts.layout_memory import AT_ONCE, LayoutMemory

__all__ = ["LayoutPaces"]

COUNTED = (Feature.MATRICES, Feature.MIXING, Feature.HEAD)
"""Features that FLOPs count, with 6 FLOP for each."""
FLOP = 6
"""FLOPs of a multiply-add, forward and backward [FLOP]."""


@dataclass(frozen=True, eq=False)
class LayoutPaces:
    """The pace of each of L layouts, as coefficients of the features of time.

    Attributes:
        memories: the memory that the layouts take.
        rows: for each unit of each feature, FLOPs at the ceiling in its time [L, features].
        features: numbers of these features.
    """

    memories: LayoutMemory
    rows: FloatArray
    features: tuple[int, ...]

    def log_cost(self, amounts: FloatArray, sizes: Mapping[str, SizeArray]) -> FloatArray:
        """ln(ceiling / own speed) of each model in the fastest layout that holds it [n], ≥ 0.

        Args:
            amounts: features of memory, of time, and FLOPs of a token [n, A].
            sizes: sizes of the models by name; each is an array [n].
        """
        degrees = np.array([layout.degrees for layout in self.memories.layouts])
        parts = []
        for i in range(0, len(amounts), AT_ONCE):
            some = {name: each[i : i + AT_ONCE] for name, each in sizes.items()}
            of_memory, of_time, flops = self._split(amounts[i : i + AT_ONCE])
            held = self._held(of_memory) & suited(degrees, some)
            spent = np.where(held, self.rows @ of_time.T, np.inf).min(axis=0)
            parts.append(np.maximum(np.log(spent / flops), 0.0))
        return np.concatenate(parts) if parts else np.zeros(0)

    def least_log_cost(self, least: FloatArray, greatest: FloatArray) -> FloatArray:
        """Lower bounds of `log_cost` over boxes of models [n].

        Args:
            least: least features of memory, of time, and FLOPs of a token in each box [n, A].
            greatest: the greatest likewise [n, A].
        """
        parts = []
        each, rest = self._bounds
        for i in range(0, len(least), AT_ONCE):
            of_memory, of_time, _ = self._split(least[i : i + AT_ONCE])
            flops = greatest[i : i + AT_ONCE, -1]
            spent = each[:, None] + (rest @ of_time.T) / flops
            spent = np.where(self._held(of_memory), spent, np.inf).min(axis=0)
            parts.append(np.maximum(np.log(spent), 0.0))
        return np.concatenate(parts) if parts else np.zeros(0)

    @cached_property
    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        """What a layout spends on each FLOP at least [L], and what is left [L, features]."""
        counted = [self.features.index(feature) for feature in COUNTED]
        each = self.rows[:, counted].min(axis=1)
        rest = self.rows.copy()
        rest[:, counted] -= each[:, None]
        return each / FLOP, rest

    def _split(self, amounts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Features of memory, features of time, and FLOPs."""
        memory = self.memories.rows.shape[2]
        return amounts[:, :memory], amounts[:, memory:-1], amounts[:, -1]

    def _held(self, amounts: FloatArray) -> NDBool:
        """Which layouts have the memory for which models [L, n]."""
        rows = self.memories.rows
        memory = (rows.reshape(-1, rows.shape[2]) @ amounts.T).reshape(*rows.shape[:2], -1)
        held: NDBool = np.all(memory <= self.memories.usable, axis=1)
        return held
