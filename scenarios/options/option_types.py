"""How the values of options are read: counts, ranges, shares, contexts, layouts. click alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range, parse_count, parse_days, parse_range
from constraints.errors import InputError, printable

__all__ = [
    "CONTEXT",
    "COUNT",
    "DAYS",
    "EXPORT",
    "INTERVAL",
    "LAW_FILE",
    "LAYOUT",
    "MANY",
    "MARGIN",
    "MONTH",
    "NOT_NEGATIVE",
    "OPEN_INTERVAL",
    "OUTPUT",
    "PICTURE",
    "SCORE",
    "SHARE",
    "SPAN",
    "SPAN_OF_DAYS",
    "TOP",
    "WHOLE",
    "WHOLE_RANGE",
]


class _Quantity(click.ParamType[Any]):
    """A quantity read by one of the parsers of `constraints.algebra.units`; exact."""

    def __init__(
        self,
        name: str,
        parse: Callable[[str, str], Any],
        *,
        whole: bool = False,
        high: float | None = None,
        zero: bool = False,
    ) -> None:
        self.name = name
        self._parse = parse
        self._whole = whole
        self._high = high
        self._zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The quantity, or a usage error that names the rule and the value."""
        if not isinstance(value, str):
            return value
        try:
            read = self._parse(value, "")
            self._check(read, value)
        except InputError as error:
            self.fail(error.message().strip(), param, ctx)
        return read

    def _check(self, read: Exact | Range, text: str) -> None:
        if isinstance(read, Range):
            ends: list[Exact | None] = [read.low, read.high, *(read.values or ())]
        else:
            ends = [read]
        for end in ends:
            if end is not None and (end < 0 or (end == 0 and not self._zero)):
                raise InputError("", f"must be {'≥' if self._zero else '>'} 0", text)
            if self._high is not None and end is not None and end > self._high:
                raise InputError("", f"must be ≤ {self._high:g}", text)
            if self._whole and end is not None and end != int(end):
                raise InputError("", "must be a whole number", text)


COUNT = _Quantity("count", parse_count)
NOT_NEGATIVE = _Quantity("count", parse_count, zero=True)
WHOLE = _Quantity("count", parse_count, whole=True)
TOP = _Quantity("count", parse_count, whole=True, high=1000)
MANY = _Quantity("count", parse_count, whole=True, high=10_000)
DAYS = _Quantity("days", parse_days)


def _interval(text: str, field: str) -> Range:
    """A range with neither step nor list."""
    span = parse_range(text, field)
    if span.step is not None or len(span.values or ()) > 1:
        raise InputError(field, "must be low:high, without a step or a list", text)
    return span


def _closed(text: str, field: str) -> Range:
    """An interval with both ends."""
    span = _interval(text, field)
    if span.low is None or span.high is None:
        raise InputError(field, "must have both ends: low:high", text)
    return span


def _open_interval(text: str, field: str) -> Range:
    """An interval that is not one value: no architecture has just that many parameters."""
    span = _interval(text, field)
    if span.low == span.high:
        raise InputError(field, "must be a range such as 7B:70B", text)
    return span


def _days_interval(text: str, field: str) -> Range:
    """Days, or a range of them."""
    low, separator, high = text.partition(":")
    if not separator:
        return Range.single(parse_days(text, field))
    return Range(parse_days(low, field), parse_days(high, field))


INTERVAL = _Quantity("low:high", _interval)
SPAN = _Quantity("amount or low:high", _closed)
SPAN_OF_DAYS = _Quantity("days or low:high", _days_interval)
OPEN_INTERVAL = _Quantity("low:high", _open_interval)
WHOLE_RANGE = _Quantity("range", parse_range, whole=True)
WHOLE_RANGE_OR_NONE = _Quantity("range", parse_range, whole=True, zero=True)


class _Output(click.ParamType[str]):
    """A file to write: in a folder that is there, with a suffix that says its format."""

    name = "file"

    def __init__(self, *suffixes: str) -> None:
        self._suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The path, checked before any work is done."""
        if "\0" in value:
            self.fail(f"must be a path, got {printable(value)!r}", param)
        folder = os.path.dirname(value) or "."
        if self._suffixes and os.path.splitext(value)[1].lower() not in self._suffixes:
            self.fail(f"must end in {' or '.join(self._suffixes)}, got {printable(value)!r}", param)
        if os.path.isdir(value) or not os.path.isdir(folder):
            self.fail(f"must be a file in a folder that is there, got {printable(value)!r}", param)
        if os.path.exists(value) and not os.path.isfile(value):
            self.fail(f"must be an ordinary file, got {printable(value)!r}", param)
        if not os.access(value if os.path.exists(value) else folder, os.W_OK):
            self.fail(f"can't be written, got {printable(value)!r}", param)
        return str(value)


OUTPUT = _Output()
PICTURE = _Output(".png", ".svg")
LAW_FILE = _Output(".json")
EXPORT = _Output(".csv", ".parquet", ".jsonl")


class _Score(click.ParamType[Any]):
    """A score, below zero for laws of loss."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The score as an exact number."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        try:
            size = parse_count(text.removeprefix("-"), "")
        except InputError as error:
            self.fail(f"{error.rule}, got {printable(value)!r}", param, ctx)
        return -size if text.startswith("-") else size


SCORE = _Score()


class _Month(click.ParamType[Any]):
    """A month, as 2027-03."""

    name = "yyyy-mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The month as text; a year is its middle."""
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"20\d\d(-(0[1-9]|1[0-2]))?", value.strip()):
            self.fail(f"must be a month such as 2027-03, got {printable(value)!r}", param, ctx)
        return value.strip()


MONTH = _Month()


class _Context(click.ParamType[Any]):
    """A number of tokens in which k means 1,024, as in the names of models' contexts."""

    name = "tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number of tokens, a whole number ≥ 1."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        binary = 1024 if text[-1:] in ("k", "K") else 1
        tokens = WHOLE.convert(text[:-1] if binary > 1 else text, param, ctx)
        return tokens * binary


CONTEXT = _Context()


class _Share(click.ParamType[Any]):
    """A number in (0, 1], or a percentage such as `40%`."""

    name = "share"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The share as a float [unitless]."""
        if not isinstance(value, str):
            return value
        text, percent = value.strip().removesuffix("%"), value.strip().endswith("%")
        try:
            share = parse_count(text, "") / (100 if percent else 1)
        except InputError:
            share = Fraction(-1)
        if self._zero and 0 <= share < 1:
            return float(share)
        if not 0 < share <= 1 or self._zero:
            rule = "≥ 0 and < 1" if self._zero else "> 0 and ≤ 1"
            self.fail(
                f"must be a number {rule}, or a percentage, got {printable(value)!r}",
                param,
                ctx,
            )
        return float(share)


SHARE = _Share()
MARGIN = _Share(zero=True)


class _LayoutType(click.ParamType[Any]):
    """`auto`, or some of tp, pp, cp, mb and ep fixed: `tp=8,pp=4`."""

    name = "auto|tp=8,pp=4"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The fixed degrees by name; empty for auto."""
        if not isinstance(value, str):
            return value
        if value.strip() == "auto":
            return {}
        fixed = {}
        for part in value.lower().split(","):
            name, _, degree = part.strip().partition("=")
            known = name in ("tp", "pp", "cp", "mb", "ep") and name not in fixed
            if not known or not _is_degree(degree):
                rule = "must be auto, or some of tp, pp, cp, mb and ep such as tp=8,pp=4"
                self.fail(f"{rule}, got {value!r}", param, ctx)
            fixed[name] = int(degree)
        return fixed


def _is_degree(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0


LAYOUT = _LayoutType()
