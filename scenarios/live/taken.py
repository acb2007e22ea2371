"""What can be taken away: the answer as files of other programs, and scenarios as a file."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from constraints.errors import InputError, printable
from constraints.text_file import reading_only
from scenarios.answers.what_if import what_if
from scenarios.exports.document import dump
from scenarios.front_door import answering
from scenarios.front_door.results import PlanResult
from scenarios.launch.launched import launched_plan
from scenarios.launch.targets import EXPORTS, exported
from scenarios.live.asked import BUDGETS, Asked
from scenarios.report.html.plan_page import plan_page
from scenarios.report.markdown import markdown_of
from scenarios.scenario_file.fields import fields
from scenarios.scenario_file.read import read_scenarios

__all__ = ["KINDS", "file_of", "loaded", "loaded_file", "scenario_file"]

KINDS = ("json", "csv", "html", "markdown", "proof", *EXPORTS)
"""What an answer can be taken away as: documents, and the exports of `flopwise export`."""
ENDINGS = (".toml", ".csv", ".jsonl")
"""Endings of scenario files."""
MOST_SCENARIOS = 100
"""Most scenarios that the page loads from a file [scenario]."""


def file_of(asked: Asked, kind: str) -> tuple[str, bytes]:
    """A file of the plans that answer a question.

    Args:
        asked: the question.
        kind: one of `KINDS`.

    Returns:
        Its name and its content. Of exports with several files it is the main one.

    Raises:
        InputError: if the question is not valid, has no plan, or the export can't express it.
    """
    found = answering.answer(asked.plan())
    assert isinstance(found, PlanResult)
    if kind == "json":
        return "plan.json", (dump(found.to_dict()) + "\n").encode()
    if not found.plans:
        raise InputError(kind, "needs a plan, and none satisfies all limits")
    if kind == "csv":
        return "plans.csv", found.to_frame().to_csv().encode()
    if kind == "markdown":
        return "plan.md", markdown_of(found.report()).encode()
    if kind == "proof":
        return "plan.proof", found.proof()
    if kind == "html":
        before = [*found.at_floor(), *found.compared()]
        page = plan_page(what_if(found.answer.with_swings()), before, found.report().repeat)
        return "plan.html", page.html().encode()
    name, text = next(iter(exported(launched_plan("the plan", found.to_dict()), kind).items()))
    return name, text.encode()


def scenario_file(scenarios: Sequence[tuple[str, Mapping[str, str | bool], str]]) -> str:
    """Scenarios as a TOML file for `flopwise batch` and `flopwise show`.

    Args:
        scenarios: names, each with the values of its fields by key, and the score to reach, which
            becomes a scenario of its own; empty for none. A name that is there already gets a
            number.
    """
    lines = ["# Scenarios of the live planner: flopwise batch run, flopwise show."]
    names: list[str] = []

    def add(given: str, values: Mapping[str, str | bool]) -> None:
        numbered = (f"{given} ({k})" if k > 1 else given for k in itertools.count(1))
        names.append(next(one for one in numbered if one not in names))
        lines.extend(("", "[[scenario]]", f"name = {_quoted(names[-1])}"))
        lines.extend(f"{key} = {_written(value)}" for key, value in values.items() if value != "")

    for name, values, score in scenarios:
        add(name, values)
        if score:
            known = fields()
            kept = {key: value for key, value in values.items() if "target" in known[key].actions}
            free = {key: value for key, value in kept.items() if key not in BUDGETS}
            add(f"{name}, a score of {score}", {"action": "target", "score": score, **free})
    return "\n".join(lines) + "\n"


def _written(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else _quoted(value)


def _quoted(text: str) -> str:
    """A text as TOML's basic string, which JSON's is as well but for the character DEL."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def loaded(name: str, text: str) -> list[dict[str, Any]]:
    """The scenarios in the text of a scenario file, as the page keeps them.

    Args:
        name: of the file, whose ending tells how it is read.
        text: its text.

    Returns:
        The name, the action and the values of each scenario.

    Raises:
        InputError: if it has another ending.
        FileError: with all problems, if there are any.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(printable(name), f"must end in {', '.join(ENDINGS)}")
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise InputError(printable(name), "must be UTF-8") from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"scenarios{ending}"
        path.write_bytes(content)
        with reading_only([path]):
            return loaded_file(path)


def loaded_file(path: Path) -> list[dict[str, Any]]:
    """The scenarios of a file, as `loaded` gives them.

    Args:
        path: path of the file.

    Raises:
        InputError: if it has another ending or can't be read.
        FileError: with all problems, if there are any.
    """
    known = fields()
    return [
        {
            "name": one.name,
            "action": one.action,
            "values": {key: one.values[key] for key in known if key in one.values},
        }
        for one in read_scenarios(path, MOST_SCENARIOS)
    ]
