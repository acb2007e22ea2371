"""Choices among equals: the best plan under a preference among all that score nearly as well.

Optima are flat and a law's noise is larger than the differences near its top, so a smaller, a
shallower or a cheaper plan may be had for nothing. The search over boxes is the one that proves
the optimum; here a box must reach a score and promises a resource, its value at the low corner.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from constraints.deployment import Deployment, kv_cache_per_token
from constraints.lattice import Boxes, IndexArray
from constraints.limit import TOKENS
from constraints.logform import FloatArray, LogForm, NDBool
from constraints.posynomial import Exact, Posynomial, constant, log_exact, variable
from constraints.region import COMPUTE
from constraints.space import in_axes
from optimizer.bounds import Multipliers, alone_bounds
from optimizer.box_search import BoxSearch, Ending
from optimizer.problem import Candidate, Problem, safety
from optimizer.screening import feasible_points, screen_boxes

__all__ = ["Band", "Preference", "awkwardness", "near_optimal_band", "preferred_plan"]

Preference = Literal["params", "depth", "serving", "cost", "tokens", "hardware"]

MAX_BOXES = 1_000_000
MOST_COUNTED = 20_000
"""Plans of a band beyond which they are not counted on."""
HALF = 2
SHAPE_UNITS = {"hidden_size": 1024, "intermediate_size": 2048, "num_hidden_layers": 8}
"""Multiples that divide evenly among 8 tensor-parallel parts in tiles of 128 and 256, and among
pipeline stages (Anthony et al. 2024, arXiv 2401.14489)."""


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
    found = [preferred_plan(problem, rows, best, within, p) for p in ("params", "depth", "serving")]
    counted = _Counted(problem, rows, _floor(problem, best, within))
    ending = counted.run()
    if None in found or ending is Ending.GAVE_UP:
        return None
    designs = counted.designs if ending is Ending.PROVED else None
    smallest, shallowest, lightest = (plan for plan in found if plan is not None)
    return Band(within, designs, smallest, shallowest, lightest)


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
    kind = _Shapely if preference == "hardware" else _Preferred
    search = kind(problem, rows, floor, preference, deployment)
    search.offer(best)
    return search.chosen if search.run() is Ending.PROVED else None


def _floor(problem: Problem, best: Candidate, within: float) -> float:
    """The least index whose score is within some points of the best."""
    link = problem.law.link
    return link.inverse(float(link(best.index)) - within)


class _Within(BoxSearch):
    """Boxes that may hold designs of at least a given index."""

    def __init__(self, problem: Problem, rows: Multipliers, floor: float) -> None:
        super().__init__(problem.lattice, MAX_BOXES)
        self.problem = problem
        self.rows = rows
        self.floor = floor

    @property
    def threshold(self) -> float:
        return 0.0

    def screen(self, boxes: Boxes) -> tuple[NDBool, FloatArray]:
        screened = screen_boxes(self.problem, boxes, self.rows)
        reach = screened.bounds >= self.floor - safety(self.floor)
        inside = screened.inside.copy()
        inside[inside] = reach
        return inside, self.promise(
            screened.low[reach], screened.high[reach], screened.useful[reach]
        )

    def promise(self, low: FloatArray, high: FloatArray, useful: FloatArray) -> FloatArray:
        """Upper bounds over boxes of what is maximised [n]."""
        return np.zeros(len(low))

    def candidates(self, points: IndexArray) -> list[Candidate]:
        """The exact plans at points whose index reaches the floor."""
        points, index = feasible_points(self.problem, points)
        points = points[index >= self.floor - safety(self.floor)]
        found = (self.problem.candidate(self.problem.lattice.point(point)) for point in points)
        return [plan for plan in found if plan is not None and plan.index >= self.floor]


class _Counted(_Within):
    """Counts the designs, each once."""

    designs = 0

    def enough(self) -> bool:
        return self.designs > MOST_COUNTED

    def evaluate(self, points: IndexArray) -> None:
        self.designs += len(self.candidates(points))


class _Preferred(_Within):
    """Keeps the design with the least of a resource; ties go to the better plan."""

    def __init__(
        self,
        problem: Problem,
        rows: Multipliers,
        floor: float,
        preference: Preference,
        deployment: Deployment | None,
    ) -> None:
        super().__init__(problem, rows, floor)
        self.chosen: Candidate | None = None
        self.saves_tokens = preference in ("cost", "tokens")
        self._resource = _resource(problem, preference, deployment)
        fixed = self._resource.fixed(problem.lattice.fixed)
        self._form = LogForm([fixed], problem.lattice.names)
        compute = [limit for limit in problem.limits if limit.name in COMPUTE]
        self._paid = compute[0] if preference == "cost" else None
        self._served: LogForm | None = None
        if self._paid is not None and self._paid.fixed.terms:
            served = self._paid.fixed.fixed(problem.lattice.fixed)
            self._served = LogForm([served], problem.lattice.names)
        self._amount = math.inf

    @property
    def threshold(self) -> float:
        return -self._amount - safety(self._amount) if math.isfinite(self._amount) else -math.inf

    def promise(self, low: FloatArray, high: FloatArray, useful: FloatArray) -> FloatArray:
        amount = self._form.corners(low, high)[0][:, 0]
        if self.saves_tokens:
            problem = self.problem
            index = alone_bounds(problem, low, high, (low + high) / 2, useful)
            amount = amount + useful - (index - self.floor) / problem.token_weight
        if self._served is not None:
            amount = np.logaddexp(amount, self._served.corners(low, high)[0][:, 0])
        return -amount

    def evaluate(self, points: IndexArray) -> None:
        for plan in self.candidates(points):
            self.offer(plan)

    def offer(self, plan: Candidate) -> None:
        """Keep the plan if it takes less, or as little and ranks better."""
        if self.saves_tokens:
            plan = _on_fewer_tokens(self.problem, plan, self.floor)
        if self._paid is not None:  # serving and recomputation included
            amount = log_exact(self.problem.region.spent(self._paid, plan.sizes, plan.tokens))
        else:
            amount = log_exact(self._resource.value(plan.sizes))
            amount += log_exact(plan.tokens) if self.saves_tokens else 0.0
        chosen = self.chosen
        closer = chosen is None or (amount, plan.rank) < (self._amount, chosen.rank)
        if closer:
            self.chosen, self._amount = plan, amount


class _Shapely(_Preferred):
    """Keeps the design whose sizes are the best multiples for hardware."""

    _seen = 0

    def promise(self, low: FloatArray, high: FloatArray, useful: FloatArray) -> FloatArray:
        return np.zeros(len(low))  # any box may hold the best shape

    def enough(self) -> bool:
        return self._seen > MOST_COUNTED  # too many to look at every one

    def offer(self, plan: Candidate) -> None:
        self._seen += 1
        amount = float(awkwardness(plan.sizes))
        chosen = self.chosen
        if chosen is None or (amount, plan.rank) < (self._amount, chosen.rank):
            self.chosen, self._amount = plan, amount


def awkwardness(sizes: Mapping[str, int]) -> int:
    """How many halvings the sizes fall short of the multiples that hardware likes."""
    return sum(
        max(0, _twos(unit) - _twos(sizes[name])) for name, unit in SHAPE_UNITS.items()
    ) + max(0, 7 - _twos(sizes["vocab_size"]))


def _twos(number: int) -> int:
    """How often two divides a number."""
    return (number & -number).bit_length() - 1


def _resource(
    problem: Problem, preference: Preference, deployment: Deployment | None
) -> Posynomial:
    """What a preference wants little of, without tokens."""
    region = problem.region
    if preference == "serving":
        if deployment is not None:
            return in_axes(deployment.memory(region.space.style))
        cache = region.space.seq_len * in_axes(kv_cache_per_token())
        return HALF * region.parameters + cache
    return {
        "params": region.parameters,
        "depth": variable("num_hidden_layers"),
        "cost": region.training_flops_per_token,
        "tokens": constant(1),
        "hardware": constant(1),
    }[preference]


def _on_fewer_tokens(problem: Problem, plan: Candidate, floor: float) -> Candidate:
    """The same design on as few tokens as still reach the floor (and the limits ask for)."""
    region, law = problem.region, problem.law
    spare = max(plan.index - floor, 0.0) / problem.token_weight
    useful = law.useful_tokens(plan.parameters)
    counted = plan.effective_tokens if useful is None else min(plan.effective_tokens, float(useful))
    needed = region.text.needed(int(counted * math.exp(-spare)) + 1)
    span = region.token_span(plan.sizes)
    if needed is None or span is None:
        return plan
    tokens = min(max(span[0], region.steps_up(needed)), plan.tokens)
    effective = region.text.effective(tokens)
    index = float(law.index({**plan.sizes, TOKENS: effective}, float(plan.parameters)))
    flops: Exact = region.training_flops_per_token.value(plan.sizes) * tokens
    leaner = replace(
        plan, tokens=tokens, effective_tokens=effective, index=index, training_flops=flops
    )
    return leaner if index >= floor else plan
