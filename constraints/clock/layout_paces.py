"""What the speed of many models in many layouts costs, all at once.

Time is a sum of features times coefficients in each layout, as memory is, so one matrix product
times every model in every layout. Over a box of models the time of a token is bounded from below
over its FLOPs: with g, the least coefficient of what FLOPs count (products, attention, the head),

    seconds / FLOPs ≥ g / 6 + what is left of the coefficients · least of (features / FLOPs)

in which the first part, most of the time, does not widen with the box, and the second only by what
features and FLOPs do not share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.clock.time_features import Feature
from constraints.layouts.divisors import ByDegree, Divisors
from constraints.layouts.layout import SizeArray
from constraints.layouts.layout_memory import AT_ONCE, LayoutMemory

__all__ = ["LayoutPaces"]

COUNTED = (Feature.MATRICES, Feature.MIXING, Feature.HEAD)
"""Features that FLOPs count, with 6 FLOP for each."""
TOGETHER = 256
"""Boxes for which layouts that none of them needs are left out [box]."""
FIRST = 48
"""Layouts that are tried first, the fastest ones; then twice as many, and so on [layout]."""
FLOP = 6
"""FLOPs of a multiply-add, forward and backward [FLOP]."""


@dataclass(frozen=True, eq=False)
class LayoutPaces:
    """The pace of each of L layouts, as coefficients of the features of time.

    Attributes:
        memories: the memory that the layouts take.
        rows: for each unit of each feature, FLOPs at the ceiling in its time, by pipeline stage
            [S, L, features]; the slowest of the S stages counts.
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
        divisors, every = self.memories.divisors, np.arange(len(self.memories.layouts))
        parts = []
        for i in range(0, len(amounts), AT_ONCE):
            some = {name: each[i : i + AT_ONCE] for name, each in sizes.items()}
            of_memory, of_time, flops = self._split(amounts[i : i + AT_ONCE])
            held = self._held(of_memory, every) & divisors.suit(some)
            slowest = (self.rows @ of_time.T).max(axis=0)
            spent = np.where(held, slowest, np.inf).min(axis=0)
            parts.append(np.maximum(np.log(spent / flops), 0.0))
        return np.concatenate(parts) if parts else np.zeros(0)

    def least_log_cost(
        self,
        of_memory: FloatArray,
        shares: FloatArray,
        low: Mapping[str, SizeArray],
        high: Mapping[str, SizeArray],
    ) -> FloatArray:
        """Lower bounds of `log_cost` over boxes of models [n].

        Args:
            of_memory: the least features of memory in each box [n, F].
            shares: the least features of time over FLOPs of a token in each box [n, features].
            low: the least sizes of the boxes by name; each is an array [n].
            high: the greatest sizes likewise.
        """
        found = np.zeros(len(shares))
        by_degree = self._divisors.possible(low, high)
        order = np.argsort(shares.sum(axis=1), kind="stable")  # so that boxes of a group are alike
        for i in range(0, len(order), TOGETHER):
            group = order[i : i + TOGETHER]
            given = (of_memory[group], shares[group])
            found[group] = self._least(*given, _of(by_degree, group))
        return found

    @cached_property
    def _divisors(self) -> Divisors:
        return Divisors(self.memories.degrees)

    def _least(
        self,
        of_memory: FloatArray,
        shares: FloatArray,
        by_degree: ByDegree,
    ) -> FloatArray:
        """Lower bounds of `log_cost` over boxes that are alike [n]; inf where no layout holds any.

        Layouts are tried in the order of what they spend at their best among the boxes, and no
        further than to one that can't undercut what each box has found.

        Args:
            of_memory: least features of memory [n, F].
            shares: least features of time over FLOPs of a token [n, features].
            by_degree: which degrees of parallelism may divide a model of each box.
        """
        each, rest = self._bounds
        best = (each + rest @ shares.min(axis=0)).max(axis=0)
        for_any = tuple(np.any(by, axis=1)[:, None] for by in by_degree)
        every = np.arange(len(best))
        order = np.flatnonzero(self._divisors.of_layouts(every, for_any)[:, 0])
        order = order[np.argsort(best[order], kind="stable")]
        least: FloatArray = np.full(len(shares), np.inf)
        tried, more = 0, FIRST
        while tried < len(order) and len(left := np.flatnonzero(least > best[order[tried]])):
            some = order[tried : tried + more]
            suited = self._divisors.of_layouts(some, _of(by_degree, left))
            held = self._held(of_memory[left], some) & suited
            spent = (each[:, some, None] + rest[:, some] @ shares[left].T).max(axis=0)
            least[left] = np.minimum(least[left], np.where(held, spent, np.inf).min(axis=0))
            tried, more = tried + more, 2 * more
        return np.maximum(np.log(least), 0.0)

    @cached_property
    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        """What a stage spends on each FLOP at least [S, L], and what is left [S, L, features]."""
        counted = [self.features.index(feature) for feature in COUNTED]
        each = self.rows[:, :, counted].min(axis=2)
        rest = self.rows.copy()
        rest[:, :, counted] -= each[:, :, None]
        return each / FLOP, rest

    def _split(self, amounts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Features of memory, features of time, and FLOPs."""
        memory = self.memories.rows.shape[2]
        return amounts[:, :memory], amounts[:, memory:-1], amounts[:, -1]

    def _held(self, amounts: FloatArray, which: SizeArray) -> NDBool:
        """Which of some layouts have the memory for which models [L, n]."""
        rows = self.memories.rows[which]
        memory = (rows.reshape(-1, rows.shape[2]) @ amounts.T).reshape(*rows.shape[:2], -1)
        held: NDBool = np.all(memory <= self.memories.usable, axis=1)
        return held


def _of(by_degree: ByDegree, boxes: SizeArray) -> ByDegree:
    """What holds of degrees in some of the boxes; what is the same in all stays one column."""
    return tuple(by[:, boxes] if by.shape[1] > 1 else by for by in by_degree)
