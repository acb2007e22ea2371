"""Every error that flopwise raises on purpose.

    FlopwiseError
    ├── InputError            a value breaks a rule: names the field, the rule and the value
    │   ├── UnknownNameError  a name is not in a catalogue: carries the nearest names
    │   └── ConfigError       a model's config.json can't be read as an architecture
    └── FileError             values in a file break rules: carries each of them with its line

A search that finds no plan is a result, not an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Self

__all__ = [
    "ConfigError",
    "FileError",
    "FlopwiseError",
    "InputError",
    "UnknownNameError",
    "printable",
    "spelled",
]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_QUANTITY = re.compile(r"\{(\w+)\}")


def printable(value: object, limit: int = 80) -> str:
    """A value as text that is safe to show: no control characters, at most `limit` characters.

    Args:
        value: any value; its `str` is taken.
        limit: greatest length of the text [character].
    """
    text = _CONTROL.sub("", str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FlopwiseError(Exception):
    """Base class of all errors that flopwise raises on purpose."""


class InputError(FlopwiseError):
    """A quantity, field or argument holds a value that breaks a rule.

    Quantities go by the names that the code has for them, such as `hidden_size`. A user interface
    that has other names for them replaces these through `message`.

    Attributes:
        field: name of the quantity, or place in a file.
        rule: what the value must satisfy; names of quantities stand in braces.
        value: the value that breaks the rule; None if there is none to show.
        hint: a way out, or an empty text; names of quantities stand in braces.
    """

    def __init__(self, field: str, rule: str, value: object = None, *, hint: str = "") -> None:
        """Keep the field's name, the rule that it broke, the value that it had, and a way out."""
        self.field = field
        self.rule = rule
        self.value = value
        self.hint = hint
        super().__init__(self.message())

    def message(self, spell: Callable[[str], str] = str) -> str:
        """The error as one sentence: field, rule, value and hint.

        Args:
            spell: function from the code's name of a quantity to the name that the user knows.
        """
        got = "" if self.value is None else f", got {self.shown()}"
        hint = f" ({spelled(self.hint, spell)})" if self.hint else ""
        return f"{spell(self.field)} {spelled(self.rule, spell)}{got}{hint}"

    def shown(self) -> str:
        """The value as it is shown: in quotes."""
        return repr(printable(self.value))

    def renamed(self, field: str) -> InputError:
        """The same complaint about another field."""
        return InputError(field, self.rule, self.value, hint=self.hint)

    def respelled(self, spell: Callable[[str], str]) -> Self:
        """The same complaint with every quantity spelled as it was typed.

        Args:
            spell: from a quantity's name to what was typed.
        """
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.field = spell(self.field)
        other.rule, other.hint = spelled(self.rule, spell), spelled(self.hint, spell)
        Exception.__init__(other, other.message())
        return other


def spelled(text: str, spell: Callable[[str], str] = str) -> str:
    """A text in which the names of quantities in braces are replaced by those that the user knows.

    Args:
        text: text with names of quantities in braces, such as `{hidden_size}`.
        spell: function from the code's name of a quantity to the name that the user knows.
    """
    return _QUANTITY.sub(lambda found: spell(found[1]), text)


class FileError(FlopwiseError):
    """A file holds values that break rules.

    Attributes:
        problems: one sentence for each such value, with its place, in the order of the file.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems and join them into a message."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnknownNameError(InputError):
    """A name matches no entry of a catalogue, or more than one.

    Attributes:
        candidates: the nearest names, or those that match; best first.
    """

    def __init__(self, field: str, rule: str, value: object, candidates: Iterable[str]) -> None:
        """Keep the candidates and list them in the hint."""
        self.candidates = tuple(candidates)
        listed = ", ".join(printable(name) for name in self.candidates)
        label = "they are" if "several" in rule else "nearest"
        super().__init__(field, rule, value, hint=f"{label}: {listed}" if listed else "")


class ConfigError(InputError):
    """A Hugging Face config.json does not describe an architecture that flopwise knows."""

    def shown(self) -> str:
        """The value as JSON has it, so that 96 and "96" are told apart; texts in quotes."""
        told = isinstance(self.value, bool | int | float | list | dict)
        return printable(json.dumps(self.value)) if told else super().shown()
