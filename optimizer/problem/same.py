"""Keys for what is computed once for the same object."""

from __future__ import annotations

from typing import Any

__all__ = ["Same"]


class Same:
    """An object that is equal to itself alone, however alike another is."""

    def __init__(self, value: Any) -> None:
        """Wrap an object."""
        self.value = value

    def __eq__(self, other: object) -> bool:
        """Whether the other wraps the same object."""
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        """The identity of the object."""
        return id(self.value)
