"""Plans side by side, and why one differs from another.

The difference in score is split exactly into parts, one for each variable of the law. If both plans
say which options led to them, each changed option is also tried alone, with a proven search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from constraints.errors import InputError, printable
from constraints.layouts.layout import Layout
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
from scenarios.questions.compared import changed_together, shared_scenario
from scenarios.questions.law_choice import EXPERTS_LAW
from scenarios.questions.resolve import Resolved, resolve

__all__ = ["Change", "Comparison", "Difference", "Item", "compare"]

CIRCUMSTANCES = "release and kind of FFN"
"""Name of the part of a difference that comes from the circumstances and not from the plan."""
WITH_DRAWS = "calibrated"
"""The law whose draws give the odds if the law asked for has none, for dense models."""
ALIKE = 1e-9
"""Two values of the index nearer than this count as the same [index]."""
MOST_CHANGES = 60
"""Most changed options that are tried; beyond the number of options that flopwise has."""


@dataclass(frozen=True)
class Item:
    """One plan to compare.

    Attributes:
        name: name of the file or model.
        model: its architecture.
        tokens: training tokens [token].
        effective_tokens: what the tokens are worth after repetition [token].
        score: predicted score [score].
        figures: parameters [parameter], training_flops [FLOP], gpu_hours [hour], days [day] and
            dollars [dollar] by name; None where not known.
        circumstances: release and kind of FFN for which the plan is scored.
        reported: published score [score]; None if there is none.
        binding: names of the limits that hold the plan back; None if it had no limits.
        given: options that led to the plan, with their texts; empty if not known.
        cluster: on what it is trained, in words; empty if not known.
        layout: how it is spread over a cluster; None if not known.
        mfu: at which its GPU-hours are counted [unitless]; None if not known.
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
    cluster: str = ""
    layout: Layout | None = None
    mfu: float | None = None

    @property
    def active(self) -> float:
        """Parameters that a token meets: all but those of idle experts [parameter]."""
        idle = parameter_count(self.model) - active_parameter_count(self.model)
        return (self.figures["parameters"] or 0.0) - idle


@dataclass(frozen=True)
class Change:
    """Options that changed together between two items.

    Attributes:
        options: the options.
        was: what the first item gave for them, as on a command line.
        now: what the other item gave for them.
        alone: what this change alone does to the first item's score [score]; None if it asks no
            valid question or leaves no plan.
    """

    options: tuple[str, ...]
    was: str
    now: str
    alone: float | None


@dataclass(frozen=True)
class Difference:
    """Why an item differs from the first.

    Attributes:
        score: score of the item less that of the first [score].
        parts: parts of the difference by variable of the law [score]; they sum to it.
        inputs: the changed options; empty if one of the items does not say its options.
        bound: limits that hold this item back and not the first.
        freed: limits that hold the first item back and not this one.
        odds: probability that the item beats the first.
    """

    score: float
    parts: Mapping[str, float]
    inputs: tuple[Change, ...]
    bound: tuple[str, ...]
    freed: tuple[str, ...]
    odds: Odds

    @property
    def interplay(self) -> float | None:
        """The difference in score less the effects of each change alone [score].

        None if there are fewer than two changes, or the effect of one is not known.
        """
        alone = [change.alone for change in self.inputs]
        if len(alone) < 2 or None in alone:
            return None
        return self.score - sum(gain for gain in alone if gain is not None)


@dataclass(frozen=True)
class Comparison:
    """Items compared with the first of them.

    Attributes:
        law: the law that scores all items.
        items: two or more items.
        differences: for each item but the first, why it differs from the first.
        regrets: for each item, what it gives away if an assumption is wrong; empty for items that
            do not say their options.
    """

    law: Law
    items: tuple[Item, ...]
    differences: tuple[Difference, ...]
    regrets: tuple[tuple[Regret, ...], ...]


def compare(items: Sequence[Item], record: Record, today: str) -> Comparison:
    """Compare each item with the first.

    Args:
        items: two or more items.
        record: the law that scores them.
        today: the current month, such as `2027-03`.

    Raises:
        InputError: if there are fewer than two items.
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
    """What a law reads of an item: its variables by name, and the parameters [parameter]."""
    parameters = item.figures["parameters"]
    assert parameters is not None
    return law_inputs(law, item.model, item.effective_tokens), parameters


def _odds(item: Item, first: Item, record: Record) -> Odds:
    scored = [Scored(*_law_inputs(record.law, x), x.circumstances) for x in (item, first)]
    return odds(scored[0], scored[1], record)


def _regrets(item: Item, today: str) -> tuple[Regret, ...]:
    """The regrets of an item; none if its options are not known or ask no valid question."""
    if not item.given:
        return ()
    try:
        resolved = _asked_again(item.given, item.model, today)
    except InputError:
        return ()
    return regrets(item.model, resolved)


def _asked_again(given: Mapping[str, str], model: Architecture, today: str) -> Resolved:
    """Resolve the scenario that options ask, for the kind of models that a model belongs to."""
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
    """Mean slope of the response between two values of the index [score/index].

    It is 1 where the response is straight.
    """
    low, high = law.constant + min(before, after), law.constant + max(before, after)
    if high <= law.response.straight_below or high - low < ALIKE:
        return 1.0
    return (float(law.response(high)) - float(law.response(low))) / (high - low)


def _inputs(first: Item, item: Item, law: Law, today: str) -> Iterator[Change]:
    """The groups of changed options, each with its effect alone."""
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
    """Score of the best plan of changed options less that of the first item, by the same law.

    None if the options ask no valid question or the search proves no plan.
    """
    try:
        resolved = _asked_again(tried, first.model, today)
        result = search_family(resolved.regions, resolved.law, 1)
    except InputError:  # the options make no sense without another change
        return None
    if result.status is not SearchStatus.OPTIMAL:
        return None
    plan, region = result.plans[0], result.plan_regions[0]
    by = law.scaled(resolved.scenario.gamma).at(resolved.circumstances)
    values = law_inputs(by, region.architecture(plan.sizes), plan.effective_tokens)
    return float(by.score(values, float(plan.parameters))) - first.score
