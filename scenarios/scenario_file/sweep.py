"""Sweeps: values that a scenario tries in turn, in every combination or side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from constraints.errors import InputError

__all__ = ["MOST", "Axes", "combinations", "how_many"]

Axes = Mapping[str, Sequence[str | bool]]
"""The values to try, by key, in the order of the file."""
MOST = 200_000
"""Questions that a file may amount to if the user allows no more [question]."""


def how_many(axes: Axes, mode: str) -> int:
    """The number of combinations of a sweep, without making them.

    Args:
        axes: the values to try, by key.
        mode: `cartesian` for every combination, `zip` for values side by side.

    Raises:
        InputError: if an axis is empty, or axes to be zipped have different lengths.
    """
    lengths = {key: len(values) for key, values in axes.items()}
    for key, length in lengths.items():
        if length == 0:
            raise InputError(key, "must have at least one value")
    if mode == "zip" and len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} {length}" for key, length in lengths.items())
        raise InputError("sweep", "must have axes of one length to zip them", told)
    return math.prod(lengths.values()) if mode == "cartesian" else max(lengths.values(), default=1)


def combinations(axes: Axes, mode: str) -> Iterator[dict[str, str | bool]]:
    """The combinations of a sweep; the last axis changes fastest.

    Args:
        axes: the values to try, by key.
        mode: `cartesian` for every combination, `zip` for values side by side.
    """
    chosen = product(*axes.values()) if mode == "cartesian" else zip(*axes.values(), strict=True)
    for values in chosen if axes else [()]:
        yield dict(zip(axes, values, strict=True))
