"""The fields of a scenario in a file: the quantities that its action takes, by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from constraints.errors import InputError
from scenarios.vocabulary.cluster import BUDGET as BUDGETS
from scenarios.vocabulary.cluster import CLUSTER as CLUSTERS
from scenarios.vocabulary.name_readers import Choice
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.vocabulary import asked_by

__all__ = ["BUDGET", "CLUSTER", "Field", "fields"]

CLUSTER = tuple(q.key for q in CLUSTERS.quantities if not q.names_file)
"""Keys that a table of a cluster may have."""
BUDGET = tuple(q.key for q in BUDGETS.quantities)
"""Keys that a table of a budget may have."""
ORDER = ("pareto", "plan", "target")
"""The actions, in the order in which a field takes its reader from them.

`pareto` comes first because its budgets may be ranges.
"""


@dataclass(frozen=True, eq=False)
class Field:
    """One field.

    Attributes:
        key: its name in files.
        quantity: the quantity that it gives.
        first: the action whose reader checks the field in files.
        actions: the actions that take the field.
    """

    key: str
    quantity: Quantity
    first: str
    actions: frozenset[str]

    @property
    def description(self) -> str:
        """What the field means, for the JSON Schema."""
        return self.quantity.variant(self.first).help or self.quantity.help

    @property
    def choices(self) -> tuple[str, ...]:
        """The valid values if they are a few names, else empty."""
        reader = self.quantity.reader
        return reader.names if isinstance(reader, Choice) else ()

    def read(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            InputError: if the text breaks a rule, or names a file of its writer's.
        """
        self.check_names_no_file(text)
        return self.quantity.reader_in(self.first).read(text)

    def check_names_no_file(self, text: str) -> None:
        """Check that a text names no file of its writer's.

        Raises:
            InputError: if a run of the user's own is one of a config.json.
        """
        measured = self.quantity.name == "tokens_per_second_per_gpu"
        if measured and any(part.strip().endswith(".json") for part in text.split("@")):
            raise InputError(self.key, "must name a published model in a file", text)

    def given(self, value: str | bool) -> tuple[str, str]:
        """The command-line option for a value, and its text.

        Args:
            value: the text of the field, or the value of a flag.
        """
        if not isinstance(value, bool):
            return self.quantity.option, value
        return (self.quantity.option if value else self.quantity.negative_option), ""


@cache
def fields() -> Mapping[str, Field]:
    """All fields by key, in the order of the help, without those that name a file."""
    found: dict[str, tuple[Quantity, str, set[str]]] = {}
    for action in ORDER:
        for quantity in asked_by(action).values():
            if not quantity.names_file:
                found.setdefault(quantity.key, (quantity, action, set()))[2].add(action)
    return {
        key: Field(key, quantity, first, frozenset(by))
        for key, (quantity, first, by) in found.items()
    }
