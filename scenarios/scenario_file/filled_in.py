"""From the tables of a scenario file to its questions.

Defaults, named clusters and budgets are filled in, sweeps are multiplied out, and overrides are
applied.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from constraints.errors import InputError, printable
from scenarios.questions.resolve import check
from scenarios.questions.scenario import Scenario
from scenarios.questions.trade_off import TradeOff
from scenarios.scenario_file.fields import fields
from scenarios.scenario_file.lines import Place
from scenarios.scenario_file.question import FileQuestion
from scenarios.scenario_file.sweep import combinations, how_many
from scenarios.vocabulary.vocabulary import spelled_as_key

__all__ = ["OWN", "Problem", "resolve"]

OWN = frozenset({"name", "action", "cluster", "budget", "sweep"})
"""Fields of a scenario in a file that are not options."""


@dataclass(frozen=True)
class Problem:
    """A problem in a file.

    Attributes:
        place: where it is.
        said: what is wrong, in words.
    """

    place: Place
    said: str


def resolve(content: Mapping[str, Any], most: int) -> tuple[list[FileQuestion], list[Problem]]:
    """Make the questions of a file whose tables have the right form.

    Args:
        content: the tables of the file, by name.
        most: most questions that the file may amount to; if there are more, none are made.

    Returns:
        The questions, and all problems with them.
    """
    problems: list[Problem] = []
    total, parts = 0, []
    for i, scenario in enumerate(content["scenario"]):
        place: Place = ("scenario", i)
        try:
            part = _Part.of(content, scenario)
        except InputError as error:
            problems.append(Problem((*place, error.field), _said(error)))
            continue
        total += part.size
        parts.append((part, place))
    if total > most:
        rule = f"comes to {total:,} scenarios: more than {most:,} need --max-scenarios"
        return [], [Problem((), rule)]
    asked: list[FileQuestion] = []
    names: dict[str, Place] = {}
    for part, place in parts:
        for one in part.questions():
            if one.name in names:
                problems.append(Problem((*place, "name"), f"must be unique, got {one.name!r}"))
            names[one.name] = place
            asked.append(one)
            problem = _problem(one)
            if problem is not None:
                key, said = problem
                problems.append(Problem((*place, *key), f"{said} (in {one.name!r})"))
    for name in sorted(set(content.get("overrides", {})) - set(names) - {x.name for x, _ in parts}):
        rule = f"must name a scenario{_hint(name, names)}"
        problems.append(Problem(("overrides", name), rule))
    return asked, problems


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _problem(asked: FileQuestion) -> tuple[Place, str] | None:
    """The first problem of a question, found without a search: its place and what is wrong."""
    try:
        question = asked.question()
        if isinstance(question, Scenario):
            check(question)
            if question.moe:
                check(question, "experts")
        elif isinstance(question, TradeOff):
            check(question.scenario)
        else:
            check(question.limits, may_be_unlimited=True)
    except InputError as error:
        key = spelled_as_key(error.field)
        return ((key,) if key in fields() else ()), _said(error)
    return None


def _said(error: InputError) -> str:
    return printable(error.message(spelled_as_key), 400)


@dataclass(frozen=True)
class _Part:
    """One scenario of a file, with its sweep.

    Attributes:
        name: its name.
        action: `plan`, `target` or `pareto`.
        values: texts or flags by key, with defaults, cluster and budget filled in.
        axes: values to try in turn, by key.
        mode: `cartesian` or `zip`.
        overrides: values for single questions, by their name.
        size: number of questions [question].
    """

    name: str
    action: str
    values: Mapping[str, str | bool]
    axes: Mapping[str, list[str | bool]]
    mode: str
    overrides: Mapping[str, Mapping[str, Any]]
    size: int

    @classmethod
    def of(cls, content: Mapping[str, Any], scenario: Mapping[str, Any]) -> _Part:
        """Fill in the defaults, the cluster and the budget of a scenario, or raise InputError."""
        own = {**content.get("defaults", {}), **scenario}
        values: dict[str, str | bool] = {}
        for kind, shared in (("cluster", "clusters"), ("budget", "budgets")):
            table = own.get(kind)
            if isinstance(table, str):
                known = content.get(shared, {})
                if table not in known:
                    rule = f"must be a name in [{shared}]{_hint(table, known)}"
                    raise InputError(kind, rule, table)
                table = known[table]
            values |= table or {}
        defaults = {k: v for k, v in content.get("defaults", {}).items() if k not in OWN}
        values = {**defaults, **values, **{k: v for k, v in scenario.items() if k not in OWN}}
        sweep = {**content.get("sweep", {}), **own.get("sweep", {})}
        mode = sweep.pop("mode", "cartesian")
        size = how_many(sweep, mode)
        overrides = content.get("overrides", {})
        return cls(
            str(scenario["name"]), own.get("action", "plan"), values, sweep, mode, overrides, size
        )

    def questions(self) -> Iterator[FileQuestion]:
        """The questions, one for each combination of the sweep, each with a name of its own."""
        for chosen in combinations(self.axes, self.mode):
            told = " ".join(f"{key}={value}" for key, value in chosen.items())
            name = f"{self.name} {told}".strip()
            changed = dict(self.overrides.get(name) or self.overrides.get(self.name) or {})
            action = changed.pop("action", self.action)
            values = {**self.values, **chosen, **{k: v for k, v in changed.items() if k not in OWN}}
            yield FileQuestion(name, action, values)
