"""Reading and writing quantities the way people type them: `15T`, `70B`, `4e23`, `30d`, `7B:70B`.

Numbers are read exactly (as `int` or `Fraction`), so that a limit of 2.7 admits the ratio 27/10.
A text that could mean two things is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError

__all__ = [
    "BYTES_16_BIT",
    "Range",
    "format_count",
    "format_flops",
    "format_number",
    "parse_count",
    "parse_days",
    "parse_range",
]

BYTES_16_BIT = 2
"""Bytes of a 16-bit number (bf16 or fp16) [byte]."""

_NUMBER = re.compile(
    r"([+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([^\d\s].*)?", re.ASCII
)
_RATIO = re.compile(r"(\d{1,20})\s*/\s*([1-9]\d{0,19})", re.ASCII)
_COUNTS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "b": 10**9,
    "g": 10**9,
    "t": 10**12,
    "p": 10**15,
}
_DAYS = {
    "": Fraction(1),
    "d": Fraction(1),
    "day": Fraction(1),
    "days": Fraction(1),
    "h": Fraction(1, 24),
    "hour": Fraction(1, 24),
    "hours": Fraction(1, 24),
    "w": Fraction(7),
    "week": Fraction(7),
    "weeks": Fraction(7),
}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(?![\d,])", re.ASCII)
"""A number in groups of three digits, or the start of one with a suffix."""
_WRITTEN_OUT = re.compile(r"(?<![\d,.])\d{1,3}(,\d{3})*,0\d\d(,\d{3})*(?![\d,.])", re.ASCII)
"""A number in groups of three digits that can be no list: no number of a list begins with 0."""
_LEADING_ZERO = re.compile(r",\s*0\d", re.ASCII)
"""What no list of numbers has, and `4,096` does."""
_DASHED = re.compile(r"(\d[\d.]*[a-df-z]?)\s*[-–]\s*(\d[\d.]*[a-z]?)", re.ASCII | re.IGNORECASE)
"""A range as people write it outside of programs."""
_LARGEST = Fraction(10**40)  # far beyond any quantity of a plan; keeps exact numbers short
_SUFFIXES = ((10**15, "P"), (10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True)
class Range:
    """Allowed values of one quantity: an interval, an interval with a step, or a list.

    Attributes:
        low: low end; None if open. The least value of a list.
        high: high end; None if open. The greatest value of a list.
        step: distance between neighbouring values; None if any value in the interval is allowed.
        values: the list in increasing order; None for an interval.
    """

    low: Exact | None = None
    high: Exact | None = None
    step: Exact | None = None
    values: tuple[Exact, ...] | None = None

    def __post_init__(self) -> None:
        """Check that the ends are in order, the step is positive and the list is not empty."""
        if self.step is not None and self.step <= 0:
            raise InputError("step", "must be > 0", _plain(self.step))
        if self.low is not None and self.high is not None and self.low > self.high:
            ends = f"{_plain(self.low)}:{_plain(self.high)}"
            raise InputError("range", "must not be empty: its low end exceeds its high end", ends)
        if self.values is not None and not self.values:
            raise InputError("list", "must hold at least one value", "")

    @classmethod
    def single(cls, value: Exact) -> Range:
        """The range of one value."""
        return cls(value, value, None, (value,))


def parse_count(text: str, field: str) -> Exact:
    """A count such as `15T`, `70B`, `4e23`, `1,024`, `1_000` or `8/3`, exact.

    The suffixes, in upper or lower case, are k = 10³, M = 10⁶, B = G = 10⁹, T = 10¹² and P = 10¹⁵.

    Args:
        text: what was typed.
        field: name of the quantity, for the error.

    Raises:
        InputError: if the text is not such a number.
    """
    return _parse(text, field, _COUNTS, "a number with one of the suffixes k, M, B, T, P")


def parse_days(text: str, field: str) -> Exact:
    """A duration such as `30`, `30d`, `720h` or `4w`, exact [day].

    `30m` is refused, because it could mean minutes or months.

    Args:
        text: what was typed.
        field: name of the quantity, for the error.

    Raises:
        InputError: if the text is not such a duration.
    """
    return _parse(text, field, _DAYS, "a number of days, or one with the unit h, d or w")


def parse_range(text: str, field: str) -> Range:
    """A range: `a`, `a:b`, `a:b:step`, `a:`, `:b` or `a,b,c`, each number as in `parse_count`.

    Args:
        text: what was typed.
        field: name of the quantity, for the error.

    Raises:
        InputError: if the text is not such a range, or the range is empty.
    """
    text = _WRITTEN_OUT.sub(lambda found: found[0].replace(",", ""), text.strip())
    try:
        if _LEADING_ZERO.search(text):
            rule = "must be a list such as 1024,2048, each number without commas of its own"
            raise InputError(field, rule, text)
        if dashed := _DASHED.fullmatch(text):
            rule = f"must be low:high for a range: {dashed[1]}:{dashed[2]}"
            raise InputError(field, rule, text)
        if "," in text:
            items = [item for item in text.split(",")]
            values = tuple(sorted({parse_count(item, field) for item in items}))
            return Range(values[0], values[-1], None, values)
        parts = text.split(":")
        if len(parts) == 1:
            return Range.single(parse_count(text, field))
        if len(parts) > 3 or not any(part.strip() for part in parts):
            raise InputError(field, "must be a value, a list a,b,c or a range low:high:step", text)
        low, high, step = (
            parse_count(part, field) if part.strip() else None for part in [*parts, "", ""][:3]
        )
        return Range(low, high, step)
    except InputError as error:
        raise error if error.field == field else error.renamed(f"{field} {error.field}") from None


def format_number(value: float, digits: int = 4) -> str:
    """A plain number with so many significant digits: `11008`, `3.25`, `0.05`.

    A whole number below 10¹⁵ is written in full.

    Args:
        value: the number.
        digits: number of significant digits.
    """
    if value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return f"{float(value):.{digits}g}"


def format_count(value: float, digits: int = 3, *, aligned: bool = False) -> str:
    """A count with a suffix: `11.8B`, `2.99T`, `735k`. It is rounded; `parse_count` reads it back.

    Args:
        value: the count.
        digits: number of significant digits.
        aligned: whether to keep zeros at the end (`10.0T`), so that a column lines up.
    """
    for scale, suffix in _SUFFIXES:
        if abs(value) >= scale * (1 - 0.5 * 10**-digits):
            return f"{_significant(value / scale, digits, aligned)}{suffix}"
    return _significant(value, digits, aligned)


def format_flops(value: float) -> str:
    """A number of FLOPs as a power of ten: 7.8e+23 is written `7.80e23`."""
    mantissa, exponent = f"{float(value):.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _significant(value: float, digits: int, aligned: bool) -> str:
    text = f"{float(value):#.{digits}g}" if aligned else f"{float(value):.{digits}g}"
    large = "e+" in text
    return str(int(float(text))) if large else text.removesuffix(".")


def _parse(text: str, field: str, units: dict[str, int] | dict[str, Fraction], rule: str) -> Exact:
    ratio = _RATIO.fullmatch(text.strip()) if len(text) <= 60 else None
    if ratio is not None:
        return _checked(Fraction(int(ratio[1]), int(ratio[2])), field, text)
    bare = text.strip()
    if _THOUSANDS.match(bare):  # 1,024 as people write it
        bare = bare.replace(",", "")
    match = _NUMBER.fullmatch(bare) if len(text) <= 60 else None
    suffix = (match.group(2) or "").strip().lower() if match else ""
    if match is None or suffix not in units:
        raise InputError(field, f"must be {rule}", text)
    return _checked(Fraction(match.group(1).replace("_", "")) * units[suffix], field, text)


def _checked(value: Fraction, field: str, text: str) -> Exact:
    """A number that was read, if its size is sensible; whole numbers as int."""
    if value and not 1 / _LARGEST <= abs(value) <= _LARGEST:
        raise InputError(field, "must be between 1e-40 and 1e40 in size", text)
    return value.numerator if value.denominator == 1 else value


def _plain(value: Exact) -> str:
    return format_number(float(value), 6)
