"""Robust plans: the best by an objective over all draws of a law's coefficients.

A draw is one set of the law's coefficients from the bootstrap. A robust law is one more concave
index (`optimizer.problem.robust_index`), so search, proof, prices and fronts are those of any law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from constraints.algebra.log_form import FloatArray, NDBool
from constraints.errors import InputError
from constraints.space.boxes import Boxes, Positions
from constraints.space.region import Region
from optimizer.bounding.multipliers import Multipliers, default_rows, row_from_duals
from optimizer.bounding.prices import true_optimum
from optimizer.bounding.screening import feasible_points
from optimizer.bounding.tangent_planes import bounds_of_each
from optimizer.laws.law import Law
from optimizer.laws.robust_law import RobustLaw, Robustness, averaged
from optimizer.problem.problem import Problem, feasible
from optimizer.problem.robust_index import RobustIndex
from optimizer.problem.rounding import SAFETY
from optimizer.searching.box_search import Ending
from optimizer.searching.gated_search import GatedSearch

__all__ = ["robust_law"]

MAX_BOXES = 1_000_000
"""Boxes after which the search for the draws' best plans gives up [box]."""


def robust_law(region: Region, law: Law, draws: Sequence[Law], objective: Robustness) -> RobustLaw:
    """A law whose score stands up to other draws of its coefficients.

    Its index is, by objective: `mean`, the mean index over the draws; `cvar`, the mean index of the
    worst tenth of the draws at each plan; `regret`, the mean index of the draws' own best plans in
    the region, less the greatest regret (what a draw's own best plan has over the plan).

    Args:
        region: where the draws' own best plans are looked for.
        law: that the draws are of, at the same circumstances as they are.
        draws: laws with the coefficients of each draw.
        objective: what to maximise over draws.

    Raises:
        InputError: if the draws' own best plans could not be proved.
    """
    mean = averaged(law, draws, np.full(len(draws), 1.0 / len(draws)))
    known = {item.name: getattr(mean, item.name) for item in fields(Law)}
    plain = RobustLaw(
        **known, draws=tuple(draws), objective="mean", offsets=(0.0,) * len(draws), plain=law
    )
    if objective != "regret":
        return replace(plain, objective=objective)
    best = _bests(region, plain)
    offsets = tuple((best - best.mean()).tolist())
    return replace(plain, objective=objective, offsets=offsets, best=float(best.mean()))


class _BestOfEach(GatedSearch):
    """The best index of each draw, by one search.

    A box is dropped if it can't hold the best of any draw.

    Attributes:
        problem: of the mean of the draws.
        index: of all draws.
        rows: multipliers for the bounds.
        best: the best index of each draw so far [index], shape [B].
        points: where it was found, as positions on the axes [B, D].
    """

    def __init__(self, problem: Problem, index: RobustIndex, rows: Multipliers) -> None:
        """No draw has a best plan yet.

        Args:
            problem: of any law that saturates at the same tokens per parameter as the draws do.
            index: of all draws.
            rows: multipliers for the bounds.
        """
        super().__init__(problem, MAX_BOXES)
        self.index, self.rows = index, rows
        self.best = np.full(index.draws, -np.inf)
        self.points = np.zeros((index.draws, len(problem.lattice.free)), dtype=np.int64)

    @property
    def threshold(self) -> float:
        """Just below zero, with room for rounding.

        A box promises by how much it may exceed the best of some draw, relatively for large
        indices.
        """
        return -np.inf if np.isinf(self.best).any() else -SAFETY

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        """Which boxes may satisfy the limits [n], and how far those may exceed some draw's best."""
        problem = self.problem
        low, high = problem.lattice.ends(boxes)
        slacks = problem.greatest_slacks(low, high)
        least, most, counted = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        low, high, most, counted = low[inside], high[inside], most[inside], counted[inside]
        at = (low + high) / 2
        planes = self.index.planes_of_each(low, high, at, counted)
        bounds = bounds_of_each(problem, planes, low, high, at, most, counted, self.rows)
        known = np.where(np.isinf(self.best), 0.0, self.best)
        ahead: FloatArray = ((bounds - known) / np.maximum(np.abs(known), 1.0)).max(axis=1)
        return inside, ahead

    def evaluate(self, points: Positions) -> None:
        """Keep each draw's best among the points."""
        found = feasible_points(self.problem, points)
        if not len(found.positions):
            return
        gains = self.index.each(found.logs, found.counted)
        which = gains.argmax(axis=0)
        better = gains[which, np.arange(len(self.best))] > self.best
        self.best[better] = gains[which, np.arange(len(self.best))][better]
        self.points[better] = found.positions[which[better]]


def _bests(region: Region, mean: RobustLaw) -> FloatArray:
    """The index of each draw's best plan in a region [index], shape [B]; zeros without plans."""
    problem = Problem(region, mean)
    assert isinstance(problem.index, RobustIndex)
    rows, optimum = default_rows(problem), true_optimum(problem)
    if optimum is not None:
        rows = rows + row_from_duals(problem, optimum.duals, optimum.counted)
    search = _BestOfEach(problem, problem.index, rows)
    if optimum is not None:
        search.evaluate(problem.lattice.nearest(optimum.logs, 2).enumerate())
    if search.run() is not Ending.PROVED:
        raise InputError(
            "robust", "is not settled in so large a region: narrow the ranges", "regret"
        )
    return search.best if np.isfinite(search.best).all() else np.zeros(len(mean.draws))
