"""What stands between a region and a score: each limit lifted alone, with proof."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.space.region import Region
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.questions.one_more import gains
from optimizer.questions.target import TargetStatus, least_cost

__all__ = ["Remedy", "remedies"]


@dataclass(frozen=True)
class Remedy:
    """What one limit keeps from being reached.

    Attributes:
        limit: its name.
        sense: `<=` or `>=`, as reports show it.
        bound: as it is, in `unit`.
        unit: of the limit, as reports show it.
        without: the best score without this limit [score].
        enough: the bound that would do for the wanted score, in `unit`; None if no bound of this
            limit alone does, or if the limit is a lower one.
    """

    limit: str
    sense: str
    bound: float
    unit: str
    without: float
    enough: float | None


def remedies(
    region: Region, law: Law, best: Candidate, optimum: Solution | None, score: float
) -> tuple[Remedy, ...]:
    """The limits without which a higher score than the best is reached, the most telling first.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        best: the optimum of the region.
        optimum: of its continuous problem; None if there is none.
        score: that is wanted [score].
    """
    lifted = {limit.name: region.lifted(limit.name) for limit in region.limits}
    reached = gains(lifted, law, best, optimum)
    now, found = float(law.response(best.index)), []
    for limit in region.limits:
        gain = reached.get(limit.name, 0.0)
        if gain <= 0:
            continue
        enough = None
        if limit.sign > 0 and now + gain >= score:
            free = lifted[limit.name]
            result = least_cost(free, law, free.limit(limit.name), score)
            if result.status is TargetStatus.REACHED and result.amount is not None:
                enough = float(limit.shown(result.amount))
        bound = float(limit.shown(limit.bound))
        found.append(Remedy(limit.name, limit.shown_sense, bound, limit.unit, now + gain, enough))
    return tuple(sorted(found, key=lambda remedy: -remedy.without))
