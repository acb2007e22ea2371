"""Robust plans: the best over draws of a law's coefficients, by an objective that looks at all.

A robust law is one more concave index (`optimizer.problem.robust_index`), so that search, proof, prices
and fronts are those of any law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from constraints.models.architecture import EXPERTS_MET
from constraints.errors import InputError
from constraints.space.lattice import Boxes, IndexArray
from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray, NDBool
from constraints.space.region import Region
from optimizer.bounding.tangent_planes import Multipliers, bounds_of_each, default_rows, row_from_duals
from optimizer.searching.box_search import BoxSearch, Ending
from optimizer.laws.law import Law
from optimizer.bounding.prices import true_optimum
from optimizer.problem.problem import SAFETY, Candidate, Problem, feasible
from optimizer.problem.robust_index import Objective, RobustIndex, RobustLaw, averaged
from optimizer.bounding.screening import feasible_points
from optimizer.bounding.tightening import tightened_boxes

__all__ = ["Standing", "gains_of_draws", "robust_law", "standing_of"]

MAX_BOXES = 1_000_000


def robust_law(region: Region, law: Law, draws: Sequence[Law], objective: Objective) -> RobustLaw:
    """A law for plans that stand up to other draws of its coefficients.

    law: that the draws are of, with them at the same circumstances. Its score is that of the
    mean index, of the mean index of the worst tenth of draws, or, for regret, of the mean of the
    draws' best plans in the region less the greatest regret. Raises InputError if the draws' best
    plans are not settled.
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


@dataclass(frozen=True)
class Standing:
    """How plans stand to each other over draws of a law.

    draws: how many. best: share of draws in which each plan is the best of them [P]. spread: of
    what a draw gives the first plan over the last, its standard deviation [index]; difference:
    its mean.
    """

    draws: int
    best: tuple[float, ...]
    difference: float
    spread: float

    @property
    def tells_apart(self) -> bool:
        """Whether the draws agree on the order of the first and the last plan."""
        return abs(self.difference) > 2 * self.spread


def standing_of(plans: Sequence[Candidate], draws: Sequence[Law]) -> Standing:
    """How plans stand over draws; circumstances move all of them alike and don't matter."""
    gains = gains_of_draws(plans, draws)
    wins = np.bincount(gains.argmax(axis=1), minlength=len(plans)) / len(draws)
    apart = gains[:, 0] - gains[:, -1]
    return Standing(len(draws), tuple(wins.tolist()), float(apart.mean()), float(apart.std()))


def gains_of_draws(plans: Sequence[Candidate], draws: Sequence[Law]) -> FloatArray:
    """Each draw's index of each plan [B, P]."""

    def column(name: str) -> FloatArray:
        return np.array([plan.sizes[name] for plan in plans], dtype=np.float64)

    values = {name: column(name) for name in plans[0].sizes}
    if EXPERTS_MET in plans[0].sizes:
        draws = [law.of_experts() for law in draws]
    values[TOKENS] = np.array([plan.effective_tokens for plan in plans])
    parameters = np.array([float(plan.parameters) for plan in plans])
    return np.array([law.index(values, parameters) for law in draws])


class _BestOfEach(BoxSearch):
    """The best index of each draw, by one search: a box goes when it can't hold any draw's best."""

    def __init__(self, problem: Problem, index: RobustIndex, rows: Multipliers) -> None:
        """problem: of any law that saturates as the draws do."""
        super().__init__(problem.lattice, MAX_BOXES)
        self.problem, self.index, self.rows = problem, index, rows
        self.best = np.full(index.draws, -np.inf)
        self.points = np.zeros((index.draws, len(problem.lattice.names)), dtype=np.int64)

    @property
    def threshold(self) -> float:
        """Boxes promise how far they may lie above the best of some draw."""
        return -np.inf if np.isinf(self.best).any() else -SAFETY

    def tighten(self, boxes: Boxes) -> Boxes:
        return tightened_boxes(self.problem, boxes)

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        problem = self.problem
        low, high = problem.lattice.logs(boxes.low), problem.lattice.logs(boxes.high)
        slacks = problem.greatest_slacks(low, high)
        least, most, useful = problem.tokens(slacks)
        inside = feasible(problem, slacks, least, most)
        low, high, most, useful = low[inside], high[inside], most[inside], useful[inside]
        at = (low + high) / 2
        planes = self.index.planes_of_each(low, high, at, useful)
        bounds = bounds_of_each(problem, planes, low, high, at, most, useful, self.rows)
        known = np.where(np.isinf(self.best), 0.0, self.best)
        ahead: FloatArray = ((bounds - known) / np.maximum(np.abs(known), 1.0)).max(axis=1)
        return inside, ahead

    def evaluate(self, points: IndexArray) -> None:
        found = feasible_points(self.problem, points)
        if not len(found.indices):
            return
        gains = self.index.each(found.logs, found.useful)
        which = gains.argmax(axis=0)
        better = gains[which, np.arange(len(self.best))] > self.best
        self.best[better] = gains[which, np.arange(len(self.best))][better]
        self.points[better] = found.indices[which[better]]


def _bests(region: Region, mean: RobustLaw) -> FloatArray:
    """The index of each draw's best plan in a region [B], proved; zeros if there is no plan."""
    problem = Problem(region, mean)
    assert isinstance(problem.index, RobustIndex)
    rows, optimum = default_rows(problem), true_optimum(problem)
    if optimum is not None:
        rows = rows + row_from_duals(problem, optimum.duals, optimum.useful)
    search = _BestOfEach(problem, problem.index, rows)
    if optimum is not None:
        search.evaluate(problem.lattice.nearest(optimum.logs, 2).enumerate())
    if search.run() is not Ending.PROVED:
        raise InputError(
            "robust", "is not settled in so large a region: narrow the ranges", "regret"
        )
    return search.best if np.isfinite(search.best).all() else np.zeros(len(mean.draws))
