"""One question of a scenario file: its name, its fields, and the key under which it is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.metadata import version as installed_version
from typing import Any

from constraints.errors import InputError
from optimizer.laws.library import law
from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, circumstances_of, this_month
from scenarios.questions.parts import Parts
from scenarios.questions.reading import Single, question_of
from scenarios.scenario_file.fields import Field, fields

__all__ = ["FileQuestion"]


@dataclass(frozen=True)
class FileQuestion:
    """A question of a file or store.

    Attributes:
        name: its name in the file.
        action: `plan`, `target` or `pareto`.
        values: texts of the fields, or values of flags, by key.
    """

    name: str
    action: str
    values: Mapping[str, str | bool]

    @cached_property
    def given(self) -> dict[str, str]:
        """The options that ask this question, with their texts, in the order of the help."""
        known = fields()
        said = dict(known[key].given(self.values[key]) for key in known if key in self.values)
        return {option: text for option, text in said.items() if option}

    @classmethod
    def from_given(cls, name: str, action: str, given: Mapping[str, str]) -> FileQuestion:
        """Make a question from options.

        Args:
            name: its name.
            action: `plan`, `target` or `pareto`.
            given: options with their texts.
        """
        values: dict[str, str | bool] = {}
        for key, field in fields().items():
            quantity = field.quantity
            if quantity.is_flag:
                for option, side in ((quantity.option, True), (quantity.negative_option, False)):
                    if option in given:
                        values[key] = side
            elif quantity.option in given:
                values[key] = given[quantity.option]
        return cls(name, action, values)

    @cached_property
    def key(self) -> str:
        """SHA-256 of all that decides the answer, for looking it up in a store.

        That is the action and its options, flopwise's version, the law, and what the release date
        adds to the law's index. The question's name is not part of it.
        """
        experts = any(fields()[x].quantity.kind == "experts" or x == "moe" for x in self.values)
        score_law = law(str(self.values.get("law", EXPERTS_LAW if experts else DENSE_LAW)))
        date = str(self.values["date"]) if "date" in self.values else None
        circumstances = circumstances_of(date, this_month())
        answers = [_version(), score_law.fingerprint, score_law.gain(circumstances)]
        asked = json.dumps([self.action, self.given, answers], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def question(self) -> Single:
        """The question, read as the command of its action reads it.

        Raises:
            InputError: if the action does not take a field, or a text can't be read.
        """
        known = fields()
        values: dict[str, Any] = {}
        spelling: dict[str, str] = {}
        for key, value in self.values.items():
            field = known[key]
            if self.action not in field.actions:
                raise InputError(key, f"must not be given for a {self.action}", value)
            name = field.quantity.field
            assert name is not None
            flag = isinstance(value, bool)
            values[name] = value if flag else _read(self.action, field, str(value))
            spelling[name] = "" if flag else str(value)
        asked = question_of(self.action, values, spelling)
        if isinstance(asked, Parts):
            rule = "must be one part in a file: write a scenario for each, or sweep over them"
            raise InputError("gpu", rule, values["gpu"])
        return asked


@cache
def _version() -> str:
    return installed_version("flopwise")


@lru_cache(maxsize=2**16)  # most texts of a batch occur many times
def _read(action: str, field: Field, text: str) -> Any:
    try:
        return field.quantity.reader_in(action).read(text)
    except InputError as error:
        raise InputError(field.key, error.message().strip()) from None
