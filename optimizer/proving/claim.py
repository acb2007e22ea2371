"""A claim with its proof: some plans, the problems that they are of, and every box of these.

The search that wrote an answer kept no journal. With its answer known, it is repeated with one:
the best plans set the mark from the start, so that the proof has fewer boxes than the first search.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.space.region import Region
from optimizer.bounding.multipliers import Multipliers, default_rows, row_from_duals
from optimizer.bounding.prices import true_optimum
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.laws.robust_law import RobustLaw
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.proving.boxes import box_lines
from optimizer.proving.statement import law_stated, region_stated
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.journal import Journal

__all__ = ["best_claim", "least_claim"]

JUST_BELOW = 1 - Fraction(1, 10**9)
"""What a cheaper plan may take of the least cost: amounts nearer than this count as equal."""

Found = Sequence[tuple[Region, Candidate]]
"""Plans with their regions, best first."""


def best_claim(
    regions: Sequence[Region],
    law: Law,
    found: Found,
    asked: int,
    optimum: Solution | None = None,
    *,
    rows: Multipliers | None = None,
) -> Iterator[dict[str, Any]]:
    """The lines which prove that no design of some regions beats the plans that were found.

    Args:
        regions: what was searched.
        law: that scores the plans.
        found: the best plans; fewer than asked for if there are no more, none if there is none.
        asked: how many plans were asked for [plan].
        optimum: of the relaxation around the best plan; None to solve one.
        rows: multipliers that bound the index well; None to take them from the relaxation.

    Raises:
        InputError: if the law is an objective over draws, or the search finds no end.
    """
    floor = found[-1][1].index if len(found) == asked else -np.inf
    problems = _problems(regions, law)
    plans = [_plan(plan, regions.index(region), problems) for region, plan in found]
    yield _head(problems, plans, asked, floor)
    given = _rows_of(problems, optimum) if rows is None else [rows] * len(problems)
    yield from _boxes(problems, asked, floor, found, given)


def least_claim(
    regions: Sequence[Region],
    law: Law,
    found: Found,
    costs: Sequence[Limit],
    amount: Exact,
    floor: float,
) -> Iterator[dict[str, Any]]:
    """The lines which prove that no design of an index takes less of a cost than a plan.

    Args:
        regions: what was searched.
        law: that scores the plans.
        found: the plan.
        costs: a limit on what is saved, in each region.
        amount: what the plan takes [unit of the cost].
        floor: the index to be reached [index].

    Raises:
        InputError: if the law is an objective over draws, or the search finds no end.
    """
    most = Fraction(amount) * JUST_BELOW
    below = [region.within(cost, most) for region, cost in zip(regions, costs, strict=True)]
    problems = _problems(below, law)
    plans = [_plan(plan, regions.index(region), problems) for region, plan in found]
    yield _head(problems, plans, 1, floor) | {"cost": costs[0].name}
    yield from _boxes(problems, 1, floor, (), _rows_of(problems, None))


def _problems(regions: Sequence[Region], law: Law) -> list[Problem]:
    if isinstance(law, RobustLaw):
        rule = "has no proof file: its law is an objective over draws, not one set of coefficients"
        raise InputError("robust", rule, law.objective)
    return [Problem(region, law) for region in regions]


def _head(
    problems: Sequence[Problem], plans: list[dict[str, Any]], asked: int, floor: float
) -> dict[str, Any]:
    """The line of a claim: that no design beside the plans has an index above the floor."""
    region = problems[0].region
    return {
        "plans": plans,
        "asked": asked,
        "floor": floor if math.isfinite(floor) else None,
        "regions": len(problems),
        "law": law_stated(problems[0].law),
        "unique_tokens": region.text.unique_tokens,
    }


def _plan(plan: Candidate, number: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """A plan as the checker needs it."""
    problem = problems[number]
    return {
        "region": number,
        "sizes": {name: plan.sizes[name] for name in problem.lattice.sizes},
        "tokens": plan.tokens,
        "parameters": plan.parameters,
        "index": plan.index,
        "score": float(problem.law.response(plan.index)),
    }


def _boxes(
    problems: Sequence[Problem],
    count: int,
    floor: float,
    found: Found,
    given: Iterable[Multipliers],
) -> Iterator[dict[str, Any]]:
    """Each problem with the boxes of its lattice."""
    for problem, rows in zip(problems, given, strict=True):
        first = next((plan.sizes for region, plan in found if region is problem.region), None)
        journal = Journal()
        outcome = branch_and_bound(problem, rows, count, first=first, floor=floor, journal=journal)
        if outcome.ending is not Ending.PROVED:
            raise InputError("proof", "needs a search that comes to its end", outcome.ending.value)
        yield region_stated(problem, rows)
        yield from box_lines(problem, journal)


def _rows_of(problems: Sequence[Problem], optimum: Solution | None) -> Iterator[Multipliers]:
    """Multipliers for the bounds of each problem: each cap alone, and those of a relaxation.

    Problems with the same limits and free sizes share the relaxation of the first.
    """
    pilot = problems[0]
    optimum = true_optimum(pilot) if optimum is None else optimum
    for problem in problems:
        alike = (problem.names, problem.lattice.names) == (pilot.names, pilot.lattice.names)
        known = optimum if alike else true_optimum(problem)
        rows = default_rows(problem)
        if known is not None:
            rows = rows + row_from_duals(problem, known.duals, known.counted)
        yield rows
