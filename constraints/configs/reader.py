"""Reading single fields of a config, with the names and the defaults of its model type.

A reader remembers which fields were asked for, so that a field that matters and that nobody asked
for can be refused (`constraints.configs.unread`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from constraints.errors import ConfigError

__all__ = ["Config", "Reader"]

Config: TypeAlias = Mapping[str, Any]


class Reader:
    """A config with its model type's names for sizes and their defaults.

    Attributes:
        config: the parsed JSON.
        kind: its model type.
        names: names of sizes in this type where they differ from ours, the usual one first.
        defaults: defaults of the type's class, by our names for sizes and by its own for the rest.
        tied: the class's default for tie_word_embeddings.
        asked: fields that were looked at.
    """

    def __init__(
        self,
        config: Config,
        kind: str,
        names: Mapping[str, tuple[str, ...]],
        defaults: Mapping[str, Any],
        *,
        tied: bool,
    ) -> None:
        """Nothing was looked at so far."""
        self.config, self.kind, self.names = config, kind, names
        self.defaults, self.tied = defaults, tied
        self.asked: set[str] = set()

    def get(self, name: str) -> Any:
        """A field as given, None if it is left out; `part.field` is a field of a part."""
        self.asked.add(name)
        value: Any = self.config
        for key in name.split("."):
            self.asked.add(key)
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def first(self, names: Iterable[str]) -> tuple[str, Any]:
        """The first of several names that has a value, and the value; all names count as asked.

        If none has one, it is the first name and its default, which may be None.
        """
        names = tuple(names)
        found = [(name, value) for name in names if (value := self.get(name)) is not None]
        default = next((self.defaults[name] for name in names if name in self.defaults), None)
        return found[0] if found else (names[0], default)

    def size(self, name: str) -> int | None:
        """A size by our name: as given, else by the class's default, else None."""
        names = (*self.names.get(name, ()), name)
        key, value = self.first(names)
        self._agree(key, value, names)
        return None if value is None else _whole(key, value, 1)

    def _agree(self, key: str, value: Any, names: Iterable[str]) -> None:
        """Refuse names of one field that say different things."""
        for other in names:
            if self.get(other) not in (None, value):
                rule = f"must equal {key} = {value}, another name for it"
                raise ConfigError(other, rule, self.get(other))

    def need(self, name: str) -> int:
        """A size that must be there."""
        value = self.size(name)
        if value is None:
            raise ConfigError(self.names.get(name, (name,))[0], "must be in the config")
        return value

    def whole(self, *names: str, least: int = 1, agree: bool = False) -> int:
        """A whole number by one of several names, or the class's default.

        A list that says the same for each layer counts as its value. If the names should agree, a
        config in which they do not is refused.
        """
        name, value = self.first(names)
        if agree:
            self._agree(name, value, names)
        if isinstance(value, list) and value:
            if any(each != value[0] for each in value):
                raise ConfigError(name, "must be the same for every layer", value)
            value = value[0]
        if value is None:
            raise ConfigError(name, "must be in the config")
        return _whole(name, value, least)

    def flag(self, name: str, default: bool = False) -> bool:
        """A field that is true or false; the class's default if it is left out."""
        value = self.get(name)
        if value is None:
            return bool(self.defaults.get(name, default))
        if not isinstance(value, bool):
            raise ConfigError(name, "must be true or false", value)
        return value

    def listed(self, *names: str) -> list[Any] | None:
        """A list by one of several names; None if there is none."""
        name, value = self.first(names)
        if value is not None and not isinstance(value, list):
            raise ConfigError(name, "must be a list", value)
        if any(isinstance(each, list | dict) for each in value or ()):
            raise ConfigError(name, "must be a list of numbers or of words", value)
        return value

    @property
    def is_tied(self) -> bool:
        """Whether the input embedding is also the head."""
        return self.flag("tie_word_embeddings", self.tied)


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(name, f"must be a whole number ≥ {least}", value)
    return value
