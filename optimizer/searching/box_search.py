"""Best-first search over boxes of a lattice, many at a time: the part that all searches share.

A search says which boxes may hold something (`screen`), looks at single points (`evaluate`) and
knows the value that a box must be able to reach (`threshold`). Boxes are cut until they are so
small that looking at every point is cheaper.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection
from enum import Enum

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.boxes import Boxes, Positions
from constraints.space.lattice import Lattice
from optimizer.searching.deadline import overdue
from optimizer.searching.journal import Journal

__all__ = ["BoxSearch", "Ending"]

LEAF_POINTS = 64
"""Boxes of so few points are cheaper to enumerate than to cut [point]."""
BATCH = 4096
"""Boxes worked off at a time [box].

Enough to make array operations pay, few enough for memory.
"""
CUTS = 2
"""How often boxes are cut before their parts are looked at, at least [cut]."""
MORE_CUTS = 6
"""How often at most, which is while boxes are few: to look at more takes hardly longer [cut]."""
FEW = 64
"""Boxes that more cuts may lead to [box]."""
LAST = 32
"""If the boxes of a round hold no more points than so many leaves, all are enumerated [leaf]."""
PROBES = 64
"""Boxes, the most promising ones, in which single points are tried for a first plan [box]."""


class Ending(Enum):
    """Why a search ended."""

    PROVED = "no box is left"
    ENOUGH = "found what was asked for"
    GAVE_UP = "too many boxes, or too long"


class BoxSearch(ABC):
    """Cuts a lattice into boxes until none can hold anything better.

    Attributes:
        lattice: what is searched.
        max_boxes: give up, unproved, beyond this many [box].
        boxes: bounded so far [box].
        evaluated: looked at one by one so far, probes left out [point].
        below_bound: in boxes dropped because they can't reach the threshold [point].
        outside_limits: in boxes dropped because some limit excludes all of them [point].
        open_bound: the greatest value that open boxes could reach when the search gave up.
        cut_short: whether points were left out for want of time, so that nothing is proved.
        journal: what becomes of every box; None if nobody will read it.
    """

    leaf_points: int = LEAF_POINTS
    """Boxes of at most so many points are enumerated [point]."""
    probed: Collection[int] = ()
    """Rounds in which to try points of the best boxes even if something is known."""

    def __init__(self, lattice: Lattice, max_boxes: int) -> None:
        """Start with nothing searched.

        Args:
            lattice: what to search.
            max_boxes: give up, unproved, beyond this many [box].
        """
        self.lattice = lattice
        self.max_boxes = max_boxes
        self.boxes = 0
        self.evaluated = 0
        self.below_bound = 0
        self.outside_limits = 0
        self.open_bound = np.inf
        self.cut_short = False
        self.journal: Journal | None = None

    @property
    @abstractmethod
    def threshold(self) -> float:
        """The value that a box must be able to reach to matter; −inf while nothing is known."""

    @abstractmethod
    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Which boxes may satisfy the limits, and upper bounds of the value in those that may.

        Args:
            boxes: n boxes of positions on the axes.

        Returns:
            A mask [n], and bounds [m] of the m boxes that it keeps.
        """

    @abstractmethod
    def evaluate(self, points: Positions) -> None:
        """Look at lattice points one by one; the same point may come more than once.

        Args:
            points: positions on the axes [n, D].
        """

    def tighten(self, boxes: Boxes) -> Boxes:
        """The boxes without sides that are outside the limits; empty boxes have high < low.

        Args:
            boxes: of positions on the axes.
        """
        return boxes

    def first(self) -> Boxes:
        """Boxes with every point that may be inside the limits.

        A search that tightens boxes gives them tightened.
        """
        return self.lattice.whole()

    def enough(self) -> bool:
        """Whether the search may end with boxes still open."""
        return False

    def run(self) -> Ending:
        """Work off open boxes, best first, until none is left; returns why it ended."""
        open_boxes, bounds = self._start()
        rounds = 0
        while len(open_boxes):
            rounds += 1
            if self.threshold == -np.inf or rounds in self.probed:
                self._probe(open_boxes, bounds)
            if self.enough():
                return Ending.ENOUGH
            if self.boxes > self.max_boxes or overdue():
                self.open_bound = max(float(bounds.max()), self.threshold)
                return Ending.GAVE_UP
            open_boxes, bounds = self._reaching(open_boxes, bounds)
            chosen = np.ones(len(bounds), dtype=bool)
            if len(bounds) > BATCH:
                chosen[np.argpartition(-bounds, BATCH)[BATCH:]] = False
            grown, grown_bounds = self._expand(open_boxes[chosen])
            open_boxes = Boxes.join([open_boxes[~chosen], grown])
            bounds = np.concatenate([bounds[~chosen], grown_bounds])
        if self.enough():
            return Ending.ENOUGH
        return Ending.GAVE_UP if self.cut_short else Ending.PROVED

    def _start(self) -> tuple[Boxes, FloatArray]:
        """The first boxes, bounded; whoever reads a journal starts with the whole."""
        if self.journal is not None:
            return self._sift(self.lattice.whole())
        first = self.first()
        self.outside_limits += self.lattice.size - first.total()
        self.boxes += len(first)
        return self._bounded(first)

    def _probe(self, boxes: Boxes, bounds: FloatArray) -> None:
        """Try the ends and middles of the most promising boxes, for a first value to beat."""
        best = boxes[np.argsort(-bounds)[:PROBES]]
        self.evaluate(np.concatenate([best.low, (best.low + best.high) // 2, best.high]))

    def _expand(self, boxes: Boxes) -> tuple[Boxes, FloatArray]:
        """Enumerate the small boxes; cut the others a few times and screen their parts."""
        small = boxes.have_at_most(self.leaf_points)
        if self.journal is None and boxes.total() <= LAST * self.leaf_points:
            small[:] = True
        if small.any():
            if self.journal is not None:
                self.journal.enumerated(boxes[small])
            points = (boxes if small.all() else boxes[small]).enumerate()
            self.evaluated += len(points)
            self.evaluate(points)
        parts = boxes[~small]
        for _ in range(self._cuts(len(parts))):
            parts = self._cut(parts)
        return self._sift(parts)

    def _cuts(self, count: int) -> int:
        """How often to cut so many boxes; no more than needed where somebody reads about them."""
        if not count:
            return 0
        if self.journal is not None:
            return CUTS
        return max(CUTS, min(MORE_CUTS, int(math.log2(FEW / count))))

    def _cut(self, boxes: Boxes) -> Boxes:
        """Each box cut in two, along the axis that is longest in logarithms; single points stay."""
        if self.journal is not None:
            axes, divisible = self.lattice.longest(boxes)
            self.journal.cut(boxes[divisible], axes[divisible])
        return self.lattice.halved(boxes)

    def _tightened(self, boxes: Boxes) -> Boxes:
        """What `tighten` leaves of the boxes; what it cuts off counts as outside the limits."""
        smaller = self.tighten(boxes)
        if self.journal is not None and smaller is not boxes:
            self.journal.trimmed(boxes, smaller)
        if (empty := smaller.are_empty).any():
            smaller = smaller[~empty]
        self.outside_limits += boxes.total() - smaller.total()
        return smaller

    def _sift(self, boxes: Boxes) -> tuple[Boxes, FloatArray]:
        """Drop the boxes outside the limits or below the threshold; bound the others."""
        self.boxes += len(boxes)
        return self._bounded(self._tightened(boxes) if len(boxes) else boxes)

    def _bounded(self, boxes: Boxes) -> tuple[Boxes, FloatArray]:
        """The boxes that may satisfy the limits and reach the threshold, with their bounds."""
        if not len(boxes):
            return boxes, np.empty(0)
        inside, bounds = self.screen(boxes)
        self.outside_limits += boxes.total(~inside)
        if self.journal is not None:
            self.journal.outside(boxes[~inside])
        return self._reaching(boxes, bounds, inside)

    def _reaching(
        self, boxes: Boxes, bounds: FloatArray, inside: NDBool | None = None
    ) -> tuple[Boxes, FloatArray]:
        """The boxes whose bounds reach the threshold; the others are dropped.

        Args:
            boxes: n boxes.
            bounds: of those inside the limits [m].
            inside: a mask of these [n]; None if all are.
        """
        kept = ~(bounds < self.threshold)  # a NaN is below nothing, so it is kept
        if inside is None and kept.all():
            return boxes, bounds
        inside = np.ones(len(boxes), dtype=bool) if inside is None else inside
        reach, below = inside.copy(), inside.copy()
        reach[inside], below[inside] = kept, ~kept
        self.below_bound += boxes.total(below)
        if self.journal is not None:
            self.journal.below(boxes[below])
        return boxes[reach], bounds[kept]
