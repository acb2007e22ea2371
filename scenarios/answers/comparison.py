"""Plans side by side, and why one differs from another.

The score's difference is the sum of what the law gives each variable, exactly. Where both plans
tell what was asked, each input that changed is also tried alone, by a proven re-solve.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from scenarios.answers.regret import Regret, of_kind, regrets
from scenarios.exports.command_line import OF_EXPERTS
from scenarios.questions.law_choice import EXPERTS_LAW, circumstances_of
from scenarios.questions.scenario import Scenario

__all__ = ["Change", "Comparison", "Difference", "Item", "compare"]

BUDGET = ("--gpus", "--days", "--gpu-hours", "--flops", "--cost", "--price")
"""Inputs that mean something together only: changed at once where the way of giving differs."""
CIRCUMSTANCES = "release and kind of FFN"
"""What a law gives for circumstances, beside the parts of the plan."""
WITH_DRAWS = "calibrated"
"""The law whose draws tell odds where the law asked for has none."""
ALIKE = 1e-9
MOST_CHANGES = 60
"""More than there are options: a plan that says more was not written by flopwise."""
TOGETHER = (
    ("--serve-on", "--serve-"),
    ("--lifetime-tokens", "--lifetime-"),
    ("--layout", "--memory-margin"),
    ("--prefer", "--within"),
    ("--unique-tokens", "--epochs"),
)
"""An input, and the beginning of those that need it: changed with it."""


@dataclass(frozen=True)
class Item:
    """One plan to compare.

    name: of the file or model. model: its architecture. tokens, counted [token]: raw,
    and what they are worth after repetition. score [score]: as predicted; reported: as published,
    None if it is not. figures: parameters, training_flops, gpu_hours, days, dollars, None where
    unknown. binding: limits that hold it back, None if it has no limits. given: the options that
    led to it, empty if unknown. circumstances: date and kind of FFN that it is scored for.
    """

    name: str
    model: Architecture
    tokens: int
    counted: float
    score: float
    figures: Mapping[str, float | None]
    reported: float | None = None
    binding: frozenset[str] | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    circumstances: Circumstances = field(default_factory=lambda: circumstances_of(None))

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


def compare(
    items: Sequence[Item], record: Record, scenario_of: Callable[[Mapping[str, str]], Scenario]
) -> Comparison:
    """Items against the first. scenario_of: reads the options that led to an item."""
    law = record.law
    if len(items) < 2:
        raise InputError("ITEMS", "must be two or more", len(items))
    first = items[0]
    of_experts = any(item.model.style.experts for item in items)
    usual = EXPERTS_LAW if of_experts else WITH_DRAWS
    drawn = record if record.draws else find_record(usual)
    differences = tuple(
        _difference(first, item, law, scenario_of, _odds(item, first, drawn)) for item in items[1:]
    )
    regretted = tuple(_regrets(item, scenario_of) for item in items)
    return Comparison(law, tuple(items), differences, regretted)


def _law_inputs(law: Law, item: Item) -> tuple[dict[str, float], float]:
    """Sizes and tokens by name as a law looks at them, and parameters."""
    parameters = item.figures["parameters"]
    assert parameters is not None
    return law_inputs(law, item.model, item.counted), parameters


def _odds(item: Item, first: Item, record: Record) -> Odds:
    scored = [Scored(*_law_inputs(record.law, x), x.circumstances) for x in (item, first)]
    return odds(scored[0], scored[1], record)


def _regrets(
    item: Item, scenario_of: Callable[[Mapping[str, str]], Scenario]
) -> tuple[Regret, ...]:
    """None if what was asked is not known or not to be asked again."""
    if not item.given:
        return ()
    try:
        scenario = scenario_of(item.given)
        scenario.budget()
    except InputError:
        return ()
    return regrets(item.model, of_kind(scenario, item.model))


def _difference(
    first: Item,
    item: Item,
    law: Law,
    scenario_of: Callable[[Mapping[str, str]], Scenario],
    chance: Odds,
) -> Difference:
    before, after = (
        {**law.parts(*_law_inputs(law, x)), CIRCUMSTANCES: law.gain(x.circumstances)}
        for x in (first, item)
    )
    slope = _slope(law, sum(before.values()), sum(after.values()))
    inputs = tuple(_inputs(first, item, scenario_of, law)) if first.given and item.given else ()
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


def _inputs(
    first: Item,
    item: Item,
    scenario_of: Callable[[Mapping[str, str]], Scenario],
    law: Law,
) -> Iterator[Change]:
    """The inputs that changed, each with what it does alone."""
    changed = [
        name
        for name in dict.fromkeys([*first.given, *item.given])
        if first.given.get(name) != item.given.get(name)
    ][:MOST_CHANGES]
    for names in _groups(changed, first.given, item.given):
        was, now = (_said(given, names) for given in (first.given, item.given))
        tried = {name: text for name, text in first.given.items() if name not in names}
        tried |= {name: item.given[name] for name in names if name in item.given}
        yield Change(names, was, now, _gain(first, tried, scenario_of, law))


def _groups(
    changed: Sequence[str], before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Changed options one by one; those of the budget together if it is given another way."""
    budget = tuple(name for name in changed if name in BUDGET)
    groups = [] if all(name in before and name in after for name in budget) else [budget]
    if "--moe" in changed:  # which kind is planned is one change
        groups.append(tuple(name for name in changed if name == "--moe" or name in OF_EXPERTS))
    for first, others in TOGETHER:
        if first in changed and (first in before) != (first in after):
            members = (name for name in changed if name == first or name.startswith(others))
            groups.append(tuple(members))
    grouped = {name for group in groups for name in group}
    return [*groups, *((name,) for name in changed if name not in grouped)]


def _said(given: Mapping[str, str], names: Sequence[str]) -> str:
    said = [f"{name} {given[name]}".strip() for name in names if name in given]
    return printable(" ".join(said), 200) or "not given"


def _gain(
    first: Item,
    tried: Mapping[str, str],
    scenario_of: Callable[[Mapping[str, str]], Scenario],
    law: Law,
) -> float | None:
    """What a changed scenario's best plan scores over the first item, both by the same law.

    None if it has none, or can't be asked alone.
    """
    try:
        scenario = of_kind(scenario_of(tried), first.model)
        regions = scenario.regions(scenario.budget())
        result = search_family(regions, scenario.score_law(regions[0]), 1)
    except InputError:  # the change makes no sense without another one
        return None
    if result.status is not SearchStatus.OPTIMAL:
        return None
    plan, model = result.plans[0], result.plan_regions[0].architecture(result.plans[0].sizes)
    by = law.scaled(scenario.gamma).at(scenario.circumstances())
    values = law_inputs(by, model, plan.effective_tokens)
    return float(by.score(values, float(plan.parameters))) - first.score
