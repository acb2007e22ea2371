"""The plan that is best under a preference among all that score nearly as well.

Optima are flat, and a law's error is larger than the differences near its top. So a smaller, a
shallower or a cheaper plan may be had at hardly any loss: the least of a resource
(`optimizer.searching.least_cost`) among all plans that reach nearly the best score.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Posynomial, constant, variable
from constraints.models.variables import EXPERT_FFN, HIDDEN
from constraints.resources.deployment import Deployment
from constraints.space.boxes import Positions
from constraints.space.objectives import serving_memory
from constraints.space.region import OUT_OF_REACH
from optimizer.bounding.multipliers import Multipliers
from optimizer.bounding.screening import Screened
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.least_cost import LeastSearch

__all__ = ["Preference", "awkwardness", "index_floor", "preferred_plan", "resource_of"]

Preference = Literal["params", "depth", "serving", "cost", "tokens", "hardware", "granularity"]

FINEST = 2 / 11.3
"""Width of an expert over the hidden size below which no gain is known [unitless].

Efficiency Leverage (Tian et al. 2025, arXiv 2507.17702) puts the best granularity, 2 · hidden size
over the width of an expert, at 11.3: finer experts trained worse in its runs, and they are slower.
"""
MOST_SHAPES = 20_000
"""Plans among which the best shape is looked for [plan]; beyond, the search stops."""
SHAPE_UNITS = {"hidden_size": 1024, "intermediate_size": 2048, "num_hidden_layers": 8}
"""Multiples that divide evenly among 8 tensor-parallel parts, in tiles of 128 and 256, and among
pipeline stages (Anthony et al. 2024, arXiv 2401.14489)."""
EXPERT_UNITS = {
    **{"hidden_size": 1024, "num_hidden_layers": 8, "num_experts": 8},
    "moe_intermediate_size": 256,
}
"""The same for experts, which stay whole and are spread over 8 parts."""


def preferred_plan(
    problem: Problem,
    rows: Multipliers,
    best: Candidate,
    within: float,
    preference: Preference,
    deployment: Deployment | None = None,
) -> Candidate | None:
    """The plan that is best under a preference among all within some points of the best, proved.

    Ties go to the better plan.

    Args:
        problem: a region and a law.
        rows: multipliers for the bounds.
        best: the optimum.
        within: how far below its score the plan may lie [score].
        preference: what there should be little of.
        deployment: what serving memory is for; None for one stream at the training context in bf16.

    Returns:
        The plan; None if the search gave up.
    """
    floor = index_floor(problem, best, within)
    kinds = {"hardware": _Shapely, "granularity": _Fine}
    kind = kinds.get(preference, LeastSearch)
    search = kind(problem, rows, floor, resource_of(problem, preference, deployment))
    search.offer(best)
    return search.chosen if search.run() is Ending.PROVED else None


def index_floor(problem: Problem, best: Candidate, within: float) -> float:
    """The least index whose score is within some points of the best [index].

    Args:
        problem: whose law has the response from index to score.
        best: the optimum.
        within: how far below its score the score may lie [score].
    """
    response = problem.law.response
    return response.inverse(float(response(best.index)) - within)


class _Fine(LeastSearch):
    """Keeps the design with the finest experts that evidence speaks for; finer ones count no more.

    Among those as fine the better plan is kept.
    """

    def amounts(self, *given: Any) -> FloatArray:
        """Logarithms of the experts' share of the hidden size, none below the finest [n]."""
        return np.maximum(super().amounts(*given), math.log(FINEST))

    def amount_of(self, plan: Candidate) -> float:
        """The logarithm of the experts' share of the hidden size, not below the finest."""
        return max(super().amount_of(plan), math.log(FINEST))


class _Shapely(LeastSearch):
    """Keeps the design whose sizes are closest to multiples that suit hardware."""

    _seen = 0

    def promise(self, screened: Screened) -> FloatArray:
        """Zeros: any box may hold the best shape, so that only the index rules boxes out [m]."""
        return np.zeros(len(screened.low))  # no bound of awkwardness is known

    def enough(self) -> bool:
        """Whether there were too many plans to look at every one."""
        return self._seen > MOST_SHAPES  # too many to look at every one

    def evaluate(self, points: Positions) -> None:
        """Offer every plan at the points."""
        for point in self.reaching(points).positions:
            plan = self.candidate(point)
            if plan is not None:
                self.offer(plan)

    def offer(self, plan: Candidate) -> None:
        """Keep the plan if its sizes suit hardware better, or as well and it ranks better."""
        self._seen += 1
        amount = float(awkwardness(plan.sizes))
        chosen = self.chosen
        if chosen is None or (amount, plan.rank) < (self._amount, chosen.rank):
            self.chosen, self._amount = plan, amount


def awkwardness(sizes: Mapping[str, int]) -> int:
    """How many halvings the sizes fall short of multiples that suit hardware [unitless]; 0 is best.

    Args:
        sizes: by name, the vocabulary among them.
    """
    units = EXPERT_UNITS if "num_experts" in sizes else SHAPE_UNITS
    return sum(max(0, _twos(unit) - _twos(sizes[name])) for name, unit in units.items()) + max(
        0, 7 - _twos(sizes["vocab_size"])
    )


def _twos(number: int) -> int:
    """How often two divides a number."""
    return (number & -number).bit_length() - 1


def resource_of(problem: Problem, preference: Preference, deployment: Deployment | None) -> Limit:
    """What a preference wants little of, as a limit whose bound is out of reach.

    For cost it is the region's own limit on compute. For hardware it is a constant, since shapes
    are compared by `awkwardness`.

    Args:
        problem: whose region has the resources.
        preference: what there should be little of.
        deployment: what serving memory is for; None for one stream at the training context in bf16.
    """
    region = problem.region
    if preference == "cost":
        return region.compute
    resource: dict[Preference, Callable[[], Posynomial]] = {
        "params": lambda: region.parameters,
        "depth": lambda: region.space.in_axes(variable("num_hidden_layers")),
        "serving": lambda: serving_memory(region, deployment),
        "tokens": lambda: variable(TOKENS),
        "hardware": lambda: constant(1),
        "granularity": lambda: EXPERT_FFN / HIDDEN,
    }
    return Limit(f"preferred_{preference}", resource[preference](), "<=", OUT_OF_REACH, "")
