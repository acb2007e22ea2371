"""The value of one more: what the score gains if one limit moves by one unit, from proven searches.

A shadow price is a slope at the continuous optimum. This is a step on the lattice, so it also
prices what has no slope: a layout that fits, a model that can just be served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.resources.recipe_laws import shared_batch
from constraints.space.region import Region
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound

__all__ = [
    "GIB",
    "gains",
    "with_more_compute",
    "with_more_gpus",
    "with_more_memory",
    "with_more_serving_memory",
]

GIB = 2**30
"""One gibibyte [byte]."""


def with_more_compute(region: Region, share: Exact) -> Region:
    """The region with a larger compute budget.

    Args:
        region: to be changed.
        share: by which the budget grows [unitless].
    """
    limit = region.compute
    return region.with_bound(limit.name, limit.bound * (1 + Fraction(share)))


def with_more_gpus(region: Region, choice: LayoutChoice, gpus: int) -> Region | None:
    """The region with more GPUs, laid out anew; None if there is no layout for so many.

    Args:
        region: to be changed.
        choice: the layouts of the cluster as it is.
        gpus: how many more [GPU]; the compute budget grows in proportion.
    """
    count, batch = choice.gpus + gpus, choice.batch
    if choice.even:
        batch = shared_batch(batch, count, choice.seq_len)
    try:
        larger = replace(choice, gpus=count, batch=batch)
    except InputError:
        return None
    return replace(with_more_compute(region, Fraction(gpus, choice.gpus)), layout_choice=larger)


def with_more_memory(region: Region) -> Region | None:
    """The region with one GiB more on every training accelerator; None if memory is no limit.

    Args:
        region: to be changed.
    """
    choice = region.layout_choice
    if choice is None:
        return None
    return replace(region, layout_choice=replace(choice, memory=choice.usable + GIB))


def with_more_serving_memory(region: Region) -> Region | None:
    """The region with one GiB more to serve a replica; None if the model is not to be served.

    Args:
        region: to be changed.
    """
    for limit in region.limits:
        if limit.name == "serving_memory":
            return region.with_bound(limit.name, limit.bound + GIB)
    return None


def gains(
    regions: Mapping[str, Region], law: Law, best: Candidate, optimum: Solution | None
) -> dict[str, float]:
    """What the best score gains in each of some changed regions [score], by the regions' names.

    Regions without a plan, and those whose search gave up, are left out.

    Args:
        regions: changed ones, by name.
        law: that scores their plans.
        best: the best plan of the original region.
        optimum: of the original's continuous problem, whose multipliers may serve again.
    """
    found = {}
    for name, region in regions.items():
        problem = Problem(region, law)
        rows = default_rows(problem)
        if optimum is not None and len(optimum.duals) == len(problem.names):  # the same limits
            rows = rows + row_from_duals(problem, optimum.duals, optimum.counted)
        # the old best plan is nearly the new one, so most boxes can be dropped at once
        outcome = branch_and_bound(problem, rows, 1, first=best.sizes)
        if outcome.ending is Ending.PROVED and outcome.best:
            gain = float(law.response(outcome.best[0].index)) - float(law.response(best.index))
            found[name] = gain
    return found
