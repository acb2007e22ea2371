"""Readers, which turn text into values and back: counts, ranges, shares, contexts, layouts.

A reader reads text without rounding, and writes a value as text that it reads as the same value. If
a text breaks a rule, the reader raises an InputError without a field's name. The caller knows the
field and adds it.
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
    "AUTO",
    "CONTEXT",
    "COUNT",
    "DAYS",
    "DOLLARS",
    "INTERVAL",
    "LAYOUT",
    "MANY",
    "MARGIN",
    "MONTH",
    "NAMED_DAYS",
    "NOT_NEGATIVE",
    "OPEN_INTERVAL",
    "SCORE",
    "SHARE",
    "SPAN",
    "SPAN_OF_DAYS",
    "TOP",
    "WHOLE",
    "WHOLE_RANGE",
    "WHOLE_RANGE_OR_NONE",
    "AutoOr",
    "Context",
    "LayoutDegrees",
    "Month",
    "NamedDays",
    "Quantities",
    "Reader",
    "Score",
    "Share",
]


class Reader(Protocol):
    """Turns text into a value and back."""

    @property
    def metavar(self) -> str:
        """Placeholder for the text in the help of an option."""

    def read(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            InputError: if the text breaks a rule; the error names no field.
        """

    def write(self, value: Any) -> str:
        """A text that `read` turns into this value."""


@dataclass(frozen=True)
class Quantities:
    """Reads numbers and ranges of numbers exactly.

    Attributes:
        metavar: placeholder for the text in the help of an option.
        parse: reads a text; its second argument is the name of a field, for errors.
        write: writes a value.
        whole: whether only whole numbers are valid.
        high: greatest valid number; None for no limit.
        zero: whether 0 is valid.
    """

    metavar: str
    parse: Callable[[str, str], Any]
    write: Callable[[Any], str]
    whole: bool = False
    high: float | None = None
    zero: bool = False

    def read(self, text: str) -> Any:
        """The number or range that a text stands for.

        Raises:
            InputError: if the text is no number or range, or a number is out of bounds.
        """
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
    """Read a range that has neither a step nor several values."""
    span = parse_range(text, field)
    if span.step is not None or len(span.values or ()) > 1:
        raise InputError(field, "must be low:high, without a step or a list", text)
    return span


def _closed(text: str, field: str) -> Range:
    """Read an interval that has both ends."""
    span = _interval(text, field)
    if span.low is None or span.high is None:
        raise InputError(field, "must have both ends: low:high", text)
    return span


ABOUT = Fraction(1, 100)
"""How far a number of parameters may be off where a single one is asked for [unitless]."""


def _open_interval(text: str, field: str) -> Range:
    """Read an interval; a single number stands for all within one per cent of it.

    Hardly any architecture has exactly a round number of parameters.
    """
    span = _interval(text, field)
    if span.low is None or span.low != span.high:
        return span
    return Range(span.low * (1 - ABOUT), span.low * (1 + ABOUT))


def _days_interval(text: str, field: str) -> Range:
    """Read a number of days or a range of days."""
    low, separator, high = text.partition(":")
    if not separator:
        return Range.single(parse_days(text, field))
    return Range(parse_days(low, field), parse_days(high, field))


def _written_span_of_days(span: Range) -> str:
    ends = dict.fromkeys(end for end in (span.low, span.high) if end is not None)
    return ":".join(map(written_days, ends))


def _dollars(text: str, field: str) -> Exact:
    """Read a number that may stand behind a dollar sign."""
    return parse_count(text.strip().removeprefix("$"), field)


COUNT = Quantities("count", parse_count, written_number)
DOLLARS = Quantities("count", _dollars, written_number)
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
    """Reads a score, which may be negative: laws of loss score −100 × loss."""

    metavar = "number"

    def read(self, text: str) -> Exact:
        """The score that a text stands for, exact [score].

        Raises:
            InputError: if the text is no number.
        """
        bare = text.strip()
        try:
            size = parse_count(bare.removeprefix("-"), "")
        except InputError as error:
            raise InputError("", error.rule, text) from None
        return -size if bare.startswith("-") else size

    def write(self, value: Exact) -> str:
        """The score as the shortest exact text."""
        return written_number(value)


class Month:
    """Reads a month, such as `2027-03`, and leaves it as text."""

    metavar = "yyyy-mm"

    def read(self, text: str) -> str:
        """The month as text; a year alone is valid and stands for its middle.

        Raises:
            InputError: if the text is no month from 2000 to 2099.
        """
        if not re.fullmatch(r"20\d\d(-(0[1-9]|1[0-2]))?", text.strip()):
            raise InputError("", "must be a month such as 2027-03", text)
        return text.strip()

    def write(self, value: str) -> str:
        """The month as it is."""
        return value


class Context:
    """Reads a context in tokens, where `k` means 1,024, as in the names of models."""

    metavar = "tokens"

    def read(self, text: str) -> int:
        """The context that a text stands for [token].

        Raises:
            InputError: if the text is no whole number of at least 1.
        """
        bare = text.strip()
        if bare[-1:] not in ("k", "K"):
            return int(WHOLE.read(bare))
        if not bare[:-1].isdigit():
            raise InputError("", "must be a whole number of tokens, such as 8k or 8192", text)
        return int(WHOLE.read(bare[:-1])) * 1024

    def write(self, value: int) -> str:
        """The context as `8k`, or in digits if it is not a multiple of 1,024."""
        return f"{value // 1024}k" if value % 1024 == 0 else str(value)


@dataclass(frozen=True)
class Share:
    """Reads a share in (0, 1], given as a number or as a percentage such as `40%`.

    Attributes:
        zero: whether valid shares are those in [0, 1) instead.
        metavar: placeholder for the text in the help of an option.
    """

    zero: bool = False
    metavar: str = "share"

    def read(self, text: str) -> float:
        """The share that a text stands for [unitless].

        Raises:
            InputError: if the text is no number or percentage, or out of bounds.
        """
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
        """The share as a decimal number."""
        return repr(float(value))


@dataclass(frozen=True)
class AutoOr:
    """Reads `auto`, which stays text, or what another reader reads.

    Attributes:
        reader: reads everything else.
    """

    reader: Reader

    @property
    def metavar(self) -> str:
        """The placeholder of the other reader."""
        return self.reader.metavar

    def read(self, text: str) -> Any:
        """`auto`, or the value that the other reader reads.

        Raises:
            InputError: if the text is neither.
        """
        return AUTO if text.strip().lower() == AUTO else self.reader.read(text)

    def write(self, value: Any) -> str:
        """A text that is read as this value."""
        return AUTO if value == AUTO else self.reader.write(value)


AUTO = "auto"
"""Text for what flopwise finds by itself."""
DEGREES = ("tp", "pp", "cp", "mb", "ep", "vp")
"""Names of tensor, pipeline and context parallelism, of the micro-batch and expert parallelism."""

LAYOUT_WORDS = {"fsdp": {"": 1}, "uneven": {"": 1}, "recompute": {"full": 1, "none": 0}}
"""What words mean in a layout: `fsdp` stands for ZeRO-3, `uneven` lets the last stage hold fewer
layers."""


class LayoutDegrees:
    """Reads the fixed degrees of a layout, such as `tp=8,pp=4,fsdp`, or `auto` for none.

    `fsdp` and `uneven` are read as 1, `recompute` as 1 if it is full and 0 if it is none.
    """

    metavar = "auto|tp=8,pp=4"

    def read(self, text: str) -> dict[str, int]:
        """The fixed degrees by name; empty for `auto`.

        Raises:
            InputError: if a name is not known or given twice, or a degree is no whole number ≥ 1.
        """
        if text.strip() == "auto":
            return {}
        fixed: dict[str, int] = {}
        for part in text.lower().split(","):
            name, _, degree = part.strip().partition("=")
            words = LAYOUT_WORDS.get(name)
            known = name in DEGREES and _is_degree(degree) if words is None else degree in words
            if not known or name in fixed:
                rule = (
                    "must be auto, or some of tp, pp, cp, mb, ep, vp, fsdp, uneven and "
                    "recompute=full or none, such as tp=8,pp=4"
                )
                raise InputError("", rule, text)
            fixed[name] = int(degree) if words is None else words[degree]
        return fixed

    def write(self, value: Mapping[str, int]) -> str:
        """The degrees as text; `auto` if there are none."""
        return ",".join(_degree(name, n) for name, n in value.items()) or "auto"


def _degree(name: str, degree: int) -> str:
    if "" in LAYOUT_WORDS.get(name, ()):
        return name
    return f"{name}={'full' if degree else 'none'}" if name == "recompute" else f"{name}={degree}"


class NamedDays:
    """Reads days kept for other things: `10d`, or named shares such as `cooldown=3d,context=4d`."""

    metavar = "DAYS"

    def read(self, text: str) -> dict[str, Exact]:
        """The days by name; a single number goes by `other`.

        Raises:
            InputError: if a name is given twice, or a duration is none or negative.
        """
        found: dict[str, Exact] = {}
        for part in text.split(","):
            name, separator, days = part.strip().rpartition("=")
            name = name.strip() if separator else "other"
            amount = parse_days(days, "")
            if amount < 0 or name in found or not name or not name.replace("-", "").isalnum():
                rule = "must be days ≥ 0, or names with days such as cooldown=3d,long-context=4d"
                raise InputError("", rule, text)
            found[name] = amount
        return found

    def write(self, value: Mapping[str, Exact]) -> str:
        """The days as text."""
        return ",".join(
            written_days(days) if name == "other" else f"{name}={written_days(days)}"
            for name, days in value.items()
        )


def _is_degree(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0


SCORE = Score()
MONTH = Month()
CONTEXT = Context()
SHARE = Share()
MARGIN = Share(zero=True)
LAYOUT = LayoutDegrees()
NAMED_DAYS = NamedDays()
