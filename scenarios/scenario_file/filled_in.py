"""From the tables of a scenario file to its questions.

Defaults, named clusters and budgets are filled in, sweeps are multiplied out, and overrides are
applied.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
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


def resolve(
    content: Mapping[str, Any], most: int, left_out: Mapping[Place, frozenset[str]] | None = None
) -> tuple[list[FileQuestion], list[Problem]]:
    """Make the questions of a file whose tables have the right form.

    Args:
        content: the tables of the file, by name.
        most: most questions that the file may amount to; if there are more, none are made.
        left_out: fields that were left out of a table since their values can't be read, by its
            place; problems that may come of that are not told.

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
            gone = frozenset[str]().union(
                *(
                    keys
                    for at, keys in (left_out or {}).items()
                    if at == place or at[:1] != place[:1]
                )
            )
            problems += (
                Problem((*place, *key), f"{said} (in {one.name!r})")
                for key, said in _problems(one, gone)
            )
    for name in sorted(set(content.get("overrides", {})) - set(names) - {x.name for x, _ in parts}):
        rule = f"must name a scenario{_hint(name, names)}"
        problems.append(Problem(("overrides", name), rule))
    return asked, problems


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _problems(asked: FileQuestion, left_out: frozenset[str]) -> list[tuple[Place, str]]:
    """The problems of a question, found without a search: their places and what is wrong.

    After each the field that it names gets a value that can be read, so that the next is found.
    What may only come of such a value, or of a field that is not known, is not told.
    """
    found: list[tuple[Place, str]] = []
    gone = {key for key in left_out if key in fields()}
    unknown = left_out - gone
    asked = _with_examples(asked, gone) if gone else asked
    while True:
        error = _first_error(asked)
        if error is None:
            return found
        key = spelled_as_key(error.field)
        about = {spelled_as_key(name) for name in NAMED.findall(f"{error.rule} {error.hint}")}
        missing = unknown and about - set(asked.values)
        if (gone or left_out) and (key not in asked.values or key in left_out or about & gone):
            return found
        if missing:
            return found
        found.append((((key,) if key in fields() else ()), _said(error)))
        if key not in asked.values:
            return found
        if key in gone:
            return found
        gone.add(key)
        asked = _mended(asked, key)


def _mended(asked: FileQuestion, key: str) -> FileQuestion:
    """The question with a value that can be read, or without a field that its action lacks."""
    if asked.action in fields()[key].actions:
        return _with_examples(asked, {key})
    values = {name: value for name, value in asked.values.items() if name != key}
    return FileQuestion(asked.name, asked.action, values)


def _with_examples(asked: FileQuestion, keys: Collection[str]) -> FileQuestion:
    """The question with values of some fields that can be read."""
    examples = {key: fields()[key].quantity.example for key in keys}
    values = {key: x if isinstance(x, bool) else str(x) for key, x in examples.items()}
    return FileQuestion(asked.name, asked.action, {**asked.values, **values})


NAMED = re.compile(r"\{(\w+)\}")
"""Names of quantities in the rule of an error."""


def _first_error(asked: FileQuestion) -> InputError | None:
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
        return error
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
