"""Lanes: how many of the tests a run takes, by `--lane`.

- quick, for between edits: nothing slow, and the first chunk of every enumeration.
- usual, for whoever clones the project: all tests, and one in twelve chunks of every enumeration.
- check, for CI: all tests, and one in two chunks.
- all, before a release.

A test marked `enumeration(number)` checks problems by plain enumeration, in chunks that its
parameter of that name tells apart. A test marked `slow` takes seconds.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

__all__ = ["LANES", "kept"]

LANES = ("quick", "usual", "check", "all")
SHARE = {"usual": 12, "check": 2}
"""Of so many chunks of an enumeration a lane takes one."""


def kept(items: list[pytest.Item], lane: str) -> list[pytest.Item]:
    """The tests of a lane."""
    if lane == "all":
        return items
    chunks: dict[tuple[object, ...], int] = defaultdict(int)
    found = []
    for item in items:
        mark = item.get_closest_marker("enumeration")
        if mark is not None and isinstance(item, pytest.Function):
            family = _family(item, mark.args[0])
            place, chunks[family] = chunks[family], chunks[family] + 1
            if place > 0 if lane == "quick" else place % SHARE[lane] > 0:
                continue
        elif lane == "quick" and item.get_closest_marker("slow") is not None:
            continue
        found.append(item)
    return found


def _family(item: pytest.Function, number: str) -> tuple[object, ...]:
    """What all chunks of one enumeration share: the test and its other parameters."""
    others = {name: str(x) for name, x in item.callspec.params.items() if name != number}
    return (item.path, item.originalname, *sorted(others.items()))
