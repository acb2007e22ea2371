"""Choices among equals: the best plan under a preference among all that score nearly as well.

Optima are flat and a law's noise is larger than the differences near its top, so a smaller, a
shallower or a cheaper plan may be had for nothing: the least of a resource (`optimizer.searching.least_cost`)
among all that reach that score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from constraints.models.counting import EXPERT_FFN, HIDDEN
from constraints.resources.deployment import Deployment
from constraints.space.lattice import IndexArray
from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.log_form import FloatArray
from constraints.space.objectives import serving_memory
from constraints.algebra.posynomial import Posynomial, constant, variable
from constraints.space.region import OUT_OF_REACH
from optimizer.bounding.tangent_planes import Multipliers
from optimizer.searching.box_search import Ending
from optimizer.searching.least_cost import LeastSearch, WithinSearch
from optimizer.problem.problem import Candidate, Problem
from optimizer.bounding.screening import Screened

__all__ = [
    "MOST_COUNTED",
    "Band",
    "Preference",
    "awkwardness",
    "near_optimal_band",
    "preferred_plan",
]

Preference = Literal["params", "depth", "serving", "cost", "tokens", "hardware", "granularity"]

MOST_SHAPES = 20_000
"""Plans of a band among which the best shape is looked for."""
MODEST: tuple[Preference, Preference, Preference] = ("params", "depth", "serving")
"""What a band tells the most modest designs in."""
MOST_COUNTED = 2_000
"""Plans of a band beyond which they are not counted on."""
SHAPE_UNITS = {"hidden_size": 1024, "intermediate_size": 2048, "num_hidden_layers": 8}
"""Multiples that divide evenly among 8 tensor-parallel parts in tiles of 128 and 256, and among
pipeline stages (Anthony et al. 2024, arXiv 2401.14489)."""
EXPERT_UNITS = {
    **{"hidden_size": 1024, "num_hidden_layers": 8, "num_experts": 8},
    "moe_intermediate_size": 256,
}
"""As these, for experts that stay whole and are spread over 8 parts."""


@dataclass(frozen=True)
class Band:
    """Designs whose score is within some points of the best.

    within [score]. designs: how many, None if more than are counted. smallest, shallowest,
    lightest: of least parameters, layers and serving memory among them, each proved.
    """

    within: float
    designs: int | None
    smallest: Candidate
    shallowest: Candidate
    lightest: Candidate


def near_optimal_band(
    problem: Problem, rows: Multipliers, best: Candidate, within: float
) -> Band | None:
    """The band of designs within some points of the best; None if it was not settled."""
    counted = _Counted(problem, rows, _floor(problem, best, within))
    ending = counted.run()
    if ending is Ending.GAVE_UP:
        return None
    if ending is Ending.PROVED:  # all of them are known
        found = [_least_of(counted.plans, _wanted(problem, p, None)) for p in MODEST]
        return Band(within, len(counted.plans), *found)
    chosen = [preferred_plan(problem, rows, best, within, p) for p in MODEST]
    settled = [plan for plan in chosen if plan is not None]
    return Band(within, None, *settled) if len(settled) == len(MODEST) else None


def _least_of(plans: Sequence[Candidate], resource: Limit) -> Candidate:
    """The plan that takes the least of a resource without tokens; ties go to the better one."""
    return min(plans, key=lambda plan: (resource.resource.value(plan.sizes), plan.rank))


def preferred_plan(
    problem: Problem,
    rows: Multipliers,
    best: Candidate,
    within: float,
    preference: Preference,
    deployment: Deployment | None = None,
) -> Candidate | None:
    """The plan that is best under a preference among all within some points of the best, proved.

    best: the optimum. within [score]. deployment: what serving memory is for; at the training
    context in bf16 if None. Ties go to the better plan. None if the search gave up.
    """
    floor = _floor(problem, best, within)
    kind = _Shapely if preference == "hardware" else LeastSearch
    search = kind(problem, rows, floor, _wanted(problem, preference, deployment))
    search.offer(best)
    return search.chosen if search.run() is Ending.PROVED else None


def _floor(problem: Problem, best: Candidate, within: float) -> float:
    """The least index whose score is within some points of the best."""
    link = problem.law.link
    return link.inverse(float(link(best.index)) - within)


class _Counted(WithinSearch):
    """Keeps the designs, each once, until they are too many to count."""

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        super().__init__(problem, rows, floor)
        self.plans: list[Candidate] = []

    def enough(self) -> bool:
        return len(self.plans) > MOST_COUNTED

    def evaluate(self, points: IndexArray) -> None:
        for point in self.reaching(points).indices:
            plan = None if self.enough() else self.candidate(point)
            if plan is not None:
                self.plans.append(plan)


class _Shapely(LeastSearch):
    """Keeps the design whose sizes are the best multiples for hardware."""

    _seen = 0

    def promise(self, screened: Screened) -> FloatArray:
        return np.zeros(len(screened.low))  # any box may hold the best shape

    def enough(self) -> bool:
        return self._seen > MOST_SHAPES  # too many to look at every one

    def evaluate(self, points: IndexArray) -> None:
        for point in self.reaching(points).indices:
            plan = self.candidate(point)
            if plan is not None:
                self.offer(plan)

    def offer(self, plan: Candidate) -> None:
        self._seen += 1
        amount = float(awkwardness(plan.sizes))
        chosen = self.chosen
        if chosen is None or (amount, plan.rank) < (self._amount, chosen.rank):
            self.chosen, self._amount = plan, amount


def awkwardness(sizes: Mapping[str, int]) -> int:
    """How many halvings the sizes fall short of the multiples that hardware likes."""
    units = EXPERT_UNITS if "num_experts" in sizes else SHAPE_UNITS
    return sum(max(0, _twos(unit) - _twos(sizes[name])) for name, unit in units.items()) + max(
        0, 7 - _twos(sizes["vocab_size"])
    )


def _twos(number: int) -> int:
    """How often two divides a number."""
    return (number & -number).bit_length() - 1


def _wanted(problem: Problem, preference: Preference, deployment: Deployment | None) -> Limit:
    """What a preference wants little of."""
    region = problem.region
    if preference == "cost":
        return region.compute
    resource: dict[Preference, Posynomial] = {
        "params": region.parameters,
        "depth": region.space.in_axes(variable("num_hidden_layers")),
        "serving": serving_memory(region, deployment),
        "tokens": variable(TOKENS),
        "hardware": constant(1),
        "granularity": EXPERT_FFN / HIDDEN,
    }
    return Limit(f"preferred_{preference}", resource[preference], "<=", OUT_OF_REACH, "")
