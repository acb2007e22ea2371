"""The record of a quantity: its names, how it is read and how it is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from scenarios.vocabulary.name_readers import Flag
from scenarios.vocabulary.readers import Reader
from scenarios.vocabulary.several_readers import ByPart

__all__ = ["COMPARING", "Format", "Quantity", "Section", "Variant"]


COMPARING = ("plan", "target")
"""Commands that compare accelerators."""


class Format(Enum):
    """How a quantity is written for people; the values are the names in the page's script."""

    PLAIN = "ratio"
    COUNT = "count"
    FLOPS = "flops"
    BYTES = "bytes"
    DOLLARS = "dollars"
    PRICE = "price"


@dataclass(frozen=True)
class Variant:
    """How one command treats a quantity differently from the others.

    Attributes:
        reader: how the command reads it; None for the usual reader.
        help: what the command's help says about it; empty for the usual help.
        default: its value if it is not given; None for the usual default.
        required: whether the command insists on it.
        unset: whether it has no default in the command, which finds one of its own.
    """

    reader: Reader | None = None
    help: str = ""
    default: Any = None
    required: bool = False
    unset: bool = False


@dataclass(frozen=True)
class Quantity:
    """One quantity: its names, how it is read and how it is shown.

    Attributes:
        name: name in the code, its errors, limits and JSON, such as `num_hidden_layers`.
        field: name that people give it in Python, such as `kv_heads`; options and scenario files
            have it with dashes. None if it is never given.
        reader: how its text is read; None if it is never given.
        help: what it is, for the help of its option and the JSON Schema.
        unit: what it is counted in, for the JSON Schema.
        example: a valid value, as a scenario file would have it.
        default: its value if it is not given.
        show_default: whether the option's help shows the default.
        heading: what reports call it; empty for its name.
        axis: what plots call it along an axis; empty for its heading.
        phrase: what sentences call it; empty for its heading.
        format: how its values are written in reports.
        suffix: unit that follows a written value.
        size: whether it is a size on the lattice, for which a range may be given.
        ratio: whether it is a ratio of sizes or tokens, for which a range may be given.
        kind: the kind of models that has it; None if both kinds have it.
        objective: whether the score may be traded off against it.
        needs: field without which it has no meaning; None if it needs none.
        by_part: whether each of several accelerators may have its own value, where they are
            compared.
        names_file: whether it names a file on its writer's machine, which makes it unfit for files
            that are passed on.
        also: a second name of its option, without dashes.
        commands: commands that take it; None for all commands that have its section.
        variants: how single commands treat it differently, by command.
    """

    name: str
    field: str | None = None
    reader: Reader | None = None
    help: str = ""
    unit: str = ""
    example: Any = None
    default: Any = None
    show_default: bool = False
    heading: str = ""
    axis: str = ""
    phrase: str = ""
    format: Format = Format.PLAIN
    suffix: str = ""
    size: bool = False
    ratio: bool = False
    kind: Literal["dense", "experts"] | None = None
    objective: bool = False
    needs: str | None = None
    by_part: bool = False
    names_file: bool = False
    also: str = ""
    commands: tuple[str, ...] | None = None
    variants: Mapping[str, Variant] = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name in scenario files and among objectives, such as `kv-heads`."""
        return (self.field or self.name).replace("_", "-")

    @property
    def option(self) -> str:
        """The option on the command line, such as `--kv-heads`."""
        return f"--{self.key}"

    @property
    def negative_option(self) -> str:
        """The option that switches a flag off; empty if there is none."""
        negative = self.reader.negative if isinstance(self.reader, Flag) else ""
        return f"--{negative}" if negative else ""

    @property
    def is_flag(self) -> bool:
        """Whether the quantity is either true or false."""
        return isinstance(self.reader, Flag)

    @property
    def words(self) -> str:
        """What reports call the quantity."""
        return self.heading or self.name

    def reader_in(self, command: str) -> Reader:
        """The reader that a command uses."""
        found = self.variant(command).reader or self.reader
        assert found is not None, self.name
        return ByPart(found) if self.by_part and command in COMPARING else found

    def default_in(self, command: str) -> Any:
        """The default in a command."""
        own = self.variant(command)
        if own.unset:
            return None
        return self.default if own.default is None else own.default

    def variant(self, command: str) -> Variant:
        """What a command treats differently; an empty variant if nothing.

        `speed` takes one model, and treats it as `predict` does.
        """
        alike = "predict" if command == "speed" else command
        return self.variants.get(alike, Variant())


@dataclass(frozen=True)
class Section:
    """Quantities that a command's help lists under one heading.

    Attributes:
        title: the heading.
        quantities: the quantities, in the order of the help.
        titles: headings of commands that have another one, by command.
    """

    title: str
    quantities: tuple[Quantity, ...]
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def title_in(self, command: str) -> str:
        """The heading in a command's help."""
        return self.titles.get(command, self.title)
