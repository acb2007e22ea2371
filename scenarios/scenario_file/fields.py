"""The fields of a scenario: the quantities that its action takes, by their names in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from constraints.errors import InputError
from scenarios.vocabulary.cluster import BUDGET as BUDGETS
from scenarios.vocabulary.cluster import CLUSTER as CLUSTERS
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.readers import Choice
from scenarios.vocabulary.vocabulary import ACTIONS, asked_by

__all__ = ["ACTIONS", "BUDGET", "CLUSTER", "Field", "fields"]

CLUSTER = tuple(q.key for q in CLUSTERS.quantities if not q.names_file)
BUDGET = tuple(q.key for q in BUDGETS.quantities)
ORDER = ("pareto", "plan", "target")
"""Budgets are read as ranges in a file, which fronts may have."""


@dataclass(frozen=True, eq=False)
class Field:
    """One field.

    Attributes:
        key: its name in files.
        quantity: what it is.
        first: the action whose reader checks it in files.
        actions: that know it.
    """

    key: str
    quantity: Quantity
    first: str
    actions: frozenset[str]

    @property
    def description(self) -> str:
        """What it means."""
        return self.quantity.variant(self.first).help or self.quantity.help

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it may have, if they are few."""
        reader = self.quantity.reader
        return reader.names if isinstance(reader, Choice) else ()

    def read(self, text: str) -> Any:
        """The value behind a text. Raises InputError with the rule that it breaks."""
        if self.quantity.name == "tokens_per_second_per_gpu" and text.rstrip().endswith(".json"):
            raise InputError(self.key, "must name a published model in a file", text)
        return self.quantity.reader_in(self.first).read(text)

    def given(self, value: str | bool) -> tuple[str, str]:
        """The option and its text."""
        if not isinstance(value, bool):
            return self.quantity.option, value
        return (self.quantity.option if value else self.quantity.negative_option), ""


@cache
def fields() -> Mapping[str, Field]:
    """All fields by name, in the order of the help; none that names a file of its writer's."""
    found: dict[str, tuple[Quantity, str, set[str]]] = {}
    for action in ORDER:
        for quantity in asked_by(action).values():
            if not quantity.names_file:
                found.setdefault(quantity.key, (quantity, action, set()))[2].add(action)
    return {
        key: Field(key, quantity, first, frozenset(by))
        for key, (quantity, first, by) in found.items()
    }
