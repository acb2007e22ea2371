"""The same question for several accelerators: which of them is the one to train on?

`--gpu h100-sxm,b200` asks it for each part by itself. Values that differ by part, such as their
prices, come as `PerPart`; each part's own question gets its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constraints.errors import InputError
from scenarios.vocabulary.several_readers import PerPart

if TYPE_CHECKING:
    from scenarios.questions.goal import Goal
    from scenarios.questions.scenario import Scenario

__all__ = ["Parts", "parts_named", "values_of_part"]

MOST = 20
"""Most parts that one question compares [part]."""


BETWEEN = re.compile(r",(?![^(]*\))")
"""What separates the names of parts; some names have a comma in brackets."""


@dataclass(frozen=True)
class Parts:
    """A question for each of several accelerators, all of one kind.

    Attributes:
        questions: names of the parts, each with its question.
        given: the options that ask for all of them at once, each with its text.
    """

    questions: tuple[tuple[str, Scenario | Goal], ...]
    given: Mapping[str, str]


def parts_named(gpu: str | None) -> tuple[str, ...]:
    """The parts that a text names, such as `h100-sxm,b200`; none if no part is given.

    Raises:
        InputError: if one is named twice, or there are too many.
    """
    if gpu is None:
        return ()
    if "," not in gpu:
        return (gpu,)
    names = tuple(name.strip() for name in BETWEEN.split(gpu))
    if len(names) > 1 and not all(names):
        raise InputError("gpu", "must name a part on both sides of a comma", gpu)
    if len({name.lower() for name in names}) < len(names):
        raise InputError("gpu", "must name each part once", gpu)
    if len(names) > MOST:
        raise InputError("gpu", f"must name at most {MOST} parts", f"{len(names)} parts")
    return names


def values_of_part(values: Mapping[str, Any], part: str | None, parts: tuple[str, ...]) -> Any:
    """The values of a question for one part, with those that differ by part picked out.

    Args:
        values: values by field, some of them `PerPart`.
        part: name of the part; None if no part is given.
        parts: all that are compared.

    Raises:
        InputError: if a value is missing for the part, or is given for one that is not compared.
    """
    return {**dict(_picked(values, part, parts)), **({} if part is None else {"gpu": part})}


def _picked(
    values: Mapping[str, Any], part: str | None, parts: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    for field, value in values.items():
        if not isinstance(value, PerPart):
            yield field, value
            continue
        if part is None:
            raise InputError(field, "must be one value where {gpu} is not given")
        known = {name.lower() for name in parts}
        for name, _ in value.values:
            if name.lower() not in known:
                raise InputError(field, f"must be of a part in {{gpu}}: {', '.join(parts)}", name)
        own = value.of(part)
        if own is None:
            raise InputError(field, "must be given for each part in {gpu}", f"none for {part}")
        yield field, own
