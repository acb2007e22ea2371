"""Reading a scenario file, and reporting all its problems at once, each with its line."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from constraints.errors import FileError, InputError, printable
from constraints.text_file import read_text_file
from scenarios.scenario_file.fields import fields
from scenarios.scenario_file.filled_in import OWN, resolve
from scenarios.scenario_file.lines import Place, lines_of, nearest_line
from scenarios.scenario_file.model import FileModel, scenario_model
from scenarios.scenario_file.question import FileQuestion
from scenarios.scenario_file.sweep import MOST

__all__ = ["read_scenarios"]

MOST_BYTES = 256 * 2**20
"""Largest file that is read [byte]."""
MOST_PROBLEMS = 50
"""Problems that are reported one by one; of the others only their number is [problem]."""


def read_scenarios(path: Path, most: int = MOST) -> tuple[FileQuestion, ...]:
    """The questions of a scenario file, in the order of the file.

    Args:
        path: path of a .toml, .csv or .jsonl file.
        most: most questions that the file may amount to [question].

    Raises:
        InputError: if the file has another ending or can't be opened.
        FileError: with all problems, if there are any.
    """
    reader = {".toml": _read_toml, ".csv": _read_csv, ".jsonl": _read_jsonl}.get(path.suffix)
    if reader is None:
        raise InputError(printable(path), "must end in .toml, .csv or .jsonl")
    found = reader(path)
    problems, questions = list(found.problems), list[FileQuestion]()
    if found.content:
        questions, wrong = resolve(found.content, most, found.left_out)
        problems += (f"{found.where(problem.place)}: {problem.said}" for problem in wrong)
        problems.sort(key=_line)
    if problems:
        left = len(problems) - MOST_PROBLEMS
        told = problems[:MOST_PROBLEMS] + ([f"and {left} more"] if left > 0 else [])
        raise FileError(told)
    return tuple(questions)


@dataclass(frozen=True)
class _Found:
    """A file, read.

    Attributes:
        content: its tables, by name; incomplete if there are problems.
        problems: the problems in words, with their lines.
        where: says in words where in the file a place is.
        left_out: fields that the tables lack because their values can't be read, by the place of
            their table.
    """

    content: Mapping[str, Any]
    problems: tuple[str, ...]
    where: Callable[[Place], str]
    left_out: Mapping[Place, frozenset[str]] = field(default_factory=dict)


def _line(problem: str) -> int:
    """The number of the line in which a problem is, 0 if it is in none."""
    told = re.match(r"[^:]*:(\d+): ", problem)
    return 0 if told is None else int(told[1])


def _read_toml(path: Path) -> _Found:
    text = read_text_file(path, MOST_BYTES)
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise FileError([f"{printable(path)}: must be TOML: {printable(error, 200)}"]) from None
    lines = lines_of(text)

    def where(place: Place) -> str:
        line = nearest_line(lines, place)
        at = printable(path) if line is None else f"{printable(path)}:{line}"
        return f"{at}: {_spelled(place)}".removesuffix(": ")

    try:
        model = FileModel.model_validate(raw)
    except ValidationError as error:
        return _without_faults(raw, error, where)
    return _Found(_as_given(model, raw), (), where)


def _without_faults(
    raw: dict[str, Any], error: ValidationError, where: Callable[[Place], str]
) -> _Found:
    """A file without the fields that can't be read, so that the others are looked at too."""
    told = tuple(_complaints(error, where))
    left_out: dict[Place, set[str]] = {}
    for place in {_rule(problem)[0] for problem in error.errors(include_url=False)}:
        *parents, name = place or ("",)
        table: Any = raw
        for part in parents:
            inside = isinstance(table, dict) and part in table
            inside = inside or (isinstance(table, list) and isinstance(part, int))
            table = table[part] if inside else None
        if not isinstance(table, dict) or name not in table:
            return _Found({}, told, where)
        del table[name]
        at = tuple(parents[:2]) if parents[:1] == ["scenario"] else tuple(parents[:1])
        left_out.setdefault(at, set()).add(str(name).replace("_", "-"))
    try:
        content = _as_given(FileModel.model_validate(raw), raw)
    except ValidationError:
        return _Found({}, told, where)
    return _Found(content, told, where, {at: frozenset(keys) for at, keys in left_out.items()})


def _read_csv(path: Path) -> _Found:
    import pandas as pd

    read_text_file(path, MOST_BYTES)
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as error:
        raise FileError([f"{printable(path)}: must be CSV: {printable(error, 200)}"]) from None
    rows = ({k: v for k, v in row.items() if v != ""} for row in table.to_dict("records"))
    return _read_rows(
        path, [({str(k): _flag(v) for k, v in row.items()}, i + 2) for i, row in enumerate(rows)]
    )


def _flag(text: str) -> str | bool:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def _read_jsonl(path: Path) -> _Found:
    rows, problems = [], []
    for number, line in enumerate(read_text_file(path, MOST_BYTES).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            problems.append(f"{printable(path)}:{number}: must be a JSON object")
            continue
        if not isinstance(row, dict):
            problems.append(f"{printable(path)}:{number}: must be a JSON object")
        else:
            rows.append((row, number))
    if problems:
        raise FileError(problems)
    return _read_rows(path, rows)


def _read_rows(path: Path, rows: list[tuple[dict[str, Any], int]]) -> _Found:
    """Read the scenarios of a table, which has one in each row.

    Args:
        path: path of the file.
        rows: the rows, each with its line number.
    """
    problems: list[str] = []
    scenarios = []
    model = scenario_model()

    def where(place: Place) -> str:
        index = place[1] if len(place) > 1 else 0
        line = rows[int(index)][1] if rows else 1
        return f"{printable(path)}:{line}: {_spelled(place)}"

    for i, (row, _) in enumerate(rows):
        row.setdefault("name", f"row {i + 1}")
        try:
            scenarios.append(_as_given(model.model_validate(row), row))
        except ValidationError as error:
            problems += _complaints(error, partial(_within, where, i))
    if not rows:
        problems.append(f"{printable(path)}: must hold at least one scenario")
    return _Found({"scenario": scenarios}, tuple(problems), where)


def _within(where: Callable[[Place], str], index: int, place: Place) -> str:
    """Say where a place inside one scenario is."""
    return where(("scenario", index, *place))


def _as_given(model: BaseModel, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a file gives, read and by key, in the order of the file."""
    read = model.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    ordered: dict[str, Any] = _in_order(read, raw)
    return ordered


def _in_order(read: Any, raw: Any) -> Any:
    if isinstance(read, dict):
        names = {key if key in read else key.replace("_", "-"): key for key in raw}
        return {name: _in_order(read[name], raw[key]) for name, key in names.items()}
    if isinstance(read, list):
        return [_in_order(a, b) for a, b in zip(read, raw, strict=True)]
    return read


def _spelled(place: Place) -> str:
    """A place as text, such as `scenario[3].cluster.gpus`."""
    spelled = ""
    for part in place:
        spelled += f"[{part}]" if isinstance(part, int) else f".{printable(part)}"
    return spelled.removeprefix(".")


def _complaints(error: ValidationError, where: Callable[[Place], str]) -> Iterator[str]:
    """The problems in words, one for each place.

    pydantic reports a value once for each type that it does not fit.
    """
    told = set()
    for problem in error.errors(include_url=False, include_context=False):
        place, rule = _rule(problem)
        if place not in told:
            told.add(place)
            yield f"{where(place)}: {rule}"


def _rule(problem: Any) -> tuple[Place, str]:
    parts = problem["loc"]
    place = tuple(
        part
        for before, part in zip(("", *parts), parts, strict=False)
        if not (part == "table" and before in ("cluster", "budget"))  # which of its two forms
    )
    kind, value = problem["type"], problem.get("input")
    if kind == "extra_forbidden":
        typed = str(place[-1]).replace("_", "-")
        known = [key for key in _keys() if key != typed]
        near = difflib.get_close_matches(typed, known, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return place, f"must be a known field{hint}"
    if place == ("scenario",) and kind != "missing":
        return place, "must be one or more tables in double brackets: [[scenario]]"
    if kind == "missing":
        return place, "must be given"
    if kind == "value_error":
        return place, problem["msg"].removeprefix("Value error, ")
    got = f", got {printable(repr(value))}"
    if kind.endswith("_type"):
        known = [part for part in place if not _is_type(part)]
        return tuple(known), f"must be {_wanted(tuple(known))}{got}"
    message = problem["msg"].replace("Input should be", "must be")
    near = difflib.get_close_matches(str(value), message.split("'")[1::2], n=1)
    return place, f"{message}{got}" + (f" (did you mean {near[0]}?)" if near else "")


def _is_type(part: str | int) -> bool:
    return str(part) in ("int", "float", "str", "bool") or str(part).startswith(
        ("list[", "function")
    )


def _wanted(place: Place) -> str:
    field = fields().get(str(place[-1])) if place else None
    if field is None:
        return "a table" if place and place[-1] != "name" else "text"
    return (
        "true or false" if field.quantity.is_flag else f"a value such as {field.quantity.example!r}"
    )


def _keys() -> list[str]:
    return [*fields(), *OWN, "defaults", "clusters", "budgets", "overrides", "scenario"]
