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


MOST = 10**12
"""The greatest number that is read as a size, far beyond any model."""
STATED = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")
"""Sizes that a config must state unless it is part of another one.

A model that also sees holds only what its text model has unlike the class; alone, a config without
these is half written.
"""


class Reader:
    """A config with its model type's names for sizes and their defaults.

    Attributes:
        config: the parsed JSON.
        kind: its model type.
        names: names of sizes in this type where they differ from ours, the usual one first.
        defaults: defaults of the type's class, by its own names.
        nested: whether the config is part of another one.
        asked: fields that were looked at.
    """

    def __init__(
        self,
        config: Config,
        kind: str,
        names: Mapping[str, tuple[str, ...]],
        defaults: Mapping[str, Any],
        *,
        nested: bool = False,
    ) -> None:
        """Nothing was looked at so far."""
        self.config, self.kind, self.names = config, kind, names
        self.defaults, self.nested = defaults, nested
        self.asked: set[str] = set()

    def get(self, name: str) -> Any:
        """A field as given, None if it is left out; `part.field` is a field of a part."""
        self.asked.add(name)
        value: Any = self.config
        for key in name.split("."):
            self.asked.add(key)
            if not isinstance(value, Mapping):
                part = name.rpartition(".")[0]
                raise ConfigError(part, "must be an object", value)
            value = value.get(key)
            if value is None:
                break
        return value

    def nulled(self, name: str) -> bool:
        """Whether a field is there and says null."""
        return name in self.config and self.config[name] is None

    def first(self, names: Iterable[str]) -> tuple[str, Any]:
        """The first of several names that has a value, and the value; all names count as asked.

        If none has one, it is the first name and its default, which may be None. A null where the
        class has a default is refused: what it means differs between versions of transformers.
        """
        names = tuple(names)
        found = [(name, value) for name in names if (value := self.get(name)) is not None]
        if found:
            return found[0]
        default = next((self.defaults[name] for name in names if name in self.defaults), None)
        if default is not None and (null := [name for name in names if self.nulled(name)]):
            raise ConfigError(null[0], f"must have a value, or be left out for {default}", None)
        return names[0], default

    def size(self, name: str) -> int | None:
        """A size by our name: as given, else by the class's default, else None."""
        names = (*self.names.get(name, ()), name)
        if name in STATED and not self.nested and all(self.get(other) is None for other in names):
            return None
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
        value, usual = self.get(name), bool(self.defaults.get(name, default))
        if value is None and not (usual and self.nulled(name)):
            return usual
        if not isinstance(value, bool):
            raise ConfigError(name, "must be true or false", value)
        return value

    def only(self, name: str, built: Any) -> None:
        """Refuse a field that says something else than what the type's code always builds."""
        value = self.get(name)
        each = value if isinstance(value, list) else [value]
        if any(one is not None and one != built for one in each):
            word = str(built).lower() if isinstance(built, bool) else built
            what = "be left out" if built is None else f"be {word}"
            rule = f"must {what}: model type {self.kind} is built no other way"
            raise ConfigError(name, rule, value)

    def listed(self, *names: str) -> list[Any] | None:
        """A list by one of several names; None if there is none."""
        name, value = self.first(names)
        if value is not None and not isinstance(value, list):
            raise ConfigError(name, "must be a list", value)
        if any(isinstance(each, list | dict) for each in value or ()):
            raise ConfigError(name, "must be a list of numbers or of words", value)
        return value

    def layers(self, name: str, layers: int) -> set[int]:
        """Layers that a list names by their numbers, counted from 0; none if there is no list.

        Args:
            name: field with the list.
            layers: number of layers [layer]; a number beyond them names none.
        """
        given = self.listed(name) or []
        if strange := [each for each in given if isinstance(each, bool) or type(each) is not int]:
            raise ConfigError(name, "must be a list of whole numbers", strange[0])
        return {each for each in given if 0 <= each < layers}

    @property
    def is_tied(self) -> bool:
        """Whether the input embedding is also the head."""
        return self.flag("tie_word_embeddings")


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(name, f"must be a whole number ≥ {least}", value)
    if value > MOST:
        raise ConfigError(name, f"must be ≤ {MOST:.0e}", f"{float(value):.3g}")
    return value
