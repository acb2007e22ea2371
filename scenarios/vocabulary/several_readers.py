"""Readers of values that differ: by part of a list of accelerators, or over a range of speeds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.vocabulary.readers import SHARE, Reader

__all__ = ["SPEEDS", "ByPart", "OneOrSpan", "PerPart"]


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


@dataclass(frozen=True)
class OneOrSpan:
    """Reads one value, or a range between two: `4M`, or `1M:16M`.

    Attributes:
        reader: reads one value.
    """

    reader: Reader

    @property
    def metavar(self) -> str:
        """The placeholder for one value."""
        return self.reader.metavar

    def read(self, text: str) -> Any:
        """The value, or the range.

        Raises:
            InputError: if an end can't be read, or the ends are not in order.
        """
        low, separator, high = text.partition(":")
        if not separator:
            return self.reader.read(text)
        least, most = (Fraction(str(self.reader.read(end))) for end in (low, high))
        if least >= most:
            raise InputError("", "must be low:high with low < high", text)
        return Range(least, most)

    def write(self, value: Any) -> str:
        """The value, or both ends."""
        if not isinstance(value, Range):
            return self.reader.write(value)
        assert value.low is not None
        assert value.high is not None
        return f"{self.reader.write(value.low)}:{self.reader.write(value.high)}"


SPEEDS = OneOrSpan(SHARE)
