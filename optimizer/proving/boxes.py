"""The boxes of a search as the lines of a proof: how each was divided, or why it was dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from constraints.space.boxes import Boxes
from optimizer.problem.problem import Problem
from optimizer.problem.rounding import SAFETY
from optimizer.searching.journal import Fate, Journal

__all__ = ["box_lines"]

Ends = tuple[tuple[int, ...], tuple[int, ...]]
"""The least and the greatest position of a box on every free axis."""
Node = dict[str, Any]


def box_lines(problem: Problem, journal: Journal) -> list[Node]:
    """One line for each box, each before its parts, and lower parts before upper ones.

    Args:
        problem: what was searched.
        journal: of a search that came to its end.
    """
    return _Walk(problem, journal).lines()


class _Walk:
    """Follows a journal from the whole lattice down."""

    def __init__(self, problem: Problem, journal: Journal) -> None:
        self.problem = problem
        self.names = [axis.name for axis in problem.lattice.free]
        self.fates = journal.fates()
        self.inner = journal.inner
        self.outside: list[tuple[Node, Ends]] = []
        """Lines that wait for the limit that excludes their boxes."""

    def lines(self) -> list[Node]:
        """All lines, from the box of the whole lattice on."""
        whole = self.problem.lattice.whole()
        found: list[Node] = []
        left: list[tuple[Ends, bool]] = [(_ends(whole), True)]
        while left:
            ends, within = left.pop()
            fate = self.fates[(*ends[0], *ends[1])] if within else (Fate.OUTSIDE, 0)
            found += self._lines_of(ends, *fate, left)
        self._name_limits()
        return found

    def _lines_of(
        self, ends: Ends, fate: Fate, argument: int, left: list[tuple[Ends, bool]]
    ) -> list[Node]:
        """The lines of one box; its parts are put on top of what is left, the lowest last."""
        low, high = ends
        if fate is Fate.CUT:
            last = (low[argument] + high[argument]) // 2
            return [self._split(ends, argument, last, (True, True), left)]
        if fate is Fate.TRIMMED:
            return self._trimmed(ends, self.inner[argument], left)
        if fate is Fate.BELOW:
            return [{"bound": argument}]
        if fate is Fate.ENUMERATED:
            sides = (b - a + 1 for a, b in zip(low, high, strict=True))
            return [{"points": int(np.prod(list(sides)))}]
        return self._excluded(ends)

    def _split(
        self,
        ends: Ends,
        axis: int,
        last: int,
        within: tuple[bool, bool],
        left: list[tuple[Ends, bool]],
    ) -> Node:
        """Divide a box after a position; `within` tells which parts have fates of their own."""
        low, high = ends
        lower = (low, (*high[:axis], last, *high[axis + 1 :]))
        upper = ((*low[:axis], last + 1, *low[axis + 1 :]), high)
        left += [(upper, within[1]), (lower, within[0])]
        return {"split": self.names[axis], "last": last}

    def _trimmed(
        self,
        ends: Ends,
        inner: tuple[Sequence[int], Sequence[int]],
        left: list[tuple[Ends, bool]],
    ) -> list[Node]:
        """Divide a box in what is left of it and the sides that a gate excludes."""
        found: list[Node] = []
        for axis, (first, last) in enumerate(zip(*inner, strict=True)):
            if ends[0][axis] < first <= ends[1][axis]:
                found.append(self._split(ends, axis, first - 1, (False, True), left))
                found += self._excluded(left.pop()[0])
                ends = left.pop()[0]
            if last < max(first, ends[0][axis]) or first > ends[1][axis]:  # nothing is left
                return found + self._excluded(ends)
            if last < ends[1][axis]:
                found.append(self._split(ends, axis, last, (True, False), left))
                ends = left.pop()[0]
        left.append((ends, True))
        return found

    def _excluded(self, ends: Ends) -> list[Node]:
        """The line of a box without any design within the limits; what excludes it is found later.

        It is found for all of them at once.
        """
        line: Node = {}
        self.outside.append((line, ends))
        return [line]

    def _name_limits(self) -> None:
        """Name the limit that excludes each box, or that tokens are missing."""
        if not self.outside:
            return
        low, high = (
            np.array(x, dtype=np.int64)
            for x in zip(*(ends for _, ends in self.outside), strict=True)
        )
        slacks = self.problem.greatest_slacks(*self.problem.lattice.ends(Boxes(low, high)))
        slacks = np.where(self.problem.is_gate, slacks, np.inf)
        for (line, _), worst, slack in zip(
            self.outside, slacks.argmin(axis=1).tolist(), slacks.min(axis=1).tolist(), strict=True
        ):
            if slack < -SAFETY / 2:
                line["outside"] = self.problem.names[worst]
            else:
                line["no_tokens"] = True


def _ends(box: Boxes) -> Ends:
    return tuple(box.low[0].tolist()), tuple(box.high[0].tolist())
