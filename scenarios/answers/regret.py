"""What a plan gives away if something turns out otherwise than was assumed, by proven re-solves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.problem.problem import Candidate, Problem
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.questions.law_choice import law_name
from scenarios.questions.resolve import Resolved, resolve

__all__ = ["Regret", "regrets"]

LOSS = "chinchilla"
LAWS = ("performance-law", "calibrated", "calibrated-experts", LOSS)
UNIT = "−100 × loss"
SPREAD = (0.75, 1.25)
"""Times a measured or given MFU, where no published runs say how far one may be off."""
PRICES = (Fraction(4, 5), Fraction(5, 4))


@dataclass(frozen=True)
class Regret:
    """One world that may turn out.

    world: in words. best: the score of the best plan there; kept: of the plan's own design, on
    the tokens it could still have; None if it would break a limit. unit: of both.
    """

    world: str
    best: float
    kept: float | None
    unit: str

    @property
    def given_away(self) -> float | None:
        """The score that the best plan there has over the plan's own design."""
        return None if self.kept is None else self.best - self.kept


def regrets(model: Architecture, resolved: Resolved) -> tuple[Regret, ...]:
    """The regrets of a design that was planned for a scenario of its kind."""
    found = (_regret(world, model, changed) for world, changed in _worlds(resolved))
    return tuple(regret for regret in found if regret is not None)


_World: TypeAlias = tuple[str, Callable[[], Resolved]]
"""A world in words, and what the question comes to there."""


def _worlds(resolved: Resolved) -> Iterator[_World]:
    """Other laws, another MFU, another price."""
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
                world = f"MFU {mfu:.2f}, not {used.mfu:.2f}"
                yield world, partial(resolved.asked_anew, changed)
    if scenario.cost is not None and scenario.price is not None:
        for share in PRICES:
            price = Fraction(scenario.price) * share
            changed = replace(plain, price=price)
            yield f"${float(price):.2f} a GPU-hour", partial(resolved.asked_anew, changed)


def _regret(world: str, model: Architecture, asked: Callable[[], Resolved]) -> Regret | None:
    """None if the world has no plan at all, or none that is proved."""
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
    """The design itself in the region that has it; None if it would break a limit there."""
    for region in regions:
        if _choice(region.space.style) == _choice(model.style):
            known = {axis.name: model.sizes[axis.name] for axis in region.space.lattice.axes}
            return Problem(region, law).candidate(known)
    return None


def _choice(style: Style) -> tuple[Fraction, int] | None:
    """Shared experts and dense layers, None of a dense model."""
    experts = style.experts
    return None if experts is None else (experts.shared_experts, experts.dense_layers)
