"""What other laws say of a plan, and where they would put the same budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from constraints.algebra.limit import TOKENS
from constraints.space.region import Region
from optimizer.bounding.tangent_planes import default_rows
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import law
from optimizer.problem.problem import Candidate, Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound

__all__ = ["Opinion", "opinions"]

ASKED = ("performance-law", "calibrated", "chinchilla")
"""The published one, our own, and the one of loss: each judges by other evidence."""
ASKED_OF_EXPERTS = ("calibrated-experts", "calibrated-half")
"""Those that know experts; how much all of them count is what they differ in."""


@dataclass(frozen=True)
class Opinion:
    """Another law on a plan.

    score, interval [score]: of the plan, by the law. own: the law's best plan in the same region,
    proved; own_score: of that.
    """

    law: Law
    score: float
    interval: tuple[float, float] | None
    own: Candidate
    own_score: float


def opinions(
    region: Region, plan: Candidate, used: str, circumstances: Circumstances
) -> list[Opinion]:
    """The opinions of other laws than the one used; none of a law whose search gave up."""
    return list(_opinions(region, plan, used, circumstances))


def _opinions(
    region: Region, plan: Candidate, used: str, circumstances: Circumstances
) -> Iterator[Opinion]:
    of_experts = region.space.style.experts is not None
    asked = ASKED_OF_EXPERTS if of_experts else ASKED
    for name in (name for name in asked if name != used):
        other = law(name).at(circumstances)
        problem = Problem(region, other)
        outcome = branch_and_bound(problem, default_rows(problem), 1, first=plan.sizes, astray=True)
        if outcome.ending is not Ending.PROVED or not outcome.best:
            continue
        values = {**plan.sizes, TOKENS: plan.effective_tokens}
        score = float(problem.law.score(values, float(plan.parameters)))
        own = outcome.best[0]
        yield Opinion(other, score, other.interval(score), own, float(other.response(own.index)))
