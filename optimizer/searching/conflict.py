"""Why a region is empty: limits that exclude each other, none of which can be left out.

Every statement is about the lattice and rests on a finished search, not on a solver's word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.posynomial import variable
from constraints.clock.layout_choice import LayoutChoice
from constraints.space.region import Region
from optimizer.bounding.multipliers import default_rows
from optimizer.laws.law import Law
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.least_change import nearest_attained

__all__ = ["Conflict", "find_conflict"]

MAX_BOXES = 300_000
"""Boxes that one proof may take [box]; a limit that is not proved needless stays suspect."""
ENDLESS = 10**16
"""More memory than any model takes on one accelerator [byte]."""
PRECISION = 1e-5
"""Changes of memory that are relatively smaller than this count as none [unitless]."""


@dataclass(frozen=True)
class Conflict:
    """One limit of a conflicting set.

    Attributes:
        limit: its name.
        sense: `<=` or `>=`, as reports show it.
        needed: what the limit asks for, in `unit`.
        value: the best that plans within all other limits reach, in `unit`; None if no change of
            this limit alone is enough.
        unit: of the limit, as reports show it.
        settled: False if the search for the value gave up, so that a better one may exist.
    """

    limit: str
    sense: str
    needed: float
    value: float | None
    unit: str
    settled: bool = True


def find_conflict(region: Region, law: Law) -> tuple[Conflict, ...]:
    """Limits that together leave no plan, each of which is needed for that.

    Args:
        region: without a plan.
        law: to compile the problem with; it does not change which plans are feasible.
    """
    looser, choice = region, region.layout_choice
    smooth = replace(region, token_step=1)
    blames_step = region.token_step > 1 and _is_empty(smooth, law) is not True
    if not blames_step:
        looser = smooth
    blames_memory = _is_empty(replace(looser, layout_choice=None), law) is not True
    if not blames_memory:
        looser = replace(looser, layout_choice=None)
    culprits = _irreducible(looser, law)
    found = [_explain(region, law, region.limit(name)) for name in culprits]
    if blames_memory and choice is not None:
        found.append(_explain_memory(region, law, choice))
    if blames_step:
        found.append(_explain_step(region, law))
    return tuple(found)


def _irreducible(region: Region, law: Law) -> list[str]:
    """Drop one limit after another while the rest still provably conflicts."""
    kept = []
    for limit in region.limits:
        freed = region.freed(limit.name)
        if _is_empty(freed, law) is True:
            region = freed
        else:
            kept.append(limit.name)
    return kept


def _is_empty(region: Region, law: Law) -> bool | None:
    """Whether no plan satisfies all limits; None if that was not settled."""
    problem = Problem(region, law)
    outcome = branch_and_bound(
        problem, default_rows(problem), max_boxes=MAX_BOXES, any_will_do=True
    )
    return None if outcome.ending is Ending.GAVE_UP else not outcome.best


def _explain(region: Region, law: Law, limit: Limit) -> Conflict:
    """One limit of the conflict: what it asks for, and the nearest that plans come to it."""
    attained, settled = nearest_attained(region, law, limit)
    shown = None if attained is None else float(limit.shown(attained))
    needed = float(limit.shown(limit.bound))
    return Conflict(limit.name, limit.shown_sense, needed, shown, limit.unit, settled)


def _explain_step(region: Region, law: Law) -> Conflict:
    """The coarsest step of tokens that leaves a plan: the most tokens that any plan may have."""
    step = region.token_step
    asked = Limit("tokens_step", variable(TOKENS), ">=", step, "tokens")
    smooth = replace(region, token_step=1).within(asked, step)
    most, settled = nearest_attained(smooth, law, asked)
    told = None if most is None else float(most)
    return Conflict(asked.name, "<=", float(step), told, asked.unit, settled)


def _explain_memory(region: Region, law: Law, choice: LayoutChoice) -> Conflict:
    """The least memory of an accelerator with which some plan fits, by bisection.

    Every step of the bisection is a proof.
    """
    low, high = float(choice.usable), float(ENDLESS)
    endless = replace(region, layout_choice=replace(choice, memory=ENDLESS))
    if _is_empty(endless, law) is True:
        return Conflict("training_memory", "<=", low, None, "byte")
    while high / low - 1 > PRECISION:
        middle = math.sqrt(low * high)
        roomier = replace(choice, memory=int(middle))
        empty = _is_empty(replace(region, layout_choice=roomier), law)
        if empty is None:
            return Conflict("training_memory", "<=", float(choice.usable), high, "byte", False)
        low, high = (middle, high) if empty else (low, middle)
    return Conflict("training_memory", "<=", float(choice.usable), high, "byte")
