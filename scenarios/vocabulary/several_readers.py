"""Readers of values that differ: by part of a list of accelerators, or over a range of speeds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.vocabulary.readers import SHARE, Reader

__all__ = ["SPEEDS", "ByPart", "PerPart", "Speeds"]


@dataclass(frozen=True)
class PerPart:
    """A value for each of some accelerators, such as `h100-sxm=2.5,b200=5`.

    Attributes:
        values: names of the parts, as they were typed, each with its value.
    """

    values: tuple[tuple[str, Any], ...]

    def of(self, part: str) -> Any:
        """The value for a part, by its name in any case; None if it has none."""
        return next((x for name, x in self.values if name.lower() == part.lower()), None)


@dataclass(frozen=True)
class ByPart:
    """Reads one value for all parts, or one for each: `2.5`, or `h100-sxm=2.5,b200=5`.

    Attributes:
        reader: reads one value.
    """

    reader: Reader

    @property
    def metavar(self) -> str:
        """The placeholder for one value."""
        return self.reader.metavar

    def read(self, text: str) -> Any:
        """One value, or a `PerPart`.

        Raises:
            InputError: if a value can't be read, or a part is named twice or not at all.
        """
        if "=" not in text:
            return self.reader.read(text)
        values: dict[str, Any] = {}
        for item in text.split(","):
            name, separator, value = item.partition("=")
            name = name.strip()
            if not separator or not name or not value.strip():
                rule = "must be one value, or one for each part such as h100-sxm=2.5,b200=5"
                raise InputError("", rule, text)
            if name.lower() in map(str.lower, values):
                raise InputError("", "must name each part once", name)
            values[name] = self.reader.read(value)
        return PerPart(tuple(values.items()))

    def write(self, value: Any) -> str:
        """A text that is read as this value."""
        if not isinstance(value, PerPart):
            return self.reader.write(value)
        return ",".join(f"{name}={self.reader.write(x)}" for name, x in value.values)


class Speeds:
    """Reads an MFU, or a range of it such as `0.28:0.42`, whose speed is not known better."""

    metavar = SHARE.metavar

    def read(self, text: str) -> float | Range:
        """The MFU or the range [unitless].

        Raises:
            InputError: if an end is no share, or the ends are not in order.
        """
        low, separator, high = text.partition(":")
        if not separator:
            return SHARE.read(text)
        slow, fast = (Fraction(repr(SHARE.read(end))) for end in (low, high))
        if slow >= fast:
            raise InputError("", "must be low:high with low < high", text)
        return Range(slow, fast)

    def write(self, value: float | Range) -> str:
        """The MFU, or both ends."""
        if not isinstance(value, Range):
            return SHARE.write(value)
        assert value.low is not None
        assert value.high is not None
        return f"{SHARE.write(float(value.low))}:{SHARE.write(float(value.high))}"


SPEEDS = Speeds()
