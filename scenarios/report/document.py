"""A report: an answer in words, before it is rendered.

`scenarios.report.composed` puts an answer into words once. `scenarios.report.text`, `.html` and
`.markdown` render the report for the terminal, as a page and as Markdown.
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
"""What a report is rendered as: text for a terminal, a page, or Markdown."""


@dataclass(frozen=True)
class Line:
    """One or more sentences.

    Attributes:
        text: the sentences.
        indent: distance from the left margin of a terminal [column].
    """

    text: str
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: text over the column.
        right: whether cells are flush right, as figures are.
        wrap: where a narrow terminal may break its cells: never, between words, or anywhere.
        least_width: least width [character]; 0 for what its cells need.
    """

    heading: str = ""
    right: bool = False
    wrap: Literal["never", "words", "anywhere"] = "words"
    least_width: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of text under headings.

    Attributes:
        columns: the columns, from left to right.
        rows: the rows, each with one text for each column.
        header: whether the headings are shown.
        indent: distance from the left margin of a terminal [column].
        most_rows: most rows that a terminal shows, chosen at even distances [row]; None for all.
        elsewhere: what is said under a table that is cut, such as where all rows are.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    header: bool = True
    indent: int = 0
    most_rows: int | None = None
    elsewhere: str = ""

    def rows_shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows that a terminal shows, which include the first and the last."""
        most, count = self.most_rows, len(self.rows)
        if most is None or count <= most:
            return self.rows
        return tuple(self.rows[round(i * (count - 1) / (most - 1))] for i in range(most))


@dataclass(frozen=True)
class Preformatted:
    """Lines in which every character keeps its place, such as a plot.

    Attributes:
        lines: the lines, from top to bottom.
    """

    lines: tuple[str, ...]


Block: TypeAlias = Line | Table | Preformatted
"""One piece of a section."""


@dataclass(frozen=True)
class Section:
    """Blocks that belong together.

    Attributes:
        heading: heading on pages and in Markdown; a terminal shows an empty line instead.
        blocks: the blocks, in order.
        media: the media that show the section.
        folded: whether a page shows only the heading until it is opened.
    """

    heading: str
    blocks: tuple[Block, ...]
    media: frozenset[Medium] = frozenset(("text", "html", "markdown"))
    folded: bool = False


@dataclass(frozen=True)
class Remark:
    """What a reader must know before trusting a report; a terminal prints it on stderr.

    Attributes:
        kind: how serious it is.
        text: one or more sentences.
    """

    kind: Literal["Note", "Warning"]
    text: str


@dataclass(frozen=True)
class Report:
    """An answer in words.

    Attributes:
        title: title of the page or document.
        sections: the sections, in order; a section without blocks is not shown.
        remarks: notes and warnings.
        stamp: how the report was made: pairs of a thing and its version or source.
        repeat: the command that asks the same question; empty if not known.
    """

    title: str
    sections: tuple[Section, ...]
    remarks: tuple[Remark, ...] = ()
    stamp: tuple[tuple[str, str], ...] = ()
    repeat: str = ""

    def shown_in(self, medium: Medium) -> Iterator[Section]:
        """The sections that a medium shows."""
        return (x for x in self.sections if x.blocks and medium in x.media)
