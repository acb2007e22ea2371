"""Writing values as the shortest text that is read back as the same value."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range

__all__ = ["written_days", "written_number", "written_range"]

SUFFIXES = {"": 0, "k": 3, "M": 6, "B": 9, "T": 12, "P": 15}
"""Suffixes of counts with their powers of ten, as `constraints.algebra.units` reads them."""
NO_SUFFIX = {"": 0}
"""Only the empty suffix, for durations, whose text may end in a unit instead."""
MOST_DIGITS = 25
"""Most digits of a decimal; a longer one is written as the nearest float [digit]."""


def written_number(value: Exact | float, suffixes: Mapping[str, int] = SUFFIXES) -> str:
    """A number as people type it: `1024`, `0.33`, `15T`, `7e5`, the shortest that is exact.

    A fraction that equals no decimal is written as the nearest float.

    Args:
        value: the number.
        suffixes: the suffixes that the text may have, with their powers of ten.
    """
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    if exact < 0:
        return f"-{written_number(-exact, suffixes)}"
    found = [
        f"{text}{suffix}"
        for suffix, power in suffixes.items()
        if (text := _decimal(exact / 10**power)) is not None
    ]
    if exact and (text := _decimal(exact)) is not None:
        digits = text.replace(".", "").strip("0")
        power = len(text.split(".")[0]) - 1 if exact >= 1 else -_zeros_behind_point(text) - 1
        power -= len(digits) - 1
        found.append(f"{digits}e{power}")
    plain = _decimal(exact)
    if plain is not None and len(plain) <= min(map(len, found)) + 2:
        return plain  # 1024 rather than 1.024k, 0.001 rather than 1e-3
    ratio = f"{exact.numerator}/{exact.denominator}"
    return min(found, key=len, default=ratio if len(ratio) <= MOST_DIGITS else repr(float(exact)))


def written_days(value: Exact) -> str:
    """A duration in days, such as `30`; in hours, such as `8h`, if days have no short decimal.

    Args:
        value: the duration [day].
    """
    if _decimal(Fraction(value)) is None and (hours := _decimal(Fraction(value) * 24)) is not None:
        return f"{hours}h"
    return written_number(value, NO_SUFFIX)


def written_range(span: Range) -> str:
    """A range as text: `7B:70B`, `20:100:2`, `22,23,30` or `8`."""
    if span.values is not None:
        return ",".join(map(written_number, span.values))
    ends = ["" if end is None else written_number(end) for end in (span.low, span.high)]
    return ":".join([*ends, *([] if span.step is None else [written_number(span.step)])])


def _decimal(value: Fraction) -> str | None:
    """A number ≥ 0 as a plain decimal; None if that would be endless or too long."""
    rest, power = value.denominator, 0
    while rest > 1:
        if rest % 10 == 0:
            rest //= 10
        elif rest % 2 == 0:
            rest //= 2
        elif rest % 5 == 0:
            rest //= 5
        else:
            return None
        power += 1
    digits = str(value.numerator * 10**power // value.denominator)
    if len(digits) > MOST_DIGITS + power or power > MOST_DIGITS:
        return digits if power == 0 else None
    if power == 0:
        return digits
    digits = digits.rjust(power + 1, "0")
    return f"{digits[:-power]}.{digits[-power:]}".rstrip("0").rstrip(".")


def _zeros_behind_point(text: str) -> int:
    """How many zeros follow the point of a decimal below one."""
    behind = text.split(".")[1]
    return len(behind) - len(behind.lstrip("0"))
