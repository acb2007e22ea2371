"""Every error flopwise raises on purpose.

    FlopwiseError
    ├── InputError            a value breaks a rule: names the field, the rule and the value
    │   ├── UnknownNameError  a name is not in a catalogue: carries the nearest names
    │   └── ConfigError       a model's config.json can't be read as an architecture
    └── FileError            a file breaks rules, here and there: carries every one with its line

A search that finds nothing is a result, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
    """The value as text that is safe to echo: control characters out, at most `limit` long."""
    text = _CONTROL.sub("", str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FlopwiseError(Exception):
    """Root of all errors that flopwise raises on purpose."""


class InputError(FlopwiseError):
    """A quantity, field or argument holds a value that breaks a rule.

    Quantities go by the names that the code has for them (`hidden_size`), in `field` and, in
    braces, in `rule` and `hint`; whoever knows how they were typed spells them so (`--hidden`).
    """

    def __init__(self, field: str, rule: str, value: object = None, *, hint: str = "") -> None:
        """Keep the field's name, the rule it broke, the value it had and a way out."""
        self.field = field
        self.rule = rule
        self.value = value
        self.hint = hint
        super().__init__(self.message())

    def message(self, spell: Callable[[str], str] = str) -> str:
        """One sentence: field, rule, value, hint. spell: from a quantity's name to what was typed."""
        got = "" if self.value is None else f", got {printable(self.value)!r}"
        hint = f" ({spelled(self.hint, spell)})" if self.hint else ""
        return f"{spell(self.field)} {spelled(self.rule, spell)}{got}{hint}"

    def renamed(self, field: str) -> InputError:
        """The same complaint about another field."""
        return InputError(field, self.rule, self.value, hint=self.hint)


def spelled(text: str, spell: Callable[[str], str] = str) -> str:
    """A text with the quantities in braces spelled as they were typed."""
    return _QUANTITY.sub(lambda found: spell(found[1]), text)


class FileError(FlopwiseError):
    """A file holds values that break rules."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems, each with its place, in the order of the file."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnknownNameError(InputError):
    """A name matches nothing in a catalogue, or more than one entry of it."""

    def __init__(self, field: str, rule: str, value: object, candidates: Iterable[str]) -> None:
        """Keep the names that come nearest, best first."""
        self.candidates = tuple(candidates)
        listed = ", ".join(printable(name) for name in self.candidates)
        label = "they are" if "several" in rule else "nearest"
        super().__init__(field, rule, value, hint=f"{label}: {listed}" if listed else "")


class ConfigError(InputError):
    """A Hugging Face config.json does not describe an architecture that flopwise knows."""
