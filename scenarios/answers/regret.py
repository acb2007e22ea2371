"""Regrets: what a plan gives away if an assumption behind it is wrong.

The question is asked again under another law, MFU or price. The plan's own design is then compared
with the best plan there, which is found with proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.problem.problem import Problem
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.questions.law_choice import law_name
from scenarios.questions.resolve import Resolved, resolve

__all__ = ["Regret", "design_in", "regrets"]

LOSS = "chinchilla"
"""The law whose scores are losses."""
LAWS = ("performance-law", "calibrated", "calibrated-experts", LOSS)
"""The laws that may turn out to be right."""
UNIT = "−100 × loss"
"""Unit of the scores of `LOSS`, as reports say it."""
SPREAD = (0.75, 1.25)
"""Factors on an MFU that was given or measured, for which no published runs give a spread."""
PRICES = (Fraction(4, 5), Fraction(5, 4))
"""Factors on the price of a GPU-hour [unitless]."""


@dataclass(frozen=True)
class Regret:
    """What a design gives away in one world, that is, under one changed assumption.

    Attributes:
        world: the changed assumption in words.
        best: score of the best plan in this world, in `unit`.
        kept: score of the design itself with the tokens that it can have there, in `unit`; None if
            it breaks a limit.
        unit: unit of both scores.
    """

    world: str
    best: float
    kept: float | None
    unit: str

    @property
    def given_away(self) -> float | None:
        """Score of the best plan less that of the design, in `unit`; None if there is none."""
        return None if self.kept is None else self.best - self.kept


def regrets(model: Architecture, resolved: Resolved) -> tuple[Regret, ...]:
    """The regrets of a design, one for each world in which there is a proven best plan.

    Args:
        model: the design.
        resolved: the scenario for which it was planned, for models of its kind.
    """
    found = (_regret(world, model, changed) for world, changed in _worlds(resolved))
    return tuple(regret for regret in found if regret is not None)


_World: TypeAlias = tuple[str, Callable[[], Resolved]]
"""A changed assumption in words, and a function that resolves the question under it."""


def _worlds(resolved: Resolved) -> Iterator[_World]:
    """The worlds of a scenario: other laws, other MFUs and other prices."""
    scenario, kind, today = resolved.scenario, resolved.kind, resolved.today
    plain = replace(scenario, top=1, robust=None, prefer=None, within=None)
    for name in LAWS:
        if name != law_name(scenario, kind):
            unit = f" ({UNIT})" if name == LOSS else ""
            changed = replace(plain, law=name, gamma=1, anchor=None)
            yield f"law {name}{unit}", partial(resolve, changed, kind, today=today)
    used = resolved.budget.throughput
    if used is not None and scenario.flops is None:
        for factor in used.spread or SPREAD:
            mfu = used.mfu * factor
            if mfu <= 1.0:
                changed = replace(plain, mfu=mfu, moe_mfu=None, tokens_per_second_per_gpu=None)
                changed = replace(changed, clock=resolved.paced)
                whose = "the budget's MFU" if resolved.paced else "MFU"  # designs have their own
                world = f"{whose} {mfu:.2f}, not {used.mfu:.2f}"
                yield world, partial(resolved.asked_anew, changed)
    if scenario.cost is not None and scenario.price is not None:
        for share in PRICES:
            price = Fraction(scenario.price) * share
            changed = replace(plain, price=price)
            yield f"${float(price):.2f} a GPU-hour", partial(resolved.asked_anew, changed)


def _regret(world: str, model: Architecture, asked: Callable[[], Resolved]) -> Regret | None:
    """The regret of a design in one world; None if no plan is proved there."""
    try:
        resolved = asked()
        result = search_family(resolved.regions, resolved.law, 1)
    except InputError:
        return None
    if result.status is not SearchStatus.OPTIMAL:
        return None
    law, own = resolved.law, _own(model, resolved.regions, resolved.law)
    best = float(law.response(result.plans[0].index))
    return Regret(world, best, None if own is None else float(law.response(own.index)), law.unit)


def _own(model: Architecture, regions: Sequence[Region], law: Law) -> Candidate | None:
    """The design as a candidate of the region that it belongs to; None if it breaks a limit."""
    own = design_in(model, regions)
    return None if own is None else Problem(own[0], law).candidate(own[1])


def design_in(
    model: Architecture, regions: Sequence[Region]
) -> tuple[Region, Mapping[str, int]] | None:
    """The region that a design belongs to, and its sizes there; None if it belongs to none.

    Args:
        model: the design.
        regions: with one choice each of attention, shared experts and dense layers.
    """
    for region in regions:
        if _choice(region.space.style) == _choice(model.style):
            return region, {name: model.sizes[name] for name in region.space.lattice.sizes}
    return None


def _choice(style: Style) -> tuple[object, ...]:
    """The attention, and the numbers of shared experts and dense layers of a mixture."""
    experts = style.experts
    shared = None if experts is None else (experts.shared_experts, experts.dense_layers)
    return style.attention, style.global_every, shared
