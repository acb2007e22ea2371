"""How values are read from text and written back: counts, ranges, shares, contexts, layouts.

Each reader says what it takes (`metavar`), reads a text exactly and writes a value as a text that
it reads as the same value. A text that breaks a rule raises InputError without a field; whoever
asked knows which one it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range, parse_count, parse_days, parse_range
from constraints.errors import InputError
from scenarios.vocabulary.written import written_days, written_number, written_range

__all__ = [
    "CONTEXT",
    "COUNT",
    "DAYS",
    "FLAG",
    "INTERVAL",
    "LAYOUT",
    "MANY",
    "MARGIN",
    "MONTH",
    "NAME",
    "NOT_NEGATIVE",
    "OPEN_INTERVAL",
    "PATH",
    "SCORE",
    "SHARE",
    "SPAN",
    "SPAN_OF_DAYS",
    "TOP",
    "WHOLE",
    "WHOLE_RANGE",
    "WHOLE_RANGE_OR_NONE",
    "Choice",
    "Flag",
    "Path",
    "Reader",
    "Text",
]


class Reader(Protocol):
    """From text to a value and back."""

    @property
    def metavar(self) -> str:
        """What a help calls the text."""

    def read(self, text: str) -> Any:
        """The value behind a text. Raises InputError, without a field, with the rule it breaks."""

    def write(self, value: Any) -> str:
        """A text that is read as this value."""


@dataclass(frozen=True)
class Quantities:
    """Numbers and ranges of them, read exactly.

    Attributes:
        metavar: what a help calls the text.
        parse: reads a text; the second argument is a field's name for errors.
        write: writes a value.
        whole: whether only whole numbers will do.
        high: the greatest value; None if there is none.
        zero: whether 0 will do.
    """

    metavar: str
    parse: Callable[[str, str], Any]
    write: Callable[[Any], str]
    whole: bool = False
    high: float | None = None
    zero: bool = False

    def read(self, text: str) -> Any:
        """The number or range."""
        read = self.parse(text, "")
        ends = [read.low, read.high, *(read.values or ())] if isinstance(read, Range) else [read]
        for end in ends:
            if end is not None:
                self._check(end, text)
        return read

    def _check(self, end: Exact, text: str) -> None:
        if end < 0 or (end == 0 and not self.zero):
            raise InputError("", f"must be {'≥' if self.zero else '>'} 0", text)
        if self.high is not None and end > self.high:
            raise InputError("", f"must be ≤ {self.high:g}", text)
        if self.whole and end != int(end):
            raise InputError("", "must be a whole number", text)


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


def _written_span_of_days(span: Range) -> str:
    ends = dict.fromkeys(end for end in (span.low, span.high) if end is not None)
    return ":".join(map(written_days, ends))


COUNT = Quantities("count", parse_count, written_number)
NOT_NEGATIVE = Quantities("count", parse_count, written_number, zero=True)
WHOLE = Quantities("count", parse_count, written_number, whole=True)
TOP = Quantities("count", parse_count, written_number, whole=True, high=1000)
MANY = Quantities("count", parse_count, written_number, whole=True, high=10_000)
DAYS = Quantities("days", parse_days, written_days)
INTERVAL = Quantities("low:high", _interval, written_range)
SPAN = Quantities("amount or low:high", _closed, written_range)
SPAN_OF_DAYS = Quantities("days or low:high", _days_interval, _written_span_of_days)
OPEN_INTERVAL = Quantities("low:high", _open_interval, written_range)
WHOLE_RANGE = Quantities("range", parse_range, written_range, whole=True)
WHOLE_RANGE_OR_NONE = Quantities("range", parse_range, written_range, whole=True, zero=True)


class Score:
    """A score, below zero for laws of loss."""

    metavar = "number"

    def read(self, text: str) -> Exact:
        """The score as an exact number."""
        bare = text.strip()
        try:
            size = parse_count(bare.removeprefix("-"), "")
        except InputError as error:
            raise InputError("", error.rule, text) from None
        return -size if bare.startswith("-") else size

    def write(self, value: Exact) -> str:
        """The number."""
        return written_number(value)


class Month:
    """A month, as 2027-03."""

    metavar = "yyyy-mm"

    def read(self, text: str) -> str:
        """The month as text; a year is its middle."""
        if not re.fullmatch(r"20\d\d(-(0[1-9]|1[0-2]))?", text.strip()):
            raise InputError("", "must be a month such as 2027-03", text)
        return text.strip()

    def write(self, value: str) -> str:
        """The month."""
        return value


class Context:
    """A number of tokens in which k means 1,024, as in the names of models' contexts."""

    metavar = "tokens"

    def read(self, text: str) -> int:
        """The number of tokens, a whole number ≥ 1."""
        bare = text.strip()
        binary = 1024 if bare[-1:] in ("k", "K") else 1
        return int(WHOLE.read(bare[:-1] if binary > 1 else bare)) * binary

    def write(self, value: int) -> str:
        """`8k`, or all digits if it is no multiple of 1,024."""
        return f"{value // 1024}k" if value % 1024 == 0 else str(value)


@dataclass(frozen=True)
class Share:
    """A number in (0, 1], or a percentage such as `40%`.

    Attributes:
        zero: whether the share is to be in [0, 1) instead.
        metavar: what a help calls the text.
    """

    zero: bool = False
    metavar: str = "share"

    def read(self, text: str) -> float:
        """The share as a float [unitless]."""
        bare, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
        try:
            share = parse_count(bare, "") / Fraction(100 if percent else 1)
        except InputError:
            share = Fraction(-1)
        if not (0 <= share < 1 if self.zero else 0 < share <= 1):
            rule = "≥ 0 and < 1" if self.zero else "> 0 and ≤ 1"
            raise InputError("", f"must be a number {rule}, or a percentage", text)
        return float(share)

    def write(self, value: float) -> str:
        """The share as a decimal."""
        return repr(float(value))


DEGREES = ("tp", "pp", "cp", "mb", "ep")
"""Tensor, pipeline and context parallelism, micro-batch, expert parallelism."""


class LayoutDegrees:
    """`auto`, or some of tp, pp, cp, mb and ep fixed: `tp=8,pp=4`."""

    metavar = "auto|tp=8,pp=4"

    def read(self, text: str) -> dict[str, int]:
        """The fixed degrees by name; empty for auto."""
        if text.strip() == "auto":
            return {}
        fixed: dict[str, int] = {}
        for part in text.lower().split(","):
            name, _, degree = part.strip().partition("=")
            if name not in DEGREES or name in fixed or not _is_degree(degree):
                rule = "must be auto, or some of tp, pp, cp, mb and ep such as tp=8,pp=4"
                raise InputError("", rule, text)
            fixed[name] = int(degree)
        return fixed

    def write(self, value: Mapping[str, int]) -> str:
        """The degrees, or auto."""
        return ",".join(f"{name}={degree}" for name, degree in value.items()) or "auto"


def _is_degree(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0


@dataclass(frozen=True)
class Text:
    """A name, taken as it is."""

    metavar: str = "text"

    def read(self, text: str) -> str:
        """The text."""
        return text

    def write(self, value: str) -> str:
        """The text."""
        return value


class Path(Text):
    """The path of a file to read."""


@dataclass(frozen=True)
class Choice:
    """One of a few names."""

    names: tuple[str, ...]

    @property
    def metavar(self) -> str:
        """All names."""
        return f"[{'|'.join(self.names)}]"

    def read(self, text: str) -> str:
        """The name."""
        if text not in self.names:
            listed = ", ".join(map(repr, self.names))
            raise InputError("", f"must be one of {listed}", text)
        return text

    def write(self, value: str) -> str:
        """The name."""
        return value


@dataclass(frozen=True)
class Flag:
    """Yes or no.

    Attributes:
        negative: the option that says no, without its dashes; empty if there is none.
        metavar: what a help calls the text.
    """

    negative: str = ""
    metavar: str = ""

    def read(self, text: str) -> bool:
        """Yes for `true`, no for `false`."""
        if text.strip().lower() not in ("true", "false"):
            raise InputError("", "must be true or false", text)
        return text.strip().lower() == "true"

    def write(self, value: bool) -> str:
        """`true` or `false`."""
        return str(value).lower()


SCORE = Score()
MONTH = Month()
CONTEXT = Context()
SHARE = Share()
MARGIN = Share(zero=True)
LAYOUT = LayoutDegrees()
NAME = Text("NAME")
PATH = Path("PATH")
FLAG = Flag()
