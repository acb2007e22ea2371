"""From the ranges that users ask for to axes of whole numbers and limits on ratios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Exact, Posynomial
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.space.axis import LARGEST, Axis

__all__ = ["axis_of", "merged", "names_asked", "range_limits"]


def range_limits(
    name: str, resource: Posynomial, span: Range, unit: str, *, reciprocal: bool = False
) -> list[Limit]:
    """The limits `{name}_min` and `{name}_max` that a range makes; an open end makes none.

    Args:
        name: name of the quantity.
        resource: the quantity as a posynomial, or its reciprocal.
        span: allowed range of the quantity.
        unit: unit of the quantity.
        reciprocal: whether `resource` is 1/quantity, because only that is a posynomial: tokens
            per parameter are bounded through parameters / tokens.

    Raises:
        InputError: if an end of the range is not positive.
    """
    limits = []
    for end, sense, bound in (("min", ">=", span.low), ("max", "<=", span.high)):
        if bound is None:
            continue
        if bound <= 0:
            raise InputError(name, "must be > 0", float(bound))
        if reciprocal:
            flipped: Literal["<=", ">="] = "<=" if sense == ">=" else ">="
            limits.append(
                Limit(f"{name}_{end}", resource, flipped, 1 / Fraction(bound), unit, True)
            )
        else:
            kept: Literal["<=", ">="] = "<=" if sense == "<=" else ">="
            limits.append(Limit(f"{name}_{end}", resource, kept, bound, unit))
    return limits


def merged(wanted: Range | None, own: Range) -> Range:
    """The wanted range, with open ends closed by the space's own range.

    An own end that would make the range empty is left out.

    Args:
        wanted: the range that the user asks for; None if there is none.
        own: the space's own range of the same quantity.
    """
    low, high = (None, None) if wanted is None else (wanted.low, wanted.high)
    if low is None and (high is None or own.low is None or own.low <= high):
        low = own.low
    if high is None and (low is None or own.high is None or low <= own.high):
        high = own.high
    return Range(low, high)


def axis_of(name: str, wanted: Range | None, own: Range, step: int = 1) -> Axis:
    """The axis of the whole numbers in a range.

    A list gives its values. An interval with a step gives the values from its low end on. An
    interval without a step gives the multiples of `step` in it.

    Args:
        name: name of the size.
        wanted: the range that the user asks for; None to take the space's own.
        own: the space's own range; it also closes open ends of the wanted one.
        step: distance between values where the range names none.

    Raises:
        InputError: if a value is not a whole number ≥ 1, an end is missing, or no value is left.
    """
    span = wanted or own
    if span.values is not None:
        return Axis(name, _whole_list(name, span.values))
    low = least = _whole(name, own.low if span.low is None else span.low, up=True)
    high = _whole(name, own.high if span.high is None else span.high, up=False)
    if low < 1:
        raise InputError(name, "must be ≥ 1", low)
    if wanted is None or wanted.high is None:
        high = min(high, LARGEST)
    elif high > LARGEST:
        raise InputError(name, f"must be ≤ {LARGEST:.0e}".replace("+", ""), high)
    if span.step is not None:
        step = _whole_list(name, (span.step,))[0]
    else:
        low = -(-low // step) * step
    values = range(low, high + 1, step)
    if len(values) == 0:
        raise InputError(
            name, f"must leave a value that is a multiple of {step}", f"{least}:{high}"
        )
    return Axis(name, values)


def names_asked(ranges: Mapping[str, Range]) -> set[str]:
    """Names of the limits that some ranges make through `range_limits`."""
    return {
        f"{quantity}_{end}"
        for quantity, span in ranges.items()
        for end, bound in (("min", span.low), ("max", span.high))
        if bound is not None
    }


def _whole(name: str, value: Exact | None, *, up: bool) -> int:
    """An end of an interval as a whole number: a low end rounded up, a high end down."""
    if value is None:
        raise InputError(name, "must have two ends: low:high")
    return -int(-value // 1) if up else int(value // 1)


def _whole_list(name: str, values: Iterable[Exact]) -> tuple[int, ...]:
    """The values as whole numbers; an InputError if one is not a whole number ≥ 1."""
    for value in values:
        if value != int(value) or value < 1:
            raise InputError(name, "must be a whole number ≥ 1", float(value))
    return tuple(int(value) for value in values)
