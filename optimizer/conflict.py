"""Why a region is empty: a smallest set of limits that exclude each other, and what each needs.

All statements are about the lattice and are proved by exhaustive search, not read off a solver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.layout_choice import LayoutChoice
from constraints.limit import TOKENS, Limit, LimitKind
from constraints.posynomial import Exact
from constraints.region import Region
from optimizer.bounds import default_rows
from optimizer.branch_and_bound import branch_and_bound
from optimizer.laws.law import Law
from optimizer.problem import Candidate, Problem

__all__ = ["Conflict", "find_conflict"]

GONE = 10**40
"""A bound that no quantity here reaches: a limit moved there is no limit."""
ENDLESS = 10**16
"""More memory than any model takes on one part [byte]."""
PRECISION = 1e-5
"""Relative: a change smaller than this is not told apart."""


@dataclass(frozen=True)
class Conflict:
    """One limit of a smallest conflicting set.

    limit: its name. sense, needed [unit]: what it asks for. value [unit]: the best that plans
    within all other limits reach, None if no change of this limit alone is enough.
    """

    limit: str
    sense: str
    needed: float
    value: float | None
    unit: str


def find_conflict(region: Region, law: Law) -> tuple[Conflict, ...]:
    """A smallest set of limits that leave no plan together; empty if the lattice itself is."""
    roomy = replace(region, layout_choice=None)
    fits = region.layout_choice is None or _any_plan(roomy, law) is None
    culprits = _irreducible(roomy if fits else region, law)
    found = [_explain(region, law, region.limit(name)) for name in culprits]
    if region.layout_choice is not None and not fits:
        found.append(_explain_memory(region, law, region.layout_choice))
    return tuple(found)


def _explain_memory(region: Region, law: Law, choice: LayoutChoice) -> Conflict:
    """The least memory of a part with which some plan fits, by bisection of proofs."""
    low, high = float(choice.usable), float(ENDLESS)
    while high / low - 1 > PRECISION:
        middle = math.sqrt(low * high)
        roomier = replace(choice, memory=int(middle))
        if _any_plan(replace(region, layout_choice=roomier), law) is None:
            low = middle
        else:
            high = middle
    return Conflict("training_memory", "<=", float(choice.usable), high, "byte")


def _irreducible(region: Region, law: Law) -> list[str]:
    """Drop one limit after another while the rest still conflicts."""
    kept = []
    for limit in region.limits:
        looser = _moved(region, limit, GONE)
        if _any_plan(looser, law) is None:
            region = looser
        else:
            kept.append(limit.name)
    return kept


def _explain(region: Region, law: Law, limit: Limit) -> Conflict:
    reached = _nearest_bound(region, law, limit)
    shown = None if reached is None else float(limit.shown(reached))
    needed = float(limit.shown(limit.bound))
    return Conflict(limit.name, limit.shown_sense, needed, shown, limit.unit)


def _nearest_bound(region: Region, law: Law, limit: Limit) -> Exact | None:
    """The bound nearest to the limit's own that leaves a plan, by bisection of proofs."""
    found = _any_plan(_moved(region, limit, GONE), law)
    if found is None:
        return None
    reached = _attained(region, limit, found)
    shut = Fraction(limit.bound)
    while abs(_ratio(reached, shut)) > PRECISION:
        middle = Fraction(math.exp((_log(reached) + _log(shut)) / 2))
        found = _any_plan(region.with_bound(limit.name, middle), law)
        if found is None:
            shut = middle
        else:
            reached = _attained(region, limit, found)
    return reached


def _attained(region: Region, limit: Limit, found: Candidate) -> Exact:
    """The resource at a plan that was found, with the tokens that suit this limit best."""
    span = _moved(region, limit, GONE).token_span(found.sizes)
    if span is None:
        return limit.resource.value({**found.sizes, TOKENS: found.tokens})
    tokens = span[0] if limit.kind is LimitKind.CAP else span[1]
    return limit.resource.value({**found.sizes, TOKENS: tokens})


def _any_plan(region: Region, law: Law) -> Candidate | None:
    problem = Problem(region, law)
    outcome = branch_and_bound(problem, default_rows(problem), any_will_do=True)
    return outcome.best[0] if outcome.best else None


def _moved(region: Region, limit: Limit, factor: int) -> Region:
    bound = Fraction(limit.bound)
    return region.with_bound(limit.name, bound * factor if limit.sign > 0 else bound / factor)


def _log(value: Exact) -> float:
    fraction = Fraction(value)
    return math.log(fraction.numerator) - math.log(fraction.denominator)


def _ratio(a: Exact, b: Exact) -> float:
    return float(Fraction(a) / Fraction(b)) - 1.0
