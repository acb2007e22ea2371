"""One record for each quantity that people give or read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from scenarios.vocabulary.readers import Flag, Reader

__all__ = ["Format", "Quantity", "Section", "Variant"]


class Format(Enum):
    """How a value is written for people; the value is what the page's script calls it."""

    PLAIN = "ratio"
    COUNT = "count"
    FLOPS = "flops"
    BYTES = "bytes"
    DOLLARS = "dollars"
    PRICE = "price"


@dataclass(frozen=True)
class Variant:
    """How one command takes a quantity differently.

    Attributes:
        reader: how it is read there; None if as elsewhere.
        help: what it is there; empty if as elsewhere.
        default: its value if it is not given; None if as elsewhere.
        required: whether it must be given.
    """

    reader: Reader | None = None
    help: str = ""
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Quantity:
    """What a quantity is called, how it is read and how it is shown.

    Attributes:
        name: in the code and its errors, in limits and in JSON: `num_hidden_layers`.
        field: as people give it, in Python and (with dashes) as option and in files: `layers`;
            None if it is only measured.
        reader: how a text is read; None if it is only measured.
        help: what it is, for the help of the option and the JSON Schema.
        unit: what it is counted in, for the JSON Schema.
        example: a value that it may have, as a scenario file spells it.
        default: its value if it is not given.
        show_default: whether the help tells the default.
        heading: what reports call it; the name if empty.
        axis: what it is called along an axis, if otherwise.
        phrase: what it is called in a sentence, if otherwise.
        format: how a value is written.
        suffix: the unit behind a written value.
        size: whether it is a size of the lattice, whose range may be given.
        ratio: whether it is a ratio of sizes or of tokens, whose range may be given.
        kind: the kind of models that has it; None if both have.
        objective: whether the score may be traded off against it.
        needs: what it means nothing without, by field.
        names_file: whether it names a file of its writer's, so that shared files may not hold it.
        also: another spelling of its option, without dashes.
        commands: the commands that take it; None for all that have its section.
        variants: how single commands take it differently, by command.
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
    names_file: bool = False
    also: str = ""
    commands: tuple[str, ...] | None = None
    variants: Mapping[str, Variant] = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name in scenario files, and as an objective: `kv-heads`."""
        return (self.field or self.name).replace("_", "-")

    @property
    def option(self) -> str:
        """Its option on the command line: `--kv-heads`."""
        return f"--{self.key}"

    @property
    def negative_option(self) -> str:
        """The option that says no to a flag; empty if there is none."""
        negative = self.reader.negative if isinstance(self.reader, Flag) else ""
        return f"--{negative}" if negative else ""

    @property
    def is_flag(self) -> bool:
        """Whether it is yes or no."""
        return isinstance(self.reader, Flag)

    @property
    def words(self) -> str:
        """What reports call it."""
        return self.heading or self.name

    def reader_in(self, command: str) -> Reader:
        """How a command reads it."""
        found = self.variant(command).reader or self.reader
        assert found is not None, self.name
        return found

    def default_in(self, command: str) -> Any:
        """Its value in a command if it is not given."""
        own = self.variant(command).default
        return self.default if own is None else own

    def variant(self, command: str) -> Variant:
        """How a command takes it."""
        return self.variants.get(command, Variant())


@dataclass(frozen=True)
class Section:
    """Quantities that stand together under a heading of a command's help.

    Attributes:
        title: the heading.
        quantities: in the order of the help.
        titles: other headings, by command.
    """

    title: str
    quantities: tuple[Quantity, ...]
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def title_in(self, command: str) -> str:
        """The heading in a command's help."""
        return self.titles.get(command, self.title)
