"""Second opinions: what other laws say about a plan, and what they would train instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from constraints.algebra.limit import TOKENS
from constraints.space.lattice import Lattice
from constraints.space.region import Region
from optimizer.bounding.multipliers import default_rows
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound

__all__ = ["Opinion", "opinions"]

ASKED = ("performance-law", "calibrated", "chinchilla")
"""Laws that are asked about dense models; each rests on other evidence than the rest."""
ASKED_OF_EXPERTS = ("calibrated-experts", "calibrated-half")
"""Laws that are asked about mixtures; they differ in how much inactive experts count."""

MOST_KEPT = 32
"""Laws and lattices of which the last own plan is kept."""
_LAST: dict[tuple[str, Lattice], Mapping[str, int]] = {}
"""A law's own plan in the last region on a lattice.

The next region of a batch often differs in its budget alone, so that its plan is near. It is only
looked at first: what is proved does not depend on it.
"""


@dataclass(frozen=True)
class Opinion:
    """What another law says about a plan.

    Attributes:
        law: the other law.
        score: its score of the plan [score].
        interval: its 90 % interval around that score [score]; None if not known.
        own: its own best plan in the same region, proved.
        own_score: its score of that plan [score].
    """

    law: Law
    score: float
    interval: tuple[float, float] | None
    own: Candidate
    own_score: float


def opinions(
    region: Region, plan: Candidate, used: str, circumstances: Circumstances
) -> list[Opinion]:
    """The opinions of other laws about a plan; a law whose search gives up is left out.

    Args:
        region: all plans that satisfy the limits.
        plan: the best plan by the law used.
        used: name of that law.
        circumstances: what a score depends on besides the plan.
    """
    return list(_opinions(region, plan, used, circumstances))


def _opinions(
    region: Region, plan: Candidate, used: str, circumstances: Circumstances
) -> Iterator[Opinion]:
    of_experts = region.space.style.experts is not None
    asked = ASKED_OF_EXPERTS if of_experts else ASKED
    for name in (name for name in asked if name != used):
        other = law(name).at(circumstances)
        problem = Problem(region, other)
        last = _LAST.get((name, problem.lattice))
        outcome = branch_and_bound(
            problem, default_rows(problem), first=last or plan.sizes, astray=last is None
        )
        if outcome.ending is not Ending.PROVED or not outcome.best:
            continue
        own = outcome.best[0]
        if len(_LAST) >= MOST_KEPT:
            _LAST.clear()
        _LAST[name, problem.lattice] = own.sizes
        values = {**plan.sizes, TOKENS: plan.effective_tokens}
        score = float(problem.law.score(values, float(plan.parameters)))
        yield Opinion(other, score, other.interval(score), own, float(other.response(own.index)))
