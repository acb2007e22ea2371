"""A report before it is rendered: sections with their lines and tables.

An answer is put into words once (`scenarios.report.composed`); the terminal, a page and Markdown
are made from that (`scenarios.report.text`, `.html`, `.markdown`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Block",
    "Column",
    "Line",
    "Medium",
    "Preformatted",
    "Remark",
    "Report",
    "Section",
    "Table",
]

Medium: TypeAlias = Literal["text", "html", "markdown"]
"""Where a report is read."""


@dataclass(frozen=True)
class Line:
    """A sentence or a few.

    Attributes:
        text: what is said.
        indent: columns to the right of the margin in a terminal.
    """

    text: str
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: over it.
        right: whether it is flush right, as figures are.
        wrap: what happens in a narrow terminal: nothing, breaks between words, or anywhere.
        least_width: in characters; 0 for what its cells need.
    """

    heading: str = ""
    right: bool = False
    wrap: Literal["never", "words", "anywhere"] = "words"
    least_width: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of text under headings.

    Attributes:
        columns: from left to right.
        rows: a text for each column.
        header: whether headings are shown.
        indent: columns to the right of the margin in a terminal.
        most_rows: how many a terminal shows, spread evenly; None for all.
        elsewhere: where all rows are, said where a terminal shows only some.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    header: bool = True
    indent: int = 0
    most_rows: int | None = None
    elsewhere: str = ""

    def rows_shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows that a terminal shows, the first and the last among them."""
        most, count = self.most_rows, len(self.rows)
        if most is None or count <= most:
            return self.rows
        return tuple(self.rows[round(i * (count - 1) / (most - 1))] for i in range(most))


@dataclass(frozen=True)
class Preformatted:
    """Lines of characters that keep their places, such as a plot."""

    lines: tuple[str, ...]


Block: TypeAlias = Line | Table | Preformatted


@dataclass(frozen=True)
class Section:
    """Blocks that belong together; a terminal sets sections apart by an empty line.

    Attributes:
        heading: of the section, for pages and Markdown.
        blocks: in their order.
        media: where it is shown.
    """

    heading: str
    blocks: tuple[Block, ...]
    media: frozenset[Medium] = frozenset(("text", "html", "markdown"))


@dataclass(frozen=True)
class Remark:
    """What a reader must know before believing a report; a terminal prints it on stderr."""

    kind: Literal["Note", "Warning"]
    text: str


@dataclass(frozen=True)
class Report:
    """An answer in words.

    Attributes:
        title: of the page or document.
        sections: in their order; those without blocks are left out.
        remarks: notes and warnings.
        stamp: what it takes to make it again: pairs of what and which.
        repeat: the command that asks the same; empty if it is not known.
    """

    title: str
    sections: tuple[Section, ...]
    remarks: tuple[Remark, ...] = ()
    stamp: tuple[tuple[str, str], ...] = ()
    repeat: str = ""

    def shown_in(self, medium: Medium) -> Iterator[Section]:
        """The sections that a medium shows."""
        return (x for x in self.sections if x.blocks and medium in x.media)
