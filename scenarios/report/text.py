"""Rendering reports as plain text for a terminal: warnings first; notes go to stderr."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import click
import rich.table
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding

from scenarios.report.document import Block, Column, Line, Preformatted, Report, Table

__all__ = ["print_report", "text_of"]

PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": False}
"""Settings in which text stays as it is."""


def print_report(report: Report) -> None:
    """Print a report: warnings, sections with an empty line between them, and notes on stderr."""
    console = Console(**PLAIN)
    warnings = [remark for remark in report.remarks if remark.kind == "Warning"]
    with console.capture() as shown:
        for warning in warnings:
            console.print(f"Warning: {warning.text}")
        for number, section in enumerate(report.shown_in("text")):
            if number or warnings:
                console.print()
            for block in section.blocks:
                _print(console, block)
    click.echo(_without_ends(shown.get()), nl=False)
    for remark in report.remarks:
        if remark.kind == "Note":
            click.echo(f"Note: {remark.text}", err=True)


def _without_ends(text: str) -> str:
    """Lines without the blanks at their ends, which cells are filled up with."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def text_of(report: Report, width: int = 80) -> str:
    """A report as the text of a file: title, remarks, and sections under their headings.

    Args:
        report: the report.
        width: of lines [character].
    """
    text = io.StringIO()
    console = Console(file=text, width=width, **PLAIN)
    console.print(report.title)
    console.print("=" * min(len(report.title), width))
    for remark in report.remarks:
        console.print(f"\n{remark.kind}: {remark.text}")
    for section in report.shown_in("text"):
        console.print()
        if section.heading:
            console.print(f"{section.heading}\n{'-' * len(section.heading)}")
        for block in section.blocks:
            _print(console, block)
    lines = text.getvalue().splitlines()
    lines += ["", *(f"{what}: {which}" for what, which in report.stamp)]
    if report.repeat:
        lines.append(report.repeat)
    return _without_ends("\n".join(lines))


def _print(console: Console, block: Block) -> None:
    if isinstance(block, Preformatted):
        for line in block.lines:
            console.out(line, highlight=False)
    elif isinstance(block, Line):
        console.print(_indented(block.text, block.indent))
    else:
        fitting = _fitting(block, console.width - block.indent)
        console.print(_indented(_table(fitting), block.indent))
        if len(fitting.columns) < len(block.columns):
            left = [column.heading for column in block.columns[len(fitting.columns) :]]
            console.print(f"(for want of room without {', '.join(left)})")
        if len(block.rows_shown()) < len(block.rows):
            shown = f"{len(block.rows_shown())} of {len(block.rows)}"
            console.print(f"({shown} {block.elsewhere})")


def _indented(what: str | rich.table.Table, indent: int) -> str | rich.table.Table | Padding:
    return Padding(what, (0, 0, 0, indent), expand=False) if indent else what


def _fitting(block: Table, width: int) -> Table:
    """The table without the last columns that do not fit, where none of its cells may be broken.

    Args:
        block: the table.
        width: of the terminal [character].
    """
    if any(column.wrap != "never" for column in block.columns) or not block.header:
        return block
    needed = [
        max(map(cell_len, (column.heading, *(row[i] for row in block.rows)))) + 1
        for i, column in enumerate(block.columns)
    ]
    count = len(needed)
    while count > FEWEST_COLUMNS and sum(needed[:count]) - 1 > width:
        count -= 1
    columns, rows = block.columns[:count], tuple(row[:count] for row in block.rows)
    return replace(block, columns=columns, rows=rows)


FEWEST_COLUMNS = 2
"""Columns that are shown however narrow a terminal is [column]."""


def _table(block: Table) -> rich.table.Table:
    table = rich.table.Table(
        box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=block.header
    )
    for column in block.columns:
        _add_column(table, column)
    for row in block.rows_shown():
        table.add_row(*row)
    return table


def _add_column(table: rich.table.Table, column: Column) -> None:
    table.add_column(
        column.heading,
        justify="right" if column.right else "left",
        no_wrap=column.wrap == "never",
        overflow="fold" if column.wrap == "anywhere" else "ellipsis",
        min_width=column.least_width or None,
    )
