"""Plans side by side, and why one differs from another.

The score's difference is the sum of what the law gives each variable, exactly. Where both plans
tell what was asked, each input that changed is also tried alone, by a proven re-solve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from constraints.errors import InputError, printable
from constraints.models.architecture import Architecture
from constraints.models.counting import active_parameter_count, parameter_count
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.laws.record import Record
from optimizer.searching.family import search_family
from optimizer.searching.search import SearchStatus
from scenarios.answers.odds import Odds, Scored, odds
from scenarios.answers.regret import Regret, regrets
from scenarios.questions.changed import changed_together
from scenarios.questions.law_choice import EXPERTS_LAW
from scenarios.questions.resolve import Resolved, resolve
from scenarios.questions.shared import shared_scenario

__all__ = ["Change", "Comparison", "Difference", "Item", "compare"]

CIRCUMSTANCES = "release and kind of FFN"
"""What a law gives for circumstances, beside the parts of the plan."""
WITH_DRAWS = "calibrated"
"""The law whose draws tell odds where the law asked for has none."""
ALIKE = 1e-9
MOST_CHANGES = 60
"""More than there are options: a plan that says more was not written by flopwise."""


@dataclass(frozen=True)
class Item:
    """One plan to compare.

    Attributes:
        name: of the file or model.
        model: its architecture.
        tokens: training tokens [token].
        effective_tokens: what they are worth after repetition [token].
        score: as predicted [score].
        figures: parameters, training_flops, gpu_hours, days, dollars; None where unknown.
        circumstances: date and kind of FFN that it is scored for.
        reported: as published [score]; None if it is not.
        binding: limits that hold it back; None if it has no limits.
        given: the options that led to it; empty if unknown.
    """

    name: str
    model: Architecture
    tokens: int
    effective_tokens: float
    score: float
    figures: Mapping[str, float | None]
    circumstances: Circumstances
    reported: float | None = None
    binding: frozenset[str] | None = None
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> float:
        """Parameters that a token meets: all but those of experts that it does not [parameter]."""
        idle = parameter_count(self.model) - active_parameter_count(self.model)
        return (self.figures["parameters"] or 0.0) - idle


@dataclass(frozen=True)
class Change:
    """Inputs that changed together: options, as they were, as they are.

    alone: what the change by itself does to the first item's score, None if that is nothing that
    can be asked, or leaves no plan.
    """

    options: tuple[str, ...]
    was: str
    now: str
    alone: float | None


@dataclass(frozen=True)
class Difference:
    """Why an item differs from the first.

    score: of the item less that of the first [score]. parts: of the index's difference, by
    variable; they sum to it. inputs: that changed. bound, freed: limits that hold this item and
    not the first, and the other way round. odds: that it beats the first.
    """

    score: float
    parts: Mapping[str, float]
    inputs: tuple[Change, ...]
    bound: tuple[str, ...]
    freed: tuple[str, ...]
    odds: Odds

    @property
    def interplay(self) -> float | None:
        """What the changes do together beyond each alone [score]; None if that is not known."""
        alone = [change.alone for change in self.inputs]
        if len(alone) < 2 or None in alone:
            return None
        return self.score - sum(gain for gain in alone if gain is not None)


@dataclass(frozen=True)
class Comparison:
    """Items, of each but the first its difference from the first, and what each may give away.

    regrets: of each item, none for those that don't tell what was asked.
    """

    law: Law
    items: tuple[Item, ...]
    differences: tuple[Difference, ...]
    regrets: tuple[tuple[Regret, ...], ...]


def compare(items: Sequence[Item], record: Record, today: str) -> Comparison:
    """Items against the first.

    Args:
        items: two or more.
        record: the law that scores them.
        today: the month, as 2027-03.
    """
    law = record.law
    if len(items) < 2:
        raise InputError("ITEMS", "must be two or more", len(items))
    first = items[0]
    of_experts = any(item.model.style.experts for item in items)
    usual = EXPERTS_LAW if of_experts else WITH_DRAWS
    drawn = record if record.draws else find_record(usual)
    differences = tuple(
        _difference(first, item, law, today, _odds(item, first, drawn)) for item in items[1:]
    )
    regretted = tuple(_regrets(item, today) for item in items)
    return Comparison(law, tuple(items), differences, regretted)


def _law_inputs(law: Law, item: Item) -> tuple[dict[str, float], float]:
    """Sizes and tokens by name as a law looks at them, and parameters."""
    parameters = item.figures["parameters"]
    assert parameters is not None
    return law_inputs(law, item.model, item.effective_tokens), parameters


def _odds(item: Item, first: Item, record: Record) -> Odds:
    scored = [Scored(*_law_inputs(record.law, x), x.circumstances) for x in (item, first)]
    return odds(scored[0], scored[1], record)


def _regrets(item: Item, today: str) -> tuple[Regret, ...]:
    """None if what was asked is not known or not to be asked again."""
    if not item.given:
        return ()
    try:
        resolved = _asked_again(item.given, item.model, today)
    except InputError:
        return ()
    return regrets(item.model, resolved)


def _asked_again(given: Mapping[str, str], model: Architecture, today: str) -> Resolved:
    """What options come to for models of the kind that a model is of. Raises InputError."""
    scenario = shared_scenario(given)
    kind = scenario.kind
    if scenario.moe:
        kind = "dense" if model.style.experts is None else "experts"
    return resolve(scenario, kind, today=today)


def _difference(
    first: Item,
    item: Item,
    law: Law,
    today: str,
    chance: Odds,
) -> Difference:
    before, after = (
        {**law.parts(*_law_inputs(law, x)), CIRCUMSTANCES: law.gain(x.circumstances)}
        for x in (first, item)
    )
    slope = _slope(law, sum(before.values()), sum(after.values()))
    inputs = tuple(_inputs(first, item, law, today)) if first.given and item.given else ()
    held, holds = first.binding, item.binding
    both = held is not None and holds is not None
    return Difference(
        score=item.score - first.score,
        parts={name: (after[name] - before[name]) * slope for name in after},
        inputs=inputs,
        bound=tuple(sorted((holds or frozenset()) - (held or frozenset()))) if both else (),
        freed=tuple(sorted((held or frozenset()) - (holds or frozenset()))) if both else (),
        odds=chance,
    )


def _slope(law: Law, before: float, after: float) -> float:
    """Score for a point of the index between two plans; 1 where the response is straight."""
    low, high = law.constant + min(before, after), law.constant + max(before, after)
    if high <= law.response.straight_below or high - low < ALIKE:
        return 1.0
    return (float(law.response(high)) - float(law.response(low))) / (high - low)


def _inputs(first: Item, item: Item, law: Law, today: str) -> Iterator[Change]:
    """The inputs that changed, each with what it does alone."""
    changed = [
        name
        for name in dict.fromkeys([*first.given, *item.given])
        if first.given.get(name) != item.given.get(name)
    ][:MOST_CHANGES]
    for names in changed_together(changed, first.given, item.given):
        was, now = (_said(given, names) for given in (first.given, item.given))
        tried = {name: text for name, text in first.given.items() if name not in names}
        tried |= {name: item.given[name] for name in names if name in item.given}
        yield Change(names, was, now, _gain(first, tried, law, today))


def _said(given: Mapping[str, str], names: Sequence[str]) -> str:
    said = [f"{name} {given[name]}".strip() for name in names if name in given]
    return printable(" ".join(said), 200) or "not given"


def _gain(first: Item, tried: Mapping[str, str], law: Law, today: str) -> float | None:
    """What a changed scenario's best plan scores over the first item, both by the same law.

    None if it has none, or can't be asked alone.
    """
    try:
        resolved = _asked_again(tried, first.model, today)
        result = search_family(resolved.regions, resolved.law, 1)
    except InputError:  # the change makes no sense without another one
        return None
    if result.status is not SearchStatus.OPTIMAL:
        return None
    plan, region = result.plans[0], result.plan_regions[0]
    by = law.scaled(resolved.scenario.gamma).at(resolved.circumstances)
    values = law_inputs(by, region.architecture(plan.sizes), plan.effective_tokens)
    return float(by.score(values, float(plan.parameters))) - first.score
